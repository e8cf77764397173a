from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.civic_document.exceptions import ContentRefused
from odoo.addons.civic_document.tools.content import INLINE_PAGES, inspect

from ..tools import intake
from ..tools.intake import CONVERTED_PICTURES, IntakeFailed
from ..tools.separation import invert

# What a failed conversion means for the file.
CONVERSION_PROBLEMS = {'corrupt': 'corrupt', 'too_many_pages': 'too_many_pages'}
SIGNATURE_MARK = b'/ByteRange'


class CivicDocument(models.Model):
    """How a draft came here, and what a clerk does when one scan holds several documents, or one document lies in
    several scans: all before registration, and with the scan kept as it was received.
    """

    _inherit = 'civic.document'

    arrival_ids = fields.Many2many('civic.arrival', string="Received as", readonly=True, copy=False)
    intake_note = fields.Text(
        "How It Arrived", readonly=True, copy=False, help="What the system noted when the document was received.")
    sender_email = fields.Char("Sender's Address", readonly=True, copy=False)
    sender_id = fields.Many2one(
        'res.partner', "Sent by", readonly=True, copy=False, index='btree_not_null', ondelete='restrict',
        help="The agency that has the address the document was sent from; it need not have issued the document.")

    # === CRUD === #

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            'arrival_ids', 'intake_note', 'sender_email', 'sender_id'}

    # === ACTIONS === #

    def action_split(self):
        """Open the form that divides the pages of a draft into several documents."""
        return self._open_page_wizard('split', self.env._("Divide the Scan"))

    def action_merge(self):
        """Open the form that joins the pages of drafts into the first of them."""
        return self._open_page_wizard('merge', self.env._("Join Drafts"))

    def action_move_pages(self):
        """Open the form that moves pages of a draft into another one."""
        return self._open_page_wizard('move', self.env._("Move Pages"))

    def _open_page_wizard(self, act, title):
        self._check_pages_movable()
        return {
            'type': 'ir.actions.act_window',
            'name': title,
            'res_model': 'civic.page.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_act': act, 'default_document_ids': self.ids},
        }

    # === ARRIVAL === #

    def _note_arrival(self, arrival, note, **values):
        """Note how the documents came here."""
        self._write_by_system({'arrival_ids': [Command.link(arrival.id)], 'intake_note': note, **values})

    def _on_secret_expunged(self):
        super()._on_secret_expunged()
        # sudo: nobody removes messages; what came with a state secret goes with it
        self.sudo().message_ids.filtered(lambda message: message.message_type == 'email').unlink()
        if self.intake_note:
            self._write_by_system({'intake_note': False})

    # === PICTURES === #

    @api.model
    def _inspect_content(self, filename, raw, accept=()):
        """Besides: a picture of many pages must be one that can be opened, within limits."""
        report = super()._inspect_content(filename, raw, accept)
        problem = self._get_picture_problem(report, raw)
        if problem and problem not in accept:
            message = self._get_content_problem(problem, report)
            quarantine_id = self.env['civic.quarantine']._hold(report, raw, problem, message)
            raise ContentRefused(message, code=problem, quarantine_id=quarantine_id)
        return report

    @api.model
    def _get_picture_problem(self, report, raw):
        """Return what is wrong with a picture, as :mod:`civic_document.tools.content` names problems, or None."""
        if report.mimetype not in CONVERTED_PICTURES:
            return None
        try:
            self._convert_picture(report, raw)
        except IntakeFailed as error:
            return CONVERSION_PROBLEMS.get(error.code, 'unreadable')
        return None

    @api.model
    def _convert_picture(self, report, raw):
        """Return a PDF with the pages of a picture; the transaction remembers it between the check and the keeping."""
        key = ('civic_picture', report.sha256)
        cache = self.env.cr.cache
        if key not in cache:
            with intake.workplace() as folder:
                path = intake.picture_to_pdf(
                    folder, intake.put(folder, raw, 'picture'),
                    max_pages=self.env['civic.rule.value']._get('content.max_pages'))
                cache[key] = Path(path).read_bytes()
        return cache[key]

    @api.model
    def _get_pages_as_pdf(self, folder, report, raw):
        """Return the path of a PDF of the file, or None if it is no kind that has pages."""
        if report.mimetype == 'application/pdf':
            return intake.put(folder, raw, 'pages.pdf')
        if report.mimetype in CONVERTED_PICTURES:
            return intake.put(folder, self._convert_picture(report, raw), 'pages.pdf')
        return None

    def _store_content(self, report, raw, role, derived_from=None):
        """A picture that browsers do not show gets a PDF beside it, whose pages can be divided, too."""
        content = super()._store_content(report, raw, role, derived_from)
        if report.mimetype in CONVERTED_PICTURES and role != 'rendition' and not content.derived_ids:
            self._add_picture_rendition(content, report, raw)
        self.env.cr.cache.pop(('civic_picture', report.sha256), None)
        return content

    def _add_picture_rendition(self, content, report, raw):
        try:
            pdf = self._convert_picture(report, raw)
        except IntakeFailed:
            return              # somebody released it from quarantine although it cannot be opened
        derived = inspect(pdf, f'{Path(report.name).stem}.pdf', text_pages=INLINE_PAGES, **self._get_content_limits())
        if derived.problems:
            return
        # a PDF, so nothing is made of it in turn
        rendition = self._store_content(derived, pdf, 'rendition', content)
        if self.main_content_id == content:
            self._set_main_content(rendition)

    def _set_main_content(self, content):
        # sudo: the right to change the document was checked by the act that brought the file
        document_sudo, content_sudo = self.sudo(), content.sudo()
        document_sudo._write_by_system({'main_content_id': content.id, 'page_count': content.page_count})
        # what was read before the file was the main one has not reached the fields yet
        document_sudo._note_waiting(content_sudo)
        if any(page.state == 'ready' for page in content_sudo._get_pages()):
            document_sudo._on_pages_read(content_sudo)

    # === PAGES === #

    def _check_pages_movable(self):
        """Pages are moved by clerks, between drafts that they may change."""
        self._check_may_receive()
        self.check_access('write')
        for document in self:
            if document.direction != 'incoming' or document.state != 'draft':
                raise UserError(self.env._(
                    "“%s” is no incoming draft: its pages stay as they are.", document.display_name))
        if len(self.company_id) > 1:
            raise UserError(self.env._("Pages are not moved from one agency to another."))

    def _get_page_source(self):
        """Return the PDF of the draft whose pages can be moved, and the file as received that it stands for."""
        self.ensure_one()
        pdf = self.main_content_id
        if not pdf or pdf.mimetype != 'application/pdf':
            pdf = pdf.derived_ids.filtered(lambda content: content.mimetype == 'application/pdf')[:1]
        if not pdf:
            raise UserError(self.env._(
                "“%s” has no PDF or TIFF whose pages could be moved.", self.display_name))
        source = pdf._get_source()
        raw = source if isinstance(source, bytes) else self._read_whole(source)
        if SIGNATURE_MARK in raw:
            raise UserError(self.env._(
                "“%s” is digitally signed: dividing or joining it would make the signature invalid.", pdf.name))
        return pdf, pdf.derived_from_id or pdf, raw

    def _rearrange(self, outputs):
        """Return PDFs made of pages of the drafts, and keep the files as received.

        :param outputs: lists of (index in self, first page, last page)
        :return: the bytes of each output, and the files that they were made of
        """
        arrivals = self.env['civic.arrival']
        with intake.workplace() as folder:
            paths, received = [], []
            for index, document in enumerate(self):
                _pdf, original, raw = document._get_page_source()
                paths.append(intake.put(folder, raw, f'source-{index}.pdf'))
                received.append(original)
                document._write_by_system({
                    'arrival_ids': [Command.link(arrivals._keep_content(original).id)], 'possible_starts': False})
            try:
                made = intake.assemble(folder, paths, outputs)
            except IntakeFailed as error:
                raise UserError(self.env._("The pages could not be moved: the file cannot be divided.")) from error
            return [Path(path).read_bytes() for path in made], received

    def _replace_original(self, original, name, raw):
        """Put other pages in the place of a draft's file."""
        content = self._attach_content(name, raw, 'original')
        if content != original:
            original.unlink()
        self._set_main_content(content)

    def _split_pages(self, ranges):
        """Divide the pages of a draft: the first range stays, each further one becomes a draft of its own.

        :param ranges: list of (first page, last page)
        :return: all drafts, this one first
        """
        self.ensure_one()
        self._check_pages_movable()
        pdf = self._get_page_source()[0]
        if len(ranges) < 2:
            raise UserError(self.env._("Name the pages on which the further documents begin, such as “4, 9”."))
        [kept, *parts], [original] = self._rearrange([[(0, first, last)] for first, last in ranges])
        name, stem = original.name, Path(pdf.name).stem
        values = {
            'company_id': self.company_id.id, 'direction': 'incoming', 'arrival_date': self.arrival_date,
            'arrival_channel': self.arrival_channel, 'access_level': self.access_level,
            'unit_ids': [Command.set(self.unit_ids.ids)], 'user_ids': [Command.set(self.user_ids.ids)],
        }
        others = self._capture_many([
            (f'{stem}-{index}.pdf', part, values) for index, part in enumerate(parts, start=2)])
        self._replace_original(original, f'{stem}-1.pdf', kept)
        for document, (first, last) in zip(self | others, ranges, strict=True):
            document._write_by_system({
                'intake_note': "\n".join(filter(None, (document.intake_note, self.env._(
                    "Pages %(first)s to %(last)s of “%(name)s”.", first=first, last=last, name=name)))),
                'arrival_ids': [Command.link(arrival.id) for arrival in self.arrival_ids],
                'sender_email': self.sender_email, 'sender_id': self.sender_id.id,
            })
        self.env['civic.journal.entry']._append('modification', self | others, detail={
            'act': 'split', 'of': self.id, 'into': others.ids, 'pages': [list(part) for part in ranges]})
        return self | others

    def _merge_drafts(self):
        """Join the pages of the drafts, in their order, into the first one; the others go."""
        self._check_pages_movable()
        if len(self) < 2:
            raise UserError(self.env._("Choose at least two drafts to join."))
        first, others = self[0], self[1:]
        counts = [document._get_page_source()[0].page_count for document in self]
        [joined], originals = self._rearrange([[(index, 1, count) for index, count in enumerate(counts)]])
        main_ids = {original.id for original in originals}
        first._replace_original(originals[0], originals[0].name.rpartition('.')[0] + '.pdf', joined)
        for document in others:
            for content in document.content_ids:
                if content.role != 'rendition' and content.id not in main_ids:
                    first._attach_content(content.name, content._get_source(), 'appendix')
        first._write_by_system({
            'arrival_ids': [Command.link(arrival.id) for arrival in self.arrival_ids],
            'intake_note': "\n".join(filter(None, self.mapped('intake_note'))) or False,
        })
        self.env['civic.journal.entry']._append('modification', self, detail={
            'act': 'merge', 'into': first.id, 'of': self.ids})
        others.unlink()
        return first

    def _move_pages(self, target, ranges, at_start=False):
        """Move pages of this draft to the end, or the beginning, of another one."""
        self.ensure_one()
        (self | target)._check_pages_movable()
        if not target or target == self:
            raise UserError(self.env._("Choose the draft that gets the pages."))
        count = self._get_page_source()[0].page_count
        target_count = target._get_page_source()[0].page_count
        left = invert(ranges, count)
        if not left:
            raise UserError(self.env._("A draft keeps at least one page. Join the two drafts instead."))
        moved = [(0, first, last) for first, last in ranges]
        whole = [(1, 1, target_count)]
        [kept, grown], originals = (self | target)._rearrange(
            [[(0, first, last) for first, last in left], moved + whole if at_start else whole + moved])
        for document, original, raw in zip((self, target), originals, (kept, grown), strict=True):
            document._replace_original(original, original.name.rpartition('.')[0] + '.pdf', raw)
        target._write_by_system({'arrival_ids': [Command.link(arrival.id) for arrival in self.arrival_ids]})
        self.env['civic.journal.entry']._append('modification', self | target, detail={
            'act': 'move_pages', 'from': self.id, 'to': target.id, 'pages': [list(part) for part in ranges]})
