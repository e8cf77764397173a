import os
from datetime import date
from unittest.mock import patch

from odoo.addons.civic_archive.tests.clamd import clamd
from odoo.addons.civic_archive.tests.test_accession import AccessionCommon
from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_retention.tests.common import CivicRetentionCommon
from odoo.addons.civic_signature.tests.common import CivicSignatureCommon
from odoo.addons.civic_signature.tests.papers import PIN
from odoo.addons.civic_transport.tools.settings import Settings


class TransferCommon(CivicRetentionCommon, AccessionCommon, CivicSignatureCommon):
    """The town on 16/03/2026: permanent files that lie in the archive of the agency, and the Centre that takes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = cls._make_folder('/tmp')
        settings = Settings(os.path.join(root, 'keys'), '', os.path.join(root, 'hot'), os.path.join(root, 'partial'))
        cls.startClassPatcher(patch.object(cls.registry['civic.transport.key'], '_get_settings', lambda self: settings))
        cls.env['civic.organ.code'].create({
            'partner_id': cls.centre.partner_id.id, 'code': 'H29.99', 'generation': 'qd20_2020'})
        cls.keeper_certificate = cls._create_certificate('person', "Lê Thị Kho", cls.centre, user=cls.keeper)
        cls.archivist_certificate = cls._create_certificate('person', "Trần Văn Nộp", cls.agency, user=cls.archivist)

    @classmethod
    def _create_delivered(cls, count=2, end=date(2025, 9, 30), **values):
        """A permanent file that the archive of the agency took over."""
        file = cls._create_filled(end, count, line=cls.line_permanent, **values)
        file._write_by_system({'state': 'delivered', 'delivered_on': date(2026, 2, 2)}, 'deliver')
        return file

    @classmethod
    def _find_candidates(cls, files, user=None):
        cls.env.flush_all()
        return cls.env['civic.transfer.candidate'].with_user(user or cls.archivist).search([('workfile_id', 'in', files.ids)])

    @classmethod
    def _create_transfer(cls, files, user=None, **values):
        action = cls._find_candidates(files, user).action_make_transfer()
        transfer = cls.env['civic.transfer'].with_user(user or cls.archivist).browse(action['res_id'])
        transfer.write({'planned_on': date(2027, 4, 1), **values} if transfer.level == 'historical' else values)
        return transfer

    @classmethod
    def _let_council_agree(cls, transfer):
        cls.env['civic.transfer.opinion'].with_user(transfer.env.user).create([
            {'transfer_id': transfer.id, 'user_id': user.id} for user in (cls.leader, cls.unit_head)])
        transfer.council_on = date(2026, 3, 16)
        transfer.action_open_council()
        for opinion in transfer.opinion_ids:
            opinion.with_user(opinion.user_id).action_agree()
        transfer.action_close_council()

    def _register(self, files, **values):
        transfer = self._create_transfer(files, **values)
        self._let_council_agree(transfer)
        transfer.action_register()
        return transfer

    def _get_accession(self, transfer):
        return self.env['civic.accession'].with_user(self.keeper).search([('submission_key', '=', transfer.key)])

    def _agree(self, transfer):
        accession = self._get_accession(transfer)
        accession.action_answer()
        return accession

    def _pack(self, transfer):
        transfer.action_pack()
        self._do_jobs(transfer, '_job_pack')

    def _do_jobs(self, transfer, name):
        for line in transfer.line_ids:
            getattr(line, name)()
        transfer._job_step()
        transfer.invalidate_recordset()

    def _send(self, transfer):
        transfer.action_send()
        self._do_jobs(transfer, '_job_send')

    def _check_all(self, accession):
        with clamd() as address, self.scanner(address):
            self.check(accession.sudo().line_ids.with_user(self.keeper))

    def _bring_to_keeper(self, files, **values):
        """Return (transfer, accession) with the packages checked in the archive."""
        transfer = self._register(files, **values)
        accession = self._agree(transfer)
        self._pack(transfer)
        self._send(transfer)
        self._check_all(accession)
        return transfer, accession

    def _decide(self, accession, returned=(), reason="Thiếu phụ lục"):
        lines = accession.line_ids
        refused = lines.filtered(lambda line: line.file_code in returned)
        if refused:
            refused._return(reason)
        (lines - refused).action_accept()
        self.approve(accession)
        accession.invalidate_recordset()

    def _sign(self, record, user, certificate):
        record = record.with_user(user)
        action = record.action_sign_minutes()
        wizard = self.env['civic.minutes.sign'].with_user(user).with_context(action['context']).create({})
        wizard.certificate_id = certificate.with_user(user)
        wizard.pin = PIN
        wizard.action_confirm()
        record.invalidate_recordset()

    def _conclude(self, transfer, accession):
        self._sign(transfer, self.leader, self.leader_certificate)
        self._sign(accession, self.keeper, self.keeper_certificate)
        transfer.invalidate_recordset()

    def _add_appendix(self, file):
        """What was missing is put into the file, by the archivist who keeps it."""
        document = self._create_paper(f"phu luc {file.notation}")
        return self.env['civic.workfile.entry'].with_user(self.archivist).create({
            'workfile_id': file.id, 'document_id': document.id})

    @staticmethod
    def _make_pdf(text):
        return make_pdf(text)
