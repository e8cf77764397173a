from odoo import api, fields, models


class CivicDeliveryAttempt(models.Model):
    """One try to send a delivery: when, how far it came, and why it ended."""

    _name = 'civic.delivery.attempt'
    _description = "Attempt to send"
    _order = 'id desc'

    delivery_id = fields.Many2one('civic.delivery', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='delivery_id.company_id', store=True, index=True)
    started_at = fields.Datetime("Begun", required=True, readonly=True, default=fields.Datetime.now)
    ended_at = fields.Datetime("Ended", readonly=True)
    outcome = fields.Selection(
        [
            ('running', "Under way"),
            ('more', "To be continued"),
            ('accepted', "Accepted, receipt awaited"),
            ('receipt', "Receipt"),
            ('stopped', "Stopped by a person"),
            ('failed', "Failed"),
            ('interrupted', "Interrupted"),
        ],
        required=True, readonly=True, default='running')
    bytes_done = fields.Float("Bytes transferred", digits=(16, 0), readonly=True)
    problem_code = fields.Char(readonly=True)
    problem = fields.Char(compute='_compute_problem')
    detail = fields.Text("Technical detail", readonly=True)

    @api.depends('problem_code')
    @api.depends_context('lang')
    def _compute_problem(self):
        for attempt in self:
            attempt.problem = attempt.problem_code and self.env['civic.channel']._get_problem(attempt.problem_code)
