from odoo import api, fields, models

from ..const import DELIVERY_CLASSES


class CivicWorkfileKind(models.Model):
    """A kind of work, with what its files must hold."""

    _name = 'civic.workfile.kind'
    _description = "Kind of Work"
    _inherit = ['civic.shared.mixin']
    _order = 'sequence, name, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one('res.company', "Agency", help="Empty: for every agency.", index='btree_not_null')
    delivery_class = fields.Selection(DELIVERY_CLASSES, required=True, default='general')
    item_ids = fields.One2many('civic.workfile.kind.item', 'kind_id', "Checklist", copy=True)
    active = fields.Boolean(default=True)


class CivicWorkfileKindItem(models.Model):
    _name = 'civic.workfile.kind.item'
    _description = "Item of a Checklist"
    _order = 'kind_id, sequence, id'

    kind_id = fields.Many2one('civic.workfile.kind', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='kind_id.company_id', store=True, precompute=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    type_id = fields.Many2one(
        'civic.document.type', "Document Type", ondelete='restrict',
        help="The item is met when the file holds a document of this type; without one, somebody ticks it.")
    is_required = fields.Boolean("Required", default=True)


class CivicWorkfileCheck(models.Model):
    """What one file must hold, and whether it does."""

    _name = 'civic.workfile.check'
    _description = "Checklist of a Work File"
    _order = 'workfile_id, sequence, id'

    workfile_id = fields.Many2one('civic.workfile', "File", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='workfile_id.company_id', store=True, precompute=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    type_id = fields.Many2one('civic.document.type', "Document Type", ondelete='restrict')
    is_required = fields.Boolean("Required", default=True)
    is_ticked = fields.Boolean("Ticked")
    is_met = fields.Boolean("There", compute='_compute_is_met')

    @api.depends('is_ticked', 'type_id', 'workfile_id.entry_ids.document_id.type_id')
    def _compute_is_met(self):
        # sudo: that a document of the type is there is told to whoever reads the file
        found = {
            (entry.workfile_id.id, entry.document_id.type_id.id)
            for entry in self.env['civic.workfile.entry'].sudo().search([
                ('workfile_id', 'in', self.workfile_id.ids), ('document_id.type_id', 'in', self.type_id.ids)])}
        for check in self:
            check.is_met = check.is_ticked or (check.workfile_id.id, check.type_id.id) in found

    # every change passes the file, as changes of its contents do

    @api.model_create_multi
    def create(self, vals_list):
        checks = super().create(vals_list)
        checks.workfile_id._check_may_change('modify')
        checks.workfile_id._mark_stale()
        return checks

    def write(self, vals):
        self.workfile_id._check_may_change('modify')
        self.workfile_id._mark_stale()
        return super().write(vals)

    def unlink(self):
        self.workfile_id._check_may_change('modify')
        self.workfile_id._mark_stale()
        return super().unlink()
