from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

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
    _inherit = ['mail.thread', 'mail.activity.mixin', 'civic.journal.mixin', 'civic.shared.mixin']
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
    state = fields.Selection(
        TASK_STATES, required=True, default='todo', readonly=True, copy=False, tracking=True, group_expand=True)
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
        return super().write(vals)

    def action_begin(self):
        return self._move('doing')

    def action_finish(self):
        return self._move('done')

    def action_reset(self):
        return self._move('todo')

    def action_cancel(self):
        return self._move('cancelled')

    # === TIMELINE === #

    @api.model
    @api.readonly
    def get_timeline(self, options=None):
        """Return the duties as bars on a line of time: places in per cent, so that the page computes nothing.

        :param dict options: ``plan_id``, ``company_id``; both may be missing
        """
        self.check_access('read')
        options = options if isinstance(options, dict) else {}
        plans = self.env['civic.plan'].search([('active', '=', True)])
        plan = plans.filtered(lambda one: one.id == options.get('plan_id')) or plans[:1]
        domain = Domain('plan_id', '=', plan.id) & Domain('state', '!=', 'cancelled')
        tasks = self.search(domain)
        companies = tasks.company_id
        if options.get('company_id') in companies.ids:
            tasks = tasks.filtered(lambda task: task.company_id.id == options['company_id'])
        today = self.env['civic.kpi.period']._today()
        days = [day for task in tasks for day in (task.date_start, task.date_due, task.date_done) if day]
        first, last = min([*days, today], default=today), max([*days, today], default=today)
        first, last = first.replace(day=1), (last.replace(day=1) + relativedelta(months=1))
        length = (last - first).days or 1
        labels = dict(self._fields['state']._description_selection(self.env))

        def place(day):
            return round(100 * (day - first).days / length, 2)

        return {
            'plans': [{'id': one.id, 'name': one.display_name} for one in plans], 'plan_id': plan.id,
            # sudo: names of agencies are no secret
            'companies': [{'id': one.id, 'name': one.name} for one in companies.sudo()],
            'company_id': options.get('company_id') if options.get('company_id') in companies.ids else False,
            'today': {'left': place(today), 'label': format_date(self.env, today)},
            'ticks': self._get_ticks(first, last, place),
            'rows': [self._prepare_bar(task, labels, place, today) for task in tasks],
        }

    @api.model
    def _get_ticks(self, first, last, place):
        """Lines of the scale: months of up to a year, quarters of up to four, years beyond."""
        months = (last.year - first.year) * 12 + last.month - first.month
        step = 1 if months <= 12 else 3 if months <= 48 else 12
        ticks, day = [], first.replace(month=(first.month - 1) // step * step + 1)
        while day < last:
            if day >= first:
                text = str(day.year) if step == 12 or day.month == 1 and step > 1 else day.strftime('%m/%Y')
                ticks.append({'left': place(day), 'label': text})
            day += relativedelta(months=step)
        return ticks

    @api.model
    def _prepare_bar(self, task, labels, place, today):
        start = task.date_start or task.date_due or today
        end = task.date_due or task.date_done or max(start, today)
        last = today if task.is_late else task.date_done or end
        return {
            'id': task.id, 'code': task.code or '', 'name': ' '.join((task.name or '').split()),
            'who': task.sudo().company_id.name or task.responsible or '',       # sudo: as above
            'state': 'late' if task.is_late else task.state,
            'state_label': self.env._("Overdue") if task.is_late else labels[task.state],
            'left': place(start), 'width': max(round(place(end) - place(start), 2), 0.8),
            # how long it is overdue, or was done after its day
            'over': max(round(place(last) - place(end), 2), 0),
            'dates': ' – '.join(format_date(self.env, day) for day in (task.date_start, task.date_due) if day),
            'done': format_date(self.env, task.date_done) if task.date_done else '',
        }

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
