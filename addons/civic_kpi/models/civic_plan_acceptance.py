from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class CivicPlanAcceptance(models.Model):
    """An agency's item of the checklist, and who accepted it with which signed paper.

    open ──► accepted ──► open      a revoked acceptance drops out of the figure
    """

    _name = 'civic.plan.acceptance'
    _description = "Acceptance of an Upgrade"
    _inherit = ['civic.journal.mixin', 'civic.reason.mixin']
    _order = 'company_id, check_id'
    _rec_name = 'check_id'

    _civic_reason_methods = ('_revoke',)

    check_id = fields.Many2one('civic.plan.check', "Item", required=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', "Agency", required=True, index=True, ondelete='cascade')
    scope = fields.Selection(related='check_id.scope')
    state = fields.Selection([('open', "Open"), ('accepted', "Accepted")], required=True, default='open', readonly=True, copy=False)
    document_id = fields.Many2one(
        'civic.document', "Signed Acceptance", ondelete='restrict', index='btree_not_null', domain="[('company_id', '=', company_id)]")
    paper_reference = fields.Char("Signed Paper", help="Number and date of minutes that are kept outside the system.")
    accepted_on = fields.Date(readonly=True, copy=False)
    accepted_by_id = fields.Many2one('res.users', "Accepted by", readonly=True, copy=False, ondelete='restrict')
    note = fields.Text()

    _check_uniq = models.Constraint('UNIQUE (check_id, company_id)', "The agency has this item already.")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any({'state', 'accepted_on', 'accepted_by_id'} & vals.keys() for vals in vals_list):
            raise UserError(self.env._("Items are accepted by their button."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and {'state', 'accepted_on', 'accepted_by_id'} & vals.keys():
            raise UserError(self.env._("Items are accepted by their button."))
        if not self.env.su and vals.keys() - {'note'} and any(row.state == 'accepted' for row in self):
            raise UserError(self.env._("An accepted item does not change: revoke the acceptance first."))
        return super().write(vals)

    def action_accept(self):
        """Accept on the strength of a signed paper."""
        self.check_access('write')
        for row in self:
            if row.state == 'accepted':
                raise UserError(self.env._("“%s” is accepted already.", row.check_id.name))
            # sudo: whether the minutes are signed is asked of the paper, not of who may read it
            document = row.document_id.sudo()
            if document and document.signature_state == 'invalid':
                raise UserError(self.env._("The signature of “%s” is not valid: it accepts nothing.", document.display_name))
            if not document and not (row.paper_reference or '').strip():
                raise UserError(self.env._(
                    "“%s” is accepted with signed minutes: name the document, or number and date of the paper.",
                    row.check_id.name))
        # sudo: written by this act alone
        self.sudo().write({
            'state': 'accepted', 'accepted_by_id': self.env.uid, 'accepted_on': self.env['civic.kpi.period']._today()})
        self.env['civic.journal.entry']._append('approval', self)
        return True

    def action_revoke(self):
        return self._open_reason_wizard('_revoke', self.env._("Revoke the acceptance"))

    def _revoke(self, reason):
        self.check_access('write')
        if any(row.state != 'accepted' for row in self):
            raise UserError(self.env._("Only an accepted item is revoked."))
        # sudo: written by this act alone
        self.sudo().write({'state': 'open', 'accepted_by_id': False, 'accepted_on': False})
        self.env['civic.journal.entry']._append('withdrawal', self, detail={'reason': reason})

    @api.model
    def action_prepare(self):
        """Give every agency its items that are missing."""
        if not self.has_access('create'):
            raise AccessError(self.env._("Your role does not prepare the checklist."))
        checks = self.env['civic.plan.check'].search([('active', '=', True)])
        # sudo: also for agencies in which the administrator does not work
        companies = self.env['res.company'].sudo().search([('active', '=', True)])
        known = {(row.check_id.id, row.company_id.id) for row in self.sudo().search([('check_id', 'in', checks.ids)])}
        self.sudo().create([
            {'check_id': check.id, 'company_id': company.id}
            for company in companies for check in checks
            if (check.scope == 'agency' or company.agency_level == 'archives') and (check.id, company.id) not in known])
        return self.env['ir.actions.act_window']._for_xml_id('civic_kpi.civic_plan_acceptance_action')

    @api.model
    def _get_figures(self, as_of):
        """Return the rows of the source: agencies with all items accepted by the day, and items of the Centre."""
        self.flush_model()
        rows = self.env.execute_query(SQL(
            """
            SELECT a.company_id, c.scope, COUNT(*), COUNT(*) FILTER (WHERE a.state = 'accepted' AND a.accepted_on <= %s)
              FROM civic_plan_acceptance a JOIN civic_plan_check c ON c.id = a.check_id AND c.active
             GROUP BY 1, 2
            """, as_of))
        result = []
        for company_id, scope, total, accepted in rows:
            if scope == 'agency':
                is_done = total == accepted
                numbers = {'agencies': 1, 'accepted': int(is_done), 'lacking': int(not is_done)}
            else:
                numbers = {'centre_all': total, 'centre_items': accepted, 'centre_open': total - accepted}
            result += [(company_id, None, measure, number) for measure, number in numbers.items()]
        return result
