from datetime import date

from odoo.tests import TransactionCase, new_test_user

ROLES = ('specialist', 'clerk', 'unit_head', 'leader', 'archivist', 'manager', 'records_admin')


class CivicDocumentCommon(TransactionCase):
    """One small town: the office of a People's Committee with two units, a department of the city beside it,
    and a person in every role.

    ``users`` holds the people of the office by role; each is also an attribute (``cls.clerk``). Log-ins are
    ``town_<role>``, passwords equal to the log-in. The specialist and the unit head belong to ``unit_culture``,
    ``other_specialist`` to ``unit_finance``; ``foreign_clerk`` and ``foreign_leader`` work at ``other_agency``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={
            **cls.env.context, 'lang': 'en_US', 'tz': 'Asia/Ho_Chi_Minh', 'no_reset_password': True,
            'mail_notify_force_send': False,
        })
        cls.agency, cls.other_agency = cls.env['res.company'].create([
            {'name': "UBND Thành phố Hoa Phượng", 'abbreviation': "UBND", 'agency_level': 'city'},
            {'name': "Sở Văn hóa Hoa Phượng", 'abbreviation': "SVH", 'agency_level': 'department'},
        ])
        cls.unit_culture, cls.unit_finance, cls.foreign_unit = cls.env['hr.department'].create([
            {'name': "Phòng Văn xã", 'company_id': cls.agency.id},
            {'name': "Phòng Tài chính", 'company_id': cls.agency.id},
            {'name': "Văn phòng Sở", 'company_id': cls.other_agency.id},
        ])
        cls.users = {}
        for role in ROLES:
            cls.users[role] = cls._create_person(role, role, cls.unit_culture)
            setattr(cls, role, cls.users[role])
        cls.second_clerk = cls._create_person('second_clerk', 'clerk', cls.unit_culture)
        cls.other_specialist = cls._create_person('other_specialist', 'specialist', cls.unit_finance)
        cls.foreign_clerk = cls._create_person('foreign_clerk', 'clerk', cls.foreign_unit)
        cls.foreign_leader = cls._create_person('foreign_leader', 'leader', cls.foreign_unit)
        cls.ministry, cls.citizen = cls.env['res.partner'].create([
            {'name': "Bộ Nội vụ", 'abbreviation': "BNV", 'is_agency': True},
            {'name': "Nguyễn Văn Ất"},
        ])
        cls.env['civic.organ.code'].create({
            'partner_id': cls.ministry.id, 'code': 'G09', 'generation': 'qd20_2020'})
        cls.type_decision = cls.env.ref('civic_document.civic_document_type_qd')
        cls.type_plan = cls.env.ref('civic_document.civic_document_type_kh')
        cls.type_letter = cls.env.ref('civic_document.civic_document_type_cv')

    @classmethod
    def _create_person(cls, login, role, unit):
        """Create a user in the role, with an employee in the unit and no other agency than the unit's."""
        user = new_test_user(
            cls.env, f'town_{login}', groups=f'civic_base.group_{role}', name=f"Town {login}",
            password=f'town_{login}', company_id=unit.company_id.id, company_ids=[(6, 0, unit.company_id.ids)],
            tz='Asia/Ho_Chi_Minh', lang='en_US')
        cls.env['hr.employee'].create({
            'name': user.name, 'user_id': user.id, 'department_id': unit.id, 'company_id': unit.company_id.id})
        return user

    @classmethod
    def _prepare_document(cls, **values):
        """Values of an incoming paper document that lacks nothing for registration."""
        return {
            'company_id': cls.agency.id,
            'direction': 'incoming',
            'type_id': cls.type_decision.id,
            'code_number': '123',
            'code_notation': 'QĐ-BNV',
            'issue_date': date(2025, 3, 3),
            'arrival_date': date(2025, 3, 5),
            'issuer_id': cls.ministry.id,
            'subject': "Về việc phê duyệt kế hoạch chuyển đổi số",
            'signer_name': "Trần Thị Bính",
            'signer_position': "Thứ trưởng",
            'paper_original': True,
            **values,
        }

    @classmethod
    def _create_document(cls, user=None, **values):
        """Create a draft as the clerk, or as the given user, in the agency of that person."""
        user = user or cls.clerk
        values.setdefault('company_id', user.company_id.id)
        return cls.env['civic.document'].with_user(user).create(cls._prepare_document(**values))

    @classmethod
    def _create_registered(cls, user=None, **values):
        """Create a document as the clerk, or as the given user, and give it its number."""
        document = cls._create_document(user, **values)
        document._register_documents()
        return document

    def _count_statements(self, act):
        """How many statements an act takes that begins with nothing in the cache and leaves nothing to write."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        act()
        self.env.flush_all()
        return self.cr.sql_log_count - before
