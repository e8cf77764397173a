from odoo.addons.civic_document.tests.common import CivicDocumentCommon


class CivicArchiveCommon(CivicDocumentCommon):
    """The town of the documents, with an archives centre: its archivist, and a fonds of the office's records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.centre = cls.env['res.company'].create({
            'name': "Trung tâm Lưu trữ lịch sử Hoa Phượng", 'abbreviation': "TTLT", 'agency_level': 'archives'})
        cls.vault = cls.env['hr.department'].create({'name': "Phòng Bảo quản", 'company_id': cls.centre.id})
        cls.keeper = cls._create_person('keeper', 'archivist', cls.vault)
        cls.second_keeper = cls._create_person('second_keeper', 'archivist', cls.vault)
        cls.centre_manager = cls._create_person('centre_manager', 'manager', cls.vault)
        cls.centre_admin = cls._create_person('centre_admin', 'records_admin', cls.vault)
        cls.fonds = cls.env['civic.fonds'].with_user(cls.keeper).create({
            'code': 'H99', 'name': "Phông UBND Thành phố Hoa Phượng", 'creator_id': cls.agency.partner_id.id,
            'company_id': cls.centre.id, 'year_from': 1976, 'year_to': 2020})
        cls.units = cls.env['civic.archive.description'].with_user(cls.keeper)

    @classmethod
    def _describe(cls, code, title, parent=None, **values):
        return cls.units.create({
            'fonds_id': cls.fonds.id, 'reference_code': code, 'title': title, 'parent_id': (parent or cls.fonds.root_id).id,
            **values})
