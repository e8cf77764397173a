import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import sheet
from .civic_disposition_line import SHEET_FIELDS

KEY = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')
# The columns of the spreadsheet, in order; the first two find the line again.
COLUMNS = (
    'key', 'revision', 'file_code', 'file_title', 'retention_until', 'retention_explanation', 'reason', 'proposal',
    'group', 'bundle', 'volume', 'note')


class CivicDispositionSheet(models.Model):
    """A spreadsheet that was read back in: what it changed, so that it can be undone."""

    _name = 'civic.disposition.sheet'
    _description = "Spreadsheet Read Back In"
    _order = 'id desc'
    _rec_name = 'file_name'

    disposition_id = fields.Many2one('civic.disposition', "Case", required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='disposition_id.company_id', store=True, precompute=True)
    file_name = fields.Char("File Name", readonly=True)
    user_id = fields.Many2one('res.users', "By", required=True, readonly=True, ondelete='restrict', default=lambda self: self.env.uid)
    changes = fields.Json(readonly=True, export_string_translation=False)
    change_count = fields.Integer("Lines Changed", readonly=True)
    is_undone = fields.Boolean("Undone", readonly=True)

    def action_undo(self):
        """Put back what the spreadsheet changed; lines that were changed again since are told and left."""
        for done in self:
            done.disposition_id._check_lister()
            if done.is_undone:
                raise UserError(self.env._("“%s” is undone already.", done.file_name))
            lines = {line.id: line for line in done.disposition_id.line_ids}
            later = []
            for id_, change in done.changes.items():
                line = lines.get(int(id_))
                if line is None or line.revision != change['revision']:
                    later.append(change['name'])
                    continue
                line.write(change['before'])
            done.sudo().is_undone = True        # sudo: rows are written by these acts alone
            self.env['civic.journal.entry']._append('modification', done.disposition_id, detail={
                'act': 'sheet_undone', 'sheet': done.id, 'left': len(later)})
            if later:
                return done._notify(self.env._("Undone, but for lines that were changed since: %s", ", ".join(later[:10])))
        return True

    def _notify(self, message):
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {'type': 'warning', 'message': message, 'sticky': True, 'next': {'type': 'ir.actions.act_window_close'}}}


class CivicDisposition(models.Model):
    _inherit = 'civic.disposition'

    sheet_ids = fields.One2many('civic.disposition.sheet', 'disposition_id', "Spreadsheets", readonly=True)

    def _read_sheet(self, raw):
        """Compare a spreadsheet with the list.

        :return: ({line: values}, {line: values of conflicts}, [problem as text])
        """
        self.ensure_one()
        rows, problems = {}, []
        try:
            for number, cells in sheet.read_rows(raw):
                if cells and KEY.fullmatch(cells[0]):
                    if len(cells) < len(COLUMNS):
                        problems.append(self.env._("Row %s has too few columns.", number))
                    elif cells[0] in rows:
                        problems.append(self.env._("Row %s has a key that stood above already.", number))
                    else:
                        rows[cells[0]] = (number, dict(zip(COLUMNS, cells, strict=False)))
        except sheet.Unreadable as error:
            raise UserError({
                'too_large': self.env._("The spreadsheet is too large."),
                'not_xlsx': self.env._("This is no spreadsheet (.xlsx) that can be read."),
                'too_many': self.env._("The spreadsheet has too many rows."),
            }[error.args[0]]) from None
        if not rows:
            raise UserError(self.env._(
                "No row has a key in its first column. Export the candidates and change that file: its first two columns stay."))
        return self._compare_sheet(rows, problems)

    def _compare_sheet(self, rows, problems):
        changes, conflicts = {}, {}
        lines = {line.key: line for line in self.line_ids}
        for key, (number, cells) in rows.items():
            line = lines.get(key)
            if line is None:
                problems.append(self.env._("Row %s names a line that is not on this list (any more).", number))
                continue
            values = {}
            for name in SHEET_FIELDS:
                value = self._parse_cell(name, cells[name])
                if value is None:
                    problems.append(self.env._("Row %(number)s: “%(value)s” is unknown in the column “%(column)s”.",
                                               number=number, value=cells[name][:60],
                                               column=line._fields[name]._description_string(self.env)))
                elif value != (line[name] or False):
                    values[name] = value
            if values:
                (changes if cells['revision'] == str(line.revision) else conflicts)[line] = values
        return changes, conflicts, problems

    @api.model
    def _parse_cell(self, name, text):
        """Return the value of a cell; None if it is unknown."""
        field = self.env['civic.disposition.line']._fields[name]
        if field.type != 'selection':
            return text or False
        known = {}
        for key, label in field._description_selection(self.env):
            known[key] = known[label.casefold()] = key
        return known.get(text.casefold())

    def _apply_sheet(self, changes, name):
        """Write the changes, and remember them so that they can be undone."""
        self._check_lister()
        remembered = {}
        for line, values in changes.items():
            before = {field: line[field] or False for field in values}
            line.write(values)
            remembered[line.id] = {
                'before': before, 'after': values, 'revision': line.revision, 'name': line.workfile_id.display_name}
        # sudo: rows are written by these acts alone
        done = self.env['civic.disposition.sheet'].sudo().create({
            'disposition_id': self.id, 'file_name': name, 'user_id': self.env.uid, 'changes': remembered,
            'change_count': len(remembered)})
        self.env['civic.journal.entry']._append('modification', self, detail={
            'act': 'sheet', 'sheet': done.id, 'lines': len(remembered)})
        return done
