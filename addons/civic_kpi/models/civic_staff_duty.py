from odoo import api, fields, models
from odoo.tools import SQL


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
        facts = {
            '': SQL("TRUE"), 'full_time': SQL("is_full_time"), 'degree': SQL("qualification <> 'none'"),
            'trained': SQL("last_training <= %s", as_of)}
        kinds = {'': SQL("TRUE"), 'clerical': SQL("kind IN ('clerical', 'both')"), 'archival': SQL("kind IN ('archival', 'both')")}
        names = {
            '_'.join(filter(None, (kind, fact))) or 'people': SQL("COUNT(*) FILTER (WHERE %s AND %s)", of_kind, is_so)
            for kind, of_kind in kinds.items() for fact, is_so in facts.items()}
        rows = self.env.execute_query(SQL(
            "SELECT company_id, %s FROM civic_staff_duty WHERE date_from <= %s AND (date_to IS NULL OR date_to >= %s) GROUP BY 1",
            SQL(", ").join(names.values()), as_of, as_of))
        return [
            (company_id, None, name, number) for company_id, *numbers in rows
            for name, number in zip(names, numbers, strict=True)]
