from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

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
    active = fields.Boolean(default=True)

    @api.depends('task_ids.state', 'task_ids.date_due')
    def _compute_progress(self):
        today = self.env['civic.kpi.period']._today()
        for plan in self:
            tasks = plan.task_ids.filtered(lambda task: task.state != 'cancelled')
            plan.task_count = len(tasks)
            plan.done_count = len(tasks.filtered(lambda task: task.state == 'done'))
            plan.late_count = len(tasks.filtered(lambda task: task._is_late(today)))


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


class CivicPlanAcceptance(models.Model):
    """An agency's item of the checklist, and who accepted it with which signed paper.

    open ──► accepted ──► open      a revoked acceptance drops out of the figure
    """

    _name = 'civic.plan.acceptance'
    _description = "Acceptance of an Upgrade"
    _inherit = ['civic.journal.mixin', 'civic.reason.mixin']
    _order = 'company_id, check_id'
    _rec_name = 'check_id'

    _civic_reason_methods = ('_revoke',)

    check_id = fields.Many2one('civic.plan.check', "Item", required=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', "Agency", required=True, index=True, ondelete='cascade')
    scope = fields.Selection(related='check_id.scope')
    state = fields.Selection([('open', "Open"), ('accepted', "Accepted")], required=True, default='open', readonly=True, copy=False)
    document_id = fields.Many2one(
        'civic.document', "Signed Acceptance", ondelete='restrict', index='btree_not_null', domain="[('company_id', '=', company_id)]")
    paper_reference = fields.Char("Signed Paper", help="Number and date of minutes that are kept outside the system.")
    accepted_on = fields.Date(readonly=True, copy=False)
    accepted_by_id = fields.Many2one('res.users', "Accepted by", readonly=True, copy=False, ondelete='restrict')
    note = fields.Text()

    _check_uniq = models.Constraint('UNIQUE (check_id, company_id)', "The agency has this item already.")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any({'state', 'accepted_on', 'accepted_by_id'} & vals.keys() for vals in vals_list):
            raise UserError(self.env._("Items are accepted by their button."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and {'state', 'accepted_on', 'accepted_by_id'} & vals.keys():
            raise UserError(self.env._("Items are accepted by their button."))
        if not self.env.su and vals.keys() - {'note'} and any(row.state == 'accepted' for row in self):
            raise UserError(self.env._("An accepted item does not change: revoke the acceptance first."))
        return super().write(vals)

    def action_accept(self):
        """Accept on the strength of a signed paper."""
        self.check_access('write')
        for row in self:
            if row.state == 'accepted':
                raise UserError(self.env._("“%s” is accepted already.", row.check_id.name))
            # sudo: whether the minutes are signed is asked of the paper, not of who may read it
            document = row.document_id.sudo()
            if document and document.signature_state == 'invalid':
                raise UserError(self.env._("The signature of “%s” is not valid: it accepts nothing.", document.display_name))
            if not document and not (row.paper_reference or '').strip():
                raise UserError(self.env._(
                    "“%s” is accepted with signed minutes: name the document, or number and date of the paper.",
                    row.check_id.name))
        # sudo: written by this act alone
        self.sudo().write({
            'state': 'accepted', 'accepted_by_id': self.env.uid, 'accepted_on': self.env['civic.kpi.period']._today()})
        self.env['civic.journal.entry']._append('approval', self)
        return True

    def action_revoke(self):
        return self._open_reason_wizard('_revoke', self.env._("Revoke the acceptance"))

    def _revoke(self, reason):
        self.check_access('write')
        if any(row.state != 'accepted' for row in self):
            raise UserError(self.env._("Only an accepted item is revoked."))
        # sudo: written by this act alone
        self.sudo().write({'state': 'open', 'accepted_by_id': False, 'accepted_on': False})
        self.env['civic.journal.entry']._append('withdrawal', self, detail={'reason': reason})

    @api.model
    def action_prepare(self):
        """Give every agency its items that are missing."""
        if not self.has_access('create'):
            raise AccessError(self.env._("Your role does not prepare the checklist."))
        checks = self.env['civic.plan.check'].search([('active', '=', True)])
        # sudo: also for agencies in which the administrator does not work
        companies = self.env['res.company'].sudo().search([('active', '=', True)])
        known = {(row.check_id.id, row.company_id.id) for row in self.sudo().search([('check_id', 'in', checks.ids)])}
        self.sudo().create([
            {'check_id': check.id, 'company_id': company.id}
            for company in companies for check in checks
            if (check.scope == 'agency' or company.agency_level == 'archives') and (check.id, company.id) not in known])
        return self.env['ir.actions.act_window']._for_xml_id('civic_kpi.civic_plan_acceptance_action')

    @api.model
    def _get_figures(self, as_of):
        """Return the rows of the source: agencies with all items accepted by the day, and items of the Centre."""
        self.flush_model()
        rows = self.env.execute_query(SQL(
            """
            SELECT a.company_id, c.scope, COUNT(*), COUNT(*) FILTER (WHERE a.state = 'accepted' AND a.accepted_on <= %s)
              FROM civic_plan_acceptance a JOIN civic_plan_check c ON c.id = a.check_id AND c.active
             GROUP BY 1, 2
            """, as_of))
        result = []
        for company_id, scope, total, accepted in rows:
            if scope == 'agency':
                result += [(company_id, None, 'agencies', 1), (company_id, None, 'accepted', int(total == accepted))]
            else:
                result += [(company_id, None, 'centre_all', total), (company_id, None, 'centre_items', accepted)]
        return result


class CivicStaffDuty(models.Model):
    """Who does clerical or archival work in an agency, with which qualification (the plan, III.4.c)."""

    _name = 'civic.staff.duty'
    _description = "Clerical and Archival Staff"
    _order = 'company_id, kind, employee_id'
    _rec_name = 'employee_id'
    _check_company_auto = True

    company_id = fields.Many2one(
        'res.company', "Agency", required=True, index=True, default=lambda self: self.env.company, ondelete='cascade')
    employee_id = fields.Many2one('hr.employee', "Person", required=True, index=True, check_company=True, ondelete='cascade')
    kind = fields.Selection(
        [('clerical', "Clerical work"), ('archival', "Archival work"), ('both', "Both")], required=True, default='clerical')
    is_full_time = fields.Boolean("Full Time", default=True)
    date_from = fields.Date("Since", required=True, default=fields.Date.context_today)
    date_to = fields.Date("Until")
    qualification = fields.Selection(
        [('none', "No degree in the field"), ('intermediate', "Intermediate"), ('college', "College"), ('bachelor', "University"),
         ('master', "Postgraduate")], required=True, default='none')
    field_of_study = fields.Char()
    training_ids = fields.One2many('civic.staff.training', 'duty_id', "Trainings")
    last_training = fields.Date(compute='_compute_gaps', store=True)
    gap = fields.Char("What Is Missing", compute='_compute_gap_text')
    has_gap = fields.Boolean("Gap", compute='_compute_gaps', store=True)

    _dates_in_order = models.Constraint(
        'CHECK (date_to IS NULL OR date_to >= date_from)', "The duty ends before it begins.")

    @api.depends('qualification', 'training_ids.date')
    def _compute_gaps(self):
        for duty in self:
            duty.last_training = max(filter(None, duty.training_ids.mapped('date')), default=False)
            duty.has_gap = duty.qualification == 'none' or not duty.last_training

    @api.depends('qualification', 'last_training')
    @api.depends_context('lang')
    def _compute_gap_text(self):
        for duty in self:
            duty.gap = '; '.join(filter(None, (
                duty.qualification == 'none' and self.env._("no degree in the field"),
                not duty.last_training and self.env._("no training yet")))) or False

    @api.model
    def _get_figures(self, as_of):
        """Return the rows of the source: who does the work on the day, in one query."""
        self.flush_model()
        rows = self.env.execute_query(SQL(
            """
            SELECT company_id, COUNT(*), COUNT(*) FILTER (WHERE kind IN ('clerical', 'both')),
                   COUNT(*) FILTER (WHERE kind IN ('archival', 'both')), COUNT(*) FILTER (WHERE is_full_time),
                   COUNT(*) FILTER (WHERE qualification <> 'none'), COUNT(*) FILTER (WHERE last_training <= %(day)s)
              FROM civic_staff_duty
             WHERE date_from <= %(day)s AND (date_to IS NULL OR date_to >= %(day)s)
             GROUP BY 1
            """, day=as_of))
        names = ('people', 'clerical', 'archival', 'full_time', 'degree', 'trained')
        return [
            (company_id, None, name, number) for company_id, *numbers in rows
            for name, number in zip(names, numbers, strict=True)]


class CivicStaffTraining(models.Model):
    _name = 'civic.staff.training'
    _description = "Training of Staff"
    _order = 'date desc, id'

    duty_id = fields.Many2one('civic.staff.duty', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='duty_id.company_id', store=True, index=True)
    name = fields.Char("Course", required=True)
    date = fields.Date(required=True)
    days = fields.Integer()
    certificate = fields.Char()

    @api.constrains('date')
    def _check_date(self):
        today = self.env['civic.kpi.period']._today()
        if any(training.date > today for training in self):
            raise ValidationError(self.env._("A training that is still to come is no training yet."))
