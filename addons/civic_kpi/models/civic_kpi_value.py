from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import JOURNAL_STATES, NA_REASONS, VERDICTS
from ..tools.figures import divide, parse_formula, show

# What the agency itself says about its figure; all else is counted.
REPORT_FIELDS = frozenset(('reported_value', 'difference_reason'))
# From so much on a reported figure differs from the computed one: what shows.
TOLERANCE = 0.05
# Documents that an explanation names at most.
NAMED = 10


class CivicKpiValue(models.Model):
    """One figure: an indicator of a period for the city, an agency or a unit. Counted, never written by hand.

    Beside it stands what the agency reported itself, with the reason if the two differ.
    """

    _name = 'civic.kpi.value'
    _description = "Figure"
    _order = 'period_id, indicator_id, company_id nulls first, unit_id nulls first, id'
    _rec_name = 'indicator_id'
    _log_access = False

    period_id = fields.Many2one('civic.kpi.period', required=True, readonly=True, ondelete='cascade')
    indicator_id = fields.Many2one('civic.kpi.indicator', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(
        'res.company', "Agency", readonly=True, index='btree_not_null', ondelete='restrict', help="Empty: the whole city.")
    unit_id = fields.Many2one('hr.department', "Unit", readonly=True, index='btree_not_null', ondelete='cascade')
    numerator = fields.Integer(readonly=True, aggregator=None)
    denominator = fields.Integer(readonly=True, aggregator=None)
    excluded = fields.Integer("Left Out", readonly=True, aggregator=None, help="By exclusions with their legal basis.")
    excluded_numerator = fields.Integer(
        "Left Out above the Line", readonly=True, aggregator=None, help="What of the left out would count for the numerator.")
    value = fields.Float(readonly=True, digits=0, aggregator=None)
    shown_all = fields.Char("With What Is Left Out", compute='_compute_shown', help="The figure as if nothing were left out.")
    shown = fields.Char("Figure", compute='_compute_shown')
    na_reason = fields.Selection(NA_REASONS, "Why Not Measured (Kind)", readonly=True)
    na_text = fields.Char("Why Not Measured", compute='_compute_na_text')
    target = fields.Float(readonly=True, aggregator=None)
    verdict = fields.Selection(VERDICTS, readonly=True)
    reported_value = fields.Float("Reported by the Agency", aggregator=None)
    difference_reason = fields.Text("Why It Differs")
    reported_at = fields.Datetime("Reported on", readonly=True)
    reported_by_id = fields.Many2one('res.users', "Reported by", readonly=True, ondelete='restrict')
    recount_numerator = fields.Integer("Numerator, Counted Again", readonly=True, aggregator=None)
    recount_denominator = fields.Integer("Denominator, Counted Again", readonly=True, aggregator=None)
    agrees = fields.Boolean("Agrees when Counted Again", readonly=True, default=True)
    journal_numerator = fields.Integer("Numerator in the Journal", readonly=True, aggregator=None)
    journal_denominator = fields.Integer("Denominator in the Journal", readonly=True, aggregator=None)
    journal_state = fields.Selection(JOURNAL_STATES, "By the Journal", readonly=True)
    difference_note = fields.Text("What Differs", readonly=True)
    state = fields.Selection(related='period_id.state', string="Period State")

    _value_uniq = models.UniqueIndex('(period_id, indicator_id, COALESCE(company_id, 0), COALESCE(unit_id, 0))')

    def init(self):
        super().init()
        # rows come by SQL, which knows no defaults of the ORM
        self.env.cr.execute("ALTER TABLE civic_kpi_value ALTER COLUMN agrees SET DEFAULT TRUE")

    @api.depends('numerator', 'denominator', 'excluded', 'excluded_numerator', 'na_reason', 'indicator_id.unit')
    @api.depends_context('lang')
    def _compute_shown(self):
        for figure in self:
            figure.shown = figure._show()
            figure.shown_all = figure._show(with_excluded=True)

    @api.depends('na_reason', 'indicator_id')
    @api.depends_context('lang')
    def _compute_na_text(self):
        Board = self.env['civic.kpi.board']
        for figure in self:
            figure.na_text = Board._get_reason(figure)

    def _get_exact(self, with_excluded=False):
        """Return the value as a fraction, or None.

        :param with_excluded: as if nothing were left out
        """
        self.ensure_one()
        if with_excluded and self.na_reason != 'room':
            return divide(
                self.numerator + self.excluded_numerator, self.denominator + (self.excluded if self.indicator_id.denominator else 0),
                self.indicator_id.unit)
        return None if self.na_reason else divide(self.numerator, self.denominator, self.indicator_id.unit)

    def _show(self, with_excluded=False):
        self.ensure_one()
        exact = self._get_exact(with_excluded)
        if exact is None:
            return self.env._("n/a")
        unit = self.indicator_id.unit
        return show(exact, 0 if unit == 'count' else 1) + (' %' if unit == 'percent' else '')

    @api.depends('indicator_id', 'period_id', 'company_id', 'unit_id')
    def _compute_display_name(self):
        # sudo: names of agencies and units are no secret
        for figure, figure_sudo in zip(self, self.sudo(), strict=True):
            figure.display_name = ' · '.join(filter(None, (
                figure.indicator_id.name, figure.period_id.display_name, figure_sudo.company_id.name, figure_sudo.unit_id.name)))

    def _explain_difference(self):
        """Name the documents that only the journal or only the table of documents counts; numbers alone, no subject."""
        self.ensure_one()
        indicator, period = self.indicator_id, self.period_id
        Source = self.env['civic.kpi.source']
        company_ids = self._get_company_ids(period.date_to)
        measures = indicator._get_measures()
        told = Source._find_in_journal(
            indicator.source, measures, period.date_from, period.date_to, company_ids, self.unit_id.ids)
        old = Source._find_in_journal(
            indicator.source, measures, period.date_from, period.date_to, company_ids, None, lacks_unit=True) if self.unit_id else set()
        found = Source._get_drill(indicator.source, measures, period.date_from, period.date_to, company_ids, self.unit_id.ids)
        counted = set(found[1]) if found else set()
        texts = []
        for ids, text in (
            (counted & old, self.env._(
                "Told by the journal of the agency, whose lines did not name the unit yet (%(count)s): %(names)s.")),
            (counted - told - old, self.env._("Counted, but the journal does not tell it until the last day (%(count)s): %(names)s.")),
            (told - counted, self.env._("Told by the journal, but not counted (%(count)s): %(names)s.")),
        ):
            if ids:
                documents = self.env['civic.document'].search_fetch(
                    [('id', 'in', sorted(ids)[:NAMED])], ['reference', 'register_label'], order='id')
                names = [document.reference or document.register_label or str(document.id) for document in documents]
                texts.append(text % {'count': len(ids), 'names': ', '.join(names) + ('…' if len(ids) > len(names) else '')})
        return "\n".join(texts) or self.env._("The same documents count, but on other days or with another outcome.")

    def _get_company_ids(self, as_of, level=False):
        """Return ids of the agencies that count: the own, or all of the period (of a level); with those that they took over."""
        company_ids = [self.company_id.id] if self.company_id else self.period_id._get_scope(as_of)
        if level:
            # sudo: which agencies there are is no secret
            company_ids = self.env['res.company'].sudo().browse(company_ids).filtered(lambda one: one.agency_level == level).ids
        merged = self.env['civic.kpi.source']._get_successors(as_of)
        return company_ids + [old for old, (_day, successor) in merged.items() if successor in company_ids]

    # === WHAT THE AGENCY SAYS === #

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if vals.keys() - REPORT_FIELDS:
            raise AccessError(self.env._("Figures are counted, not written. Enter what you report beside them."))
        for figure in self:
            if figure.state == 'closed':
                raise UserError(self.env._("“%s” is closed.", figure.period_id.display_name))
            if not figure.company_id or figure.unit_id:
                raise UserError(self.env._("Agencies report their own figures, not those of the city or of a unit."))
        if 'reported_value' in vals:
            super(CivicKpiValue, self.sudo()).write({      # sudo: who reported is noted by the system
                'reported_at': fields.Datetime.now(), 'reported_by_id': self.env.uid})
        result = super().write(vals)
        for figure in self:
            if figure.reported_at and figure._differs() and not (figure.difference_reason or '').strip():
                raise UserError(self.env._(
                    "You report %(reported)s, the system counts %(counted)s: say why the two differ.",
                    reported=show(Fraction(str(figure.reported_value))), counted=figure.shown))
        return result

    def _differs(self):
        self.ensure_one()
        exact = self._get_exact()
        return exact is None or abs(Fraction(str(self.reported_value)) - exact) >= Fraction(str(TOLERANCE))

    # === THE DOCUMENTS BEHIND IT === #

    def action_drill(self):
        """Open the documents of the population."""
        return self._drill('all')

    def action_drill_numerator(self):
        return self._drill('numerator')

    def action_drill_missed(self):
        return self._drill('missed')

    def _get_part(self, part):
        """Return the measures of a part of the figure.

        :param str part: ``all``, ``numerator``, or ``missed``: what keeps the figure from its target, of a share that shall be
            high the rest
        """
        self.ensure_one()
        above, below = parse_formula(self.indicator_id.numerator), parse_formula(self.indicator_id.denominator)
        if part == 'all' and below and 'working_days' not in below:     # these are no rows: of a number per day the numerator is all
            return below
        if part == 'missed' and below and self.indicator_id.direction == 'higher':
            return tuple(name for name in below if name not in above)
        return above

    def _open_agencies(self, level):
        """Return the action that opens the figures of the agencies of a level, of which the one of the city is made."""
        action = self.env['ir.actions.act_window']._for_xml_id('civic_kpi.civic_kpi_value_action')
        return {**action, 'display_name': self.display_name, 'context': {}, 'domain': list(
            Domain('period_id', '=', self.period_id.id) & Domain('indicator_id', '=', self.indicator_id.id)
            & Domain('company_id.agency_level', '=', level) & Domain('unit_id', '=', False))}

    def _drill(self, part, units=None, level=False):
        """Return the action that opens the rows behind a part of the figure, of some units and agencies or of all of them."""
        self.ensure_one()
        self.check_access('read')
        indicator, period = self.indicator_id, self.period_id
        Source = self.env['civic.kpi.source'].sudo()        # sudo: the list that opens shows what the person may read
        as_of = min(period.date_to, period._today())
        found = Source._get_drill(
            indicator.source, self._get_part(part), period.date_from, as_of, self._get_company_ids(as_of, level),
            self.unit_id.ids if units is None else units.ids or [0], exact=period.state == 'closed')
        if found is None:
            raise UserError(self.env._(
                "Behind “%(name)s” stand no rows of this system: %(reason)s", name=indicator.name,
                reason=self.env['civic.kpi.board']._get_reason(self) or self.env._("it is entered by hand.")))
        model, ids = found
        if not self.env[model].has_access('read'):
            raise UserError(self.env._(
                "Your role sees the figure, but does not open what stands behind it: %s.", self.env['ir.model']._get(model).name))
        domain, name = Domain('id', 'in', ids), self.display_name
        count, readable = len(ids), self.env[model].search_count(domain)
        if readable < count:
            # the list is shorter than the figure: say so, or the figure looks wrong
            name = self.env._("%(figure)s: %(readable)s of %(count)s, the others are of other agencies or closed to you",
                              figure=name, readable=readable, count=count)
        return {
            'type': 'ir.actions.act_window',
            'name': name,
            'res_model': model,
            'views': [(False, 'list'), (False, 'form')],
            'domain': list(domain),
            'context': {'create': False},
            'help': self.env._("Nothing here that you may read: documents of other agencies open only to their people."),
        }
