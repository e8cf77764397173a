import io
from datetime import date

from lxml import etree
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import ead3
from .common import CivicArchiveCommon

NS = {'e': ead3.NAMESPACE}


@tagged('post_install', '-at_install')
class TestTree(CivicArchiveCommon):

    def tree(self, parent=None, offset=0, user=None):
        return self.units.with_user(user or self.keeper).with_context(allowed_company_ids=(user or self.keeper).company_id.ids).get_tree(
            parent.id if parent else False, offset)

    def test_levels_are_read_when_they_are_opened(self):
        series = self._describe('H99.TH', "Tổng hợp", level='series')
        files = [self._describe(f'H99.TH.{n:02d}', f"Hồ sơ {n}", series, date_from='1990-01-01', date_to='1991-12-31') for n in range(42)]
        self._describe('H99.TH.00.1', "Văn bản", files[0], level='item')
        root = self.fonds.root_id
        answer = self.tree()
        self.assertEqual(([node['id'] for node in answer['nodes']], answer['more']), (root.ids, False))
        self.assertEqual(answer['nodes'][0]['count'], 1)
        self.assertEqual([(node['code'], node['count'], node['level']) for node in self.tree(root)['nodes']], [('H99.TH', 42, 'series')])
        page = self.tree(series)
        self.assertEqual((len(page['nodes']), page['more']), (40, True))
        self.assertEqual((page['nodes'][0]['count'], page['nodes'][1]['count'], page['nodes'][0]['dates']), (1, 0, '1990–1991'))
        page = self.tree(series, 40)
        self.assertEqual(([node['code'] for node in page['nodes']], page['more']), (['H99.TH.40', 'H99.TH.41'], False))

    def test_a_page_takes_as_many_queries_whatever_it_holds(self):
        series = self._describe('H99.TH', "Tổng hợp", level='series')
        self._describe('H99.TH.1', "Một", series)
        self.tree(series)
        few = self.count_queries(series)
        for number in range(30):
            self._describe(f'H99.TH.2{number}', "Nhiều", series)
        self.assertEqual(self.count_queries(series), few)

    def count_queries(self, parent):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.tree(parent)
        return self.env.cr.sql_log_count - before

    def test_what_is_anothers_is_not_in_the_tree(self):
        self._describe('H99.TH', "Tổng hợp", level='series')
        self.assertEqual(self.tree(user=self.foreign_clerk)['nodes'], [])
        self.assertEqual(self.tree(self.fonds.root_id, user=self.foreign_clerk)['nodes'], [])
        self.fonds.creator_company_id = self.foreign_clerk.company_id
        self.assertEqual([node['id'] for node in self.tree(user=self.foreign_clerk)['nodes']], self.fonds.root_id.ids,
                         "its own fonds, which an archive keeps, an agency sees as in the list")
        for bad in ('1', [1], {'a': 1}, True):
            with self.assertRaises(UserError):
                self.units.get_tree(bad)
        with self.assertRaises(UserError):
            self.units.get_tree(False, -1)


@tagged('post_install', '-at_install')
class TestDescription(CivicArchiveCommon):

    def test_levels_stand_in_their_order(self):
        series = self._describe('TH', "Tổng hợp", level='series')
        file = self._describe('01.TH', "Hồ sơ hội nghị", parent=series)
        item = self._describe('01.TH.0000001', "Kế hoạch", parent=file, level='item')
        self.assertEqual(item.path_label, "Phông UBND Thành phố Hoa Phượng › Tổng hợp › Hồ sơ hội nghị")
        for parent, level in ((item, 'item'), (file, 'series'), (file, 'file')):
            with self.subTest(parent=parent.level, level=level), self.assertRaises(ValidationError):
                self._describe(f'x.{level}', "Sai cấp", parent=parent, level=level)
        with self.assertRaises(UserError):
            series.parent_id = file

    def test_a_code_is_given_once_in_a_fonds(self):
        self._describe('01.TH', "Hồ sơ")
        with self.assertRaises(UniqueViolation), mute_logger('odoo.sql_db'):
            self._describe('01.TH', "Hồ sơ khác")

    def test_words_are_found_without_accents_in_both_spellings(self):
        unit = self._describe('01.TH', "Hồ sơ về hoà giải ở cơ sở", keywords="dân vận")
        for text in ("hoa giai", "hòa giải", "ho so HOA", "dan van", "01.TH"):
            with self.subTest(text):
                self.assertEqual(self.units.search([('search_text', 'ilike', text)]), unit)
        unit.title = "Hồ sơ thi đua"
        self.assertFalse(self.units.search([('search_text', 'ilike', "hoa giai")]))
        self.assertFalse(self.units.with_user(self.foreign_clerk).search([('search_text', 'ilike', "thi dua")]))

    def test_a_node_of_1000_children_costs_what_one_of_10_costs(self):
        few, many = self._describe('F', "Ít", level='series'), self._describe('M', "Nhiều", level='series')
        self.units.create([
            {'fonds_id': self.fonds.id, 'parent_id': parent.id, 'reference_code': f'{parent.reference_code}.{n}', 'title': f"Hồ sơ {n}"}
            for parent, count in ((few, 10), (many, 1000)) for n in range(count)])
        counts = []
        for parent in (few, few, many):             # the first one fills the caches of rights
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            children = self.units.search_fetch([('parent_id', '=', parent.id)], ['title', 'level'], limit=80)
            children.mapped('child_count')
            children.mapped('path_label')
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertEqual((few + many).mapped('child_count'), [10, 1000])

    def test_the_keeping_archive_describes_and_nobody_else(self):
        unit = self._describe('01.TH', "Hồ sơ")
        self.assertEqual(unit.with_user(self.specialist).title, "Hồ sơ")            # of its own agency's records
        for user in (self.specialist, self.archivist, self.centre_manager, self.centre_admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                unit.with_user(user).write({'title': "Khác"})
            with self.assertRaises(AccessError):
                unit.with_user(user).action_publish()
        with self.assertRaises(AccessError):
            unit.with_user(self.foreign_clerk).read(['title'])

    def test_publishing_and_withdrawing(self):
        unit = self._describe('01.TH', "Hồ sơ", access_mode='01')
        with self.assertRaises(AccessError):
            unit.write({'state': 'published'})
        unit.action_publish()
        self.assertTrue(unit.oai_stamp)
        with self.assertRaises(UserError):
            unit.action_publish()
        with self.assertRaises(UserError):
            unit.unlink()
        with self.assertRaisesRegex(UserError, "Give a reason"):
            unit._apply_reason('_withdraw', " ")
        unit._apply_reason('_withdraw', "Cần mô tả lại")
        self.assertEqual(unit.state, 'draft')
        line = self.env['civic.journal.entry'].search([
            ('res_model', '=', unit._name), ('res_id', '=', unit.id)], limit=1)
        self.assertEqual(line.event_type, 'dissemination')
        self.assertIn("Cần mô tả lại", line.detail)

    def test_state_secrets_are_refused(self):
        with self.assertRaises(UserError):
            self._describe('02.TH', "TUYỆT MẬT")

    def test_the_finding_aid_nests_as_the_tree_does(self):
        series = self._describe('TH', "Tổng hợp & chung", level='series', sequence=5)
        self._describe('02', "Hồ sơ 2\x0b", parent=series, sequence=20)
        first = self._describe(
            '01', "Hồ sơ 1", parent=series, sequence=10, date_from=date(1990, 1, 2), date_to=date(1991, 3, 4),
            scope_content="Dòng một\n\nDòng hai <b>", keywords="quy hoạch; đất đai", page_count=120)
        self._describe('01.1', "Văn bản", parent=first, level='item')
        output = io.BytesIO()
        self.assertEqual(self.fonds.root_id._write_ead(output), 5)
        ead = etree.fromstring(output.getvalue())
        self.assertEqual(ead.xpath('string(e:control/e:recordid)', namespaces=NS), 'H99')
        self.assertEqual(ead.xpath('e:archdesc/@level', namespaces=NS), ['fonds'])
        self.assertEqual(ead.xpath('e:archdesc/e:dsc/e:c/@level', namespaces=NS), ['series'])
        self.assertEqual(
            ead.xpath('e:archdesc/e:dsc/e:c/e:c/e:did/e:unitid/text()', namespaces=NS), ['01', '02'])
        self.assertEqual(ead.xpath('//e:c/e:c/e:c/e:did/e:unittitle/text()', namespaces=NS), ["Văn bản"])
        self.assertEqual(ead.xpath('//e:scopecontent/e:p/text()', namespaces=NS), ["Dòng một", "Dòng hai <b>"])
        self.assertEqual(ead.xpath('//e:fromdate/@standarddate', namespaces=NS), ['1990-01-02'])
        self.assertEqual(ead.xpath('//e:subject/e:part/text()', namespaces=NS), ["quy hoạch", "đất đai"])
        self.assertEqual(ead.xpath('//e:quantity/text()', namespaces=NS), ['120'])

    def test_a_public_finding_aid_hides_what_is_not_public_with_its_parts(self):
        series = self._describe('TH', "Tổng hợp", level='series', access_mode='02')
        self._describe('01', "Hồ sơ", parent=series, access_mode='01').action_publish()
        open_series = self._describe('VX', "Văn xã", level='series', access_mode='01')
        self.fonds.root_id.access_mode = '01'
        (self.fonds.root_id + open_series).action_publish()
        output = io.BytesIO()
        self.assertEqual(self.fonds.root_id._write_ead(output, public_only=True), 2)
        self.assertNotIn("Tổng hợp", output.getvalue().decode())
