from urllib.parse import urlencode

from odoo import fields, models


class CivicJournalExportWizard(models.TransientModel):
    """Choose what of the journal to download."""

    _name = 'civic.journal.export.wizard'
    _description = "Export of the journal"

    kind = fields.Selection(
        [('journal', "Journal with its seals"), ('seals', "Seals alone, as an anchor")],
        string="Content", required=True, default='journal')
    company_id = fields.Many2one(
        'res.company', "Agency", default=lambda self: self.env.company,
        domain=lambda self: [('id', 'in', self.env.user.company_ids.ids)],
        help="Of other agencies, the digests alone are exported. Leave empty for all agencies.")
    since = fields.Date(help="Leave out the batches that were sealed before this day.")

    def action_download(self):
        self.ensure_one()
        values = {'kind': self.kind}
        if self.kind == 'journal':
            if self.company_id:
                values['company_id'] = self.company_id.id
            if self.since:
                values['since'] = self.since.isoformat()
        return {
            'type': 'ir.actions.act_url',
            'url': f'/civic/journal/export?{urlencode(values)}',
            'target': 'download',
        }

    def action_download_verifier(self):
        return {
            'type': 'ir.actions.act_url',
            'url': '/civic/journal/verifier',
            'target': 'download',
        }
