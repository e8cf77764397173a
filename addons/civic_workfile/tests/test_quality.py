from datetime import date

from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.civic_document.tests.scan import make_image_file

from ..models.civic_workfile_quality import ARTICLES
from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestQuality(CivicWorkfileCommon):

    def _get_rules(self, workfile):
        return {(defect.rule, defect.field) for defect in workfile._get_closing_defects()[workfile]}

    def test_what_a_document_lacks_is_told_with_rule_article_and_field(self):
        """Article 29.4: open, undated and unregistered documents, missing metadata; a button opens the field."""
        workfile = self._create_workfile()
        self._add(workfile, self._create_document(type_id=False, issue_date=False, code_number=False, code_notation=False))
        self.assertEqual(self._get_rules(workfile), {
            ('entry.unregistered', 'state'), ('entry.undated', 'issue_date'), ('entry.metadata', 'type_id')})
        workfile.action_check()
        self.assertEqual((workfile.defect_count, workfile.quality_score), (3, 50))
        defect = workfile.defect_ids.filtered(lambda defect: defect.rule == 'entry.undated')
        self.assertIn("Annex VI", defect.article)
        action = defect.with_user(self.specialist).action_mend()
        self.assertEqual((action['res_model'], action['context']['civic_focus_field']), ('civic.document', 'issue_date'))

    def test_every_rule_has_words_and_an_article(self):
        """People read what the rule is called, not its code."""
        labels = dict(self.env['civic.workfile.defect']._fields['rule']._description_selection(self.env))
        self.assertLessEqual(set(ARTICLES), set(labels))
        self.assertFalse([label for rule, label in labels.items() if rule in label])

    def test_the_score_is_full_once_all_is_mended(self):
        workfile = self._create_workfile()
        document = self._create_document(issue_date=False)
        self._add(workfile, document)
        workfile.action_check()
        self.assertLess(workfile.quality_score, 100)
        document.issue_date = '2025-03-03'
        document._register_documents()
        workfile.action_check()
        self.assertEqual((workfile.quality_score, workfile.defect_count), (100, 0))

    def test_the_form_of_a_new_file_opens(self):
        """A file outside the plan: nothing is examined before it is saved."""
        form = self.env['civic.workfile'].with_user(self.specialist).onchange(
            {}, [], {'state': {}, 'quality_score': {}, 'checked_at': {}})
        self.assertEqual(form['value']['state'], 'open')

    def test_whoever_makes_the_file_describes_what_is_no_letter(self):
        """A photo that the specialist dropped needs no type, and gets its date in the grid; letters stay with the clerks."""
        workfile = self._create_workfile()
        photo, _message = workfile._add_upload('hien truong.png', make_image_file(Image.new('RGB', (40, 30), 'teal')))
        self.assertEqual(self._get_rules(workfile), {('entry.undated', 'issue_date')})
        workfile.action_check()
        action = workfile.defect_ids.with_user(self.specialist).action_mend()
        self.assertEqual(self.env[action['res_model']].search(action['domain']), photo.sudo(False).with_env(self.env))
        photo.write({'entry_date': '2026-01-07', 'document_subject': "Hiện trường"})
        self.assertEqual((photo.document_id.issue_date, photo.document_id.subject), (date(2026, 1, 7), "Hiện trường"))
        self.assertFalse(self._get_rules(workfile))
        letter = self._add(workfile, self._create_registered())
        with self.assertRaisesRegex(AccessError, "Only clerks"):
            letter.write({'document_subject': "Khác"})

    def test_the_same_paper_twice_is_a_defect(self):
        workfile = self._create_workfile()
        self._add(workfile, self._create_registered() | self._create_registered())
        [defect] = workfile._get_closing_defects()[workfile]
        self.assertEqual((defect.rule, defect.record.ordinal), ('entry.duplicate', 2))

    def test_an_open_assignment_blocks(self):
        workfile = self._create_workfile()
        document = self._create_registered()
        self._add(workfile, document)
        self.env['civic.assignment'].create({
            'document_id': document.id, 'kind': 'lead', 'unit_id': self.unit_culture.id, 'assigned_by_id': self.leader.id,
            'assigned_at': '2025-03-06 01:00:00', 'state': 'pending',
            'deadline': '2025-03-20'})
        with self.assertRaisesRegex(UserError, "still handles it"):
            workfile._close()

    def test_drafts_go_before_the_file_is_closed(self):
        """Article 29.4.a."""
        workfile = self._create_workfile()
        self.env['civic.workfile.entry'].with_user(self.specialist).create(
            {'workfile_id': workfile.id, 'kind': 'draft', 'name': "Bản nháp", 'date': '2026-01-06'})
        self.assertIn(('entry.draft', 'kind'), self._get_rules(workfile))

    def test_sheets_are_numbered_from_five_years_on(self):
        """Article 29.4.c."""
        for term, expected in ((self.term_3, False), (self.term_20, True), (self.term_permanent, True)):
            with self.subTest(term=term.name):
                workfile = self._create_workfile(medium='paper', place_id=self.box.id, retention_term_id=term.id)
                self.env['civic.workfile.entry'].with_user(self.specialist).create(
                    {'workfile_id': workfile.id, 'kind': 'paper', 'name': "Bản vẽ", 'date': '2026-01-06'})
                self.assertEqual(('entry.sheets', 'sheets') in self._get_rules(workfile), expected)

    def test_the_checklist_of_the_kind_of_work(self):
        kind = self.env['civic.workfile.kind'].create({'name': "Thanh tra", 'item_ids': [
            (0, 0, {'name': "Quyết định thanh tra", 'type_id': self.type_decision.id}), (0, 0, {'name': "Biên bản họp"})]})
        workfile = self._create_workfile(kind_id=kind.id)
        self._add(workfile, self._create_registered())
        self.assertEqual(workfile.check_ids.mapped('is_met'), [True, False])
        with self.assertRaisesRegex(UserError, "Biên bản họp"):
            workfile._close()
        workfile.check_ids[1].is_ticked = True
        workfile._close()
        with self.assertRaisesRegex(UserError, "no longer changes"):
            workfile.check_ids[1].is_ticked = False

    def test_many_files_are_mended_in_one_grid(self):
        files = self._create_workfile() | self._create_workfile()
        documents = [self._create_registered(), self._create_registered(code_number='7', type_id=False)]
        for workfile, document in zip(files, documents, strict=True):
            self._add(workfile, document)
        action = files.action_open_mending()
        entries = self.env['civic.workfile.entry'].search(action['domain'])
        self.assertEqual(entries.document_id, documents[1])
        entries.with_user(self.clerk).document_type_id = self.type_decision
        self.assertEqual(documents[1].type_id, self.type_decision)

    def test_examining_costs_as_many_queries_for_one_as_for_thirty(self):
        one, many = self._create_workfile(), self._create_workfile()
        documents = [self._create_registered(code_number=str(number)) for number in range(100, 131)]
        self._add(one, documents[:1])
        self._add(many, documents[1:])
        self.env.flush_all()

        def count(workfile):
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            workfile._get_closing_defects()
            return self.cr.sql_log_count - start

        count(one)
        self.assertEqual(count(many), count(one))

    def test_the_job_examines_what_changed(self):
        workfile = self._create_workfile()
        self._add(workfile, self._create_document())
        self.assertFalse(workfile.checked_at)
        self.agency.partner_id.lang = 'vi_VN'
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref('civic_workfile.ir_cron_refresh_quality').method_direct_trigger()
        workfile.invalidate_recordset()
        self.assertTrue(workfile.checked_at)
        self.assertTrue(workfile.defect_count)
        defects = self.env['civic.workfile.defect'].search([('workfile_id', '=', workfile.id)])
        self.assertIn("Nghị định 30/2020/NĐ-CP", defects[0].article, "in the language of the agency")

    def test_whatever_the_score_depends_on_makes_it_stale(self):
        """Document, assignment, file of a document, checklist, contents: the score waits for no button."""
        workfile = self._create_workfile()
        document = self._create_document(issue_date=False)
        self._add(workfile, document)
        kept = self.env['civic.workfile.check'].create({'workfile_id': workfile.id, 'name': "Biên bản"})
        acts = {
            'document': lambda: document.write({'issue_date': '2025-03-03'}),
            'state': lambda: document._register_documents(),
            'content': lambda: document.sudo()._attach_content('phu-luc.txt', b'Phu luc', 'appendix'),
            'assignment': lambda: self.env['civic.assignment'].create({
                'document_id': document.id, 'kind': 'lead', 'unit_id': self.unit_culture.id, 'assigned_by_id': self.leader.id,
                'assigned_at': '2025-03-06 01:00:00', 'state': 'pending', 'deadline': '2025-03-20'}),
            'end': lambda: self.env['civic.assignment'].search([('document_id', '=', document.id)]).write({'state': 'done'}),
            'checklist': lambda: kept.write({'is_ticked': True}),
            'entry': lambda: workfile.entry_ids.write({'pages': 3}),
            'removed': lambda: workfile.entry_ids.unlink(),
        }
        for label, act in acts.items():
            with self.subTest(label):
                workfile._refresh_quality()
                self.env.cr.precommit.run()
                workfile.invalidate_recordset()
                self.assertTrue(workfile.checked_at)
                self.env['ir.cron.trigger'].search([]).unlink()
                act()
                self.env.flush_all()
                self.env.cr.precommit.run()
                workfile.invalidate_recordset()
                self.assertFalse(workfile.checked_at)
                cron = self.env.ref('civic_workfile.ir_cron_refresh_quality')
                self.assertEqual(self.env['ir.cron.trigger'].search([]).cron_id, cron, "the job runs soon, not at its hour")

    def test_what_says_nothing_of_the_score_leaves_it(self):
        workfile = self._create_workfile()
        document = self._create_registered()
        self._add(workfile, document)
        self.env.cr.precommit.run()
        workfile._refresh_quality()
        document.with_user(self.clerk).message_post(body="x")
        self.env.cr.precommit.run()
        workfile.invalidate_recordset()
        self.assertTrue(workfile.checked_at)

    def test_a_thousand_documents_are_marked_in_one_statement(self):
        workfile = self._create_workfile()
        documents = self.env['civic.document'].concat(*(self._create_registered(code_number=str(n)) for n in range(300, 320)))
        self._add(workfile, documents)
        self.env.cr.precommit.run()
        workfile._refresh_quality()
        self.env.flush_all()
        for document in documents:
            document._mark_files_stale()
        with self.assertQueryCount(6):          # the mark, and the job set going
            self.env.cr.precommit.run()

    def test_opening_the_form_shows_a_score_of_this_moment(self):
        workfile = self._create_workfile()
        document = self._create_document(issue_date=False)
        self._add(workfile, document)
        [values] = workfile.with_user(self.specialist).web_read({'quality_score': {}, 'defect_count': {}})
        self.assertEqual(values['defect_count'], 2)
        document.issue_date = '2025-03-03'
        self.env.flush_all()
        self.env.cr.precommit.run()
        [values] = workfile.with_user(self.specialist).web_read({'quality_score': {}, 'defect_count': {}})
        self.assertEqual(values['defect_count'], 1)
