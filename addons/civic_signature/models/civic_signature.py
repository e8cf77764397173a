import json

from odoo import api, fields, models

from ..const import LEVELS, NOTES, PROBLEMS, ROLES, SIGNATURE_STATES, say


class CivicSignature(models.Model):
    """One signature or time stamp of a file: who, when, and what the last check found, with its evidence.

    Rows are written by the check alone. Who may read the document may read them.
    """

    _name = 'civic.signature'
    _description = "Digital Signature"
    _inherit = ['civic.document.part']
    _order = 'document_id desc, content_id, sequence, id'
    _rec_name = 'holder'

    content_id = fields.Many2one('civic.content', "File", required=True, readonly=True, index=True, ondelete='cascade')
    document_id = fields.Many2one(
        'civic.document', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    field_name = fields.Char("Field", readonly=True)
    role = fields.Selection(ROLES, required=True, readonly=True)
    certificate_id = fields.Many2one('civic.certificate', readonly=True, index='btree_not_null', ondelete='restrict')
    signed_by_id = fields.Many2one(
        'res.users', "Signed Here By", readonly=True, ondelete='restrict',
        help="Who made the signature in this system.")

    # what the certificate says
    holder = fields.Char("Signer", readonly=True)
    organisation = fields.Char(readonly=True)
    issuer = fields.Char("Certificate Issued By", readonly=True)
    serial = fields.Char("Serial Number", readonly=True)
    fingerprint = fields.Char("SHA-256 Fingerprint", readonly=True)
    valid_from = fields.Datetime("Certificate Valid from", readonly=True)
    valid_to = fields.Datetime("Certificate Valid to", readonly=True)

    # what the check found
    state = fields.Selection(SIGNATURE_STATES, string="Result", required=True, readonly=True)
    problems = fields.Char(readonly=True, export_string_translation=False)
    message = fields.Text("Meaning", compute='_compute_message')
    signed_at = fields.Datetime("Signed at", readonly=True)
    has_timestamp = fields.Boolean("Time Proven", readonly=True)
    level = fields.Selection(LEVELS, readonly=True)
    reason = fields.Char(readonly=True)
    evidence = fields.Text(readonly=True)
    checked_at = fields.Datetime(readonly=True)
    validator_version = fields.Char(readonly=True)

    _field_uniq = models.UniqueIndex('(content_id, field_name)', "A field holds one signature.")

    @api.depends('problems', 'evidence')
    @api.depends_context('lang')
    def _compute_message(self):
        for signature in self:
            signature.message = ' '.join(signature._get_sentences())

    def _get_sentences(self):
        """Return what the check found in plain sentences, the weightiest first."""
        self.ensure_one()
        found = json.loads(self.evidence or '{}')
        sentences = [say(self.env, PROBLEMS[code]) for code in found.get('problems', ()) if code in PROBLEMS]
        sentences += [say(self.env, NOTES[code]) for code in found.get('notes', ()) if code in NOTES]
        if self.state == 'valid':
            sentences.insert(0, self.env._("Unchanged since it was signed; the certificate was valid and trusted."))
        return sentences

    # === ACTIONS === #

    def action_open_details(self):
        """Show one signature with its evidence in a dialogue."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'name': self.holder or self.env._("Digital Signature"),
            'res_model': self._name, 'res_id': self.id, 'view_mode': 'form', 'target': 'new',
        }

    def action_check_again(self):
        """Check the file anew, with the authorities and revocation lists of today."""
        self.check_access('read')
        self.content_id._check_signatures()
        return True
