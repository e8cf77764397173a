from odoo import api, fields, models


class CivicRouteDelegateWizard(models.TransientModel):
    """Let somebody else do one step, for some days; the administrator can hand it over for good."""

    _name = 'civic.route.delegate.wizard'
    _description = "Let Somebody Else Do a Step"

    task_id = fields.Many2one('civic.route.task', required=True, readonly=True)
    company_id = fields.Many2one(related='task_id.company_id')
    mode = fields.Selection(
        [('delegate', "For some days, on my behalf"), ('hand_over', "For good (administrator)")],
        compute='_compute_mode', store=True, readonly=False, required=True, precompute=True)
    can_hand_over = fields.Boolean(compute='_compute_can_hand_over')
    is_asked = fields.Boolean(compute='_compute_can_hand_over')
    user_id = fields.Many2one(
        'res.users', "Person", required=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id), ('id', '!=', uid)]")
    date_from = fields.Date("From", required=True, default=lambda self: self.env['civic.document']._today())
    date_to = fields.Date("Until", required=True, default=lambda self: self.env['civic.document']._today())
    reason = fields.Char(required=True)

    @api.depends('task_id')
    def _compute_mode(self):
        for wizard in self:
            wizard.mode = 'delegate' if self.env.user in wizard.task_id.user_ids else 'hand_over'

    @api.depends('task_id')
    def _compute_can_hand_over(self):
        for wizard in self:
            wizard.can_hand_over = self.env.user.has_group('civic_base.group_records_admin')
            wizard.is_asked = self.env.user in wizard.task_id.user_ids

    @api.constrains('task_id')
    def _check_task(self):
        # what the form shows of the step comes from fields that are read for everybody
        self.sudo(False).task_id.check_access('read')

    def action_confirm(self):
        self.ensure_one()
        task = self.task_id
        if self.mode == 'hand_over':
            task._hand_over(self.user_id, self.reason)
        else:
            task._delegate(self.user_id, self.date_from, self.date_to, self.reason)
        return {'type': 'ir.actions.act_window_close'}
