import json
import shutil
import tempfile
from datetime import date, datetime
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.civic_base.tools.text import fold
from odoo.addons.civic_package.tools import vn2019
from odoo.addons.civic_package.tools.findings import PackageError, Report
from odoo.addons.civic_transport.tools.protocol import measure

from ..tools import sheet

BATCH = 1000
# Headings of the columns, folded: names of Circular 02/2019/TT-BNV and 05/2025/TT-BNV, and what people write.
COLUMNS = {
    'reference_code': ('ma ho so', 'ma', 'so va ky hieu ho so', 'so, ky hieu ho so', 'filecode', 'filenotation', 'reference code', 'code'),
    'title': ('tieu de', 'tieu de ho so', 'title', 'trich yeu', 'subject'),
    'level': ('cap mo ta', 'cap', 'level'),
    'parent': ('thuoc', 'ma cap tren', 'parent'),
    'date_from': ('thoi gian bat dau', 'ngay bat dau', 'startdate', 'date from'),
    'date_to': ('thoi gian ket thuc', 'ngay ket thuc', 'enddate', 'date to'),
    'date_text': ('thoi gian tai lieu', 'thoi gian', 'dates'),
    'maintenance': ('thoi han bao quan', 'thoi han luu tru', 'maintenance', 'retention'),
    'access_mode': ('che do su dung', 'rights', 'mode', 'access'),
    'language': ('ngon ngu', 'language'),
    'condition': ('tinh trang vat ly', 'format', 'condition'),
    'confidence_level': ('muc do tin cay', 'confidencelevel'),
    'document_count': ('tong so van ban', 'tong so van ban trong ho so', 'so van ban', 'totaldoc', 'documents'),
    'sheet_count': ('so to', 'so luong to', 'sheetnumber', 'sheets'),
    'page_count': ('so trang', 'so luong trang', 'pagenumber', 'pages'),
    'keywords': ('tu khoa', 'keyword', 'keywords'),
    'scope_content': ('chu giai', 'description', 'scope and content'),
    'creator': ('tac gia', 'co quan ban hanh', 'organname', 'creator'),
    'paper_file_code': ('ma ho so giay', 'paperfilecode'),
    'note': ('ghi chu', 'note'),
    'place': ('vi tri', 'noi de', 'hop so', 'place'),
}
# The table of files of Circular 02/2019/TT-BNV, known by its own names; each row is checked by the circular, too.
CIRCULAR = {
    'FileCode': 'reference_code', 'Title': 'title', 'Maintenance': 'maintenance', 'Rights': 'access_mode', 'Language': 'language',
    'StartDate': 'date_from', 'EndDate': 'date_to', 'TotalDoc': 'document_count', 'Description': 'scope_content', 'Keyword': 'keywords',
    'SheetNumber': 'sheet_count', 'PageNumber': 'page_count', 'Format': 'condition'}
CIRCULAR_MARKS = {'FileCode', 'OrganId', 'FileNotation'}
SELECTIONS = ('level', 'maintenance', 'access_mode', 'language', 'condition', 'confidence_level')
NUMBERS = ('document_count', 'sheet_count', 'page_count')
DATES = ('date_from', 'date_to')


class CivicArchiveImport(models.Model):
    """Holdings that come as a spreadsheet, into one fonds; in the background, batch after batch.

    How far it came is saved with each batch, in one transaction: after a kill it goes on where it stopped, and no row
    is taken twice. Rows that cannot be taken are listed with the reason; the others are taken all the same.
    """

    _name = 'civic.archive.import'
    _description = "Import of Holdings"
    _inherit = ['civic.journal.mixin']
    _order = 'id desc'

    name = fields.Char("File Name", required=True)
    file = fields.Binary("Spreadsheet", attachment=True, required=True, help="XLSX, or CSV in UTF-8; headings in the first row.")
    fonds_id = fields.Many2one('civic.fonds', required=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='fonds_id.company_id', store=True, precompute=True, index=True, string="Archive")
    state = fields.Selection(
        [('draft', "To start"), ('running', "Running"), ('paused', "Paused"), ('done', "Done"), ('failed', "Failed")],
        required=True, readonly=True, default='draft', copy=False)
    row_count = fields.Integer("Rows", readonly=True, copy=False)
    next_row = fields.Integer("Rows Read", readonly=True, copy=False)
    next_byte = fields.Integer(readonly=True, copy=False, export_string_translation=False)
    created_count = fields.Integer("Taken Over", readonly=True, copy=False)
    problem_count = fields.Integer("Not Taken Over", readonly=True, copy=False)
    progress = fields.Float(compute='_compute_progress', aggregator=False)
    message = fields.Text(readonly=True, copy=False)
    rows = fields.Binary(
        "Rows as Read", attachment=True, readonly=True, copy=False, groups=fields.NO_ACCESS, export_string_translation=False)
    line_ids = fields.One2many('civic.archive.import.line', 'import_id', "Rows Not Taken Over", readonly=True)

    @api.depends('row_count', 'next_row')
    def _compute_progress(self):
        for one in self:
            one.progress = 100 * one.next_row / one.row_count if one.row_count else 0

    # === CRUD === #

    def write(self, vals):
        protected = {'state', 'next_row', 'next_byte', 'row_count', 'created_count', 'problem_count', 'rows', 'message'}
        if not self.env.su and protected & set(vals):
            raise UserError(self.env._("An import is started, paused and resumed by its buttons."))
        if {'file', 'fonds_id'} & set(vals):
            if any(one.state != 'draft' for one in self):
                raise UserError(self.env._("The import has begun: make a new one for another file or fonds."))
            for one in self:
                one._forget_check()
                one._get_attachment_sudo('rows').unlink()
            self.sudo().invalidate_recordset(['rows'])
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if any(one.created_count for one in self):
            raise UserError(self.env._("An import that took rows over stays as the proof of where they came from."))

    # === ACTIONS === #

    def action_check(self):
        """Read the file and list what is wrong with its rows; none is taken over."""
        self.check_access('write')
        for one in self:
            if one.state != 'draft':
                raise UserError(self.env._("“%s” has begun.", one.name))
            one._forget_check()
            if one._get_attachment_sudo('rows') or one._read_file():
                one._check_rows()

    def action_start(self):
        """Read the file and take its rows over in the background; also goes on with what was paused or broken off."""
        self.check_access('write')
        for one in self:
            if one.state == 'done':
                raise UserError(self.env._("“%s” is finished.", one.name))
            one.fonds_id.check_access('write')
            if one.state == 'draft':
                one._forget_check()
            one._write_state(state='running', message=False)
            one.with_delay(description=f"Holdings: {one.name}")._job_import()

    def action_pause(self):
        """Stop after the batch at work."""
        self.check_access('write')
        for one in self:
            if one.state != 'running':
                raise UserError(self.env._("“%s” is not running.", one.name))
            one._write_state(state='paused')

    def action_open_descriptions(self):
        """Open what this import took over."""
        self.ensure_one()
        return self.fonds_id.action_open_descriptions()

    # === BUSINESS === #

    def _write_state(self, **values):
        # sudo: how far an import came is closed to writing; the callers check the right
        self.sudo().write(values)

    def _forget_check(self):
        # sudo: lines of the report are written by the import alone
        self.sudo().line_ids.unlink()
        self._write_state(problem_count=0, message=False)

    def _check_rows(self):
        problems, done, byte = [], 0, 0
        while done < self.row_count:
            _wanted, some, count, byte = self._parse_rows(done, byte)
            problems += some
            done += count
        self._write_problems(problems)
        self._write_state(problem_count=len(problems), message=False if problems else self.env._(
            "All %s rows can be read.", self.row_count))

    def _write_problems(self, problems):
        # sudo: lines of the report are written by the import alone
        self.env['civic.archive.import.line'].sudo().create([
            {'import_id': self.id, 'row_number': number, 'reference_code': code, 'message': message}
            for number, code, message in sorted(problems, key=lambda problem: problem[0])])

    def _job_import(self):
        """Take over one batch, and ask for the next."""
        self.ensure_one()
        if self.state != 'running':
            return
        if not self._get_attachment_sudo('rows') and not self._read_file():
            return
        if self._import_batch():
            self.with_delay(description=f"Holdings: {self.name}")._job_import()

    def _read_file(self):
        """Read the spreadsheet once into lines of JSON; say what is wrong with it otherwise."""
        maximum = self.env['civic.rule.value']._get('archive.import_max_rows')
        attachment_sudo = self._get_attachment_sudo('file')
        try:
            with tempfile.NamedTemporaryFile() as copy, tempfile.NamedTemporaryFile() as rows:
                with attachment_sudo._civic_open() as stream:
                    shutil.copyfileobj(stream, copy)
                copy.flush()
                read = self._read_xml if self._is_xml() else sheet.read_rows
                count = read(copy.name, maximum, rows.name)
                self._find_columns(json.loads(rows.readline() or b'[]'))
                size, _sha256, sha1 = measure(rows.name)
                self.env['ir.attachment']._civic_store_file(rows.name, size, sha1, {
                    'name': 'rows', 'res_model': self._name, 'res_id': self.id, 'res_field': 'rows',
                    'mimetype': 'application/octet-stream', 'company_id': self.company_id.id})
        except sheet.SheetFailed as error:
            self._write_state(state='failed', message=self._get_sheet_message(error.code, maximum))
            return False
        except UserError as error:
            self._write_state(state='failed', message=str(error))
            return False
        self.sudo().invalidate_recordset(['rows'])
        self._write_state(row_count=count - 1)
        return True

    def _is_xml(self):
        with self._get_attachment_sudo('file')._civic_open() as stream:
            return stream.read(100).lstrip(b'\xef\xbb\xbf \r\n\t').startswith(b'<')

    def _read_xml(self, path, maximum, target):
        """Write a table of Circular 02/2019/TT-BNV in XML as lines of JSON, the names of its fields in the first one; return how many."""
        names, count = list(vn2019.TABLES['files']), 1
        try:
            with open(path, 'rb') as stream, open(target, 'wb') as lines:
                lines.write(json.dumps(names).encode() + b'\n')
                for _number, row in vn2019.read('files', stream, 'xml'):
                    if count > maximum:
                        raise sheet.SheetFailed('too_many')
                    lines.write(json.dumps([row.get(name, '') for name in names]).encode() + b'\n')
                    count += 1
        except PackageError as error:
            raise UserError(self.env._("The XML is no table of files by Circular 02/2019/TT-BNV: %s", error)) from None
        return count

    def _get_attachment_sudo(self, field):
        # sudo: the right to the import was checked; the file is a part of it
        return self.env['ir.attachment'].sudo().search([
            ('res_model', '=', self._name), ('res_id', '=', self.id), ('res_field', '=', field)], limit=1)

    def _get_sheet_message(self, code, maximum):
        return {
            'kind': self.env._("The file is no workbook (.xlsx) and no text with separators (.csv)."),
            'damaged': self.env._("The file is damaged, or not written in UTF-8: it cannot be read to its end."),
            'too_large': self.env._("The file is too large to be read within the limits. Split it."),
            'too_many': self.env._("The file has more than %s rows. Split it.", maximum),
        }[code]

    def _find_columns(self, headings):
        """Return {position: what the column holds} and, of a table of Circular 02/2019/TT-BNV, {position: its own name}.

        :raises UserError: for a table without code or title, or with one of them twice
        """
        circular = {position: heading.strip() for position, heading in enumerate(headings) if heading.strip() in vn2019.TABLES['files']}
        if set(circular.values()) >= CIRCULAR_MARKS:
            return {position: CIRCULAR[name] for position, name in circular.items() if name in CIRCULAR}, circular
        names = {name: key for key, known in COLUMNS.items() for name in (*known, key)}
        columns, seen = {}, {}
        for position, heading in enumerate(headings):
            key = names.get(fold(heading).strip(' *:'))
            if key in seen:
                raise UserError(self.env._(
                    "Two columns say the same: “%(first)s” and “%(second)s”.", first=seen[key], second=heading))
            if key:
                columns[position] = key
                seen[key] = heading
        missing = {'reference_code', 'title'} - set(seen)
        if missing:
            raise UserError(self.env._(
                "The first row must hold the headings. Missing: %s.",
                ', '.join(self.env['civic.archive.description']._fields[name]._description_string(self.env)
                          for name in ('reference_code', 'title') if name in missing)))
        return columns, {}

    def _parse_rows(self, start, byte):
        """Read the next rows, which begin at a byte; never the whole file.

        :return: rows that can be taken over [(number in the file, values)], those that cannot [(number, code, why)], how many
            rows these are with the empty ones, and the byte after them
        """
        with self._get_attachment_sudo('rows')._civic_open() as stream:
            reader = _RowReader(self, *self._find_columns(json.loads(next(stream))))
            stream.seek(max(stream.tell(), byte))
            lines = list(islice(stream, BATCH))
            byte = stream.tell()
        problems, wanted = [], []
        # as the file counts: a spreadsheet's first row is its heading
        for number, line in enumerate(lines, start + (1 if self._is_xml() else 2)):
            cells = json.loads(line)
            if not any(cells):
                continue
            values, complaints = reader.parse(cells)
            if complaints:
                problems.append((number, values.get('reference_code'), ' '.join(complaints)))
            else:
                wanted.append((number, values))
        return wanted, problems, len(lines), byte

    def _import_batch(self):
        """Take over the next rows; return whether there are more."""
        wanted, problems, count, next_byte = self._parse_rows(self.next_row, self.next_byte)
        done = self.next_row + count
        created = self._create_units(wanted, problems)
        self._write_problems(problems)
        is_last = done >= self.row_count
        self._write_state(
            next_row=done, next_byte=next_byte, created_count=self.created_count + created,
            problem_count=self.problem_count + len(problems), **({'state': 'done'} if is_last else {}))
        return not is_last

    def _create_units(self, wanted, problems):
        """Create the units, those first on whose ids others wait; a few statements whatever their number."""
        units = self.env['civic.archive.description'].with_context(tracking_disable=True)
        codes = {values['reference_code'] for _number, values in wanted}
        codes |= {values['parent'] for _number, values in wanted if values.get('parent')}
        known = {unit.reference_code: unit.id for unit in units.search_fetch(
            [('fonds_id', '=', self.fonds_id.id), ('reference_code', 'in', list(codes))], ['reference_code'])}
        there = set(known)
        count, pending = 0, []
        for number, values in wanted:
            if values['reference_code'] in there:
                problems.append((number, values['reference_code'], self.env._("This reference code is there already.")))
                continue
            there.add(values['reference_code'])
            pending.append((number, values))
        while pending:
            ready = [row for row in pending if not row[1].get('parent') or row[1]['parent'] in known]
            if not ready:
                problems += [(number, values['reference_code'], self.env._(
                    "“%s”, to which it belongs, is neither in the fonds nor above in the file.", values['parent']))
                    for number, values in pending]
                break
            taken = {id(row) for row in ready}
            pending = [row for row in pending if id(row) not in taken]
            count += self._create_wave(ready, known, problems)
        return count

    def _create_wave(self, rows, known, problems):
        def prepare(values):
            parent = values.pop('parent', None)
            return {
                **values, 'fonds_id': self.fonds_id.id,
                'parent_id': known[parent] if parent else self.fonds_id.root_id.id}

        units = self.env['civic.archive.description']
        prepared = [(number, prepare(values)) for number, values in rows]
        created = []
        try:
            with mute_logger('odoo.sql_db'), self.env.cr.savepoint():
                created = list(zip(prepared, units.create([values for _number, values in prepared]), strict=True))
                self.env.flush_all()
        except (UserError, ValidationError):
            created = []
            for number, values in prepared:
                try:
                    with mute_logger('odoo.sql_db'), self.env.cr.savepoint():
                        created.append(((number, values), units.create(values)))
                        self.env.flush_all()
                except (UserError, ValidationError) as error:
                    problems.append((number, values['reference_code'], str(error)))
        records = units.browse([unit.id for _row, unit in created])
        self.env['civic.journal.entry']._append('ingestion', records, details={
            unit.id: {'import': self.id, 'row': number} for (number, _values), unit in created})
        known.update({unit.reference_code: unit.id for unit in records})
        return len(records)


class CivicArchiveImportLine(models.Model):
    """A row that could not be taken over, and why."""

    _name = 'civic.archive.import.line'
    _description = "Row of an Import"
    _order = 'import_id, row_number, id'
    _rec_name = 'reference_code'

    import_id = fields.Many2one('civic.archive.import', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='import_id.company_id', store=True, precompute=True, index=True, string="Archive")
    row_number = fields.Integer("Row", readonly=True, aggregator=False)
    reference_code = fields.Char(readonly=True)
    message = fields.Text("Reason", readonly=True)


class _RowReader:
    """Reads one row after the other: texts into values, or complaints in the language of the person."""

    def __init__(self, holdings, columns, circular):
        self.env = holdings.env
        self.columns, self.circular = columns, circular
        units = self.env['civic.archive.description']
        self.labels = {name: units._fields[name]._description_string(self.env) for name in units._fields if name in COLUMNS}
        self.choices = {}
        for name in SELECTIONS:
            choices = self.choices[name] = {}
            for lang in {'en_US', 'vi_VN', self.env.lang or 'en_US'}:
                for key, label in units._fields[name]._description_selection(units.with_context(lang=lang).env):
                    choices[fold(label)] = choices[key] = key
                    choices[key.lstrip('0')] = key
        # sudo: places of this archive, whose descriptions the person may write
        places = self.env['civic.archive.location'].sudo().search_fetch(
            [('company_id', '=', holdings.company_id.id)], ['complete_name', 'barcode']) if 'place' in columns.values() else []
        self.places = {fold(place.complete_name): place.id for place in places}
        self.places.update({fold(place.barcode): place.id for place in places if place.barcode})

    def parse(self, cells):
        values, complaints = {}, []
        for position, key in self.columns.items():
            text = cells[position] if position < len(cells) else ''
            if not text:
                continue
            if key == 'place':
                values['location_id'] = self.places.get(fold(text))
                if not values['location_id']:
                    complaints.append(self.env._("There is no place “%s”.", text))
            elif key in SELECTIONS:
                values[key] = self.choices[key].get(fold(text))
                if not values[key]:
                    complaints.append(self._complain(key, text))
            elif key in NUMBERS:
                digits = text.replace('.', '').replace(' ', '')
                if digits.isdecimal() and len(digits) < 10:
                    values[key] = int(digits)
                else:
                    complaints.append(self._complain(key, text))
            elif key in DATES:
                values[key] = parse_day(text, is_end=key == 'date_to')
                if not values[key]:
                    complaints.append(self._complain(key, text))
            else:
                values[key] = text
        if self.circular:
            complaints += self._check_circular(cells)
        else:
            complaints += [self.env._("“%s” is empty.", self.labels[name]) for name in ('reference_code', 'title') if not values.get(name)]
        return values, complaints

    def _check_circular(self, cells):
        """Return what the circular says against a row; its words for dates and numbers tell more than ours."""
        report, lang = Report(''), 'vi' if (self.env.lang or '').startswith('vi') else 'en'
        vn2019.check('files', {name: cells[position] for position, name in self.circular.items() if position < len(cells)}, report)
        return [f'{finding.rule}: {finding.text(lang)}.' for finding in report.findings if finding.severity == 'error']

    def _complain(self, key, text):
        return self.env._("“%(value)s” cannot be read as “%(field)s”.", value=text[:80], field=self.labels[key])


def parse_day(text, is_end=False):
    """Read DD/MM/YYYY, MM/YYYY, YYYY or ISO; the end of a month or year is its last day."""
    for pattern in ('%d/%m/%Y', '%Y-%m-%d', '%d-%m-%Y', '%d.%m.%Y'):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    parts = text.replace('-', '/').split('/')
    try:
        if len(parts) == 2:
            month, year = int(parts[0]), int(parts[1])
            if is_end:
                return date(year + month // 12, month % 12 + 1, 1) - date.resolution
            return date(year, month, 1)
        if len(parts) == 1 and len(text) == 4:
            return date(int(text), 12, 31) if is_end else date(int(text), 1, 1)
    except ValueError:
        return None
    return None
