from odoo import api, fields, models

from ..const import APPENDIX_STATES, SIGNATURE_STATES, STATE_ORDER


class CivicDocument(models.Model):
    """What the signatures of a document come to, and the check of every PDF that enters."""

    _inherit = 'civic.document'

    signature_state = fields.Selection(
        SIGNATURE_STATES, string="Signature", default='unknown', readonly=True, copy=False,
        help="Whether the electronic document bears a valid signature (Decree 30/2020/NĐ-CP, Art. 21.2).")
    signature_ids = fields.One2many('civic.signature', 'document_id', "Signatures", readonly=True)
    signature_message = fields.Char("What the Signatures Say", compute='_compute_signature_message')

    _signature_idx = models.Index(
        "(company_id, signature_state, date_sort DESC, id DESC) WHERE signature_state IN ('warning', 'invalid', 'failed')")

    @api.depends('signature_state', 'content_ids.signature_state')
    @api.depends_context('lang')
    def _compute_signature_message(self):
        labels = dict(self._fields['signature_state']._description_selection(self.env))
        for document in self:
            contents = document._get_signature_contents().filtered(
                lambda content, state=document.signature_state: content.signature_state == state)
            message = contents[:1]._get_signature_message(labels) if contents else False
            document.signature_message = message or labels.get(document.signature_state, False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'signature_state'}

    # === FILES COME IN === #

    def _store_content(self, report, raw, role, derived_from=None):
        if report.mimetype != 'application/pdf':
            return super()._store_content(report, raw, role, derived_from)
        if not isinstance(raw, bytes):
            raw = self._read_whole(raw)
        seen = self.env['civic.content']._mark_seen(raw)
        document = self.with_context(**seen)
        content = super(CivicDocument, document)._store_content(report, raw, role, derived_from).with_context(
            self.env.context)
        if content.signature_state == 'unknown' and not content._is_checked_by_caller():
            content._delay_signature_check()
        return content

    def _prepare_content_note(self, content):
        values = super()._prepare_content_note(content)
        if content.signature_state == 'none' and content.role == 'original' and self.signature_state == 'unknown' \
                and not (self.content_ids - content):
            values['signature_state'] = 'none'
        return values

    # === WHAT IT COMES TO === #

    def _get_signature_contents(self):
        """Return the PDFs that speak for the document: originals, appendices and signed files, in their last version."""
        return self.content_ids.filtered(lambda content: (
            content.mimetype == 'application/pdf' and not content.signed_ids
            and (content.role != 'rendition' or content.signed_from_id)))

    def _update_signature_state(self):
        """Write what the files come to. An appendix without a signature of its own takes nothing away."""
        for document in self:
            contents = document._get_signature_contents()
            states = {
                content.signature_state for content in contents
                if content.role != 'appendix' or content.signature_state in APPENDIX_STATES}
            state = next((state for state in STATE_ORDER if state in states), 'unknown')
            if state != document.signature_state:
                # sudo: the result is the system's, whoever asked for the check
                document.sudo()._write_by_system({'signature_state': state})

    def _check_signatures(self):
        """Check the signatures of all PDFs of these documents now.

        :return: {document id: state}
        """
        self.check_access('read')
        self._get_signature_contents()._check_signatures()
        return {document.id: document.signature_state for document in self}

    # === ACTIONS === #

    def action_check_signatures(self):
        """Check the signatures anew, with the authorities and revocation lists of today."""
        self._check_signatures()
        return True

    def action_open_signatures(self):
        """Show the signatures of the document with their evidence."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_signature.civic_signature_action')
        return {
            **action, 'domain': [('content_id', 'in', self._get_signature_contents().ids)], 'context': {},
            'name': self.env._("Signatures"),
        }
