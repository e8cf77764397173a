from odoo import api, fields, models
from odoo.exceptions import UserError

TASK_STATES = [
    ('todo', "Not started"),
    ('doing', "Under way"),
    ('done', "Done"),
    ('cancelled', "Cancelled"),
]
TASK_MOVES = {
    'todo': ('doing', 'done', 'cancelled'),
    'doing': ('done', 'todo', 'cancelled'),
    'done': ('doing',),
    'cancelled': ('todo',),
}


class CivicPlanTask(models.Model):
    """A duty of a plan: who answers for it, with whom, until when, and what shows that it is done.

    todo ──► doing ──► done     done needs its evidence; a duty done can be taken up again
    """

    _name = 'civic.plan.task'
    _description = "Duty of a Plan"
    _inherit = ['mail.thread', 'mail.activity.mixin', 'civic.journal.mixin']
    _order = 'plan_id, sequence, id'

    plan_id = fields.Many2one('civic.plan', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer(default=100)
    code = fields.Char("Item", help="Where it stands in the plan, such as III.2.b.")
    name = fields.Text("Duty", required=True, translate=True)
    company_id = fields.Many2one('res.company', "Responsible Agency", index='btree_not_null', ondelete='restrict')
    partner_id = fields.Many2one(
        'res.partner', "Agency outside the System", domain="[('is_agency', '=', True)]", ondelete='restrict', index='btree_not_null')
    responsible = fields.Char("Responsible (as Written)", translate=True)
    coordinator_ids = fields.Many2many('res.partner', string="Co-ordinators", domain="[('is_agency', '=', True)]")
    date_start = fields.Date("Begins")
    date_due = fields.Date("Due", tracking=True)
    date_done = fields.Date("Done on", readonly=True, copy=False)
    deliverable = fields.Char(translate=True)
    state = fields.Selection(TASK_STATES, required=True, default='todo', readonly=True, copy=False, tracking=True)
    progress_note = fields.Text("State of Affairs")
    document_id = fields.Many2one(
        'civic.document', "Evidence", ondelete='restrict', index='btree_not_null', help="The document that shows that it is done.")
    evidence_note = fields.Char("Evidence outside the System")
    indicator_ids = fields.Many2many('civic.kpi.indicator', string="Measured by")
    is_late = fields.Boolean("Overdue", compute='_compute_is_late', search='_search_is_late')
    color = fields.Integer(compute='_compute_is_late')

    _dates_in_order = models.Constraint(
        'CHECK (date_start IS NULL OR date_due IS NULL OR date_start <= date_due)', "A duty is not due before it begins.")

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for task in self:
            name = ' '.join((task.name or '').split())
            task.display_name = ' '.join(filter(None, (task.code, name if len(name) < 90 else name[:89] + '…')))

    @api.depends('state', 'date_due')
    def _compute_is_late(self):
        today = self.env['civic.kpi.period']._today()
        for task in self:
            task.is_late = task._is_late(today)
            task.color = 1 if task.is_late else {'done': 10, 'doing': 3}.get(task.state, 0)

    def _search_is_late(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return [('state', 'in', ('todo', 'doing')), ('date_due', '<', self.env['civic.kpi.period']._today())]

    def _is_late(self, today):
        self.ensure_one()
        return bool(self.state in ('todo', 'doing') and self.date_due and self.date_due < today)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any('state' in vals for vals in vals_list):
            raise UserError(self.env._("A duty begins as “not started”; its buttons move it."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and {'state', 'date_done'} & vals.keys():
            raise UserError(self.env._("The state of a duty is moved by its buttons."))
        result = super().write(vals)
        if 'company_id' in vals:
            self.check_access('write')          # the rules hold for the new agency as well
        return result

    def action_begin(self):
        return self._move('doing')

    def action_finish(self):
        return self._move('done')

    def action_reset(self):
        return self._move('todo')

    def action_cancel(self):
        return self._move('cancelled')

    def _move(self, state):
        """Move the duties to a state, if they may go there."""
        self.check_access('write')
        labels = dict(self._fields['state']._description_selection(self.env))
        for task in self:
            if state not in TASK_MOVES[task.state]:
                raise UserError(self.env._(
                    "“%(task)s” is “%(old)s”: it cannot become “%(new)s”.",
                    task=task.display_name, old=labels[task.state], new=labels[state]))
            if state == 'done' and not task.document_id and not task.evidence_note:
                raise UserError(self.env._(
                    "“%s” needs its evidence: name the document that shows that it is done.", task.display_name))
        # sudo: the state is written by these acts alone
        self.sudo().write({'state': state, 'date_done': self.env['civic.kpi.period']._today() if state == 'done' else False})
        self.env['civic.journal.entry']._append(
            'completion' if state == 'done' else 'modification', self, detail={'state': state})
        return True
