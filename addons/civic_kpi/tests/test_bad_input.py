from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestKpiBadInput(CivicKpiCommon):

    def test_targets_do_not_overlap(self):
        """The shipped target of K3 holds from 6 November 2020 without end: another from 2026 needs its end first."""
        Target = self.env['civic.kpi.target'].with_user(self.city_manager)
        old = Target.search([('indicator_id.code', '=', 'K3')])
        values = {'indicator_id': old.indicator_id.id, 'value': 85, 'date_from': '2026-01-01'}
        with self.assertRaisesRegex(ValidationError, "two targets cannot hold on the same day"), self.env.cr.savepoint():
            Target.create(values)
        old.date_to = '2026-01-01'
        with self.assertRaisesRegex(ValidationError, "From .*2026 the target of K3 is already 80"), self.env.cr.savepoint():
            Target.create(values)                       # the very same day
        old.date_to = '2025-12-31'
        new = Target.create(values)
        self.assertEqual(self._indicator('K3')._get_targets(new.date_from)[old.indicator_id.id, False], new)
        Target.create({**values, 'company_id': self.agency.id})        # an agency's own goes beside
        with self.assertRaisesRegex(ValidationError, "ends before it begins"), self.env.cr.savepoint():
            Target.create({**values, 'date_from': '2030-02-01', 'date_to': '2030-01-01'})

    def test_a_formula_that_refers_to_nothing(self):
        Indicator = self.env['civic.kpi.indicator'].with_user(self.city_manager)
        values = {'code': 'X1', 'name': "Thử", 'source': 'handling', 'numerator': 'due_in_time', 'denominator': 'due_all'}
        with self.assertRaisesRegex(ValidationError, "“due_all” of X1 refers to nothing.*due_open"), self.env.cr.savepoint():
            Indicator.create(values)
        with self.assertRaisesRegex(ValidationError, "refers to nothing"), self.env.cr.savepoint():
            Indicator.create({**values, 'denominator': ' + '})
        with self.assertRaisesRegex(ValidationError, "has no source"), self.env.cr.savepoint():
            Indicator.create({**values, 'source': 'nowhere'})
        Indicator.create({**values, 'denominator': 'due_in_time+due_late'})

    def test_an_exclusion_without_basis_is_not_applied(self):
        """Rule 55; nor may anybody write the approval by hand."""
        Exclusion = self.env['civic.kpi.exclusion'].with_user(self.records_admin)
        values = {'name': "Không căn cứ", 'indicator_id': self._indicator('ONTIME').id, 'company_id': self.agency.id,
                  'date_from': '2026-01-01'}
        exclusion = Exclusion.create(values)
        with self.assertRaisesRegex(UserError, "has no legal basis"), self.env.cr.savepoint():
            exclusion.action_approve()
        with self.assertRaisesRegex(UserError, "by its buttons only"), self.env.cr.savepoint():
            exclusion.state = 'approved'
        with self.assertRaisesRegex(UserError, "by its buttons only"), self.env.cr.savepoint():
            Exclusion.create({**values, 'state': 'approved', 'legal_basis': "x"})
        self.assertEqual(Exclusion.with_context(default_state='approved').create(values).state, 'draft')
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            exclusion.sudo().write({'state': 'approved', 'approved_by_id': self.env.uid})
            exclusion.flush_recordset()
        self.assertFalse(self._indicator('ONTIME')._get_exclusions(self._moment('2026-03-20').date()))
        with self.assertRaisesRegex(UserError, "would leave out everything"), self.env.cr.savepoint():
            self.env['civic.kpi.exclusion'].with_user(self.city_manager).create({**values, 'company_id': False})
        with self.assertRaisesRegex(UserError, "does not count documents"), self.env.cr.savepoint():
            Exclusion.create({**values, 'indicator_id': self._indicator('DAYSUNIT').id, 'unit_id': self.unit_culture.id})

    def test_an_approved_exclusion_does_not_change(self):
        exclusion = self.env['civic.kpi.exclusion'].with_user(self.records_admin).create({
            'name': "Ngoại lệ", 'indicator_id': self._indicator('ONTIME').id, 'company_id': self.agency.id,
            'date_from': '2026-01-01', 'legal_basis': "Điều 1"})
        exclusion.action_approve()
        with self.assertRaisesRegex(UserError, "does not change"), self.env.cr.savepoint():
            exclusion.legal_basis = "Điều 2"
        with self.assertRaisesRegex(UserError, "decided already"), self.env.cr.savepoint():
            exclusion.action_approve()
        with self.assertRaisesRegex(UserError, "stays on record"), self.env.cr.savepoint():
            exclusion.unlink()
        exclusion.date_to = '2026-06-30'

    def test_a_period_in_use_is_not_removed_and_an_open_one_not_verified(self):
        period = self._period(day='2026-02-01')
        with self.assertRaisesRegex(UserError, "Only closed periods"), self.env.cr.savepoint():
            period.with_user(self.city_manager).action_verify()
        period.with_user(self.city_manager).action_close()
        with self.assertRaisesRegex(UserError, "A closed period stays"), self.env.cr.savepoint():
            period.unlink()

    def test_the_dashboard_takes_what_comes_from_outside(self):
        Board = self.env['civic.kpi.board'].with_user(self.manager)
        self._refresh()
        for options in (None, [], 'x', {'period_id': 'x', 'company_id': 'x', 'level': 'x', 'kind': 'x'}, {'period_id': 2**40}):
            self.assertEqual(Board.get_dashboard(options)['company_id'], self.agency.id)
        foreign = Board.get_dashboard({'company_id': self.other_agency.id})
        self.assertEqual(foreign['company_id'], self.agency.id, "not the other agency's")
        with self.assertRaises(UserError):
            Board.get_drill('x')
        with self.assertRaises(UserError):
            Board.create({'name': "Bảng", 'tiles': ['no_such_tile']})
        with self.assertRaises(AccessError):
            Board.with_user(self.specialist).get_dashboard({})
