from odoo import api, fields, models


class CivicPlan(models.Model):
    """A plan of the city with duties, such as Plan 4292/KH-UBND."""

    _name = 'civic.plan'
    _description = "Plan"
    _inherit = ['mail.thread', 'civic.journal.mixin']
    _order = 'issue_date desc, id'

    name = fields.Char(required=True, translate=True)
    reference = fields.Char("Number and Notation")
    issue_date = fields.Date()
    issuer_id = fields.Many2one('res.partner', "Issuing Agency", ondelete='restrict', index='btree_not_null')
    document_id = fields.Many2one('civic.document', ondelete='set null', index='btree_not_null')
    task_ids = fields.One2many('civic.plan.task', 'plan_id', "Duties")
    task_count = fields.Integer("Number of Duties", compute='_compute_progress')
    done_count = fields.Integer("Duties Done", compute='_compute_progress')
    late_count = fields.Integer("Duties Overdue", compute='_compute_progress')
    budget_ids = fields.One2many('civic.plan.budget.line', 'plan_id', "Budget")
    active = fields.Boolean(default=True)

    @api.depends('task_ids.state', 'task_ids.date_due')
    def _compute_progress(self):
        today = self.env['civic.kpi.period']._today()
        for plan in self:
            tasks = plan.task_ids.filtered(lambda task: task.state != 'cancelled')
            plan.task_count = len(tasks)
            plan.done_count = len(tasks.filtered(lambda task: task.state == 'done'))
            plan.late_count = len(tasks.filtered(lambda task: task._is_late(today)))
