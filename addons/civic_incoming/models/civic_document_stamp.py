import os

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.civic_report.tools.overlay import CORNERS, OverlayFailed, stamp_file
from odoo.addons.civic_report.tools.stamp import Label, Stamp

PICTURES = ('image/png', 'image/jpeg', 'image/tiff')


class CivicDocument(models.Model):
    """The stamp ĐẾN of a registered incoming document (Decree 30/2020, Art. 22 and Annex IV, form V): drawn on a
    rendition of its file, the original stays as it came; printed for paper; and the label with QR and bar code."""

    _inherit = 'civic.document'

    stamp_content_id = fields.Many2one(
        'civic.content', "Stamped File", readonly=True, copy=False, index='btree_not_null', ondelete='set null')

    # === ACTIONS === #

    def action_stamp(self):
        """Stamp the files and tell the result of each."""
        results = self._stamp_each()
        failed = [result for result in results if not result['ok']]
        if failed and len(results) == 1:
            raise UserError(failed[0]['message'])
        if failed:
            message = "\n".join([
                self.env._("%(done)s stamped, %(failed)s not:", done=len(results) - len(failed), failed=len(failed)),
                *(f"{result['name']}: {result['message']}" for result in failed[:20])])
        elif len(results) == 1:
            message = results[0]['message']
        else:
            message = self.env._("%s documents stamped.", len(results))
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'warning' if failed else 'success',
                'sticky': bool(failed),
                'message': message,
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    def action_print_labels(self):
        """Ask for the size and the first place, and print labels or stamps."""
        self._check_stampable()
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_label_wizard_action') | {
            'context': {'default_document_ids': self.ids},
        }

    def action_print_slip(self):
        """Print the handling slips."""
        form = self.env['civic.form.incoming_slip']
        values = {'document_ids': self.ids}
        form._prepare_options(values)       # what is wrong is said here, and not on an empty page
        return form._get_print_action('pdf', values)

    # === BUSINESS === #

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'stamp_content_id'}

    def _check_may_stamp(self):
        if not self.env.su and not self.env.user.has_group('civic_base.group_clerk'):
            raise AccessError(self.env._("Only clerks stamp incoming documents."))
        self.check_access('read')

    def _check_stampable(self):
        """Only what has its number is stamped, and only clerks stamp."""
        self._check_may_stamp()
        for document in self:
            if document.direction != 'incoming' or not document.register_number:
                raise UserError(self.env._(
                    "“%s” has no arrival number yet: it is stamped when it is registered.", document.display_name))
            if document.state == 'cancelled':
                raise UserError(self.env._("“%s” is cancelled: it is not stamped.", document.display_name))

    def _stamp_each(self):
        """Stamp each document; one that cannot be stamped does not spoil the others.

        :return: list of {'document_id', 'name', 'ok', 'content_id', 'message'}
        """
        self._check_may_stamp()
        maximum = self.env['civic.rule.value']._get('report.max_stamped')
        if len(self) > maximum:
            raise UserError(self.env._(
                "%(count)s are too many to stamp at once: choose at most %(maximum)s.", count=len(self), maximum=maximum))
        results = []
        for document in self:
            result = {
                'document_id': document.id, 'name': document.display_name, 'ok': False, 'content_id': False, 'message': ''}
            try:
                with self.env.cr.savepoint():
                    content, is_free = document._stamp()
            except UserError as error:
                result['message'] = str(error)
            else:
                message = self.env._("“%s” was added.", content.name)
                if not is_free:
                    message += ' ' + self.env._("The page is full: the stamp covers a part of it.")
                result.update(ok=True, content_id=content.id, message=message)
            results.append(result)
        return results

    def _stamp(self):
        """Return the stamped rendition of the main file, made if need be, and whether the stamp covers nothing."""
        self.ensure_one()
        self._check_stampable()
        source = self._get_stamp_source()
        known = self.stamp_content_id
        if known and known.derived_from_id == source:
            return known, True          # the number never changes, so neither does the stamp
        try:
            raw, place = stamp_file(
                source._get_source(), self._get_stamp(), corner=self.company_id.stamp_corner or CORNERS[0],
                is_picture=source.mimetype in PICTURES)
        except OverlayFailed as error:
            raise UserError(self._get_stamp_problem(error.code, source)) from error
        stem = os.path.splitext(source.name)[0][:100]
        content = self._attach_content(
            f'{stem} (den {self.register_label.replace("/", "-")}).pdf', raw, role='rendition', derived_from=source)
        # sudo: users do not write what the system fills in; the right to change the document was checked
        self.sudo()._write_by_system({'stamp_content_id': content.id})
        return content, place['is_free']

    def _get_stamp_source(self):
        """Return the file that is stamped: the main one."""
        source = self.main_content_id or self.content_ids.filtered(lambda content: content.role == 'original')[:1]
        if not source:
            raise UserError(self.env._(
                "“%s” has no file: print the stamp for the paper original instead.", self.display_name))
        if source.mimetype != 'application/pdf' and source.mimetype not in PICTURES:
            raise UserError(self.env._(
                "“%s” is neither a PDF nor a picture: no stamp can be drawn on it. Print a label instead.", source.name))
        return source

    def _get_stamp_problem(self, code, source):
        if code == 'encrypted':
            return self.env._("“%s” is protected by a password: no stamp can be drawn on it.", source.name)
        if code == 'too_large':
            return self.env._("The first page of “%s” is larger than any paper: no stamp can be drawn on it.", source.name)
        if code in ('timeout', 'limit'):
            return self.env._("“%s” could not be stamped within the limits of time and memory.", source.name)
        return self.env._("“%s” is damaged: no stamp can be drawn on it.", source.name)

    def _get_stamp(self):
        """Return what stands in the stamp. Where the document goes is written by who directs it (Art. 23.3)."""
        self.ensure_one()
        return Stamp(
            agency=self.company_id.name, number=self.register_label or '',
            date=f'{self.arrival_date:%d/%m/%Y}' if self.arrival_date else '', url=self._get_record_url())

    def _get_label(self):
        self.ensure_one()
        label = f'{self.register_label}/{self.arrival_date.year}' if self.arrival_date else self.register_label
        return Label(
            agency=self.company_id.name,
            number=self.env._("Arrival No. %s", self.register_label),
            date=self.env._("Arrived on %s", f'{self.arrival_date:%d/%m/%Y}' if self.arrival_date else ''),
            subject=self._get_label_subject(),
            code=label, url=self._get_record_url())

    def _get_label_subject(self):
        """A label is read by everyone who passes: what only named people may read is not on it."""
        if self.access_level == 'restricted':
            return self.reference or ''
        return ' – '.join(filter(None, (self.reference, self.subject)))

    def _get_record_url(self):
        """Return the address that opens the document, for who may read it."""
        self.ensure_one()
        # sudo: the address of the system and of the list are no secrets
        action_sudo = self.env.ref('civic_incoming.civic_document_action_incoming').sudo()
        return f'{self.get_base_url()}/odoo/{action_sudo.path}/{self.id}'


class ResCompany(models.Model):
    _inherit = 'res.company'

    stamp_corner = fields.Selection(
        [('left', "Left: below number and notation"), ('right', "Right: below place and date")],
        string="Place of the Stamp", required=True, default='left',
        help="Where the stamp ĐẾN is drawn if there is room; otherwise at the nearest free place.")
