import hashlib
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.civic_signature.tests.common import CivicSignatureCommon
from odoo.addons.civic_signature.tests.papers import PIN
from odoo.addons.civic_signature.tools import signing
from odoo.addons.civic_transport.tests.common import TransportTown

from ..tools import wire
from .clamd import clamd
from .test_accession import AccessionCommon


@tagged('post_install', '-at_install')
class TestWire(CivicSignatureCommon, AccessionCommon, TransportTown):
    """The keeper's half alone: an archive receives without the room of those who give."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users, folder = cls.users, cls.folder
        cls.build_town()
        cls.users, cls.folder = users, folder
        cls.channel = cls.env['civic.channel'].create({
            'name': "Ủy ban", 'company_id': cls.centre.id, 'partner_id': cls.agency.partner_id.id, 'url': 'http://127.0.0.1:9'})
        cls.keeper_certificate = cls._create_certificate('person', "Lê Thị Kho", cls.centre, user=cls.keeper)

    def arrive(self, kind, meta, *parts):
        """A delivery of the giver that came whole."""
        attachments = self.env['ir.attachment'].create([
            {'name': name, 'raw': raw, 'res_model': 'civic.delivery.part'} for name, raw in parts])
        number = self.deliveries.search_count([])
        delivery = self.deliveries.create({
            'direction': 'in', 'state': 'received', 'channel_id': self.channel.id, 'company_id': self.centre.id, 'kind': kind,
            'key': f'k-{number}', 'uuid': f'{number:032d}', 'digest': '-', 'meta': meta})
        for number, (attachment, (name, raw)) in enumerate(zip(attachments, parts, strict=True)):
            self.env['civic.delivery.part'].create({
                'delivery_id': delivery.id, 'number': number, 'name': name, 'size': len(raw),
                'sha256': hashlib.sha256(raw).hexdigest(),
                'mimetype': 'application/octet-stream', 'attachment_id': attachment.id})
        delivery._job_dispatch()
        return delivery

    def register_by_channel(self, **values):
        offer = {'key': 'dot-1', 'title': "Hồ sơ vĩnh viễn", 'planned_on': '2027-05-01', 'files': [{'code': 'H29.1.2026.05'}], **values}
        return self.arrive(wire.REGISTRATION, {'key': offer['key']}, ('registration.json', json.dumps(offer).encode()))

    def statements(self):
        """What was put into the outbox, in order."""
        result = []
        for delivery in self.deliveries.search([('direction', '=', 'out'), ('channel_id', '=', self.channel.id)], order='id'):
            with delivery.part_ids[0]._open() as stream:
                statement = json.loads(stream.read())
            result.append((delivery.kind, json.loads(statement['content']), delivery))
        return result

    def test_from_registration_to_the_conclusion(self):
        self.assertEqual(self.register_by_channel().state, 'processed')
        self.register_by_channel()
        accession = self.env['civic.accession'].with_user(self.keeper).search([('submission_key', '=', 'dot-1')])
        self.assertEqual((len(accession), accession.channel_id, accession.offered_count), (1, self.channel, 1))
        accession.action_answer()
        path = self.sip()
        raw = path.read_bytes()
        self.arrive(wire.PACKAGE, {'key': 'dot-1', 'name': path.name}, (path.name, raw))
        self.arrive(wire.PACKAGE, {'key': 'dot-1', 'name': path.name}, (path.name, raw))
        self.assertEqual(len(accession.line_ids), 1)
        with clamd() as address, self.scanner(address):
            self.check(accession.line_ids)
        accession.line_ids.action_accept()
        self.approve(accession)
        accession.invalidate_recordset()
        kinds = [kind for kind, _content, _delivery in self.statements()]
        self.assertEqual(kinds, [wire.ANSWER, wire.RESULT])
        _kind, result, delivery = self.statements()[-1]
        [package] = result['packages']
        self.assertEqual((package['state'], package['sha256']), ('kept', hashlib.sha256(raw).hexdigest()))
        self.assertEqual((package['aip_sha256'], len(package['contents_sha256'])), (accession.sudo().line_ids.aip_id.sha256, 64))
        # the giver signs what came with the result, elsewhere
        with delivery.part_ids[1]._open() as stream:
            minutes = stream.read()
        self.assertEqual(result['minutes'], hashlib.sha256(minutes).hexdigest())
        key = self.leader_certificate.with_user(self.leader)._open_key(PIN)
        signed = signing.sign(minutes, key, signing.Placement(field='giver')).pdf
        self.arrive(wire.MINUTES, {'key': 'dot-1'}, ('minutes.pdf', signed))
        accession.invalidate_recordset()
        self.assertEqual(accession.minutes_state, 'given')
        with self.assertRaises(AccessError):
            accession.with_user(self.centre_manager).action_sign_minutes()
        accession._sign_minutes(self.keeper_certificate.with_user(self.keeper), PIN)
        self.assertEqual(accession.minutes_state, 'signed')
        kind, conclusion, _delivery = self.statements()[-1]
        self.assertEqual((kind, conclusion['minutes']), (wire.CONCLUSION, accession.minutes_sha256))
        with self.assertRaises(AccessError):
            accession.write({'submission_key': 'other'})

    def test_what_cannot_be_taken_is_answered_with_the_reason(self):
        for meta, part, words in (
            ({'key': 'x'}, b'{"key": "y"}', "not that of the message"), ({'key': 'x'}, b'[1]', "no object"),
            ({'key': 'x'}, b'\xff', "no JSON"),
        ):
            with self.subTest(words):
                delivery = self.arrive(wire.REGISTRATION, meta, ('registration.json', part))
                self.assertEqual(delivery.state, 'processed')
                kind, content, _delivery = self.statements()[-1]
                self.assertEqual((kind, content['state']), (wire.ANSWER, 'refused'))
                self.assertIn(words, content['reason'])
        self.arrive(wire.PACKAGE, {'key': 'nobody'}, ('a.zip', b'PK'))
        self.assertEqual(self.statements()[-1][1]['state'], 'problem')
        self.assertFalse(self.env['civic.accession'].search([('channel_id', '=', self.channel.id)]))

    def test_a_withdrawn_registration_is_refused(self):
        self.register_by_channel()
        content = {'key': 'dot-1', 'withdrawn': "Lập lại"}
        self.arrive(wire.REGISTRATION, {'key': 'dot-1'}, ('withdrawal.json', json.dumps(content).encode()))
        accession = self.env['civic.accession'].search([('submission_key', '=', 'dot-1')])
        self.assertEqual(accession.state, 'refused')
        self.assertIn("Lập lại", accession.refusal)

    def test_a_channel_without_an_agency_waits_for_a_person(self):
        self.channel.partner_id = False
        delivery = self.register_by_channel()
        self.assertEqual(delivery.state, 'stuck')
        with self.assertRaises(UserError):
            self.env['civic.accession'].sudo()._on_received(delivery)
