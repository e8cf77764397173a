import logging
import tempfile
import time
from contextlib import contextmanager, suppress

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.http import request
from odoo.modules import module
from odoo.tools import mute_logger

from ..tools.content import WORD_PAGES
from ..tools.limited import ProgramFailed
from ..tools.ocr import (
    PICTURE_MIMETYPES,
    list_pictures,
    may_hold_scans,
    read_picture,
    read_scanned_page,
    read_under_seal,
)
from ..tools.reading import with_part
from ..tools.words import FEW_WORDS, find_secrecy_mark_on_page, page_from_rows, parse_text_pages, read_text_pages

_logger = logging.getLogger(__name__)

CHUNK_PAGES = 2         # further pages recognised per job, so that the next letter need not wait long
FIRST_PRIORITY, REST_PRIORITY = 5, 30
READ_WINDOW = 600       # seconds in which looking at the pages of one file is one reading
KEPT_READS = 50

FAILURES = [
    ('timeout', "Took too long"),
    ('too_large', "Too large"),
    ('missing', "Program missing"),
    ('crash', "Broke off"),
]


class CivicContentPage(models.Model):
    """The words of one page of a file, with their places on it.

    The words are content: people get them through :meth:`civic.content.get_page_words`, which journals the reading.
    """

    _name = 'civic.content.page'
    _description = "Page of a content file"
    _order = 'content_id, number'
    _rec_name = 'number'
    _log_access = False

    content_id = fields.Many2one('civic.content', "File", required=True, readonly=True, ondelete='cascade')
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    width = fields.Float("Width (points)", readonly=True, aggregator=None)
    height = fields.Float("Height (points)", readonly=True, aggregator=None)
    rotation = fields.Integer(
        readonly=True, aggregator=None, help="Degrees clockwise by which the page is turned to be read.")
    source = fields.Selection(
        [
            ('text', "Text layer"),
            ('ocr', "Recognised"),
        ],
        required=True, readonly=True, default='text')
    state = fields.Selection(
        [
            ('pending', "Waiting"),
            ('ready', "Read"),
            ('failed', "Not readable"),
        ],
        required=True, readonly=True, default='pending')
    failure = fields.Selection(FAILURES, readonly=True)
    words = fields.Json(readonly=True, prefetch=False, groups=fields.NO_ACCESS, export_string_translation=False)

    _page_uniq = models.UniqueIndex('(content_id, number)', "This page of the file was read before.")

    # === ACCESS === #

    def _check_access(self, operation):
        """Pages follow their file, as it follows its document."""
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        forbidden, make_error = result or (self.browse(), None)
        # sudo: which file a page belongs to is not read for the user, but to check his rights
        owners = {page.id: page.sudo().content_id.id for page in self - forbidden}
        contents = self.env['civic.content'].browse(filter(None, set(owners.values())))
        allowed = set(contents._filtered_access('read' if operation == 'read' else 'write').ids)
        refused = self.browse(page_id for page_id, owner_id in owners.items() if owner_id not in allowed)
        if not refused:
            return result

        def make_content_error():
            return AccessError(self.env._(
                "You have no access to these pages: their file is not among those that you may read."))

        return forbidden | refused, make_error or make_content_error

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        if not self.env.su and not bypass_access:
            domain = Domain(domain) & Domain('content_id', 'in', self.env['civic.content']._search([]))
        return super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)

    # === BUSINESS === #

    def _to_page(self):
        """Return the page as :mod:`tools.words` has it."""
        self.ensure_one()
        return page_from_rows(self.number, self.width, self.height, self.words, self.source, self.rotation)

    @api.model
    def _prepare_values(self, content, page):
        return {
            'content_id': content.id,
            'number': page.number,
            'width': page.width_pt,
            'height': page.height_pt,
            'rotation': page.rotation,
            'source': page.source,
            'state': 'ready',
            'failure': False,
            'words': page.to_rows(),
        }

    def _get_message(self):
        """Tell people why the page has no words."""
        if not self or self.state == 'ready':
            return ""
        if self.state == 'pending':
            return self.env._("The page is being read.")
        return self._get_failure_message(self.failure)

    @api.model
    def _get_failure_message(self, code):
        if code == 'timeout':
            return self.env._(
                "Text recognition did not finish in time. Fill in the fields by hand; the document can be registered.")
        if code == 'too_large':
            return self.env._(
                "The picture is too large for text recognition. Scan the paper at 200 to 300 dpi, or fill in the "
                "fields by hand.")
        if code == 'missing':
            return self.env._(
                "Text recognition is not installed on the server. Tell the administrator; meanwhile fill in the "
                "fields by hand.")
        return self.env._(
            "The picture could not be read: text recognition broke off. Fill in the fields by hand; the document can "
            "be registered.")


class CivicContent(models.Model):
    _inherit = 'civic.content'

    page_ids = fields.One2many('civic.content.page', 'content_id', "Pages Read")

    # === RPC === #

    def get_page_words(self, number):
        """Return the words of one page with their places, for whoever may read the file.

        Coordinates are fractions of the page as its picture shows it. A page that is a picture and was not read yet
        is put in line for recognition.
        """
        self.ensure_one()
        self.check_access('read')
        answer = {
            'number': number, 'width': 0, 'height': 0, 'rotation': 0, 'source': 'text', 'state': 'failed', 'message': "",
            'words': [],
        }
        if not isinstance(number, int) or not 1 <= number <= self._get_last_page_number():
            return {**answer, 'message': self.env._("The file has no such page.")}
        if not self._has_pages():
            return {**answer, 'message': self.env._("The words of this kind of file cannot be shown by page.")}
        self._note_page_reading()
        # sudo: words are closed to everyone but this door, and the rights were checked
        content_sudo = self.sudo()
        page = content_sudo._get_pages([number])
        if not page:
            page = content_sudo._read_one_page(number)
        return {
            **answer, 'width': page.width, 'height': page.height, 'rotation': page.rotation, 'source': page.source,
            'state': page.state, 'message': page.with_env(self.env)._get_message(), 'words': page.words or [],
        }

    # === BUSINESS === #

    def _get_pages(self, numbers=None):
        """Return what is known of the pages of the file: of those given, or of all."""
        self.ensure_one()
        domain = Domain('content_id', '=', self.id)
        if numbers is not None:
            domain &= Domain('number', 'in', list(numbers))
        return self.env['civic.content.page'].search(domain)

    def _get_last_page_number(self):
        """A picture has a page, too, and a TIFF may have more: they are known once they are read."""
        self.ensure_one()
        if self.page_count:
            return self.page_count
        # sudo: how many pages there are is no secret to whoever may read the file
        return max([1, *self.sudo()._get_pages().mapped('number')])

    def _has_pages(self):
        self.ensure_one()
        return self.mimetype == 'application/pdf' or self.mimetype in PICTURE_MIMETYPES

    def _is_page_source(self):
        """Whether the words of the file are read from its own pages: those of a rendition stand in its source."""
        self.ensure_one()
        return self.role != 'rendition' and self._has_pages()

    def _note_page_reading(self):
        """Journal that someone looks at the pages; turning them is one reading. Return whether a line was left."""
        self.ensure_one()
        if not self._is_new_page_reading():
            return False
        self.env['civic.journal.entry']._append('access', self.document_id, detail=self._prepare_journal_detail())
        return True

    def _is_new_page_reading(self):
        if not request or not hasattr(request, 'session'):
            return True
        key, now = f'{self.id}p', int(time.time())
        reads = {
            name: at for name, at in (request.session.get('civic_reads') or {}).items() if at > now - READ_WINDOW}
        if key in reads:
            return False
        reads[key] = now
        request.session['civic_reads'] = dict(sorted(reads.items(), key=lambda item: item[1])[-KEPT_READS:])
        return True

    @contextmanager
    def _open_path(self):
        """Yield the path of the stored bytes, of a copy if they lie in the database."""
        self.ensure_one()
        source = self._get_source()
        if isinstance(source, str):
            yield source
            return
        with tempfile.NamedTemporaryFile(prefix='civic-', suffix='.bin') as copy:
            copy.write(source or b'')
            copy.flush()
            yield copy.name

    # === READING === #

    def _start_reading(self, places='', is_new=False):
        """Read the words of the first pages and the last one, at once from a text layer, else in the background.

        The caller acts for the system.

        :param str places: what the inspection of the file has read of the first pages
        :param bool is_new: nobody else can know the file, or its pages, before this transaction ends
        """
        for content in self:
            if not content._is_page_source():
                continue
            last = content.page_count or 1
            pages, scanned = {}, {1: None}
            if content.mimetype == 'application/pdf':
                try:
                    pages, scanned = content._read_text_layer(
                        sorted({*range(1, min(last, WORD_PAGES) + 1), last}), places)
                except ProgramFailed as error:
                    _logger.info("Words of content %s could not be read: %s", content.id, error)
                    continue
            content._keep_pages(pages.values(), pending=scanned, is_new=is_new)
            if not scanned:
                content._tell_pages_read()
                continue
            content.text_state = 'pending'
            for number in sorted({1, last} & set(scanned)):
                content._queue_reading([number])
            if last > 2:
                content._queue_rest(2)

    def _read_text_layer(self, numbers, places=''):
        """Return {number: Page} of the pages with a text layer, and of the others: None for a page that is missing."""
        self.ensure_one()
        pages = parse_text_pages(places, 1)
        unread = [number for number in numbers if number not in pages]
        with self._open_path() as path:
            start = unread[0] if unread else None
            for index, number in enumerate(unread):         # one call for each run of numbers
                if index + 1 == len(unread) or unread[index + 1] != number + 1:
                    pages.update(read_text_pages(path, start, number))
                    start = unread[index + 1] if index + 1 < len(unread) else None
            few = [number for number, page in pages.items() if 0 < len(page.words) < FEW_WORDS]
            pictures = list_pictures(path, min(few), max(few)) if few and may_hold_scans(path) else {}
        # A stamp of a signature gives a scan a few words of text.
        scanned = {
            number: pages.pop(number, None) for number in numbers
            if number not in pages or not pages[number].words or (number in few and pictures.get(number))
        }
        return pages, scanned

    def _keep_pages(self, pages, pending, is_new=False):
        """Store what was read, in one statement; pages that are known are left as they are."""
        self.ensure_one()
        Page = self.env['civic.content.page']
        known = set() if is_new else set(self._get_pages().mapped('number'))
        vals_list = [Page._prepare_values(self, page) for page in pages if page.number not in known]
        vals_list += [
            {
                'content_id': self.id, 'number': number, 'source': 'ocr', 'state': 'pending',
                'width': page.width_pt if page else 0, 'height': page.height_pt if page else 0,
            }
            for number, page in pending.items() if number not in known]
        if not vals_list:
            return
        if is_new:
            Page.create(vals_list)
            return
        # somebody else may look at the same page at the same time
        with suppress(UniqueViolation), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            Page.create(vals_list)

    def _read_one_page(self, number):
        """Read the text layer of a page, or put the page in line for recognition."""
        self.ensure_one()
        Page = self.env['civic.content.page']
        scanned = {number: None}
        if self.mimetype == 'application/pdf':
            try:
                pages, scanned = self._read_text_layer([number])
            except ProgramFailed as error:
                return Page.new({'state': 'failed', 'failure': error.code})
            if not scanned:
                return Page.new(Page._prepare_values(self, pages[number]))
        self._keep_pages([], pending=scanned)
        self._queue_reading([number])
        return self._get_pages([number])

    def _queue_reading(self, numbers):
        self.ensure_one()
        self.with_delay(
            priority=FIRST_PRIORITY, identity_key=f'civic_pages_{self.id}_{numbers[0]}',
            description=self.env._("Recognise page %(page)s of %(file)s", page=numbers[0], file=self.name),
        )._job_read_pages(numbers)

    def _queue_rest(self, start):
        self.ensure_one()
        self.with_delay(
            priority=REST_PRIORITY, identity_key=f'civic_pages_{self.id}_rest_{start}',
            description=self.env._("Recognise the further pages of %s", self.name),
        )._job_read_rest(start)

    def _queue_closer_look(self, number, box):
        """Have a part of a page read once more, without the seal over it."""
        self.ensure_one()
        self.with_delay(
            priority=FIRST_PRIORITY + 1, identity_key=f'civic_pages_{self.id}_part_{number}',
            description=self.env._("Read below the seal of %s", self.name),
        )._job_look_closer(number, box)

    def _job_look_closer(self, number, box):
        """Background job: read a part of a page without the seal, and tell the document what is there."""
        # sudo: the job acts for the system
        for content in self.sudo().exists():
            row = content._get_pages([number]).filtered(lambda page: page.state == 'ready' and page.source == 'ocr')
            if not row:
                continue
            page, timeout = row._to_page(), self.env['civic.rule.value']._get('reading.page_seconds')
            with content._open_path() as path:
                content._end_snapshot()
                try:
                    words = read_under_seal(path, content.mimetype, page, tuple(box), timeout=timeout)
                except (ProgramFailed, OSError, ValueError) as error:
                    _logger.info("Page %s could not be read below the seal: %s", number, error)
                    continue
            if not row.exists():
                continue
            page = with_part(page, words, box)
            if find_secrecy_mark_on_page(page):
                content._expunge_scanned_secret()
                continue
            row.words = page.to_rows()
            content._end_snapshot()
            content.document_id.with_context(civic_looked_closer=True)._on_pages_read(content)

    def _job_read_pages(self, numbers):
        """Background job: recognise these pages, then tell the document."""
        # sudo: the job acts for the system
        for content in self.sudo().exists():
            if content._recognise(numbers):
                content._tell_pages_read()

    def _job_read_rest(self, start):
        """Background job: recognise some pages from ``start`` on, then put the next ones in line."""
        # sudo: as above
        for content in self.sudo().exists():
            last = min(content.page_count - 1, self.env['civic.rule.value']._get('reading.max_pages'))
            numbers = list(range(start, min(last, start + CHUNK_PAGES - 1) + 1))
            if numbers and not content._recognise(numbers, keep_text=True):
                continue
            if numbers and numbers[-1] < last:
                content._queue_rest(numbers[-1] + 1)
            else:
                content._tell_pages_read()

    def _recognise(self, numbers, keep_text=False):
        """Read pages that are pictures, keep and index their words.

        :param keep_text: keep the words of pages with a text layer, too
        :return: False if the file had to go: it bears a mark of state secrecy
        """
        self.ensure_one()
        Page = self.env['civic.content.page']
        rows = {page.number: page for page in self._get_pages(numbers)}
        numbers = [number for number in numbers if number not in rows or rows[number].state != 'ready']
        if not numbers:
            return True
        # pages that are known to be pictures, and their sizes
        sizes = {number: (row.width, row.height) for number, row in rows.items() if row.source == 'ocr' and row.width}
        timeout = self.env['civic.rule.value']._get('reading.page_seconds')
        results = []
        with self._open_path() as path:
            is_pdf, mimetype = self.mimetype == 'application/pdf', self.mimetype
            texts, unknown = {}, [number for number in numbers if number not in sizes]
            if is_pdf and unknown:
                # where this breaks off, the pictures may be readable all the same
                with suppress(ProgramFailed):
                    texts, scanned = self._read_text_layer(unknown)
                    numbers = [number for number in numbers if number not in texts]
                    sizes.update({number: (page.width_pt, page.height_pt) for number, page in scanned.items() if page})
            # What was read of the database so far is seconds old when the words are there: begin anew then.
            self._end_snapshot()
            for number in numbers:
                started = time.monotonic()
                try:
                    pages = (
                        [read_scanned_page(path, number, size=sizes.get(number), timeout=timeout)] if is_pdf
                        else read_picture(path, timeout=timeout))
                    results += pages
                except (ProgramFailed, OSError, ValueError) as error:
                    _logger.warning("Page %s (%s) could not be recognised: %s", number, mimetype, error)
                    results.append((number, getattr(error, 'code', 'crash')))
                else:
                    _logger.debug("Page %s recognised in %.2f s", number, time.monotonic() - started)
        if not self.exists():
            return False
        if keep_text:
            results += texts.values()
        known = {page.number: page for page in self._get_pages()}
        found = []
        for result in results:
            if isinstance(result, tuple):
                number, failure = result
                values = {
                    'content_id': self.id, 'number': number, 'source': 'ocr', 'state': 'failed', 'failure': failure}
            else:
                if result.source == 'ocr' and find_secrecy_mark_on_page(result):
                    self._expunge_scanned_secret()
                    return False
                number, values = result.number, Page._prepare_values(self, result)
                if result.source == 'ocr':
                    found.append(result.text)
            if number in known:
                known[number].write(values)
            else:
                Page.create(values)
        text = '\n'.join(filter(None, found))
        if text and self._is_page_source():
            self.env['civic.document.text']._append_body(self.document_id, text)
        self._update_text_state()
        # What cost seconds is kept, whatever happens to what follows from it.
        self._end_snapshot()
        return True

    def _update_text_state(self):
        pages = self._get_pages()
        if any(page.state == 'pending' for page in pages):
            return
        state = 'done' if any(page.state == 'ready' and page.words for page in pages) else 'none'
        if self.text_state != state:
            self.text_state = state

    def _expunge_scanned_secret(self):
        """The mark came to light by recognition: nothing of the file stays, nor of what was read of it before."""
        self.ensure_one()
        document = self.document_id
        document._forget_reading(self)
        self._expunge_secret()
        document._on_secret_expunged()
        self._end_snapshot()

    def _tell_pages_read(self):
        self.ensure_one()
        self.document_id._on_pages_read(self)

    def _end_snapshot(self):
        """Commit: seconds pass while pages are recognised, and the database goes on meanwhile.

        Jobs alone come here, and ``data/queue_job_function_data.xml`` lets them commit; tests have one transaction.
        """
        self.env.flush_all()
        if not module.current_test:
            self.env.cr.commit()            # pylint: disable=invalid-commit


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    def _note_content(self, content, places=''):
        super()._note_content(content, places)
        # sudo: who adds a file need not know what is read of it
        content.sudo()._start_reading(places, is_new=True)

    def _on_pages_read(self, content):
        """Hook: pages of one of the files were read, or could not be; more may follow."""

    def _forget_reading(self, content):
        """Hook: a file that must go bears a mark of state secrecy: forget what was read of it."""

    def _on_secret_expunged(self):
        """Hook: a file of the document went because of a mark of state secrecy."""


class CivicDocumentText(models.Model):
    _inherit = 'civic.document.text'

    @api.model
    def _read_content(self, content):
        """Add what was recognised on pages that are pictures."""
        text = super()._read_content(content)
        if not content._is_page_source():
            return text
        pages = content._get_pages().filtered(lambda page: page.source == 'ocr' and page.state == 'ready')
        return '\n'.join(filter(None, [text, *(page._to_page().text for page in pages)]))
