import hashlib
import tempfile

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.civic_transport.tests.common import TransportTown

from ..tools import national
from .test_keeping import KeepingCommon


@tagged('post_install', '-at_install')
class TestNational(KeepingCommon, TransportTown):
    """The feed to the national database of archival fonds. The desk at the other end is played by the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build_town()
        cls.channel = cls.env['civic.channel'].create({
            'name': "Cơ sở dữ liệu quốc gia", 'company_id': cls.centre.id, 'url': 'http://127.0.0.1:9'})
        cls.centre.national_channel_id = cls.channel
        cls.fonds = cls.fonds.sudo()
        cls.fonds.national_feed = 'metadata'
        cls.fonds.root_id.action_publish()
        cls.series = cls._describe('01', "Văn bản chung", level='series')
        cls.file = cls._describe('01.001', "Hồ sơ họp năm 1985", parent=cls.series)
        cls.secret_draft = cls._describe('01.002', "Chưa mô tả xong", parent=cls.series)
        (cls.series | cls.file).action_publish()

    def setUp(self):
        super().setUp()
        self.there, self.answered = {}, self.env['civic.delivery']

    def feed(self):
        """Run the feed; return the rows that went out, by key."""
        before = self.deliveries.search([])
        self.fonds._job_feed()
        rows = {}
        for delivery in (self.deliveries.search([]) - before).filtered(lambda one: one.kind == national.METADATA):
            with delivery.part_ids[0]._open() as stream:
                rows.update({row['key']: row for row in national.read_rows(stream.read())})
        return rows

    def answer(self, refused=(), lie=()):
        """Answer what was not answered yet, as the national database would."""
        for delivery in self.deliveries.search([('channel_id', '=', self.channel.id), ('direction', '=', 'out')], order='id'):
            if delivery in self.answered:
                continue
            accepted = {}
            with delivery.part_ids[0]._open() as stream:
                raw = stream.read()
            if delivery.kind == national.METADATA:
                for row in national.read_rows(raw):
                    if row['key'] in refused:
                        continue
                    accepted[row['key']] = '0' * 64 if row['key'] in lie else national.fingerprint(row)
                    self.there[row['key']] = row
                    if row.get('withdrawn'):
                        del self.there[row['key']]
            else:
                accepted[delivery.meta['key']] = hashlib.sha256(raw).hexdigest()
                self.there[delivery.meta['key']] = raw
            self.arrive(national.write_answer(delivery.key, accepted, dict.fromkeys(refused, "Thiếu trường"), {
                self.fonds.code: len(self.there)}))
            self.answered |= delivery

    def arrive(self, raw, kind=national.ANSWER):
        number = self.deliveries.search_count([])
        delivery = self.deliveries.create({
            'direction': 'in', 'state': 'received', 'channel_id': self.channel.id, 'company_id': self.centre.id, 'kind': kind,
            'key': f'k-{number}', 'uuid': f'{number:032d}', 'digest': '-', 'part_ids': [fields.Command.create({
                'number': 0, 'name': 'answer.json', 'size': len(raw), 'sha256': hashlib.sha256(raw).hexdigest(),
                'mimetype': 'application/json', 'attachment_id': self.env['ir.attachment'].create({
                    'name': 'answer.json', 'raw': raw, 'res_model': 'civic.delivery.part'}).id})]})
        delivery._job_dispatch()
        return delivery

    def states(self):
        return {entry.key: entry.state for entry in self.env['civic.national.entry'].search([('fonds_id', '=', self.fonds.id)])}

    def test_only_what_changed_goes_out(self):
        rows = self.feed()
        self.assertEqual(set(rows), {'H99', '01', '01.001'}, "what is not published stays here")
        self.assertEqual((rows['01.001']['parent'], rows['01.001']['fonds'], rows['01.001']['mode']), ('01', 'H99', '02'))
        self.assertFalse(self.feed(), "nothing changed")
        self.answer()
        self.assertEqual(set(self.states().values()), {'accepted'})
        self.assertRecordValues(self.fonds, [{
            'national_here': 3, 'national_sent': 3, 'national_received': 3, 'national_accepted': 3, 'national_problems': 0,
            'national_reported_count': 3, 'national_verdict': 'agrees'}])
        self.file.with_user(self.keeper).title = "Hồ sơ họp năm 1986"
        self.env.flush_all()
        self.assertEqual(set(self.feed()), {'01.001'})
        self.assertEqual(self.fonds.national_verdict, 'behind')
        self.answer()
        self.assertEqual(self.there['01.001']['title'], "Hồ sơ họp năm 1986")

    def test_what_is_withdrawn_or_gets_another_code_goes_there_too(self):
        self.feed()
        self.answer()
        self.file.with_user(self.keeper).reference_code = '01.009'
        self.env.flush_all()
        rows = self.feed()
        self.assertEqual({key: bool(row.get('withdrawn')) for key, row in rows.items()}, {'01.001': True, '01.009': False})
        self.answer()
        self.assertEqual(set(self.there), {'H99', '01', '01.009'})
        self.assertEqual(self.states()['01.001'], 'withdrawn')
        self.file.with_user(self.keeper)._withdraw("Nhầm")
        self.env.flush_all()
        self.feed()
        self.answer()
        self.assertEqual((set(self.there), self.fonds.national_verdict), ({'H99', '01'}, 'agrees'))
        self.file.action_publish()
        self.env.flush_all()
        self.assertEqual(set(self.feed()), {'01.009'}, "it comes again under the entry that it had")
        self.answer()
        self.assertEqual(self.states()['01.009'], 'accepted')

    def test_refusals_and_differences_are_told_and_sent_again(self):
        self.feed()
        self.answer(refused=['01'], lie=['01.001'])
        self.assertEqual(self.states(), {'H99': 'accepted', '01': 'refused', '01.001': 'differs'})
        self.assertEqual((self.fonds.national_problems, self.fonds.national_verdict), (2, 'differs'))
        entries = self.env['civic.national.entry'].with_user(self.keeper).search([('fonds_id', '=', self.fonds.id)])
        self.assertEqual(entries.filtered(lambda entry: entry.key == '01').message, "Thiếu trường")
        with self.assertRaises(UserError):
            entries.filtered(lambda entry: entry.key == 'H99').action_send_again()
        entries.action_send_again()
        self.assertEqual(set(self.feed()), {'01', '01.001'})
        self.answer()
        self.assertEqual(set(self.states().values()), {'accepted'})

    def test_packages_go_with_their_digest_once(self):
        aip = self.stored(b'a package of the archive')
        self.fonds.national_feed = 'packages'
        self.feed()
        delivery = self.deliveries.search([('kind', '=', national.PACKAGE)])
        self.assertEqual((len(delivery), delivery.meta['sha256'], delivery.part_ids.sha256), (1, aip.sha256, aip.sha256))
        with delivery.part_ids._open() as stream:
            self.assertEqual(stream.read(), b'a package of the archive')
        self.feed()
        self.assertEqual(self.deliveries.search_count([('kind', '=', national.PACKAGE)]), 1)
        self.answer()
        self.assertEqual((self.states()[aip.name], self.fonds.national_verdict), ('accepted', 'agrees'))
        self.assertFalse(list(self.spool.glob('.national-*')))
        # a new version goes under the same name, and the old one does not go again
        with tempfile.NamedTemporaryFile(dir=self.spool, delete=False) as file:
            file.write(b'the next version')
        newer = aip.with_user(self.keeper)._keep(file.name, self.fonds, name=aip.name, replaces=aip)
        self.write_copies(newer)
        self.feed()
        self.answer()
        entry = self.env['civic.national.entry'].search([('fonds_id', '=', self.fonds.id), ('kind', '=', 'package')])
        self.assertRecordValues(entry, [{'aip_id': newer.id, 'digest': newer.sha256, 'state': 'accepted'}])
        self.assertEqual((self.there[aip.name], self.fonds.national_verdict), (b'the next version', 'agrees'))

    def test_a_receipt_says_that_it_arrived_and_no_more(self):
        self.feed()
        delivery = self.deliveries.search([('kind', '=', national.METADATA)])
        delivery._get_handler()._on_receipt(delivery)
        self.assertEqual(set(self.states().values()), {'received'})
        self.assertEqual((self.fonds.national_received, self.fonds.national_accepted), (3, 0))

    def test_hostile_answers_change_nothing(self):
        self.feed()
        before = self.states()
        delivery = self.deliveries.search([('kind', '=', national.METADATA)])
        for raw in (
            b'', b'[]', b'{"about": 1}', b'{"about": "nobody"}', b'\xff',
            b'{"about": "%s", "accepted": {"H99": 5}}' % delivery.key.encode(),
            b'{"about": "%s", "counts": {"H99": "many"}}' % delivery.key.encode(),
        ):
            with self.subTest(raw):
                self.assertEqual(self.arrive(raw).state, 'stuck')
        other = self.env['civic.channel'].create({'name': "Kẻ lạ", 'company_id': self.centre.id})
        self.channel, own = other, self.channel
        self.assertEqual(self.arrive(national.write_answer(delivery.key, {'H99': 'x'}, {}, {})).state, 'stuck', "another's channel")
        self.channel = own
        self.assertEqual(self.arrive(b'{"key": "a"}\n', national.METADATA).state, 'stuck', "an archive takes no reports")
        self.assertEqual(self.states(), before)

    def test_who_may_report(self):
        entries = self.env['civic.national.entry']
        self.feed()
        self.assertTrue(entries.with_user(self.keeper).search([]))
        self.assertFalse(entries.with_user(self.archivist).search([]), "the archivist of another agency")
        with self.assertRaises(AccessError):
            entries.with_user(self.specialist).search([])
        for user in (self.archivist, self.centre_manager, self.specialist):
            with self.assertRaises(AccessError):
                self.fonds.with_user(user).action_feed()
        with self.assertRaises(AccessError):
            entries.with_user(self.keeper).search([], limit=1).write({'state': 'accepted'})
        with self.assertRaises(AccessError):
            self.fonds.with_user(self.keeper).write({'national_reported_count': 3})
        self.fonds.with_user(self.keeper).action_feed()
        self.centre.national_channel_id = False
        with self.assertRaisesRegex(UserError, "no channel"):
            self.fonds.with_user(self.keeper).action_feed()

    def test_the_feed_asks_as_often_for_many_as_for_few(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.feed()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.feed()
        for number in range(2):
            self._describe(f'02.{number}', "Hồ sơ").action_publish()
        few = count()
        for number in range(20):
            self._describe(f'03.{number}', "Hồ sơ").action_publish()
        self.assertLessEqual(count(), few + 2)
