from odoo import fields, models


class CivicPlanCheck(models.Model):
    """An item of the checklist for the upgraded system of an agency, or for the system of the Centre."""

    _name = 'civic.plan.check'
    _description = "Item of the Upgrade Checklist"
    _order = 'scope, sequence, id'

    name = fields.Char("Item", required=True, translate=True)
    sequence = fields.Integer(default=100)
    scope = fields.Selection([('agency', "Every agency"), ('centre', "Historical archives centre")], required=True, default='agency')
    legal_basis = fields.Char(translate=True)
    active = fields.Boolean(default=True)
