from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class CivicKpiAlert(models.Model):
    """When somebody is told of a figure: once, when it falls off its target or beyond a limit, and again after it was well."""

    _name = 'civic.kpi.alert'
    _description = "Alert on a Figure"
    _inherit = ['civic.shared.mixin']
    _order = 'indicator_id, company_id'
    _rec_name = 'indicator_id'

    indicator_id = fields.Many2one('civic.kpi.indicator', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', "Agency", index='btree_not_null', ondelete='cascade', help="Empty: each agency.")
    kind = fields.Selection([('target', "Off its target"), ('limit', "Beyond a limit")], required=True, default='target')
    limit = fields.Float(help="Told when the figure is worse than this.")
    user_ids = fields.Many2many('res.users', string="Who Is Told", help="Empty: the managers of the agency.")
    active = fields.Boolean(default=True)
    told_value_ids = fields.Many2many(
        'civic.kpi.value', string="Figures Told Of", readonly=True, copy=False, export_string_translation=False)

    def _is_hit(self, figure):
        self.ensure_one()
        if figure.na_reason:
            return False
        if self.kind == 'target':
            return figure.verdict == 'fail'
        exact = figure._get_exact()
        return exact < self.limit if figure.indicator_id.direction == 'higher' else exact > self.limit

    @api.model
    def _check(self):
        """Look at the figures of the current month; tell who asked to be told."""
        period = self.env['civic.kpi.period']._ensure('month', self.env['civic.kpi.period']._today())
        # sudo: the job looks at everybody's figures
        alerts = self.sudo().search([('active', '=', True)])
        figures = self.env['civic.kpi.value'].sudo().search(
            Domain('period_id', '=', period.id) & Domain('indicator_id', 'in', alerts.indicator_id.ids)
            & Domain('company_id', '!=', False) & Domain('unit_id', '=', False))
        by_indicator = figures.grouped('indicator_id')
        managers = self._get_managers(figures.company_id)
        told, reasons = {}, {}
        for alert in alerts:
            hit = by_indicator.get(alert.indicator_id, figures.browse()).filtered(
                lambda figure, alert=alert: alert.company_id in (figure.company_id, alert.company_id.browse()) and alert._is_hit(figure))
            for figure in hit - alert.told_value_ids:
                reasons[figure] = reasons.get(figure, alerts.browse()) | alert
                for user in alert.user_ids or managers.get(figure.company_id, self.env['res.users']):
                    told[user] = told.get(user, figures.browse()) | figure
            if hit != alert.told_value_ids:
                alert.told_value_ids = hit
        self._tell('kpi_alert', told, reasons)

    @api.model
    def _tell(self, event, told, reasons):
        """Tell each user of the own figures, in the user's language.

        :param told: {user: figures}
        :param reasons: {figure: alerts} that it set off; without one it is off its target
        """
        for lang, users in self.env['res.users'].union(*told).grouped('lang').items():
            localised = self.with_context(lang=lang)
            bodies = {
                figure.id: reasons.get(figure, self.browse()).with_env(localised.env)._describe(figure)
                for user in users for figure in told[user]}
            localised.env['civic.notification']._notify_each(event, {user: told[user] for user in users}, bodies)

    def _describe(self, figure):
        """Return the figure beside what it misses, in the language of the alerts."""
        indicator = figure.indicator_id
        targets = self.filtered(lambda alert: alert.kind == 'target')
        return ', '.join([
            figure.with_env(self.env)._show(),
            *([self.env._("target %s", indicator._show_bound(figure.target))] if targets or not self else []),
            *(self.env._("limit %s", indicator._show_bound(alert.limit)) for alert in self - targets)])

    @api.model
    def _get_managers(self, companies):
        """Return {agency: its managers}."""
        # sudo: the job looks at people
        users = self.env['res.users'].sudo().search([
            ('all_group_ids', 'in', self.env.ref('civic_base.group_manager').ids), ('company_id', 'in', companies.ids),
            ('share', '=', False)])
        return users.grouped('company_id')

    @api.model
    def _cron_digest(self):
        """Once a week: the figures of the last month, and of this one, that are off their targets, to the managers.

        They go into the next morning's digest, or at once for those who chose so.
        """
        Period = self.env['civic.kpi.period']
        today = Period._today()
        last = Period._ensure('month', today.replace(day=1) - timedelta(days=1)) | Period._ensure('month', today)
        figures = self.env['civic.kpi.value'].sudo().search([
            ('period_id', 'in', last.ids), ('verdict', '=', 'fail'), ('company_id', '!=', False), ('unit_id', '=', False)])
        by_agency = figures.grouped('company_id')
        managers = self._get_managers(figures.company_id)
        self._tell('kpi_digest', {user: by_agency[company] for company, users in managers.items() for user in users}, {})
