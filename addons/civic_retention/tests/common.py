from datetime import date

from freezegun import freeze_time

from odoo.addons.civic_document.tests.common import CivicDocumentCommon
from odoo.addons.civic_document.tests.pdf import make_pdf

TODAY = '2026-03-16'


class CivicRetentionCommon(CivicDocumentCommon):
    """The town of the documents on 16/03/2026, with classes whose rules are 5 years, permanent and until superseded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clock = freeze_time(TODAY + ' 03:00:00')
        clock.start()
        cls.addClassCleanup(clock.stop)
        cls.env['civic.organ.code'].create({
            'partner_id': cls.agency.partner_id.id, 'code': 'H29.1', 'generation': 'qd20_2020'})
        cls.rule_5 = cls._get_rule('TT10-05')
        cls.rule_10_old = cls._get_rule('TT09-024')
        cls.rule_20 = cls._get_rule('TT10-06')
        cls.rule_permanent = cls._get_rule('TT10-01')
        cls.rule_superseded = cls._get_rule('TT09-001a')
        cls.plan = cls.env['civic.file.plan'].create({'company_id': cls.agency.id, 'year': 2026})
        cls.line_5, cls.line_permanent, cls.line_event = (
            cls.env['civic.file.plan.line'].create({
                'plan_id': cls.plan.id, 'notation': notation, 'title': title, 'unit_id': cls.unit_culture.id,
                'user_id': cls.specialist.id, 'retention_rule_ids': [(6, 0, rule.ids)]})
            for notation, title, rule in (
                ('01.VX', "Công văn trao đổi về quy hoạch", cls.rule_5),
                ('02.VX', "Kế hoạch năm", cls.rule_permanent),
                ('03.VX', "Văn bản hướng dẫn", cls.rule_superseded)))
        # sudo-like shortcut of a test: how a plan is published is not what is tested here
        cls.env.cr.execute("UPDATE civic_file_plan SET state = 'published' WHERE id = %s", [cls.plan.id])
        cls.plan.invalidate_recordset()

    @classmethod
    def _get_rule(cls, code):
        return cls.env['civic.retention.rule'].search([('code', '=', code)], limit=1)

    @classmethod
    def _create_workfile(cls, end=None, line=None, closed=False, **values):
        """Open a file of a class whose work ended on a day; closed without its checks, which are not tested here."""
        cls.serial = getattr(cls, 'serial', 100) + 1
        line = line or cls.line_5
        file = cls.env['civic.workfile'].create({
            'company_id': cls.agency.id, 'plan_line_id': line.id, 'notation': f'{cls.serial}.VX', 'title': f"Hồ sơ {cls.serial}",
            'user_id': cls.specialist.id, 'unit_id': cls.unit_culture.id, 'year': (end or date(2026, 1, 1)).year,
            'date_start': date((end or date(2026, 1, 1)).year, 1, 1), 'date_end': end, **values})
        if closed:
            file._write_by_system({'state': 'closed', 'closed_on': end}, 'close')
        return file

    @classmethod
    def _create_filled(cls, end=None, count=1, closed=True, **values):
        """A closed file with registered documents that have a PDF each."""
        file = cls._create_workfile(end, **values)
        for number in range(count):
            cls._put(file, cls._create_paper(f"{file.notation} {number}"))
        if closed:
            file._write_by_system({'state': 'closed', 'closed_on': end}, 'close')
        return file

    @classmethod
    def _create_paper(cls, text, **values):
        document = cls._create_document(
            paper_original=False, code_number=str(10 + cls.env['civic.document'].search_count([])),
            subject=f"Văn bản {text}", access_level='agency', **values)
        document._attach_content('van-ban.pdf', make_pdf(f"Noi dung bi mat cua ho so {text}"))
        document._register_documents()
        return document

    @classmethod
    def _put(cls, file, document):
        return cls.env['civic.workfile.entry'].create({'workfile_id': file.id, 'document_id': document.id})

    @classmethod
    def _create_hold(cls, files, name="Thanh tra đất đai", user=None):
        hold = cls.env['civic.hold'].with_user(user or cls.archivist).with_company(cls.agency).create({
            'name': name, 'kind': 'inspection', 'basis': "Quyết định thanh tra 12/QĐ-TTr", 'company_id': cls.agency.id,
            'search_domain': str([('id', 'in', files.ids)])})
        hold.action_place()
        return hold

    # === a case of destruction, up to a state === #

    @classmethod
    def _create_case(cls, files, **values):
        case = cls.env['civic.disposition'].with_user(cls.archivist).with_company(cls.agency).create({
            'name': "Hồ sơ hết thời hạn", 'company_id': cls.agency.id, 'history': "Hồ sơ của Phòng Văn xã",
            'member_ids': [(0, 0, {'user_id': user.id, 'role': role}) for user, role in (
                (cls.leader, 'chair'), (cls.archivist, 'secretary'), (cls.unit_head, 'owner'))], **values})
        cls.env['civic.disposition.line'].with_user(cls.archivist).create([
            {'disposition_id': case.id, 'workfile_id': file.id} for file in files])
        return case

    @classmethod
    def _vote(cls, case, choice='destroy', users=None):
        for user in users or (cls.leader, cls.archivist, cls.unit_head):
            case.line_ids.with_user(user)._vote(choice)

    @classmethod
    def _bring_to_opinion(cls, case):
        case.action_open_council()
        cls._vote(case)
        case.meeting_date = TODAY
        case.action_close_meeting()
        case.write({'opinion_by': "Lưu trữ lịch sử Thành phố", 'opinion_date': TODAY, 'opinion_text': "Nhất trí hủy"})
        case.action_record_opinion()

    @classmethod
    def _create_decision(cls):
        """A numbered outgoing document; its way is tested where it is built."""
        document = cls.env['civic.document'].with_user(cls.clerk).create({
            'direction': 'outgoing', 'company_id': cls.agency.id, 'type_id': cls.type_decision.id, 'code_notation': 'QĐ-UBND',
            'subject': "Hủy tài liệu hết thời hạn lưu trữ", 'access_level': 'agency', 'paper_original': True})
        document.sudo()._write_by_system({
            'state': 'registered', 'register_number': 77, 'code_number': '77', 'issue_date': TODAY})
        return document

    @classmethod
    def _decide(cls, case):
        cls._bring_to_opinion(case)
        case.decision_document_id = cls._create_decision()
        case.with_user(cls.leader).action_decide()

    @classmethod
    def _destroy(cls, case):
        cls._decide(case)
        case.write({'destroyer_name': "Trần Văn Kho", 'destruction_place': "Kho lưu trữ"})
        case.action_destroy()
        case._job_destroy()
        case.invalidate_recordset()
