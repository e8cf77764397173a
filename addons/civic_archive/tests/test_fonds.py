from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import CivicArchiveCommon


@tagged('post_install', '-at_install')
class TestFonds(CivicArchiveCommon):

    def test_a_fonds_has_a_description_and_a_line_in_the_journal(self):
        self.assertRecordValues(self.fonds.root_id, [{
            'level': 'fonds', 'reference_code': 'H99', 'title': "Phông UBND Thành phố Hoa Phượng", 'parent_id': False}])
        self.fonds.name = "Phông UBND Hoa Phượng"
        self.assertEqual(self.fonds.root_id.title, "Phông UBND Hoa Phượng")
        lines = self.env['civic.journal.entry'].search([('res_model', '=', 'civic.fonds'), ('res_id', '=', self.fonds.id)])
        self.assertEqual(lines.mapped('event_type'), ['metadata_modification', 'creation'])

    def test_the_agency_reads_its_fonds_and_others_do_not(self):
        self.assertEqual(self.fonds.with_user(self.specialist).name, "Phông UBND Thành phố Hoa Phượng")
        with self.assertRaises(AccessError):
            self.fonds.with_user(self.archivist).write({'name': "Phông khác"})
        with self.assertRaises(AccessError):
            self.fonds.with_user(self.foreign_clerk).read(['name'])
        self.assertFalse(self.env['civic.fonds'].with_user(self.foreign_clerk).search([('id', '=', self.fonds.id)]))

    def test_a_closed_fonds_is_refused_and_names_its_successor(self):
        successor = self.env['civic.fonds'].with_user(self.keeper).create({
            'code': 'H99.2', 'name': "Phông mới", 'company_id': self.centre.id})
        self.agency.agency_valid_to = date(2025, 6, 30)
        self.fonds.successor_id = successor
        self.fonds.action_close()
        self.assertRecordValues(self.fonds, [{'state': 'closed', 'closed_on': date(2025, 6, 30)}])
        self.fonds._check_destination('2025-06-30')
        with self.assertRaisesRegex(UserError, "Phông mới"):
            self.fonds._check_destination('2025-07-01')
        with self.assertRaisesRegex(UserError, "closed already"):
            self.fonds.action_close()
        self.fonds._apply_reason('_reopen', "Đóng nhầm")
        self.assertEqual(self.fonds.state, 'open')

    def test_rule_58_a_closed_district_archive_is_refused_and_its_successor_offered(self):
        """Two-tier government: district archives ended on 30 June 2025."""
        district = self.env['res.company'].create({
            'name': "Lưu trữ huyện Cũ", 'agency_level': 'district', 'agency_valid_to': '2025-06-30',
            'agency_successor_id': self.centre.id})
        district._check_archive_destination('2025-06-30')
        with self.assertRaisesRegex(UserError, "Trung tâm Lưu trữ lịch sử Hoa Phượng"):
            district._check_archive_destination('2025-07-01')
        district.agency_successor_id = False
        with self.assertRaisesRegex(UserError, "no successor is entered"):
            district._check_archive_destination('2025-07-01')

    def test_state_is_closed_to_writing(self):
        for user in (self.keeper, self.centre_admin):
            with self.assertRaises(UserError):
                self.fonds.with_user(user).write({'state': 'closed', 'closed_on': '2025-01-01'})

    def test_rule_19_only_agencies_on_the_list_hand_over(self):
        sources = self.env['civic.fonds.source'].with_user(self.keeper)
        with self.assertRaisesRegex(UserError, "not on the list"):
            sources._check_agency(self.centre, self.agency.partner_id, '2026-01-01')
        source = sources.create({
            'company_id': self.centre.id, 'agency_id': self.agency.partner_id.id, 'fonds_id': self.fonds.id,
            'valid_from': '2015-12-30', 'valid_to': '2026-12-31', 'legal_basis': "Quyết định 7109/QĐ-UBND"})
        self.assertEqual(sources._check_agency(self.centre, self.agency.partner_id, '2026-01-01'), source)
        with self.assertRaisesRegex(UserError, "not on the list"):
            sources._check_agency(self.centre, self.agency.partner_id, '2027-01-01')
        with self.assertRaises(AccessError):
            source.with_user(self.archivist).unlink()

    def test_no_fonds_succeeds_itself(self):
        with self.assertRaises(ValidationError):
            self.fonds.successor_id = self.fonds

    def test_a_place_is_a_tree_within_one_archive(self):
        places = self.env['civic.archive.location'].with_user(self.keeper)
        house = places.create({'name': "Nhà kho A", 'kind': 'building', 'company_id': self.centre.id})
        room = places.create({'name': "Phòng 1", 'kind': 'room', 'parent_id': house.id, 'company_id': self.centre.id})
        box = places.create({'name': "Hộp 12", 'parent_id': room.id, 'company_id': self.centre.id, 'barcode': 'B12'})
        self.assertEqual(box.complete_name, "Nhà kho A / Phòng 1 / Hộp 12")
        unit = self._describe('01.TH', "Hồ sơ", location_id=box.id)
        self.assertEqual(unit, self.units.search(house.action_open_descriptions()['domain']))
        with self.assertRaises(UserError):
            house.parent_id = box
        foreign = self.env['civic.archive.location'].create({'name': "Kho khác", 'company_id': self.agency.id})
        with self.assertRaises(UserError):
            unit.sudo().location_id = foreign
