import base64

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from odoo.addons.civic_base.tools.text import fold
from odoo.addons.civic_document.tools.secrecy import find_secrecy_mark_in_name

from ..models.civic_file_plan import QUIETLY
from ..tools import plan_sheet

MAX_BYTES = 8 * 1024 * 1024
MAX_TITLE = 1000
SHOWN = 500                     # problems that the form lists
BATCH = 1000


class CivicFilePlanImport(models.TransientModel):
    """Read the lines of a plan from a spreadsheet: all of it, or nothing and a list of what to mend, row by row.

    The file is no stored field: it is read in the very transaction that brings it.
    """

    _name = 'civic.file.plan.import'
    _description = "Import of a Plan of Files"

    plan_id = fields.Many2one('civic.file.plan', required=True, readonly=True, ondelete='cascade')
    replaces = fields.Boolean("Replace the Lines", help="The lines that the plan has now are removed first.")
    file_name = fields.Char()
    file = fields.Binary("Spreadsheet (.xlsx)", compute='_compute_file', inverse='_inverse_file', store=False)
    row_count = fields.Integer("Lines Imported", readonly=True)
    problem_count = fields.Integer("Problems", readonly=True)
    problems = fields.Html("What to Mend", readonly=True, sanitize=False)

    def _compute_file(self):
        self.file = False

    def _inverse_file(self):
        for wizard in self:
            if wizard.file:
                wizard._import(base64.b64decode(wizard.file))

    def action_confirm(self):
        """Show what to mend, or close: the lines were imported when the form was saved."""
        self.ensure_one()
        if not self.problem_count and not self.row_count:
            raise UserError(self.env._("Choose a spreadsheet."))
        if self.problem_count:
            return {'type': 'ir.actions.act_window', 'name': self.env._("Import Lines"), 'res_model': self._name,
                    'res_id': self.id, 'view_mode': 'form', 'target': 'new'}
        return {'type': 'ir.actions.act_window_close'}

    # === BUSINESS === #

    def _import(self, raw):
        self.ensure_one()
        self.plan_id.check_access('write')
        if self.plan_id.state != 'draft':
            raise UserError(self.env._("Lines are imported while the plan is drafted."))
        rows = self._read_rows(raw)
        prepared, problems = self._check_rows(rows)
        self.write({
            'problem_count': len(problems), 'problems': self._format_problems(problems),
            'row_count': 0 if problems else len(rows)})
        if problems:
            return
        if self.replaces:
            self.plan_id.with_context(active_test=False).line_ids.sorted('parent_path', reverse=True).unlink()
        self._create_lines(prepared)
        self.env['civic.journal.entry']._append(
            'modification', self.plan_id, detail={'act': 'import', 'rows': len(rows), 'replaces': self.replaces})

    def _read_rows(self, raw):
        if len(raw) > MAX_BYTES:
            raise UserError(self.env._("The spreadsheet is larger than %s MB.", MAX_BYTES // 1048576))
        try:
            return plan_sheet.parse(plan_sheet.read_cells(raw))
        except plan_sheet.SheetError as error:
            raise UserError(self._get_sheet_problem(error)) from error

    def _get_sheet_problem(self, error):
        names = {
            'notation': self.env._("Number and notation"), 'title': self.env._("Headings and titles of files"),
            'term': self.env._("Retention period"), 'maker': self.env._("File maker"),
        }
        if error.code == 'columns':
            return self.env._(
                "The spreadsheet lacks these columns: %s. Export a plan to see how it should look.",
                ", ".join(names[name] for name in error.detail))
        if error.code == 'too_many':
            return self.env._("The spreadsheet has too many rows. Divide it.")
        if error.code == 'empty':
            return self.env._("Nothing stands below the titles of the columns.")
        return self.env._("The file cannot be read as a spreadsheet (.xlsx).")

    def _check_rows(self, rows):
        """Return [(level, values)] in the order of the sheet, and [(row, column, message)]."""
        terms, makers, units = self._get_terms(), self._get_makers(), self._get_units()
        taken = set() if self.replaces else set(
            self.plan_id.line_ids.filtered(lambda line: not line.is_heading).mapped('notation'))
        first = {}
        problems, prepared = [], []

        def note(row, column, message):
            problems.append((row.number, column, message))

        for row in rows:
            values = {'title': row.title, 'notation': row.notation or False, 'note': row.note or False}
            if not row.title:
                note(row, 'title', self.env._("The title is missing."))
            elif len(row.title) > MAX_TITLE:
                note(row, 'title', self.env._("The title has more than %s characters.", MAX_TITLE))
            if find_secrecy_mark_in_name(row.title) or find_secrecy_mark_in_name(row.note):
                note(row, 'title', self.env._("State secrets are not kept here."))
                values['title'] = values['note'] = False
            unit = units.get(fold(row.unit)) if row.unit else self.plan_id.unit_id.id
            if row.unit and not unit:
                note(row, 'unit', self.env._("There is no unit “%s” in the agency.", row.unit[:80]))
            values['unit_id'] = unit or False
            if row.level:
                prepared.append((row.level, {**values, 'is_heading': True}))
                continue
            if not row.notation:
                note(row, 'notation', self.env._("Number and notation are missing."))
            elif set(row.notation) & set(' /'):
                note(row, 'notation', self.env._("“%s” holds a blank or a slash.", row.notation[:40]))
            elif row.notation in first:
                note(row, 'notation', self.env._(
                    "“%(notation)s” stands in row %(row)s already.", notation=row.notation, row=first[row.notation]))
            elif row.notation in taken:
                note(row, 'notation', self.env._("“%s” is in the plan already.", row.notation))
            first.setdefault(row.notation, row.number)
            term = terms.get(fold(row.term))
            if not term:
                note(row, 'term', self.env._("There is no retention period “%s”.", row.term[:60])
                     if row.term else self.env._("The retention period is missing."))
            maker = makers.get(fold(row.maker))
            if row.maker and not maker:
                note(row, 'maker', self.env._("No person “%s” works in the agency.", row.maker[:80])
                     if maker is None else self.env._("Several people are called “%s”: write the log-in.", row.maker[:80]))
            prepared.append((0, {**values, 'retention_term_id': term or False, 'user_id': maker or False}))
        return prepared, problems

    def _get_terms(self):
        terms = {}
        for lang in {'en_US', 'vi_VN', self.env.lang or 'en_US'}:
            for term in self.env['civic.retention.term'].with_context(lang=lang).search([('active', '=', True)]):
                terms[fold(term.name)] = term.id
                terms[fold(term.code)] = term.id
                if term.kind == 'fixed':
                    terms.update({str(term.years): term.id, fold(f'{term.years} năm'): term.id})
        terms.setdefault(fold("Vĩnh viễn"), self.env.ref('civic_workfile.retention_term_permanent').id)
        return terms

    def _get_makers(self):
        """Return {folded name or log-in: user id, or False where several people have the name}."""
        makers = {'': False}
        # sudo: colleagues are known by name
        for user in self.env['res.users'].sudo().search([
                ('company_ids', 'in', self.plan_id.company_id.ids), ('share', '=', False)]):
            name = fold(user.name)
            makers[name] = False if name in makers else user.id
            makers[fold(user.login)] = user.id
        return makers

    def _get_units(self):
        units = self.env['hr.department'].search([('company_id', '=', self.plan_id.company_id.id)])
        return {fold(text): unit.id for unit in units for text in (unit.name, unit.abbreviation) if text}

    def _create_lines(self, prepared):
        """Create headings one below the other, and the files in large steps."""
        Line = self.env['civic.file.plan.line'].with_context(civic_plan_quiet=QUIETLY)
        above = {}
        files = []
        for sequence, (level, values) in enumerate(prepared, start=1):
            values.update(plan_id=self.plan_id.id, sequence=sequence)
            if level:
                parent = above.get(level - 1)
                heading = Line.create({**values, 'parent_id': parent.id if parent else False})
                above[level] = heading
                if level == 1:
                    above.pop(2, None)
            else:
                parent = above.get(2) or above.get(1)
                files.append({**values, 'parent_id': parent.id if parent else False})
        for batch in split_every(BATCH, files):
            Line.create(list(batch))

    def _format_problems(self, problems):
        columns = {
            'notation': self.env._("Number and notation"), 'title': self.env._("Title"),
            'term': self.env._("Retention period"), 'maker': self.env._("File maker"), 'unit': self.env._("Unit"),
        }
        rows = Markup().join(
            Markup('<tr><td class="text-end pe-3">%s</td><td class="pe-3">%s</td><td>%s</td></tr>') % (
                number, columns[column], message)
            for number, column, message in problems[:SHOWN])
        head = Markup('<tr><th class="text-end pe-3">%s</th><th class="pe-3">%s</th><th>%s</th></tr>') % (
            self.env._("Row"), self.env._("Column"), self.env._("What to mend"))
        return rows and Markup('<table class="table table-sm">%s%s</table>') % (head, rows)
