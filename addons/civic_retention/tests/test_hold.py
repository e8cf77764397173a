from datetime import date

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.civic_hold_guard import TRIGGERS
from .common import CivicRetentionCommon


@tagged('post_install', '-at_install')
class TestHold(CivicRetentionCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls._create_filled(date(2016, 6, 5))
        cls.free = cls._create_filled(date(2016, 6, 5))

    def _sql(self, query, *parameters):
        """Run raw SQL as the owner of the tables and return the model's plain words for its refusal."""
        self.env.flush_all()
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.errors.CheckViolation) as refusal, self.env.cr.savepoint(flush=False):
            self.env.cr.execute(query, parameters)
        self.assertEqual(refusal.exception.diag.constraint_name, 'civic_hold_guard')
        return self.env['base']._sql_error_to_message(refusal.exception)

    def test_place_by_search_list_and_selection(self):
        self._create_hold(self.file)
        self.assertTrue(self.file.is_held)
        self.assertIn("Thanh tra", self.file.hold_names)
        listed = self.env['civic.hold'].with_user(self.archivist).create({
            'name': "Tranh chấp", 'kind': 'dispute', 'basis': "Đơn", 'company_id': self.agency.id,
            'file_list': f"{self.file.code}\n{self.free.notation}\n"})
        listed.action_place()
        self.assertEqual(listed.line_ids.workfile_id, self.file | self.free)
        wizard = self.env['civic.hold.wizard'].with_user(self.leader).create({
            'workfile_ids': [(6, 0, self.free.ids)], 'name': "Kiện", 'kind': 'litigation', 'basis': "Thông báo thụ lý"})
        wizard.action_place()
        self.assertEqual(len(self.free.hold_line_ids), 2)
        chosen = self.free.hold_line_ids.hold_id - listed
        self.assertEqual(chosen.search_domain, '[]', "files that were chosen are shown by their names, no search by numbers")
        self.assertEqual((chosen.state, chosen.line_ids.workfile_id), ('active', self.free))

    def test_a_hold_of_one_agency_takes_no_file_of_another(self):
        hold = self.env['civic.hold'].sudo().create({
            'name': "Thanh tra", 'basis': "Quyết định", 'company_id': self.other_agency.id, 'state': 'active'})
        wizard = self.env['civic.hold.wizard'].sudo().create({
            'workfile_ids': [(6, 0, self.free.ids)], 'hold_id': hold.id})
        with self.assertRaisesRegex(UserError, "several agencies"):
            wizard.action_place()
        self.assertFalse(self.free.is_held)

    def test_days_go_on_counting_while_held(self):
        """The job of the day counts for all documents at once: one that is held must not end it."""
        document = self.file.entry_ids.document_id[:1]
        document._write_by_system({'arrival_date': '2025-03-05', 'deadline': '2025-03-20'})
        self.env.flush_all()
        self._create_hold(self.file)
        self.env.flush_all()
        self.env.cr.execute("SELECT state FROM civic_document WHERE id = %s", [document.id])
        self.assertEqual(self.env.cr.fetchone(), ('registered',))
        self.env['civic.document']._refresh_days()
        document.invalidate_recordset(['days_late'])
        self.assertGreater(document.days_late, 0)

    def test_bad_lists_and_searches_are_told_and_nothing_is_placed(self):
        hold = self.env['civic.hold'].with_user(self.archivist).create({
            'name': "x", 'basis': "y", 'company_id': self.agency.id, 'file_list': f"{self.file.code}\nKHONG-CO"})
        with self.assertRaisesRegex(UserError, "KHONG-CO"):
            hold.action_place()
        hold.write({'file_list': False, 'search_domain': "__import__('os').system('true')"})
        with self.assertRaisesRegex(UserError, "cannot be read"):
            hold.action_place()
        hold.search_domain = '[]'
        with self.assertRaisesRegex(UserError, "No file is named"):
            hold.action_place()
        self.assertFalse(self.file.is_held)

    def test_overlapping_holds_end_with_the_last(self):
        first, second = self._create_hold(self.file, "Một"), self._create_hold(self.file, "Hai")
        first._apply_reason('_release', "Kết thúc thanh tra")
        self.assertTrue(self.file.is_held)
        with self.assertRaisesRegex(UserError, "Hai"):
            self.file._check_may_change('place')
        second._apply_reason('_release', "Xong")
        self.assertFalse(self.file.is_held)
        self.file._check_may_change('place')
        self.assertFalse(self.env['civic.hold']._is_any_active())

    def test_release_offers_the_phrases_of_releases(self):
        action = self._create_hold(self.file).action_release()
        kind = Form(self.env['civic.reason.wizard'].with_user(self.archivist).with_context(**action['context'])).phrase_kind
        self.assertEqual(kind, 'hold_release')
        self.assertTrue(self.env['civic.phrase'].with_user(self.archivist).get_phrases(kind))

    def test_release_needs_a_reason_and_a_role(self):
        hold = self._create_hold(self.file)
        with self.assertRaisesRegex(UserError, "reason"):
            hold._apply_reason('_release', "  ")
        for user in (self.specialist, self.clerk, self.unit_head):
            with self.assertRaises(AccessError):
                hold.with_user(user)._apply_reason('_release', "x")
        with self.assertRaises(AccessError):
            hold.with_user(self.archivist).write({'state': 'released'})
        with self.assertRaises(UserError):
            hold.with_user(self.archivist).unlink()
        self.assertTrue(self.file.is_held)

    def test_extend_takes_what_the_search_finds_now(self):
        hold = self.env['civic.hold'].with_user(self.archivist).create({
            'name': "Đất đai", 'basis': "y", 'company_id': self.agency.id,
            'search_domain': "[('title', '=', 'Đất đai')]", 'file_list': self.free.notation})
        hold.action_place()
        late = self._create_workfile(date(2016, 6, 5), title="Đất đai")
        self.assertFalse(late.is_held)
        hold.action_extend()
        self.assertTrue(late.is_held)

    def test_the_database_refuses_raw_sql(self):
        document, content = self.file.entry_ids.document_id, self.file.entry_ids.document_id.content_ids
        self._create_hold(self.file)
        for query, ids in (
            ("UPDATE civic_workfile SET title = 'x' WHERE id = %s", self.file.id),
            ("UPDATE civic_workfile SET state = 'destroyed' WHERE id = %s", self.file.id),
            ("UPDATE civic_workfile SET company_id = 1 WHERE id = %s", self.file.id),
            ("DELETE FROM civic_workfile WHERE id = %s", self.file.id),
            ("DELETE FROM civic_workfile_entry WHERE workfile_id = %s", self.file.id),
            ("UPDATE civic_workfile_entry SET pages = 99 WHERE workfile_id = %s", self.file.id),
            (f"UPDATE civic_workfile_entry SET workfile_id = {self.free.id} WHERE workfile_id = %s", self.file.id),
            (f"UPDATE civic_workfile_entry SET workfile_id = {self.file.id}, ordinal = 99 WHERE workfile_id = %s", self.free.id),
            ("INSERT INTO civic_workfile_entry (workfile_id, kind, name, ordinal) VALUES (%s, 'other', 'x', 98)", self.file.id),
            ("UPDATE civic_document SET subject = 'x' WHERE id = %s", document.id),
            ("DELETE FROM civic_document WHERE id = %s", document.id),
            ("UPDATE civic_content SET sha256 = 'x' WHERE id = %s", content.id),
            ("DELETE FROM civic_content WHERE id = %s", content.id),
            ("UPDATE ir_attachment SET store_fname = 'x' WHERE res_model = 'civic.content' AND res_id = %s", content.id),
            ("DELETE FROM ir_attachment WHERE res_model = 'civic.content' AND res_id = %s", content.id),
            ("DELETE FROM civic_hold_line WHERE workfile_id = %s", self.file.id),
            ("UPDATE civic_hold_line SET is_active = false WHERE workfile_id = %s", self.file.id),
        ):
            with self.subTest(query):
                self.assertIn("is held (Thanh tra đất đai)", self._sql(query, ids))
        for query in ("TRUNCATE civic_workfile_entry CASCADE", "DELETE FROM civic_hold", "UPDATE civic_hold SET state = 'draft'",
                      "UPDATE civic_hold SET state = 'released'"):
            with self.subTest(query):
                self._sql(query)

    def test_the_guards_also_fire_in_replica_mode(self):
        """ENABLE ALWAYS: a copy that is loaded with triggers off still refuses."""
        self.env.cr.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'civic_hold_guard' AND tgenabled = 'A'")
        self.assertEqual({table for [table] in self.env.cr.fetchall()}, {
            *(table for table, *_rest in TRIGGERS), *self.env['civic.hold.line']._get_relations()})

    def test_what_is_not_held_is_free(self):
        self._create_hold(self.file)
        self.env.cr.execute("UPDATE civic_workfile SET title = 'x' WHERE id = %s", [self.free.id])
        self.env.cr.execute("UPDATE civic_document SET subject = 'x' WHERE id = %s", [self.free.entry_ids.document_id.id])
        self.assertEqual(self.env.cr.rowcount, 1)

    def test_dates_are_still_computed_for_held_files(self):
        self._create_hold(self.file)
        self.line_5.write({'retention_rule_ids': [(6, 0, self.rule_permanent.ids)], 'change_reason': "Quy định mới"})
        self.assertEqual(self.file.retention_state, 'permanent')

    def test_a_document_in_two_files_is_held_with_either(self):
        document = self.file.entry_ids.document_id
        other = self._create_workfile(date(2016, 6, 5))
        self._put(other, document)
        self._create_hold(other)
        self.assertFalse(self.file.is_held)
        with self.assertRaisesRegex(UserError, "is held"):
            document.sudo().write({'subject': "Khác"})
        with self.assertRaisesRegex(UserError, "is held"):
            document.sudo()._attach_content('x.txt', b'them', 'appendix')

    def test_guards_are_installed_twice_without_harm(self):
        self.env['civic.hold.line']._install_guards()
        self._create_hold(self.file)
        self._sql("DELETE FROM civic_workfile WHERE id = %s", self.file.id)

    def test_no_query_for_documents_while_nothing_is_held(self):
        document = self.free.entry_ids.document_id
        self.env['civic.hold']._is_any_active()
        with self.assertQueryCount(0):
            document._check_document_not_held()
