import base64
import copy
import io

import docx
from dateutil.relativedelta import relativedelta
from docx.shared import Mm

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from odoo.addons.civic_base.const import DEFAULT_LANG, DEFAULT_TZ
from odoo.addons.civic_report.tools import pdf
from odoo.addons.civic_report.tools.layout import Column, Group, Heading, Mark

from ..tools import charts
from ..tools.figures import show
from ..tools.workbook import Chart, Sheet, write_workbook
from .civic_plan_budget_line import MILLION

STATES = [
    ('draft', "New"),
    ('waiting', "Being gathered"),
    ('ready', "Gathered"),
    ('drafted', "Drafted"),
    ('failed', "Failed"),
]
# Agencies written between two notes of how far the job is.
STEP = 20


class CivicKpiReport(models.Model):
    """A progress report to the city: figures of a period, compared with the year before and the targets.

    draft ──► waiting ──► ready ──► drafted     gathering runs in the background; the draft is an outgoing document

    Its lines point at the frozen figures of closed periods; only an ad-hoc report takes a period that is still open,
    and says so.
    """

    _name = 'civic.kpi.report'
    _description = "Progress Report"
    _inherit = ['mail.thread', 'civic.journal.mixin']
    _order = 'id desc'

    name = fields.Char(required=True, compute='_compute_name', store=True, readonly=False, precompute=True)
    kind = fields.Selection(
        [('year', "Yearly"), ('quarter', "Quarterly"), ('adhoc', "Ad hoc")], required=True, default='year')
    period_id = fields.Many2one('civic.kpi.period', required=True, ondelete='restrict', index=True, domain="[('kind', '!=', 'week')]")
    previous_id = fields.Many2one('civic.kpi.period', "Compared with", compute='_compute_previous_id')
    company_id = fields.Many2one(
        'res.company', "Reporting Agency", required=True, default=lambda self: self.env.company, index=True, ondelete='restrict')
    plan_id = fields.Many2one(
        'civic.plan', ondelete='restrict', index='btree_not_null', default=lambda self: self.env['civic.plan'].search([], limit=1))
    state = fields.Selection(STATES, required=True, default='draft', readonly=True, copy=False)
    progress = fields.Integer("Agencies Written", readonly=True, copy=False, aggregator=None)
    progress_total = fields.Integer("Agencies", readonly=True, copy=False, aggregator=None)
    progress_percent = fields.Integer(compute='_compute_progress_percent')
    error = fields.Text(readonly=True, copy=False)
    line_ids = fields.One2many('civic.kpi.report.line', 'report_id', "Figures", readonly=False)
    proposals = fields.Text()
    xlsx_file = fields.Binary("Annexes (XLSX)", attachment=True, readonly=True, copy=False)
    xlsx_name = fields.Char(readonly=True, copy=False)
    pdf_file = fields.Binary("Annexes (PDF)", attachment=True, readonly=True, copy=False)
    pdf_name = fields.Char(readonly=True, copy=False)
    document_id = fields.Many2one('civic.document', "Draft", readonly=True, copy=False, ondelete='set null', index='btree_not_null')

    @api.depends('kind', 'period_id')
    def _compute_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for report in self:
            report.name = ' – '.join(filter(None, (
                self.env._("Progress report (%s)", kinds[report.kind].lower()) if report.kind else '', report.period_id.display_name)))

    @api.depends('period_id')
    def _compute_previous_id(self):
        for report in self:
            period = report.period_id
            report.previous_id = period and self.env['civic.kpi.period'].search([
                ('kind', '=', period.kind), ('date_from', '=', period.date_from - relativedelta(years=1))], limit=1)

    @api.depends('progress', 'progress_total')
    def _compute_progress_percent(self):
        for report in self:
            report.progress_percent = 100 * report.progress // report.progress_total if report.progress_total else 0

    def write(self, vals):
        if not self.env.su and vals.keys() & {'state', 'progress', 'progress_total', 'xlsx_file', 'pdf_file', 'document_id'}:
            raise AccessError(self.env._("What was gathered is not written by hand."))
        if not self.env.su and vals.keys() & {'period_id', 'kind', 'company_id'} and any(report.state != 'draft' for report in self):
            raise UserError(self.env._("The figures were gathered already: make a new report for another period."))
        return super().write(vals)

    # === GATHER === #

    def action_gather(self):
        """Gather the figures and write the annexes in the background."""
        self.check_access('write')
        for report in self:
            if report.state == 'drafted':
                raise UserError(self.env._("“%s” was drafted already.", report.name))
            if report.kind != 'adhoc' and report.period_id.state != 'closed':
                raise UserError(self.env._(
                    "“%(period)s” is not closed: the figures of a %(kind)s report are frozen ones. Close the period first, or "
                    "choose an ad-hoc report.", period=report.period_id.display_name,
                    kind=dict(self._fields['kind']._description_selection(self.env))[report.kind].lower()))
            if report.kind != 'adhoc' and report.kind != report.period_id.kind:
                raise UserError(self.env._("“%s” is no period of this kind of report.", report.period_id.display_name))
            report.sudo().write({'state': 'waiting', 'progress': 0, 'error': False})       # sudo: moved by its acts alone
            report.with_delay(description=report.name, identity_key=f'civic_kpi_report_{report.id}')._job_gather()
        return True

    def _job_gather(self):
        """Write lines and annexes; note after some agencies how far it is."""
        self.ensure_one()
        report = self.with_context(lang=DEFAULT_LANG)
        try:
            with self.env.cr.savepoint():
                report._gather_lines()
            agencies = report._get_agencies()
            report.sudo().write({'progress_total': len(agencies)})
            xlsx, pdf_bytes = io.BytesIO(), io.BytesIO()
            report._write_xlsx(xlsx, agencies)
            report._write_pdf(pdf_bytes, agencies)
        except (UserError, ValueError, OSError) as error:
            self.sudo().write({'state': 'failed', 'error': str(error)})
            return
        name = ' '.join((report.name or '').replace('/', '-').split())
        report.sudo().write({       # sudo: what was gathered is not written by hand
            'state': 'ready', 'progress': len(agencies),
            'xlsx_file': base64.b64encode(xlsx.getvalue()), 'xlsx_name': f'{name}.xlsx',
            'pdf_file': base64.b64encode(pdf_bytes.getvalue()), 'pdf_name': f'{name}.pdf',
        })
        self.env['civic.journal.entry']._append('creation', self, detail={'period': self.period_id.id, 'agencies': len(agencies)})

    def _note_progress(self, count):
        """Let people see how far the job is; jobs may commit, tests have one transaction."""
        if count % STEP == 0:
            self.sudo().progress = min(count, self.progress_total)
            self.env.flush_all()
            if not modules.module.current_test:
                self.env.cr.commit()            # pylint: disable=invalid-commit

    def _gather_lines(self):
        """One line per figure of the city, with what it was a year before; reasons given already stay."""
        self.ensure_one()
        Value = self.env['civic.kpi.value']
        domain = Domain('company_id', '=', False) & Domain('unit_id', '=', False)
        now = Value.search(domain & Domain('period_id', '=', self.period_id.id))
        before = Value.search(domain & Domain('period_id', '=', self.previous_id.id)).grouped('indicator_id') if self.previous_id else {}
        known = {line.value_id: line for line in self.line_ids}
        # sudo: lines are gathered, not made by hand
        self.sudo().line_ids.filtered(lambda line: line.value_id not in now.sudo()).unlink()
        self.env['civic.kpi.report.line'].sudo().create([
            {'report_id': self.id, 'value_id': figure.id, 'previous_value_id': before[figure.indicator_id].id
             if figure.indicator_id in before else False}
            for figure in now
            if figure not in known and figure.indicator_id.category in ('plan', 'operation')])

    def _get_agencies(self):
        """Return [(agency, its figures, by indicator, those of the year before)]: two queries."""
        Value = self.env['civic.kpi.value']
        domain = Domain('company_id', '!=', False) & Domain('unit_id', '=', False)

        def read(period):
            if not period:
                return {}
            return Value.search(domain & Domain('period_id', '=', period.id)).grouped('company_id')

        now, before = read(self.period_id), read(self.previous_id)
        # sudo: names of agencies are no secret
        return [
            (company, figures.filtered(lambda one: one.indicator_id.category in ('plan', 'operation')),
             {one.indicator_id: one for one in before.get(company, Value)})
            for company, figures in sorted(now.items(), key=lambda pair: pair[0].sudo().name or '')]

    # === ANNEXES === #

    def _get_verdicts(self):
        return dict(self.env['civic.kpi.value']._fields['verdict']._description_selection(self.env))

    def _get_mark_text(self):
        return self.env._(
            "Gathered by the Civic Records system for %(person)s at %(time)s; figures of “%(period)s” (%(state)s)",
            person=self.env.user.name, time=format_datetime(self.env, fields.Datetime.now(), tz=DEFAULT_TZ, dt_format='HH:mm, dd/MM/yyyy'),
            period=self.period_id.display_name,
            state=dict(self.period_id._fields['state']._description_selection(self.env))[self.period_id.state].lower())

    def _write_xlsx(self, output, agencies):
        write_workbook(
            output, self._iter_sheets(agencies), title=self.name, author=self.company_id.name, mark=self._get_mark_text(),
            on_sheet=lambda count: self._note_progress(count - 2))

    def _iter_sheets(self, agencies):
        """The city, all agencies beside one another, and an annex for each."""
        verdicts = self._get_verdicts()
        headings = (
            (self.env._("Indicator"), 52), (self.env._("Figure"), 12), (self.env._("Year before"), 12), (self.env._("Target"), 12),
            (self.env._("State"), 22), (self.env._("Numerator"), 12), (self.env._("Denominator"), 12), (self.env._("Left out"), 10),
            (self.env._("With what is left out"), 14),
            (self.env._("Reported by the agency"), 14), (self.env._("Why it differs"), 30), (self.env._("Reason"), 40))
        title = self.env._("Figures, year before and targets, per cent")

        def is_share(figure):
            return figure.indicator_id.unit == 'percent' and not figure.na_reason

        def draw(figures):
            """Shares stand first and are drawn: numbers of documents would dwarf them."""
            count = sum(map(is_share, figures))
            return (Chart('column', title, (1, 2, 3), True, count),) if count else ()

        lines = self.line_ids.sorted(lambda line: not is_share(line.value_id))
        yield Sheet(
            self.env._("City"), (self.name, self.period_id.display_name), headings,
            [[*self._prepare_row(line.value_id, line.previous_value_id, verdicts), line.reason or line.value_id.na_text or '']
             for line in lines],
            draw(lines.value_id))
        measured = self.line_ids.filtered(lambda line: not line.value_id.na_reason).indicator_id
        yield Sheet(
            self.env._("All agencies"), (self.period_id.display_name,),
            ((self.env._("Agency"), 44), *((one.name, 18) for one in measured)),
            [[company.sudo().name, *(     # sudo: names of agencies are no secret
                next((self._write_value(figure) for figure in figures if figure.indicator_id == one), None) for one in measured)]
             for company, figures, _before in agencies],
            tuple(Chart('column', one.name, (position,)) for position, one in enumerate(measured, start=1)))
        for number, (company, figures, before) in enumerate(agencies, start=1):
            company = company.sudo()        # sudo: as above
            yield Sheet(
                f"{number}. {company.abbreviation or company.name}", (company.name, self.period_id.display_name), headings[:-1],
                [self._prepare_row(figure, before.get(figure.indicator_id), verdicts)
                 for figure in figures.sorted(lambda figure: not is_share(figure))], draw(figures))
        budget = self._get_budget()
        if budget:
            yield Sheet(
                self.env._("Budget"), (self.env._("Budget of the plan, year %s, dong", self.period_id.date_from.year),),
                ((self.env._("Agency"), 44), (self.env._("Planned"), 18), (self.env._("Allocated"), 18), (self.env._("Spent"), 18)),
                [[company.sudo().name, *map(float, sums)] for company, *sums in budget],        # sudo: as above
                (Chart('column', self.env._("Budget"), (1, 2, 3)),))

    def _get_budget(self):
        """Return [(agency, planned, allocated, spent)] of the year of the report."""
        return self.env['civic.plan.budget.line']._sum_up(self.plan_id, self.period_id.date_from.year) if self.plan_id else []

    def _prepare_row(self, figure, before, verdicts):
        return [
            figure.indicator_id.name, self._write_value(figure), self._write_value(before) if before else None,
            figure.target if figure.verdict in ('pass', 'near', 'fail') else None, (verdicts[figure.verdict], figure.verdict),
            figure.numerator, figure.denominator, figure.excluded,
            self._write_value(figure, with_excluded=True) if figure.excluded else None,
            figure.reported_value if figure.reported_at else None,
            figure.difference_reason or '']

    @api.model
    def _write_value(self, figure, with_excluded=False):
        exact = figure._get_exact(with_excluded)
        return None if exact is None else float(exact)

    def _write_pdf(self, output, agencies):
        """The same as tables on paper, with a chart for the city."""
        verdicts = self._get_verdicts()
        # sudo: the name of the superior agency stands on every paper
        table = pdf.TableReport(
            output, columns=[
                Column(self.env._("Indicator"), 5), Column(self.env._("Figure"), 1.1, 'text', 'right'),
                Column(self.env._("Year before"), 1.1, 'text', 'right'), Column(self.env._("Target"), 1, 'text', 'right'),
                Column(self.env._("State"), 1.7), Column(self.env._("Reason"), 3)],
            mark=Mark(self._get_mark_text()), title=self.name, author=self.company_id.name, frame=pdf.LANDSCAPE,
            heading=Heading(
                title=self.env._("Annex: figures of records and archives"), superior=self.company_id.sudo().parent_id.name or '',
                agency=self.company_id.name, is_official=True,
                place_date=self.company_id._get_place_date(self.env['civic.document']._today()),
                lines=(self.period_id.display_name,)))
        table.write([Group(self.env._("The whole city"))])
        table.write(
            self._prepare_line(line.value_id, line.previous_value_id, verdicts, line.reason or line.value_id.na_text)
            for line in self.line_ids)
        for title, labels, values, target in self._get_charts():
            table.need(170)
            table.y -= 166
            charts.draw_pdf(table.canvas, table.left, table.y, table.width, 150, title, labels, values, target)
        for count, (company, figures, before) in enumerate(agencies, start=1):
            table.write([Group(f"{count}. {company.sudo().name}")])         # sudo: as above
            table.write(
                self._prepare_line(figure, before.get(figure.indicator_id), verdicts, figure.difference_reason)
                for figure in figures if figure.na_reason != 'room')
            self._note_progress(count)
        table.close()

    def _prepare_line(self, figure, before, verdicts, reason):
        shown_target = show(str(figure.target)) if figure.verdict in ('pass', 'near', 'fail') else ''
        return (figure.indicator_id.display_name, figure._show(), before._show() if before else '', shown_target,
                verdicts[figure.verdict], reason or '')

    def _get_charts(self):
        """Return [(title, labels, values, target)] of what the report shows as pictures."""
        result = []
        lines = self.line_ids.filtered(lambda line: line.indicator_id.unit == 'percent' and not line.value_id.na_reason)
        if lines:
            result.append((
                self.env._("Figures of the city, per cent"), lines.mapped('indicator_id.code'),
                [line.value_id.value for line in lines], None))
        for line in lines.filtered(lambda line: line.indicator_id.code in ('ONTIME', 'K1', 'K3', 'K5')):
            periods = (self.period_id | self.period_id._get_previous(5)).sorted('date_from')
            figures = self.env['civic.kpi.value'].search([
                ('period_id', 'in', periods.ids), ('indicator_id', '=', line.indicator_id.id), ('company_id', '=', False),
                ('unit_id', '=', False)])
            by_period = {figure.period_id: figure for figure in figures}
            values = [self._write_value(by_period[one]) if one in by_period else None for one in periods]
            target = line.value_id.target if line.value_id.verdict in ('pass', 'near', 'fail') else None
            result.append((line.indicator_id.name, periods.mapped('display_name'), values, target))
        return result

    # === DRAFT === #

    def action_draft(self):
        """Make the draft of the report: an outgoing document from the template, charts inside, annexes beside."""
        self.check_access('write')
        self.ensure_one()
        if self.state != 'ready':
            raise UserError(self.env._("“%s” has no gathered figures to draft from.", self.name))
        report = self.with_context(lang=DEFAULT_LANG)
        report_type = self.env.ref('civic_document.civic_document_type_bc')
        document = self.env['civic.document'].with_company(self.company_id).with_context(civic_drafting=True).create({
            'direction': 'outgoing', 'company_id': self.company_id.id, 'type_id': report_type.id,
            'subject': report._get_subject(), 'bases': report._get_bases(), 'body': report._get_body(),
        })
        version = document._generate(report.env._("Drafted from the figures of “%s”", self.period_id.display_name))
        raw = report._add_pictures(version.content_id.sudo().attachment_id.raw)     # sudo: the drafter's own file
        document._add_version(document._get_draft_name('docx'), raw, 'upload', report.env._("Charts of the figures"))
        for name, content in ((self.xlsx_name, self.xlsx_file), (self.pdf_name, self.pdf_file)):
            document._attach_content(name, base64.b64decode(content), role='appendix')
        self.sudo().write({'state': 'drafted', 'document_id': document.id})     # sudo: moved by its acts alone
        self.env['civic.journal.entry']._append('modification', self, detail={'act': 'draft', 'document': document.id})
        return self.action_open_document()

    def action_open_document(self):
        self.ensure_one()
        return {'type': 'ir.actions.act_window', 'res_model': 'civic.document', 'res_id': self.document_id.id,
                'views': [(self.env.ref('civic_outgoing.civic_document_view_form_outgoing').id, 'form')]}

    def _get_subject(self):
        plan = self.plan_id.reference
        period = self.period_id.display_name.lower()
        if plan:
            return self.env._("Progress of carrying out Plan %(plan)s, %(period)s", plan=plan, period=period)
        return self.env._("Progress of records and archives, %s", period)

    def _get_bases(self):
        plan = self.plan_id
        return plan and plan.reference and self.env._(
            "Pursuant to Plan %(reference)s of %(day)s of the City People's Committee", reference=plan.reference,
            day=plan.issue_date.strftime('%d/%m/%Y') if plan.issue_date else '') or False

    def _get_body(self):
        """Return the paragraphs of the report: results, comparison, reasons, duties, proposals."""
        lines = self.line_ids
        measured = lines.filtered(lambda line: not line.value_id.na_reason)
        text = [
            self.env._("The results of “%(period)s” are reported as follows:", period=self.period_id.display_name),
            self.env._("1. Results and targets")]
        # a zero without a target is no result
        text += [line._describe() for line in measured if line.value_id.numerator or line.value_id.verdict != 'none']
        waiting = lines.filtered(lambda line: line.value_id.na_reason == 'room')
        if waiting:
            text.append(self.env._("Not measured yet: %s.", '; '.join(
                f'{indicator.name} ({indicator.missing_room})' if indicator.missing_room else indicator.name
                for indicator in waiting.indicator_id)))
        text.append(self.env._("2. Reasons for what is off its target"))
        missed = measured.filtered(lambda line: line.value_id.verdict in ('near', 'fail'))
        unsaid = self.env._("no reason is given yet")
        text += [f"- {line.indicator_id.name}: {line.reason or unsaid}" for line in missed] or [self.env._("All targets were reached.")]
        text.append(self.env._("3. Duties of the plan"))
        text.append(self.env._(
            "Of %(count)s duties %(done)s are done and %(late)s are overdue.", count=self.plan_id.task_count,
            done=self.plan_id.done_count, late=self.plan_id.late_count))
        budget = self._get_budget()
        if budget:
            planned, allocated, spent = (
                show(str(sum(row[place] for row in budget) / MILLION)) for place in (1, 2, 3))
            text.append(self.env._(
                "Budget of %(year)s, million dong: planned %(planned)s, allocated %(allocated)s, spent %(spent)s.",
                year=self.period_id.date_from.year, planned=planned, allocated=allocated, spent=spent))
        text.append(self.env._("4. Proposals"))
        text.append((self.proposals or '').strip() or self.env._("None."))
        text.append(self._get_anchor())
        return '\n'.join(text)

    def _get_anchor(self):
        return self.env._("Figures and charts of all agencies stand in the annexes to this report.")

    def _add_pictures(self, raw):
        """Put the charts below the last paragraph of the report."""
        document = docx.Document(io.BytesIO(raw))
        # the template ends the last paragraph with its own sign
        words = self._get_anchor().rstrip('./ ')
        anchor = next((one for one in document.paragraphs if one.text.strip().startswith(words)), None)
        if anchor is None:
            anchor = document.paragraphs[-1]
        for title, labels, values, target in reversed(self._get_charts()):
            element = copy.deepcopy(anchor._p)
            anchor._p.addnext(element)
            paragraph = docx.text.paragraph.Paragraph(element, anchor._parent)
            for run in paragraph.runs:
                run.text = ''
            paragraph.paragraph_format.first_line_indent = Mm(0)
            picture = charts.draw_png(title, labels, values, target)
            (paragraph.runs[0] if paragraph.runs else paragraph.add_run()).add_picture(io.BytesIO(picture), width=Mm(160))
        output = io.BytesIO()
        document.save(output)
        return output.getvalue()
