import time
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.civic_transport.controllers import transport as controller
from odoo.addons.civic_transport.tools.http import HttpTransport
from odoo.addons.civic_transport.tools.rate import RateLimiter

from .common import TransferCommon

INBOX = 'odoo.addons.civic_transport.models.civic_delivery_inbox'


@tagged('post_install', '-at_install')
class TestRemote(TransferCommon, HttpCase):
    """Giver and keeper as two systems: all between them goes through the door over HTTP, in pieces, with receipts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(controller, '_limiter', RateLimiter()))
        cls.out, cls.back = cls.env['civic.channel'].create([
            {'name': "Trung tâm", 'company_id': cls.agency.id, 'partner_id': cls.centre.partner_id.id, 'url': cls.base_url()},
            {'name': "Ủy ban", 'company_id': cls.centre.id, 'partner_id': cls.agency.partner_id.id, 'url': cls.base_url()}])
        cls.out.token_out, cls.back.token_out = cls.back._make_token(), cls.out._make_token()

    def setUp(self):
        super().setUp()
        case = self

        class Session:
            """The session of the test framework, which lets the server see what the test wrote."""

            def request(self, method, url, timeout=None, **options):
                return case.opener.request(method, url, timeout=60, **options)

        def get_transport(channel):
            # sudo: as the transport does
            token = channel.env['civic.transport.key']._get_secret(channel.sudo().token_ref).decode()
            return HttpTransport(channel.url, token, Session())

        self.patch(self.registry['civic.channel'], '_get_transport', get_transport)
        for channel in (self.out, self.back):
            channel.action_test()
            self.assertTrue(channel.is_test_good, channel.test_result)

    def carry(self):
        """Send and process what lies in the outboxes of both sides, until nothing is left."""
        deliveries = self.env['civic.delivery'].sudo()
        for _round in range(6):
            waiting = deliveries.search([('direction', '=', 'out'), ('state', 'not in', ('delivered', 'failed'))], order='id')
            fresh = deliveries.search(['|', ('state', '=', 'received'), '&', ('state', '=', 'delivered'), ('finished_at', '=', False)])
            if not waiting and not fresh:
                return
            for delivery in waiting:
                for _attempt in range(5):
                    delivery.next_try_at = False
                    delivery._job_send()
                    delivery.invalidate_recordset()
                    if delivery.state == 'delivered':
                        break
                    time.sleep(0.05)
                self.assertEqual(delivery.state, 'delivered', delivery.detail)
            self.env.invalidate_all()
            for delivery in deliveries.search([
                    '|', ('state', '=', 'received'), '&', ('state', '=', 'delivered'), ('finished_at', '=', False)], order='id'):
                delivery._job_dispatch()
                self.assertFalse(delivery.problem_code, delivery.detail)
        self.fail("the outboxes never empty")

    def registered(self, files):
        transfer = self._create_transfer(files, channel_id=self.out.id)
        self._let_council_agree(transfer)
        transfer.action_register()
        self.carry()
        transfer.invalidate_recordset()
        return transfer

    def test_the_whole_way_over_a_channel(self):
        good, faulty = self._create_delivered(count=1), self._create_delivered(count=1)
        transfer = self.registered(good | faulty)
        accession = self._get_accession(transfer)
        self.assertEqual((accession.channel_id, accession.offered_count, accession.has_list, transfer.state),
                         (self.back, 2, True, 'registered'))
        accession.action_answer()
        self.carry()
        transfer.invalidate_recordset()
        self.assertEqual((transfer.state, transfer.accession_code), ('answered', accession.name))
        self._pack(transfer)
        self._send(transfer)
        self.assertEqual(transfer.line_ids.mapped('state'), ['sent'] * 2)
        self.carry()
        transfer.line_ids.invalidate_recordset()
        self.assertEqual(transfer.line_ids.mapped('state'), ['received'] * 2)
        self.assertEqual(transfer.line_ids.mapped('receipt_sha256'), transfer.line_ids.mapped('sha256'))
        self._check_all(accession)
        self._decide(accession, returned=faulty.mapped('code'))
        self.carry()
        transfer.invalidate_recordset()
        self.assertEqual((transfer.state, transfer.minutes_state, transfer.stored_count, transfer.returned_count),
                         ('decided', 'made', 1, 1))
        self._sign(transfer, self.leader, self.leader_certificate)
        self.carry()
        accession.invalidate_recordset()
        self.assertEqual(accession.minutes_state, 'given')
        self._sign(accession, self.keeper, self.keeper_certificate)
        self.carry()
        transfer.invalidate_recordset()
        good.invalidate_recordset()
        self.assertEqual((transfer.state, transfer.minutes_state, good.state, faulty.state), ('done', 'signed', 'transferred', 'delivered'))
        self.assertEqual(transfer.minutes_sha256, accession.minutes_sha256)
        line = transfer.line_ids.filtered('locked_on')
        self.assertEqual((line.workfile_id, line.match), (good, 'equal'))
        self.assertEqual(transfer.receipt_key, self.env['civic.transport.key']._get_for(self.centre).fingerprint)
        # the same bytes twice are one package; the same statement twice changes nothing
        delivery = self.env['civic.delivery'].sudo().search([('kind', '=', 'transfer.conclusion'), ('direction', '=', 'in')])
        self.env['civic.transfer'].sudo()._on_received(delivery)
        self.assertEqual(transfer.state, 'done')
        # what was returned comes again by the same way, and names what it mends
        self._add_appendix(faulty)
        second = self.env['civic.transfer'].with_user(self.archivist).browse(transfer.action_resubmit()['res_id'])
        self.assertEqual((second.channel_id, second.line_ids.workfile_id), (self.out, faulty))
        second.action_register()
        self.carry()
        self.assertEqual(self._get_accession(second).previous_id, accession)

    def test_a_refusal_comes_back_with_its_reason(self):
        """The keeper's half refuses what its rules refuse, and says why; nothing waits forever."""
        file = self._create_delivered(count=1)
        transfer = self._create_transfer(file, channel_id=self.out.id)
        self._let_council_agree(transfer)
        self.env['civic.fonds.source'].search([('company_id', '=', self.centre.id)]).unlink()
        transfer.action_register()
        self.carry()
        transfer.invalidate_recordset()
        self.assertEqual(transfer.state, 'refused')
        self.assertTrue(transfer.refusal)
        self.assertEqual(self._find_candidates(file).workfile_id, file)

    def test_a_package_that_comes_before_the_answer_is_told(self):
        transfer = self.registered(self._create_delivered(count=1))
        transfer.sudo()._move_to('answered')
        self._pack(transfer)
        self._send(transfer)
        self.carry()
        transfer.invalidate_recordset()
        self.assertTrue(transfer.line_ids.problem)
        self.assertFalse(self._get_accession(transfer).sudo().line_ids)

    def test_a_stranger_s_statement_waits_for_a_person(self):
        transfer = self.registered(self._create_delivered(count=1))
        other = self.env['civic.channel'].create({
            'name': "Khác", 'company_id': self.agency.id, 'partner_id': self.ministry.id})
        delivery = self.env['civic.delivery'].sudo().create({
            'direction': 'in', 'state': 'received', 'channel_id': other.id, 'company_id': self.agency.id, 'kind': 'transfer.answer',
            'key': 'k', 'uuid': 'u' * 32, 'digest': '-', 'meta': {'key': transfer.key}})
        with mute_logger(INBOX):
            delivery._job_dispatch()
        self.assertEqual((delivery.state, transfer.state), ('stuck', 'registered'))
        with self.assertRaises(UserError):
            self.env['civic.transfer'].sudo()._on_received(delivery)

    def test_a_hostile_registration_is_answered_not_obeyed(self):
        accessions = self.env['civic.accession'].sudo()
        agency, company = self.agency.partner_id, self.centre
        for offer, words in (
            ({'key': ''}, "no key"), ({'key': 'k', 'files': 'x'}, "no list"), ({'key': 'k', 'files': [1]}, "no list"),
        ):
            with self.subTest(words), self.assertRaisesRegex((UserError, ValueError), words):
                accessions._register_submission(company, agency, offer)
        accession = accessions._register_submission(
            company, agency, {'key': 'k', 'title': 7, 'planned_on': '2027-99-99', 'previous': "' OR 1=1", 'files': [{'code': {}}]}, b'MZ')
        self.assertEqual(
            (accession.title, accession.planned_on, accession.previous_id, accession.has_list),
            (agency.name, False, accession.browse(), False))
        with self.assertRaisesRegex(UserError, "another agency"):
            accessions._register_submission(company, self.other_agency.partner_id, {'key': 'k'})

    def test_by_rpc_nobody_says_what_the_archive_said(self):
        """Through the door of the web client: private acts, closed fields, the transfer of another agency."""
        transfer = self._create_transfer(self._create_delivered(count=1))
        self._create_person('foreign_archivist', 'archivist', self.foreign_unit)

        def call(method, *args):
            return self.make_jsonrpc_request(
                f'/web/dataset/call_kw/civic.transfer/{method}',
                {'model': 'civic.transfer', 'method': method, 'args': [transfer.ids, *args], 'kwargs': {}})

        self.authenticate('town_archivist', 'town_archivist')
        self.assertEqual(call('read', ['state'])[0]['state'], 'draft')
        for method, args in (
            ('_take_statement', ({},)), ('_move_to', ('done',)), ('_lock_given', ()), ('write', ({'state': 'done'},)),
            ('_apply_reason', ('_purge', "x")),
        ):
            with self.subTest(method), mute_logger('odoo.http'), self.assertRaises(JsonRpcException):
                call(method, *args)
        self.authenticate('town_foreign_archivist', 'town_foreign_archivist')
        for method, args in (('read', (['title'],)), ('action_register', ()), ('action_open_lines', ()), ('write', ({'title': "x"},))):
            with self.subTest(method), mute_logger('odoo.http'), self.assertRaises(JsonRpcException):
                call(method, *args)
        transfer.invalidate_recordset()
        self.assertEqual(transfer.state, 'draft')
