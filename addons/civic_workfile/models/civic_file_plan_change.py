from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import PLAN_ACTS


class CivicFilePlanChange(models.Model):
    """One change of a plan that is in use: what it was before and after, who changed it, when and why."""

    _name = 'civic.file.plan.change'
    _description = "Change of a Plan of Files"
    _order = 'id desc'
    _rec_name = 'title'

    plan_id = fields.Many2one('civic.file.plan', "Plan", required=True, readonly=True, index=True, ondelete='restrict')
    line_id = fields.Many2one('civic.file.plan.line', "Line", required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='plan_id.company_id', store=True, precompute=True)
    user_id = fields.Many2one('res.users', "Changed By", required=True, readonly=True, ondelete='restrict')
    act = fields.Selection(PLAN_ACTS, "What", required=True, readonly=True)
    title = fields.Char("Number and Title", required=True, readonly=True)
    changes = fields.Text("Before and After", readonly=True)
    reason = fields.Text(required=True, readonly=True)

    def write(self, vals):  # pylint: disable=method-required-super  # nobody writes
        raise AccessError(self.env._("What was changed in a plan, and why, stays as it was written."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise AccessError(self.env._("What was changed in a plan, and why, stays as it was written."))
