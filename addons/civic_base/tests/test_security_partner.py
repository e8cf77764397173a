from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CivicCommon


@tagged('post_install', '-at_install')
class TestSecurityPartner(CivicCommon):
    """The address book is open to clerks; an agency that works here is not theirs to rename or to end."""

    def test_clerks_do_not_change_an_agency_that_works_here(self):
        for agency in (self.agency, self.other_agency):
            partner = agency.partner_id.with_user(self.users['clerk'])
            for values in (
                {'agency_valid_to': '2020-01-01'}, {'abbreviation': "X"}, {'name': "X"}, {'is_agency': False},
                {'active': False}, {'successor_id': self.create_agency("Bộ Y tế").id},
            ):
                with self.subTest(agency=agency.name, values=values), self.assertRaises(AccessError):
                    partner.write(values)
        self.assertTrue(self.agency._is_agency_valid())

    def test_clerks_keep_the_other_agencies(self):
        partner = self.create_agency("Bộ Tài chính").with_user(self.users['clerk'])
        partner.write({'abbreviation': "BTC", 'agency_valid_to': '2030-01-01'})
        self.assertEqual(partner.abbreviation, "BTC")

    def test_a_records_administrator_keeps_the_own_agency_alone(self):
        admin = self.users['records_admin']
        self.agency.partner_id.with_user(admin).write({'abbreviation': "UBNDTP"})
        self.assertEqual(self.agency.abbreviation, "UBNDTP")
        with self.assertRaises(AccessError):
            self.other_agency.partner_id.with_user(admin).write({'abbreviation': "X"})
