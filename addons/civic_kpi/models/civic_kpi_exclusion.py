from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CivicKpiExclusion(models.Model):
    """What is left out of an indicator because the law says so; nothing without its legal basis and an approver.

    draft ──► approved ──► revoked
    """

    _name = 'civic.kpi.exclusion'
    _description = "Exclusion"
    _inherit = ['civic.kpi.validity.mixin', 'civic.journal.mixin', 'civic.shared.mixin']
    _order = 'indicator_id, date_from desc, id'

    name = fields.Char("Exclusion", required=True)
    indicator_id = fields.Many2one('civic.kpi.indicator', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', "Agency", index='btree_not_null', ondelete='cascade')
    unit_id = fields.Many2one(
        'hr.department', "Unit", index='btree_not_null', ondelete='cascade', domain="[('company_id', '=', company_id)]")
    type_ids = fields.Many2many('civic.document.type', string="Document Types")
    document_ids = fields.Many2many('civic.document', string="Documents", domain="[('company_id', '=', company_id)]")
    legal_basis = fields.Text(help="The law that excepts it; without one nothing is left out.")
    state = fields.Selection(
        [('draft', "Draft"), ('approved', "Approved"), ('revoked', "Revoked")], required=True, default='draft',
        readonly=True, copy=False)
    approved_by_id = fields.Many2one('res.users', "Approved by", readonly=True, copy=False, ondelete='restrict')
    approved_at = fields.Datetime("Approved on", readonly=True, copy=False)

    _approved_with_basis = models.Constraint(
        "CHECK (state <> 'approved' OR (legal_basis IS NOT NULL AND legal_basis <> '' AND approved_by_id IS NOT NULL))",
        "An exclusion is approved with its legal basis and by somebody.")

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system_fields(vals_list)
        exclusions = super(CivicKpiExclusion, self.with_context({
            key: value for key, value in self.env.context.items()
            if key not in ('default_state', 'default_approved_by_id', 'default_approved_at')})).create(vals_list)
        exclusions._check_scope()
        return exclusions.with_env(self.env)

    def write(self, vals):
        self._check_system_fields([vals])
        if not self.env.su and any(exclusion.state != 'draft' for exclusion in self) and vals.keys() - {'date_to'}:
            raise UserError(self.env._(
                "An approved exclusion does not change: end its validity or revoke it, and make a new one."))
        result = super().write(vals)
        if not self.env.su:
            self._check_scope()
        return result

    def _check_system_fields(self, vals_list):
        if not self.env.su and any({'state', 'approved_by_id', 'approved_at'} & vals.keys() for vals in vals_list):
            raise UserError(self.env._("An exclusion is approved and revoked by its buttons only."))

    def _check_scope(self):
        for exclusion in self:
            if not (exclusion.company_id or exclusion.type_ids):
                raise UserError(self.env._(
                    "“%s” would leave out everything: say which agency, unit, document type or documents.", exclusion.name))
            source = self.env['civic.kpi.source']._get_sources()[exclusion.indicator_id.source]
            if (exclusion.type_ids or exclusion.document_ids or exclusion.unit_id) and not source.has_documents:
                raise UserError(self.env._(
                    "%s does not count documents: only whole agencies can be left out.", exclusion.indicator_id.code))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if any(exclusion.state != 'draft' for exclusion in self):
            raise UserError(self.env._("An exclusion that was approved stays on record: revoke it."))

    def action_approve(self):
        """Approve: from now on it is left out of the figures of open periods."""
        self._check_may_decide()
        for exclusion in self:
            if exclusion.state != 'draft':
                raise UserError(self.env._("“%s” was decided already.", exclusion.name))
            if not (exclusion.legal_basis or '').strip():
                raise UserError(self.env._(
                    "“%s” has no legal basis: nothing is left out of a figure without one. Enter the article of the law.",
                    exclusion.name))
            exclusion._check_scope()
        # sudo: the state is written by these acts alone
        self.sudo().write({
            'state': 'approved', 'approved_by_id': self.env.uid, 'approved_at': fields.Datetime.now()})
        self.env['civic.journal.entry']._append('approval', self, details={
            exclusion.id: {'indicator': exclusion.indicator_id.code, 'basis': exclusion.legal_basis} for exclusion in self})
        self._recount()
        return True

    def action_revoke(self):
        """Revoke: open periods count it again; closed ones keep their figures."""
        self._check_may_decide()
        if any(exclusion.state != 'approved' for exclusion in self):
            raise UserError(self.env._("Only an approved exclusion is revoked."))
        # sudo: as above
        self.sudo().write({'state': 'revoked'})
        self.env['civic.journal.entry']._append('withdrawal', self)
        self._recount()
        return True

    def _check_may_decide(self):
        self.check_access('write')

    def _recount(self):
        # sudo: figures are the system's
        self.env['civic.kpi.daily'].sudo()._refresh()
        periods = self.env['civic.kpi.period'].sudo().search([('state', '=', 'open')])
        periods._recount(self.indicator_id.sudo())

    def _sql_where(self):
        """SQL: the documents ``d`` that one of these leaves out."""
        parts = []
        for exclusion in self.sudo():       # sudo: named documents count whoever asks
            conditions = []
            if exclusion.company_id:
                conditions.append(SQL("d.company_id = %s", exclusion.company_id.id))
            if exclusion.unit_id:
                conditions.append(SQL("d.unit_id = %s", exclusion.unit_id.id))
            if exclusion.type_ids:
                conditions.append(SQL("d.type_id = ANY(%s)", exclusion.type_ids.ids))
            if exclusion.document_ids:
                conditions.append(SQL("d.id = ANY(%s)", exclusion.document_ids.ids))
            parts.append(SQL("(%s)", SQL(" AND ").join(conditions)))
        return SQL("(%s)", SQL(" OR ").join(parts))
