from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CivicFilePlanLine(models.Model):
    """A heading of the plan, or a file that stands below one."""

    _name = 'civic.file.plan.line'
    _description = "Line of a Plan of Files"
    _inherit = ['civic.journal.mixin']
    _parent_store = True
    _order = 'plan_id, sequence, id'
    _rec_name = 'title'
    _rec_names_search = ['notation', 'title']
    _check_company_auto = True

    plan_id = fields.Many2one('civic.file.plan', "Plan", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='plan_id.company_id', store=True, index=True, precompute=True)
    year = fields.Integer(related='plan_id.year', store=True, precompute=True, aggregator=None)
    parent_id = fields.Many2one(
        'civic.file.plan.line', "Heading Above", index='btree_not_null', ondelete='restrict',
        domain="[('plan_id', '=', plan_id), ('is_heading', '=', True)]")
    parent_path = fields.Char(index=True, export_string_translation=False)
    child_ids = fields.One2many('civic.file.plan.line', 'parent_id', "Lines below")
    is_heading = fields.Boolean("Heading", help="A heading holds files; no file is opened from it.")
    sequence = fields.Integer(default=10)
    notation = fields.Char("Number and Notation", help="Such as 01.TCCB.")
    title = fields.Char(required=True)
    unit_id = fields.Many2one(
        'hr.department', "Unit", check_company=True, index='btree_not_null', ondelete='restrict')
    user_id = fields.Many2one(
        'res.users', "File Maker", index='btree_not_null', ondelete='restrict',
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    retention_term_id = fields.Many2one('civic.retention.term', "Retention Period", ondelete='restrict')
    note = fields.Char()
    active = fields.Boolean(default=True)
    workfile_ids = fields.One2many('civic.workfile', 'plan_line_id', "Files")

    _notation_uniq = models.UniqueIndex(
        '(plan_id, notation) WHERE notation IS NOT NULL AND active AND NOT is_heading',
        "There is already a file with this number and notation in the plan.")

    @api.depends('notation', 'title')
    def _compute_display_name(self):
        for line in self:
            line.display_name = ' – '.join(filter(None, (line.notation, line.title)))

    @api.constrains('parent_id', 'plan_id')
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A heading cannot stand below itself."))
        for line in self:
            if line.parent_id and line.parent_id.plan_id != line.plan_id:
                raise ValidationError(self.env._("A line stands below a heading of the same plan."))
            if line.parent_id and not line.parent_id.is_heading:
                raise ValidationError(self.env._(
                    "“%s” is a file of the plan, not a heading: nothing stands below it.", line.parent_id.display_name))
