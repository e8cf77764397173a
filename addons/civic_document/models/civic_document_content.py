from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exceptions import ContentRefused
from ..tools.content import INLINE_PAGES, WORD_PAGES, get_extension, inspect

SEQUENCES = {'original': 10, 'rendition': 20, 'appendix': 30}
# What is looked through by the search; roles of higher rooms, such as the versions of a draft, are not.
SEARCHED_ROLES = ('original', 'appendix')


class CivicDocument(models.Model):
    """How files come into a document: checked first, kept only then."""

    _inherit = 'civic.document'

    # === CRUD === #

    def unlink(self):
        # A draft goes with its files; the attachments behind them need the ORM, which a cascade would pass by.
        self.content_ids.unlink()
        return super().unlink()

    # === ACTIONS === #

    def action_add_file(self):
        """Open the form that adds a file to this document."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Add a file"),
            'res_model': 'civic.content.upload',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_document_id': self.id},
        }

    # === BUSINESS === #

    @api.model
    def _capture(self, filename, raw, **values):
        """Create a draft with this original.

        :param str filename: the name the file came with
        :param raw: its bytes, or the path of a file that holds them
        :param values: fields of the document
        :raises ContentRefused: after the file went into quarantine, in a transaction of its own
        :raises UserError: for a state secret, of which nothing is kept
        """
        return self._capture_many([(filename, raw, values)])

    @api.model
    def _capture_many(self, files, accept=()):
        """Like `_capture`, for [(filename, raw, values)]; the problems in ``accept`` refuse nothing."""
        self.check_access('create')
        reports = [self._inspect_content(filename, raw, accept) for filename, raw, _values in files]
        documents = self.create([values for _filename, _raw, values in files])
        for document, (_filename, raw, _values), report in zip(documents, files, reports, strict=True):
            document._store_content(report, raw, 'original')
        return documents

    def _attach_content(self, filename, raw, role='original', derived_from=None, accept=()):
        """Check a file and add it to the document; the same file twice is one file.

        :param raw: its bytes, or the path of a file that holds them
        :param str role: 'original', 'rendition' or 'appendix'
        :param derived_from: the `civic.content` a rendition was made from
        :param accept: problems that are known and accepted, as :mod:`tools.content` names them
        :rtype: civic.content
        :raises ContentRefused: after the file went into quarantine, in a transaction of its own
        """
        self.ensure_one()
        self.check_access('write')
        self._check_content_role(role, derived_from)
        report = self._inspect_content(filename, raw, accept)
        return self._store_content(report, raw, role, derived_from)

    def _check_content_role(self, role, derived_from=None):
        if self.state == 'cancelled':
            raise UserError(self.env._("“%s” is cancelled: it takes no more files.", self.display_name))
        if (role == 'rendition') != bool(derived_from):
            raise UserError(self.env._("A rendition, and only a rendition, is made from another file."))
        if derived_from and derived_from.document_id != self:
            raise UserError(self.env._("A rendition belongs to the document of the file it was made from."))
        if role == 'original' and self.state != 'draft' and any(
            content.role == 'original' for content in self.content_ids
        ):
            raise UserError(self.env._(
                "“%s” is registered: its original never changes. Add the file as an appendix.", self.display_name))

    @api.model
    def _inspect_content(self, filename, raw, accept=()):
        """Return the report on an acceptable file; put any other into quarantine and say why."""
        report = inspect(raw, filename, text_pages=INLINE_PAGES, word_pages=WORD_PAGES, **self._get_content_limits())
        if 'secret_mark' in report.problems:
            self._refuse_secret('content', self._name, self.id if len(self) == 1 else False, sha256=report.sha256)
        problems = [code for code in report.problems if code not in accept]
        if problems:
            message = self._get_content_problem(problems[0], report)
            quarantine_id = self.env['civic.quarantine']._hold(report, raw, problems[0], message)
            raise ContentRefused(message, code=problems[0], quarantine_id=quarantine_id)
        return self._inspect_attached(report) if report.parts else report

    @api.model
    def _get_content_limits(self):
        """What the rules of today accept, as :func:`tools.content.inspect` asks for it."""
        rules = self.env['civic.rule.value']
        return {name: rules._get(f'content.{name}') for name in ('max_bytes', 'max_pages', 'formats')}

    @api.model
    def _inspect_attached(self, report):
        """Examine what is attached to an e-mail; what is not acceptable by itself stays inside the e-mail."""
        limits = self._get_content_limits()
        parts = [
            (inspect(raw, name, text_pages=INLINE_PAGES, word_pages=WORD_PAGES, **limits), raw) for name, raw in report.parts]
        if any('secret_mark' in part.problems for part, _raw in parts):
            self._refuse_secret('content', self._name, self.id if len(self) == 1 else False, sha256=report.sha256)
        return replace(report, parts=tuple(parts))

    def _store_content(self, report, raw, role, derived_from=None):
        """Keep a file that was found acceptable: attachment, line, journal and words."""
        self.ensure_one()
        known = self.content_ids.filtered(lambda content: content.sha256 == report.sha256 and content.role == role)
        if known:
            return known
        if not isinstance(raw, bytes):
            raw = self._read_whole(raw)
        is_partial = report.page_count > INLINE_PAGES
        # sudo: nobody creates attachments or files by hand; the right to change the document was checked
        attachment = self.env['ir.attachment'].sudo().with_context(image_no_postprocess=True).create({
            'name': report.name,
            'raw': raw,
            'mimetype': report.mimetype,
            'res_model': 'civic.content',
            'company_id': self.company_id.id,
        })
        # sudo: as above
        content = self.env['civic.content'].sudo().create({
            'document_id': self.id,
            'name': report.name,
            'role': role,
            'sequence': SEQUENCES.get(role, 40),
            'attachment_id': attachment.id,
            'derived_from_id': derived_from.id if derived_from else False,
            'sha256': report.sha256,
            'size': report.size,
            'mimetype': report.mimetype,
            'puid': report.puid,
            'format_name': report.format_name,
            'page_count': report.page_count,
            'text_state': 'pending' if is_partial else 'done' if report.text else 'none',
        })
        attachment.res_id = content.id              # the last write an attachment of ours ever takes
        self._note_content(content, report.places)
        self.env['civic.journal.entry']._append('capture', self, detail={
            **content._prepare_journal_detail(), 'mimetype': report.mimetype, 'puid': report.puid,
            'pages': report.page_count})
        if role in SEARCHED_ROLES:
            # sudo: the search index belongs to nobody
            self.env['civic.document.text'].sudo()._append_body(self, report.text)
        if is_partial:
            content.with_delay(
                description=self.env._("Read the text of %s", report.name), identity_key=f'civic_text_{content.id}',
            )._job_read_text()
        if report.mail:
            self._note_mail(report, role)
            for part, part_raw in report.parts:
                if not part.problems:
                    self._store_content(replace(part, parts=()), part_raw, 'appendix')
        return content.sudo(False)

    def _note_mail(self, report, role):
        """Take subject, sender and day of an e-mail over where the document says nothing of its own."""
        if role != 'original' or self.direction != 'none' or self.state != 'draft':
            return
        values = {
            'subject': report.mail['subject'][:500] if self.subject in (False, '', report.name.rpartition('.')[0]) else '',
            'issuer_name': report.mail['from'][:200] if not (self.issuer_id or self.issuer_name) else '',
            'issue_date': not self.issue_date and fields.Date.to_date(report.mail['day'] or None),
        }
        if values := {name: value for name, value in values.items() if value}:
            self._check_secrecy(values)
            # sudo: as in _note_content
            self.sudo()._write_by_system(values)

    def _note_content(self, content, places=''):
        """Write on the document what a new file says of it.

        :param str places: the words of its first pages, see :class:`tools.content.ContentReport`
        """
        values = self._prepare_content_note(content)
        if values:
            # sudo: the registered paper whose scan comes later is no longer written by users
            self.sudo()._write_by_system(values)

    def _prepare_content_note(self, content):
        """Show the first original beside the form, and take over its number of pages."""
        values = {}
        if content.role == 'original' and not self.main_content_id:
            values['main_content_id'] = content.id
            if content.page_count and not self.page_count:
                values['page_count'] = content.page_count
        return values

    @api.model
    def _read_whole(self, path):
        with open(path, 'rb') as source:
            return source.read()

    @api.model
    def _get_content_problem(self, code, report):
        """Tell a problem of a file to the person who brought it."""
        rules = self.env['civic.rule.value']
        name = report.name
        if code == 'empty':
            return self.env._("“%s” is empty (0 bytes). Send it again.", name)
        if code == 'too_large':
            return self.env._(
                "“%(file)s” has %(size)s MB; at most %(maximum)s MB are accepted.",
                file=name, size=round(report.size / 1048576, 1),
                maximum=round(rules._get('content.max_bytes') / 1048576, 1))
        if code == 'too_many_pages':
            return self.env._(
                "“%(file)s” has %(pages)s pages; at most %(maximum)s are accepted. Divide it.",
                file=name, pages=report.page_count, maximum=rules._get('content.max_pages'))
        if code == 'bad_name':
            return self.env._(
                "The name of the file holds a folder or characters that no name may hold. Rename it, for example to “%s”.",
                name)
        if code == 'forbidden_format' and get_extension(name) == 'msg':
            return self.env._("“%s” is in the format of one mail program. Save the e-mail as .eml and send that.", name)
        if code == 'forbidden_format' and report.mail:
            return self.env._("A program is attached to “%s”: the e-mail is not accepted. Have it sent without.", name)
        if code == 'forbidden_format':
            return self.env._(
                "“%(file)s” is of a kind that is not accepted. Send a PDF. Accepted are: %(formats)s; programs and packed "
                "files never.", file=name, formats=', '.join(rules._get('content.formats')))
        if code == 'extension_mismatch':
            return self.env._(
                "“%(file)s” is not what its name says: the content is %(format)s. Give it the right extension.",
                file=name, format=report.format_name or report.mimetype)
        if code == 'encrypted':
            return self.env._("“%s” is protected by a password. Send it without one.", name)
        if code == 'corrupt':
            return self.env._("“%s” is damaged or incomplete and cannot be opened. Ask the sender for it again.", name)
        return self.env._("“%s” could not be read within the limits of time and memory.", name)
