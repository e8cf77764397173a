from babel.messages.pofile import read_po

from odoo.tests import new_test_user
from odoo.tools import file_open

from .common import CivicCommon


class TestVietnameseDefault(CivicCommon):

    def test_vietnamese_is_installed(self):
        self.assertTrue(self.env['res.lang']._get_data(code='vi_VN'))

    def test_new_people_and_contacts_get_it(self):
        partner = self.env['res.partner'].create({'name': "Trần Văn A"})
        self.assertEqual((partner.lang, partner.tz), ('vi_VN', 'Asia/Ho_Chi_Minh'))
        user = new_test_user(self.env, login='moi_px', groups='civic_base.group_clerk')
        self.assertEqual((user.lang, user.tz), ('vi_VN', 'Asia/Ho_Chi_Minh'))

    def test_the_people_who_are_there_get_it_and_the_hook_may_run_again(self):
        company_partner = self.env.ref('base.main_company').partner_id
        people = self.env.ref('base.user_admin') + self.env.ref('base.user_root')
        people.partner_id.write({'lang': 'en_US', 'tz': 'UTC'})
        company_partner.lang = 'en_US'
        self.env['ir.default'].set('res.partner', 'lang', 'en_US')
        self.env['res.company']._civic_set_vietnamese_default('vi_VN', 'Asia/Ho_Chi_Minh')
        for user in people:
            self.assertEqual((user.lang, user.tz), ('vi_VN', 'Asia/Ho_Chi_Minh'), user.login)
        self.assertEqual(company_partner.lang, 'vi_VN', "the language of the log-in page")
        self.assertEqual(self.env['ir.default']._get('res.partner', 'lang'), 'vi_VN')

    def test_the_words_are_official(self):
        vietnamese = self.env(context={'lang': 'vi_VN'})
        for xmlid, label in {
            'group_clerk': "Văn thư", 'group_specialist': "Chuyên viên", 'group_leader': "Lãnh đạo cơ quan",
            'group_archivist': "Lưu trữ viên", 'group_unit_head': "Lãnh đạo đơn vị",
        }.items():
            self.assertEqual(vietnamese.ref(f'civic_base.{xmlid}').name, label)
        self.assertEqual(vietnamese.ref('civic_base.civic_menu_configuration').name, "Cấu hình")
        labels = vietnamese['civic.organ.code'].fields_get(['valid_from', 'code'])
        self.assertEqual(labels['code']['string'], "Mã định danh")
        # who did what ran by the clock
        self.assertEqual(vietnamese.ref('base.user_root').display_name, "Hệ thống")

    def test_nothing_is_left_untranslated(self):
        """Every string of this add-on that people see has its Vietnamese."""
        with file_open('civic_base/i18n/vi.po', 'rb') as source:
            catalogue = read_po(source)
        with file_open('civic_base/i18n/civic_base.pot', 'rb') as source:
            template = read_po(source)
        missing = [message.id for message in catalogue if message.id and not message.string]
        self.assertFalse(missing)
        self.assertEqual({m.id for m in template}, {m.id for m in catalogue})
