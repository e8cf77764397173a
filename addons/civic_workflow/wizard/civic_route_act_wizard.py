from odoo import api, fields, models
from odoo.exceptions import UserError


class CivicRouteActWizard(models.TransientModel):
    """Approve or give an opinion with a text, or return the document with the reason."""

    _name = 'civic.route.act.wizard'
    _description = "Act on a Step"

    task_ids = fields.Many2many('civic.route.task', string="Steps", required=True, readonly=True)
    outcome = fields.Selection([('act', "Approve"), ('return', "Return")], required=True, readonly=True)
    kind = fields.Char(compute='_compute_kind', export_string_translation=False)
    comment = fields.Text()
    allowed_step_ids = fields.Many2many('civic.route.step', compute='_compute_kind')
    step_id = fields.Many2one(
        'civic.route.step', "Return to", compute='_compute_step_id', store=True, readonly=False,
        domain="[('id', 'in', allowed_step_ids)]")
    goes_home = fields.Boolean(compute='_compute_kind', export_string_translation=False)

    @api.depends('task_ids', 'outcome')
    def _compute_kind(self):
        for wizard in self:
            tasks = wizard.task_ids
            wizard.kind = 'opinion' if 'opinion' in tasks.mapped('kind') else 'approve'
            wizard.allowed_step_ids = False
            if wizard.outcome == 'return' and len(tasks) == 1:
                wizard.allowed_step_ids = tasks._origin._get_return_steps()
            wizard.goes_home = wizard.outcome == 'return' and len(tasks) == 1 and not wizard.allowed_step_ids

    @api.depends('task_ids', 'outcome')
    def _compute_step_id(self):
        for wizard in self:
            wizard.step_id = wizard.allowed_step_ids[-1:]

    @api.constrains('task_ids')
    def _check_tasks(self):
        # the earlier steps are found on behalf of the user
        self.sudo(False).task_ids.check_access('read')

    def action_confirm(self):
        """Hand the text to the steps; they check the rights and the state."""
        self.ensure_one()
        if not self.task_ids:
            raise UserError(self.env._("There is nothing left to act on."))
        if self.outcome == 'return':
            if self.step_id and self.step_id not in self.allowed_step_ids:
                raise UserError(self.env._("The document cannot be returned to that step from here."))
            self.task_ids._return(self.comment, self.step_id)
        else:
            self.task_ids._act(self.comment)
        return {'type': 'ir.actions.act_window_close'}
