from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PLACE_KINDS


class CivicWorkfilePlace(models.Model):
    """Where paper stands: building, room, shelf, box."""

    _name = 'civic.workfile.place'
    _description = "Place of Paper"
    _parent_store = True
    _order = 'complete_name'
    _rec_name = 'complete_name'
    _check_company_auto = True

    name = fields.Char(required=True)
    complete_name = fields.Char("Place", compute='_compute_complete_name', store=True, recursive=True)
    code = fields.Char(required=True, copy=False, help="Stands on the label of the box, as text and as bar code.")
    kind = fields.Selection(PLACE_KINDS, required=True, default='box')
    company_id = fields.Many2one('res.company', "Agency", required=True, default=lambda self: self.env.company)
    parent_id = fields.Many2one(
        'civic.workfile.place', "Within", index='btree_not_null', ondelete='restrict', check_company=True)
    parent_path = fields.Char(index=True, export_string_translation=False)
    child_ids = fields.One2many('civic.workfile.place', 'parent_id', "Places within")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex('(company_id, code)', "There is already a place with this code.")

    @api.depends('name', 'parent_id.complete_name')
    def _compute_complete_name(self):
        for place in self:
            place.complete_name = ' / '.join(filter(None, (place.parent_id.complete_name, place.name)))

    @api.constrains('parent_id')
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A place cannot stand within itself."))
