from odoo import api, fields, models
from odoo.fields import Domain

FILES = 'civic_workfile.civic_workfile_action'
PLANS = 'civic_workfile.civic_file_plan_action'


class CivicHome(models.AbstractModel):
    """What waits for the person among the work files."""

    _inherit = 'civic.home'

    @api.model
    def _get_sections(self):
        archive = self.env._("Archive")
        return [*super()._get_sections(), ('archivist', archive, ('civic_base.group_archivist',))]

    @api.model
    def _get_blocks(self, sections):
        blocks = super()._get_blocks(sections)
        if 'specialist' in sections:
            own = Domain('user_id', '=', self.env.uid)
            blocks.append(self._prepare_file_block('own_files', 'specialist', self.env._("My work files"), own))
        if 'archivist' in sections:
            blocks.append(self._prepare_file_block('files', 'archivist', self.env._("Work files"), Domain.TRUE, is_archive=True))
        if 'leader' in sections:
            blocks.append(self._prepare_plan_block())
        return blocks

    @api.model
    def _prepare_file_block(self, key, section, title, domain, is_archive=False):
        today = fields.Date.context_today(self)
        undelivered = domain & Domain('state', 'in', ('open', 'closed'))
        opened = domain & Domain('state', '=', 'open')
        late = undelivered & Domain('delivery_due', '<', today)
        soon = undelivered & Domain('delivery_due', '>=', today) & Domain('delivery_warn', '<=', today)
        third = domain & Domain('state', '=', 'closed') if is_archive else opened & Domain('defect_count', '>', 0)
        label = self.env._("To take over") if is_archive else self.env._("With defects")

        def figure(name, text, rows, tone=''):
            return self._prepare_counted(name, text, 'civic.workfile', rows, FILES, tone=tone)

        return {
            'key': key, 'section': section, 'kind': 'figures', 'title': title,
            'items': [
                figure('files_open', self.env._("Open"), opened),
                figure('files_third', label, third, 'warning'),
                figure('files_soon', self.env._("To deliver soon"), soon, 'warning'),
                figure('files_late', self.env._("Late for delivery"), late, 'danger'),
            ],
        }

    @api.model
    def _prepare_plan_block(self):
        waiting = Domain('state', '=', 'submitted') & Domain('unit_id', '=', False)
        return {
            'key': 'plans', 'section': 'leader', 'kind': 'figures', 'title': self.env._("Plan of files"),
            'items': [self._prepare_counted('plans_to_approve', self.env._("To approve"), 'civic.file.plan', waiting, PLANS)],
        }
