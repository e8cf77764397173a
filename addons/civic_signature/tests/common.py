import base64

from odoo.addons.civic_document.tests.common import CivicDocumentCommon
from odoo.addons.queue_job.tests.common import trap_jobs

from ..tools import demo_pictures, pdf
from .papers import NAME, PIN, TITLE, get_authority, make_paper


class CivicSignatureCommon(CivicDocumentCommon):
    """The town of `civic_document`, whose leader and agency have certificates of the demo authority, which is trusted.

    ``leader_certificate`` and ``agency_certificate`` open with ``PIN``; ``foreign_certificate`` belongs to the other agency.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = get_authority()
        cls.env['civic.trust.anchor'].create({'certificate': base64.b64encode(cls.authority.root.der)})
        cls.env['civic.revocation.list'].create([
            {'content': base64.b64encode(raw)} for raw in cls.authority.make_crls()])
        cls.leader_certificate = cls._create_certificate(
            'person', NAME, cls.agency, user=cls.leader, picture=demo_pictures.draw_signature(NAME))
        cls.agency_certificate = cls._create_certificate(
            'agency', cls.agency.name, cls.agency, picture=demo_pictures.draw_seal(cls.agency.name))
        cls.foreign_certificate = cls._create_certificate(
            'agency', cls.other_agency.name, cls.other_agency, picture=demo_pictures.draw_seal(cls.other_agency.name))
        _page, cls.person_box = pdf.find_signature_place(make_paper(), TITLE, NAME, (119, 57))
        cls.seal_box = pdf.beside(cls.person_box, (102, 102))

    @classmethod
    def _create_certificate(cls, kind, name, company, user=None, picture=None, holder=None):
        holder = holder or cls.authority.issue(name, company.name)
        return cls.env['civic.certificate'].create({
            'name': name, 'kind': kind, 'company_id': company.id, 'user_id': user.id if user else False,
            'key_file': base64.b64encode(holder.to_pkcs12(PIN)), 'key_pin': PIN,
            'picture_file': base64.b64encode(picture) if picture else False,
        })

    def _capture_paper(self, raw=None, user=None, name="Quyết định.pdf", **values):
        """Create a draft with this PDF, as the clerk; its checks of signatures wait."""
        values = {'direction': 'internal', 'subject': "Về việc phê duyệt kế hoạch", **values}
        with trap_jobs():
            return self.env['civic.document'].with_user(user or self.clerk)._capture(
                name, raw or make_paper(), **values)

    def _capture_prepared(self, **values):
        """Create a draft whose PDF has room for number, date and two signatures."""
        paper = make_paper()
        gap = pdf.find_blank(paper, "Số:", "/QĐ-UBND")
        return self._capture_paper(pdf.reserve(
            paper, [pdf.TextField('number', gap, align='center')],
            [pdf.SignatureField('person', self.person_box), pdf.SignatureField('agency', self.seal_box, is_final=True)],
        ), **values)

    def _sign_as_leader(self, content, **values):
        return content.with_user(self.leader)._sign(
            self.leader_certificate.with_user(self.leader), **{'pin': PIN, **values})

    def _seal_as_clerk(self, content, **values):
        return content.with_user(self.clerk)._sign(
            self.agency_certificate.with_user(self.clerk), **{'pin': PIN, **values})

    def _lines(self, records, event_type):
        return self.env['civic.journal.entry'].search([
            ('res_model', '=', records._name), ('res_id', 'in', records.ids), ('event_type', '=', event_type)])
