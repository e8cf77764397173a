from odoo import fields, models


class CivicWorkField(models.Model):
    """A field of work (lĩnh vực), by which figures are filtered: the units that have it, whatever their agency."""

    _name = 'civic.work.field'
    _description = "Field of Work"
    _order = 'sequence, name, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=100)
    unit_ids = fields.Many2many('hr.department', string="Units")
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex("((name->>'en_US'))", "There is already a field of work with this name.")


class HrDepartment(models.Model):
    _inherit = 'hr.department'

    work_field_ids = fields.Many2many(
        'civic.work.field', string="Fields of Work", help="The figures of a field are those of the units that have it.")
