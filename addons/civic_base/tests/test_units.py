from odoo.fields import Command

from .common import CivicCommon


class TestUnits(CivicCommon):

    def test_the_unit_is_that_of_the_employee_in_the_current_agency(self):
        user = self.users['specialist']
        self.assertFalse(user.civic_unit_id)
        other_unit = self.env['hr.department'].create({'name': "Phòng Văn thư", 'company_id': self.other_agency.id})
        user.company_ids = [Command.link(self.other_agency.id)]
        self.employ('specialist', self.team_docs)
        self.employ('specialist', other_unit, self.other_agency)
        self.assertEqual(user.with_company(self.agency).civic_unit_id, self.team_docs)
        self.assertEqual(user.with_company(self.other_agency).civic_unit_id, other_unit)
        self.assertEqual(user.civic_unit_ids, self.team_docs + other_unit, "all agencies: company rules cut down")

    def test_the_head_has_the_units_below(self):
        head = self.employ('unit_head', self.office)
        self.employ('specialist', self.team_docs)
        self.assertEqual(self.users['unit_head'].civic_unit_ids, self.office, "a member, not yet the head")
        self.office.manager_id = head
        self.assertEqual(self.users['unit_head'].civic_unit_ids, self.office + self.team_docs + self.team_it)
        self.assertEqual(self.users['specialist'].civic_unit_ids, self.team_docs)
        self.team_it.parent_id = False
        self.assertEqual(self.users['unit_head'].civic_unit_ids, self.office + self.team_docs)

    def test_the_head_of_a_unit_that_is_not_their_own(self):
        self.team_it.manager_id = self.employ('unit_head', self.office)
        self.assertEqual(self.users['unit_head'].civic_unit_ids, self.office + self.team_it)

    def test_a_rule_on_units_follows_every_change(self):
        """Odoo keeps the domains of record rules: a person who moves must not keep the old unit's documents."""
        self.env['ir.rule'].create({
            'name': "own units alone",
            'model_id': self.env.ref('hr.model_hr_department').id,
            'domain_force': "[('id', 'in', user.civic_unit_ids.ids)]",
        })
        user = self.users['specialist']

        def seen():
            return self.env['hr.department'].with_user(user).search([]).sudo()

        self.assertFalse(seen())
        employee = self.employ('specialist', self.team_docs)
        self.assertEqual(seen(), self.team_docs)
        employee.department_id = self.team_it
        self.assertEqual(seen(), self.team_it)
        employee.version_id.department_id = self.team_docs
        self.assertEqual(seen(), self.team_docs)
        self.office.manager_id = employee
        self.assertEqual(set(seen()), set(self.office + self.team_docs + self.team_it))
        self.team_it.parent_id = False
        self.assertEqual(set(seen()), set(self.office + self.team_docs))
        self.office.manager_id = False
        self.assertEqual(seen(), self.team_docs)
        employee.user_id = False
        self.assertFalse(seen())
        employee.user_id = user
        self.assertEqual(seen(), self.team_docs)
        employee.action_archive()
        self.assertFalse(seen())

    def test_units_of_many_people_take_as_many_queries_as_of_one(self):
        for role in ('clerk', 'specialist', 'leader', 'manager'):
            self.employ(role, self.team_docs)
        self.office.manager_id = self.employ('unit_head', self.office)
        everyone = self.env['res.users'].union(*self.users.values())
        counts = []
        for users in (self.users['unit_head'], everyone):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            users.mapped('civic_unit_ids')
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertGreater(counts[0], 0)
