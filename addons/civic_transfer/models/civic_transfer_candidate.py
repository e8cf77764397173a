import json

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.civic_retention.const import PENDING_STATES

from ..const import LEVELS


class CivicTransferCandidate(models.Model):
    """Files that may be handed over, with the day by law and the target of the plan side by side.

    A closed file goes to the archive of the agency, a permanent one from there to the historical archive. Held files, those on
    the list of a transfer and those before a council for destruction are never among them. When they are due is said by rule
    values, each with its legal basis.
    """

    _name = 'civic.transfer.candidate'
    _description = "Candidate for Transfer"
    _auto = False
    _order = 'target_date, due_date, id'
    _rec_name = 'workfile_id'
    _depends = {
        'civic.workfile': ['company_id', 'unit_id', 'year', 'state', 'date_start', 'date_end', 'delivered_on', 'delivery_due',
                           'delivery_warn', 'delivery_class', 'retention_state', 'retention_term_id', 'doc_count', 'medium'],
        'civic.transfer.line': ['workfile_id', 'state', 'level'],
        'civic.hold.line': ['workfile_id', 'is_active'],
        'civic.disposition.line': ['workfile_id', 'state', 'disposition_id'],
        'civic.disposition': ['state'],
    }

    workfile_id = fields.Many2one('civic.workfile', "File", readonly=True)
    company_id = fields.Many2one('res.company', "Agency", readonly=True)
    unit_id = fields.Many2one('hr.department', "Unit", readonly=True)
    year = fields.Integer("Year of Formation", readonly=True, aggregator=None)
    level = fields.Selection(LEVELS, readonly=True)
    retention_term_id = fields.Many2one('civic.retention.term', "Retention Period", readonly=True)
    doc_count = fields.Integer("Documents", readonly=True)
    date_end = fields.Date("Work Ended", readonly=True)
    delivered_on = fields.Date(readonly=True)
    due_date = fields.Date("Due by Law", readonly=True)
    target_date = fields.Date("Target of the Plan", readonly=True)
    due_basis = fields.Char("Law", compute='_compute_basis')
    target_basis = fields.Char("Plan", compute='_compute_basis')
    is_late = fields.Boolean("Late", readonly=True)
    misses_target = fields.Boolean("Past the Target", readonly=True)

    @property
    def _table_query(self):
        due, target = self._get_historical_date('transfer.historical_due'), self._get_historical_date('transfer.target')
        return SQL(
            """
            SELECT candidate.*, candidate.due_date < CURRENT_DATE AS is_late, candidate.target_date < CURRENT_DATE AS misses_target
              FROM (
                SELECT file.id, file.id AS workfile_id, file.company_id, file.unit_id, file.year, 'unit' AS level,
                       file.retention_term_id, file.doc_count, file.date_end, file.delivered_on,
                       file.delivery_due AS due_date, file.delivery_warn AS target_date
                  FROM civic_workfile file
                 WHERE file.state = 'closed'
                 UNION ALL
                SELECT file.id, file.id, file.company_id, file.unit_id, file.year, 'historical', file.retention_term_id,
                       file.doc_count, file.date_end, file.delivered_on, %s, %s
                  FROM civic_workfile file
                 WHERE file.state = 'delivered' AND file.retention_state = 'permanent') candidate
             WHERE NOT EXISTS (SELECT FROM civic_hold_line held WHERE held.workfile_id = candidate.id AND held.is_active)
               AND NOT EXISTS (
                   SELECT FROM civic_transfer_line line
                    WHERE line.workfile_id = candidate.id AND line.level = candidate.level
                      AND line.state NOT IN ('returned', 'dropped'))
               AND NOT EXISTS (
                   SELECT FROM civic_disposition_line listed JOIN civic_disposition pending ON pending.id = listed.disposition_id
                    WHERE listed.workfile_id = candidate.id AND listed.state <> 'kept' AND pending.state = ANY(%s))
            """, due, target, list(PENDING_STATES))

    def _get_historical_date(self, key):
        """Return the SQL of a day: the last one of the year that is so many years after what the rule counts from.

        The rule of the day on which the work ended counts, that of the agency before the general one.
        """
        rules = self._get_rules(key)
        starts = {'end': SQL("file.date_end"), 'start': SQL("file.date_start"),
                  'delivery': SQL("COALESCE(file.delivered_on, file.date_end)")}
        cases = []
        for rule in rules:
            value = json.loads(rule.value)
            start = starts[value['from']]
            day = SQL("make_date(EXTRACT(YEAR FROM %s)::int + %s, 12, 31)", start, int(value['years'])) if value.get('year_end') else SQL(
                "(%s + make_interval(years => %s))::date", start, int(value['years']))
            cases.append(SQL(
                "WHEN file.date_end BETWEEN %s AND %s AND (%s OR file.company_id = %s) THEN %s",
                rule.valid_from or rule.profile_id.valid_from or '-infinity', rule.valid_to or rule.profile_id.valid_to or 'infinity',
                not rule.company_id, rule.company_id.id or 0, day))
        return SQL("CASE %s ELSE NULL::date END", SQL(" ").join(cases)) if cases else SQL("NULL::date")

    def _get_rules(self, key):
        # sudo: rules hold for whoever looks
        rules = self.env['civic.rule.value'].sudo().search([('key', '=', key)])
        return rules.sorted(lambda rule: (bool(rule.company_id), bool(rule.profile_id), str(rule.valid_from or '')), reverse=True)

    def _compute_basis(self):
        rules = {key: self._get_rules(key) for key in (
            'transfer.historical_due', 'transfer.target', 'workfile.delivery_general', 'workfile.delivery_construction',
            'workfile.delivery_soft_days')}
        # sudo: how it is counted is no secret
        for candidate in self:
            day, company = candidate.date_end, candidate.company_id
            keys = ('transfer.historical_due', 'transfer.target') if candidate.level == 'historical' else (
                f'workfile.delivery_{candidate.sudo().workfile_id.delivery_class}', 'workfile.delivery_soft_days')
            candidate.due_basis, candidate.target_basis = (
                next((rule.legal_basis for rule in rules[key] if rule.company_id in (company, company.browse()) and (
                    not rule.valid_from or rule.valid_from <= day) and (not rule.valid_to or day <= rule.valid_to)), False)
                for key in keys)

    # === ACTIONS === #

    def action_make_transfer(self):
        """Prepare a transfer of these files."""
        self.check_access('read')
        if not self:
            raise UserError(self.env._("Choose the files."))
        if len(set(self.mapped('level'))) > 1 or len(self.company_id) > 1:
            raise UserError(self.env._("Choose files that go the same way: to the archive of the agency, or to the historical one."))
        level, company = self[0].level, self.company_id
        units = self.unit_id
        keeper = company.partner_id if level == 'unit' else self._find_keeper(company)
        transfer = self.env['civic.transfer'].create({
            'company_id': company.id, 'level': level, 'keeper_id': keeper.id, 'title': self._get_title(units if level == 'unit' else None),
            'unit_id': units.id if level == 'unit' and len(units) == 1 else False})
        transfer._add_files(self.workfile_id)
        return {'type': 'ir.actions.act_window', 'res_model': transfer._name, 'res_id': transfer.id, 'views': [(False, 'form')]}

    def _get_title(self, units):
        years = sorted(set(self.mapped('year')))
        period = '–'.join(dict.fromkeys((str(years[0]), str(years[-1]))))
        if units:
            return self.env._("Files of %(unit)s, %(years)s", unit=', '.join(units.mapped('name')), years=period)
        return self.env._("Permanent files of %(agency)s, %(years)s", agency=self.company_id.name, years=period)

    def _find_keeper(self, company):
        """Return the archive on whose list the agency is: here, or at the end of a channel."""
        today = fields.Date.context_today(self)
        # sudo: the list is public
        source = self.env['civic.fonds.source'].sudo().search([
            ('agency_id', '=', company.partner_id.id), ('company_id.agency_level', '=', 'archives'),
            '|', ('valid_from', '=', False), ('valid_from', '<=', today),
            '|', ('valid_to', '=', False), ('valid_to', '>=', today)]).filtered(
                lambda source: source.company_id._is_agency_valid(today))[:1]
        if source:
            return source.company_id.partner_id.sudo(False)
        channel = self.env['civic.channel'].sudo().search([('company_id', '=', company.id), ('partner_id', '!=', False)], limit=1)
        if not channel:
            raise UserError(self.env._(
                "%s is on the list of source agencies of no historical archive, and has no channel to one.", company.display_name))
        return channel.partner_id.sudo(False)
