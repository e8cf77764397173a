from odoo.tests import TransactionCase, new_test_user, tagged

ROLES = ('specialist', 'clerk', 'unit_head', 'leader', 'archivist', 'manager', 'records_admin')


@tagged('post_install', '-at_install')
class CivicCommon(TransactionCase):
    """A small town: two agencies, a department with two teams, one person per role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency = cls.env['res.company'].create({
            'name': "UBND Thành phố Phú Xuân", 'abbreviation': 'UBND', 'agency_level': 'city'})
        cls.other_agency = cls.env['res.company'].create({
            'name': "Sở Nội vụ Phú Xuân", 'abbreviation': 'SNV', 'agency_level': 'department'})
        cls.users = {
            role: new_test_user(
                cls.env, login=f'{role}_px', groups=f'civic_base.group_{role}',
                company_id=cls.agency.id, company_ids=[(6, 0, cls.agency.ids)])
            for role in ROLES
        }
        cls.office, cls.team_docs, cls.team_it = (
            cls.env['hr.department'].create({'name': name, 'company_id': cls.agency.id})
            for name in ("Văn phòng", "Tổ Văn thư", "Tổ Công nghệ"))
        (cls.team_docs + cls.team_it).parent_id = cls.office

    @classmethod
    def employ(cls, role, department, company=None):
        return cls.env['hr.employee'].create({
            'name': cls.users[role].name,
            'user_id': cls.users[role].id,
            'company_id': (company or cls.agency).id,
            'department_id': department.id,
        })

    @classmethod
    def create_agency(cls, name, **values):
        return cls.env['res.partner'].create({'name': name, 'is_company': True, 'is_agency': True, **values})
