import json
from datetime import date

from odoo.tools import SQL

from odoo.addons.civic_document.tests.common import CivicDocumentCommon


class CivicWorkfileCommon(CivicDocumentCommon):
    """The town of the documents with organ codes, a published plan of 2026 and a box for paper."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['civic.organ.code'].create([
            {'partner_id': cls.agency.partner_id.id, 'code': 'H29.1', 'generation': 'qd20_2020'},
            {'partner_id': cls.other_agency.partner_id.id, 'code': 'H29.2', 'generation': 'qd20_2020'},
        ])
        cls.term_permanent = cls.env.ref('civic_workfile.retention_term_permanent')
        cls.term_20 = cls.env.ref('civic_workfile.retention_term_20')
        cls.term_3 = cls.env.ref('civic_workfile.retention_term_3')
        cls.plan = cls.env['civic.file.plan'].create({'company_id': cls.agency.id, 'year': 2026})
        cls.heading = cls.env['civic.file.plan.line'].create({
            'plan_id': cls.plan.id, 'is_heading': True, 'notation': 'I', 'title': "Văn xã"})
        cls.line = cls.env['civic.file.plan.line'].create({
            'plan_id': cls.plan.id, 'parent_id': cls.heading.id, 'notation': '01.VX', 'title': "Hồ sơ chuyển đổi số",
            'unit_id': cls.unit_culture.id, 'user_id': cls.specialist.id, 'retention_term_id': cls.term_20.id})
        cls.box = cls.env['civic.workfile.place'].create({
            'company_id': cls.agency.id, 'name': "Hộp 1", 'code': 'H1', 'kind': 'box'})

    @classmethod
    def _create_workfile(cls, user=None, **values):
        """Open a file as the specialist, or as the given user, that lacks nothing but documents."""
        user = user or cls.specialist
        cls.serial = getattr(cls, 'serial', 10) + 1
        return cls.env['civic.workfile'].with_user(user).create({
            'company_id': user.company_id.id, 'title': "Chuyển đổi số", 'notation': f'{cls.serial}.VX', 'year': 2026,
            'user_id': user.id, 'date_start': date(2026, 1, 5), 'retention_term_id': cls.term_20.id, **values})

    @classmethod
    def _create_consent(cls, user=None, direction='outgoing', state='registered', **values):
        """A document of the agency itself in the given state; the way to it is tested where it is built."""
        document = cls._create_document(user, direction=direction, **values)
        document.sudo()._write_by_system({'state': state})
        return document

    @classmethod
    def _create_foreign_consent(cls):
        return cls._create_consent(cls.foreign_clerk, access_level='agency')

    @classmethod
    def _publish_plan(cls):
        cls.plan.with_user(cls.clerk).action_submit()
        cls.plan.with_user(cls.leader).action_approve()
        cls.plan.with_user(cls.clerk).action_publish()

    @classmethod
    def _create_many(cls, workfile, count):
        """Fill a file with so many things that are no documents, by SQL: for what depends on the number alone."""
        cls.env.cr.execute(SQL(
            """
            INSERT INTO civic_workfile_entry (workfile_id, company_id, ordinal, kind, name, date, pages)
            SELECT %s, %s, n, 'minutes', 'Biên bản ' || n, DATE '2026-01-05', 1 FROM generate_series(1, %s) n
            """, workfile.id, workfile.company_id.id, count))
        workfile._refresh_totals()
        workfile.invalidate_recordset()

    @classmethod
    def _get_acts(cls, record):
        """What the journal says was done to the record."""
        entries = cls.env['civic.journal.entry'].search(
            [('res_model', '=', record._name), ('res_id', '=', record.id)], order='id')
        return [json.loads(entry.detail or '{}').get('act') or entry.event_type for entry in entries]

    @classmethod
    def _add(cls, workfile, documents):
        return cls.env['civic.workfile.entry'].with_user(workfile.env.user).create([
            {'workfile_id': workfile.id, 'document_id': document.id} for document in documents])
