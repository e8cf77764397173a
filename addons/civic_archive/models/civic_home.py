from odoo import api, models
from odoo.fields import Domain

ACCESSIONS = 'civic_archive.civic_accession_action'
LINES = 'civic_archive.civic_accession_line_action'
COPIES = 'civic_archive.civic_aip_copy_action'


class CivicHome(models.AbstractModel):
    """What waits for those who keep an archive, and for the leader who approves."""

    _inherit = 'civic.home'

    @api.model
    def _get_sections(self):
        title = self.env._("Keeping")
        return [*super()._get_sections(), ('keeper', title, ('civic_base.group_archivist',))]

    @api.model
    def _get_blocks(self, sections):
        blocks = super()._get_blocks(sections)
        if 'keeper' in sections:
            blocks.append(self._prepare_keeper_block())
        if 'leader' in sections and self.env.company.agency_level == 'archives':
            blocks.append(self._prepare_approval_block())
        return blocks

    @api.model
    def _prepare_keeper_block(self):
        here = Domain('company_id', 'in', self.env.companies.ids)

        def figure(name, label, model, rows, action, tone):
            return self._prepare_counted(name, label, model, here & rows, action, tone=tone)

        return {
            'key': 'keeping', 'section': 'keeper', 'kind': 'figures', 'title': self.env._("Archive"),
            'items': [
                figure('to_answer', self.env._("Submissions to answer"), 'civic.accession', Domain('state', '=', 'registered'),
                       ACCESSIONS, 'warning'),
                figure('to_decide', self.env._("Packages to decide"), 'civic.accession.line',
                       Domain('state', 'in', ('passed', 'failed')), LINES, 'warning'),
                figure('late', self.env._("Past the legal time"), 'civic.accession', Domain('is_overdue', '=', True), ACCESSIONS, 'danger'),
                figure('faulty', self.env._("Faulty copies"), 'civic.aip.copy',
                       Domain('state', 'in', ('damaged', 'missing', 'failed')), COPIES, 'danger'),
            ],
        }

    @api.model
    def _prepare_approval_block(self):
        rows = Domain('company_id', 'in', self.env.companies.ids) & Domain('state', '=', 'decided')
        return {
            'key': 'accessions', 'section': 'leader', 'kind': 'figures', 'title': self.env._("Archive"),
            'items': [self._prepare_counted(
                'to_approve', self.env._("Submissions to approve"), 'civic.accession', rows, ACCESSIONS, tone='warning')],
        }
