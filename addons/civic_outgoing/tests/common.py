import base64
import subprocess
import tempfile
from pathlib import Path

from odoo.fields import Command

from odoo.addons.civic_document.tests.common import CivicDocumentCommon
from odoo.addons.civic_signature.tests.papers import PIN, get_authority
from odoo.addons.civic_signature.tools import demo_pictures


class CivicOutgoingCommon(CivicDocumentCommon):
    """The town of the documents, with heads in both units, abbreviations for notations, and people who may sign.

    The leader signs for the collective, the deputy in place of the head in the field of culture.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance_head = cls._create_person('finance_head', 'unit_head', cls.unit_finance)
        cls.deputy = cls._create_person('deputy', 'leader', cls.unit_culture)
        for unit, head in ((cls.unit_culture, cls.unit_head), (cls.unit_finance, cls.finance_head)):
            unit.manager_id = cls.env['hr.employee'].search([('user_id', '=', head.id)])
        cls.unit_culture.abbreviation = "VX"
        cls.agency.partner_id.city = "Hoa Phượng"
        cls.ministry.write({'street': "8 Tôn Thất Thuyết", 'city': "Hà Nội"})
        cls.authority = cls._create_authority(
            cls.leader, capacity='tm', position="CHỦ TỊCH", collective_name="ỦY BAN NHÂN DÂN", signer_name="Trần Thị Cúc")
        cls.deputy_authority = cls._create_authority(
            cls.deputy, capacity='kt', position="PHÓ CHỦ TỊCH", principal_title="CHỦ TỊCH",
            collective_name="ỦY BAN NHÂN DÂN", unit_ids=[Command.set(cls.unit_culture.ids)], signer_name="Lê Văn Đức")

    @classmethod
    def _create_authority(cls, user, **values):
        return cls.env['civic.signing.authority'].create({
            'company_id': user.company_id.id, 'user_id': user.id, 'position': "CHỦ TỊCH", 'date_from': '2020-01-01',
            **values})

    @classmethod
    def _prepare_draft(cls, **values):
        """Values of a draft that lacks nothing for submission but its file."""
        return {
            'direction': 'outgoing',
            'company_id': cls.agency.id,
            'type_id': cls.type_plan.id,
            'subject': "Chuyển đổi số năm 2026",
            'bases': "Căn cứ Luật Tổ chức chính quyền địa phương;",
            'body': "Ủy ban nhân dân ban hành Kế hoạch như sau:\n1. Mục đích\nNâng cao hiệu quả công tác văn thư.",
            'signer_id': cls.leader.id,
            'recipient_ids': [
                Command.create({'partner_id': cls.ministry.id, 'kind': 'receiver', 'channel': 'post'}),
                Command.create({'unit_id': cls.unit_finance.id, 'kind': 'receiver'}),
                Command.create({'name': "VT", 'kind': 'archive', 'copies': 2}),
            ],
            **values,
        }

    @classmethod
    def _create_draft(cls, user=None, **values):
        """Create a draft as the specialist, or as the given user."""
        user = user or cls.specialist
        return cls.env['civic.document'].with_user(user).with_company(cls.agency).create(cls._prepare_draft(**values))

    @classmethod
    def _make_version(cls, document, make_pdf=True):
        """Make the next version from the template, and its PDF at once instead of in the background."""
        version = document._generate()
        if make_pdf:
            version.sudo()._make_pdf()
        return version

    @classmethod
    def _create_submitted(cls, **values):
        document = cls._create_draft(**values)
        cls._make_version(document)
        document._submit()
        return document

    def _get_open(self, document):
        return self.env['civic.route.task'].search(
            [('document_id', 'in', document.ids), ('state', '=', 'open')], order='id')

    def _act(self, document, user):
        """Do the own step of the document as the user."""
        document.with_user(user).action_route_approve()
        document.invalidate_recordset()

    def _create_to_sign(self, **values):
        document = self._create_submitted(**values)
        self._act(document, self.unit_head)
        self._act(document, self.clerk)
        return document

    def _create_signed(self, signer=None, **values):
        document = self._create_to_sign(**values)
        document.with_user(signer or self.leader)._sign()
        document.invalidate_recordset()
        return document

    def _create_numbered(self, **values):
        document = self._create_signed(**values)
        document.with_user(self.clerk)._register_documents()
        document.invalidate_recordset()
        return document

    def _create_issued(self, **values):
        document = self._create_numbered(**values)
        document.with_user(self.clerk)._issue()
        document.invalidate_recordset()
        return document

    def _get_events(self, document):
        return self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.document'), ('res_id', '=', document.id)], order='id').mapped('event_type')

    def _read(self, content):
        """Return the words of a PDF, as an independent program reads them."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, 'file.pdf')
            path.write_bytes(content.sudo().attachment_id.raw)
            return ' '.join(subprocess.run(
                ['pdftotext', '-layout', path, '-'], capture_output=True, text=True, check=True).stdout.split())


class CivicDigitalCommon(CivicOutgoingCommon):
    """The same town, where leader, deputy and both agencies have certificates of the demo authority, which is trusted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trust = get_authority()
        cls.env['civic.trust.anchor'].create({'certificate': base64.b64encode(cls.trust.root.der)})
        cls.env['civic.revocation.list'].create([
            {'content': base64.b64encode(raw)} for raw in cls.trust.make_crls()])
        cls.leader_certificate = cls._create_certificate(
            'person', "Trần Thị Cúc", cls.agency, cls.leader, demo_pictures.draw_signature("Trần Thị Cúc"))
        cls.agency_certificate = cls._create_certificate(
            'agency', cls.agency.name, cls.agency, picture=demo_pictures.draw_seal(cls.agency.name))
        cls.agency_certificate.write({'picture_width': 36, 'picture_height': 36})

    @classmethod
    def _create_certificate(cls, kind, name, company, user=None, picture=None):
        holder = cls.trust.issue(name, company.name)
        return cls.env['civic.certificate'].create({
            'name': name, 'kind': kind, 'company_id': company.id, 'user_id': user.id if user else False,
            'key_file': base64.b64encode(holder.to_pkcs12(PIN)), 'key_pin': PIN,
            'picture_file': base64.b64encode(picture) if picture else False,
        })

    def _sign_digitally(self, document, user=None, pin=PIN):
        user = user or self.leader
        action = document.with_user(user).action_sign()
        wizard = self.env['civic.sign.wizard'].with_user(user).with_context(action['context']).create({})
        wizard.pin = pin
        result = wizard.action_confirm()
        document.invalidate_recordset()
        return result

    def _number_digitally(self, document, pin=PIN, **values):
        action = document.with_user(self.clerk).action_number()
        wizard = self.env['civic.number.wizard'].with_user(self.clerk).with_context(action['context']).create(values)
        wizard.pin = pin
        wizard.action_confirm()
        document.invalidate_recordset()
