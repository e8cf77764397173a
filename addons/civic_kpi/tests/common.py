from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.civic_incoming.tests.common import CivicIncomingCommon

# A Friday in Viet Nam.
NOW = '2026-03-20 03:00:00'


class CivicKpiCommon(CivicIncomingCommon):
    """The town of the documents in March 2026; other documents of the database are put aside.

    ``_handled`` makes a registered incoming document with a deadline, done or not, as the acts of the lower rooms
    leave it; the arithmetic stands in each test.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.frozen = freeze_time(NOW)
        cls.frozen.start()
        cls.addClassCleanup(cls.frozen.stop)
        cls.city_manager = new_test_user(
            cls.env, 'town_city_manager', groups='civic_kpi.group_city_figures', company_id=cls.agency.id,
            company_ids=[(6, 0, cls.agency.ids)], tz='Asia/Ho_Chi_Minh', lang='en_US')
        # the town alone: what a demo database holds besides would be counted, too
        cls.env.cr.execute("UPDATE civic_document SET direction = 'none' WHERE company_id NOT IN %s", [
            (cls.agency + cls.other_agency)._ids])
        cls.env['res.company'].search([('id', 'not in', (cls.agency + cls.other_agency).ids)]).partner_id.write({
            'agency_valid_from': False, 'agency_valid_to': '2000-01-01'})
        cls.env['civic.kpi.period'].search([]).unlink()
        cls.env['ir.config_parameter'].set_param('civic_kpi.journal_read_until', False)
        cls.number = 0

    @classmethod
    def _handled(cls, deadline, done=None, company=None, unit=None, arrival='2026-02-02', **values):
        """A registered document with a deadline, done at a moment (a day means 09:00 in Viet Nam) or not yet."""
        company = company or cls.agency
        cls.number += 1
        document = cls.env['civic.document'].sudo().create(cls._prepare_document(
            company_id=company.id, code_number=str(cls.number), issue_date=arrival, arrival_date=arrival,
            subject=f"Văn bản số {cls.number}", **values))
        if done and len(done) == 10:
            done = f'{done} 02:00:00'
        document._write_by_system({
            'state': 'done' if done else 'handling',
            'registered_at': f'{arrival} 02:00:00',
            'deadline': deadline,
            'done_at': done and fields.Datetime.to_datetime(done),
            'unit_id': (unit or (cls.unit_culture if company == cls.agency else cls.foreign_unit)).id,
        })
        cls.env['civic.journal.entry']._append('modification', document)
        return document

    @classmethod
    def _refresh(cls):
        cls.env['civic.kpi.daily']._refresh()

    def _period(self, kind='month', day='2026-03-20'):
        return self.env['civic.kpi.period']._ensure(kind, fields.Date.to_date(day))

    def _figure(self, code, period=None, company=None, unit=None):
        return self.env['civic.kpi.value'].search([
            ('indicator_id.code', '=', code), ('period_id', '=', (period or self._period()).id),
            ('company_id', '=', company.id if company else False), ('unit_id', '=', unit.id if unit else False)])

    @classmethod
    def _indicator(cls, code):
        return cls.env['civic.kpi.indicator'].search([('code', '=', code)])

    @staticmethod
    def _moment(text, days=0):
        return datetime.fromisoformat(text) + timedelta(days=days)
