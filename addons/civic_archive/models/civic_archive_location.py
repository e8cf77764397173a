from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CivicArchiveLocation(models.Model):
    """A place where paper stands: building, room, shelf, box."""

    _name = 'civic.archive.location'
    _description = "Place of Paper Records"
    _parent_name = 'parent_id'
    _parent_store = True
    _order = 'complete_name, id'
    _rec_name = 'complete_name'
    _rec_names_search = ['complete_name', 'barcode']

    name = fields.Char(required=True)
    kind = fields.Selection([
        ('building', "Building"), ('room', "Room"), ('shelf', "Shelf"), ('box', "Box")], required=True, default='box')
    company_id = fields.Many2one(
        'res.company', "Archive", required=True, index=True, ondelete='restrict', default=lambda self: self.env.company)
    parent_id = fields.Many2one(
        'civic.archive.location', "Inside", index=True, ondelete='restrict', domain="[('company_id', '=', company_id)]")
    parent_path = fields.Char(index=True)
    complete_name = fields.Char("Place", compute='_compute_complete_name', store=True, recursive=True, index=True)
    barcode = fields.Char("Bar Code", copy=False)
    child_count = fields.Integer("Places Inside", compute='_compute_counts')
    description_count = fields.Integer("Items Here", compute='_compute_counts')
    note = fields.Char()

    _barcode_uniq = models.UniqueIndex(
        '(company_id, barcode) WHERE barcode IS NOT NULL', "Another place has this bar code.")
    _name_uniq = models.UniqueIndex(
        '(company_id, COALESCE(parent_id, 0), name)', "There is a place of this name there already.")

    @api.depends('name', 'parent_id.complete_name')
    def _compute_complete_name(self):
        for location in self:
            above = location.parent_id.complete_name
            location.complete_name = f"{above} / {location.name}" if above else location.name

    def _compute_counts(self):
        children = dict(self._read_group([('parent_id', 'in', self.ids)], ['parent_id'], ['__count']))
        described = dict(self.env['civic.archive.description']._read_group(
            [('location_id', 'in', self.ids)], ['location_id'], ['__count']))
        for location in self:
            location.child_count = children.get(location, 0)
            location.description_count = described.get(location, 0)

    @api.constrains('parent_id', 'company_id')
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A place cannot stand inside itself."))
        for location in self:
            if location.parent_id and location.parent_id.company_id != location.company_id:
                raise UserError(self.env._("“%s” belongs to another archive.", location.parent_id.display_name))

    def action_open_children(self):
        """Open the places inside this one."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_archive.civic_archive_location_action')
        return {
            **action, 'display_name': self.complete_name, 'domain': [('parent_id', '=', self.id)],
            'context': {'default_parent_id': self.id, 'default_company_id': self.company_id.id},
        }

    def action_open_descriptions(self):
        """Open what stands in this place and inside it."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_archive.civic_archive_description_action')
        return {
            **action, 'display_name': self.complete_name, 'domain': [('location_id', 'child_of', self.id)],
            'context': {'default_location_id': self.id},
        }
