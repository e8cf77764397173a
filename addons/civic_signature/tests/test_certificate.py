import base64
import json
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import file_open

from odoo.addons.civic_document.tests.common import ROLES

from ..exceptions import SigningRefused
from ..tools import demo_pictures
from .common import CivicSignatureCommon
from .papers import NAME, PIN

SECRETS = ('key_ref', 'picture')


@tagged('post_install', '-at_install')
class TestCertificate(CivicSignatureCommon):

    def test_a_certificate_is_read_from_its_key(self):
        self.assertRecordValues(self.leader_certificate, [{
            'holder': NAME + " (mẫu)", 'organisation': self.agency.name, 'issuer': "Sub CA (mẫu)", 'state': 'valid',
            'has_key': True}])
        self.assertTrue(self.leader_certificate.fingerprint)

    def test_the_key_never_comes_back(self):
        """Neither by read, nor by search, nor by export, nor by a group, for nobody."""
        certificate = self.leader_certificate
        for role in ROLES:
            Certificate = self.env['civic.certificate'].with_user(self.users[role])
            for name in SECRETS:
                with self.subTest(role=role, field=name):
                    for act in self._get_ways(Certificate.browse(certificate.id), name):
                        self.assertTrue(self._is_refused(act))
                    self.assertNotIn(name, Certificate.fields_get())
        data = certificate.with_user(self.leader).read(['key_file', 'key_pin'])[0]
        self.assertFalse(data['key_file'] or data['key_pin'])

    def _get_ways(self, certificate, name):
        """Every way by which a field could be read, guessed or replaced."""
        return (
            lambda: certificate.read([name]),
            lambda: certificate.search_read([('id', '=', certificate.id)], [name]),
            lambda: certificate.search([(name, '!=', False)]),
            lambda: certificate.search([], order=name),
            lambda: certificate.formatted_read_group([], [name]),
            lambda: certificate.export_data([name]),
            lambda: certificate.web_read({name: {}}),
            lambda: certificate.write({name: 'x'}),
        )

    def _is_refused(self, act):
        try:
            act()
        except (AccessError, ValueError, UserError):
            return True
        return False

    def test_the_database_holds_neither_key_nor_pin(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(c)::text FROM civic_certificate c WHERE id = %s", [self.leader_certificate.id])
        row = self.env.cr.fetchone()[0]
        self.assertNotIn(PIN, json.loads(row).values())
        self.assertNotIn('PRIVATE', row)
        attachments = self.env['ir.attachment'].sudo().search([
            ('res_model', '=', 'civic.certificate'), ('res_field', '!=', False)])
        self.assertEqual(set(attachments.mapped('res_field')), {'picture'})

    def test_the_file_of_the_key_is_encrypted_and_closed(self):
        folder = Path(self.leader_certificate._get_settings().signature_keys)
        path = folder / f'{self.leader_certificate.sudo().key_ref}.key'
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
        raw = path.read_bytes()
        self.assertNotIn(b'pkcs', raw.lower())
        self.assertTrue(raw.startswith(b'CV1'))

    def test_the_attachment_of_a_picture_is_closed(self):
        attachment = self.env['ir.attachment'].sudo().search([
            ('res_model', '=', 'civic.certificate'), ('res_field', '=', 'picture'),
            ('res_id', '=', self.leader_certificate.id)])
        for user in (self.clerk, self.records_admin, self.leader):
            with self.subTest(user.login), self.assertRaises(AccessError):
                attachment.with_user(user).read(['datas'])

    def test_the_picture_is_seen_by_those_who_put_it_on_paper(self):
        leader, agency = self.leader_certificate, self.agency_certificate
        self.assertTrue(leader.with_user(self.leader).picture_file)
        self.assertFalse(leader.with_user(self.records_admin).picture_file)
        self.assertTrue(agency.with_user(self.clerk).picture_file)
        self.assertFalse(agency.with_user(self.leader).picture_file)

    def test_pictures_are_transparent_and_of_the_right_colour(self):
        """Decree 30/2020/NĐ-CP, Annex I, II.7.d and II.8.a."""
        with self.assertRaises(UserError):
            self.leader_certificate.with_user(self.leader).picture_file = base64.b64encode(demo_pictures.draw_seal("UBND"))
        with self.assertRaises(UserError):
            self.leader_certificate.with_user(self.leader).picture_file = base64.b64encode(b'GIF89a')

    def test_everybody_sees_and_sets_up_the_own_certificate_alone(self):
        Certificate = self.env['civic.certificate']
        seen = Certificate.with_user(self.specialist).search([])
        self.assertEqual(seen, self.agency_certificate, "not those of others")
        own = Certificate.with_user(self.specialist).create({
            'name': "Của tôi", 'kind': 'person', 'user_id': self.specialist.id, 'company_id': self.agency.id})
        own.name = "Chứng thư của tôi"
        for values in (
            {'name': "x", 'kind': 'person', 'user_id': self.leader.id, 'company_id': self.agency.id},
            {'name': "x", 'kind': 'agency', 'company_id': self.agency.id},
        ):
            with self.assertRaises(AccessError):
                Certificate.with_user(self.specialist).create(values)
        with self.assertRaises(AccessError):
            self.leader_certificate.with_user(self.specialist).read(['holder'])
        with self.assertRaises(AccessError):
            self.agency_certificate.with_user(self.clerk).write({'name': "x"})
        with self.assertRaises(UserError):
            own.write({'user_id': self.leader.id})
        with self.assertRaises(AccessError):
            own.write({'fingerprint': 'x'})

    def test_people_put_in_their_key_with_the_form(self):
        holder = self.authority.issue("Chuyên viên", self.agency.name)
        Certificate = self.env['civic.certificate'].with_user(self.specialist).with_context(
            default_kind='person', default_user_id=self.specialist.id)
        with Form(Certificate) as form:
            form.name = "Chứng thư của tôi"
            form.key_file = base64.b64encode(holder.to_pkcs12(PIN))
            form.key_pin = PIN
            form.picture_file = base64.b64encode(demo_pictures.draw_signature("Chuyên viên"))
        own = Certificate.search([('user_id', '=', self.specialist.id)])
        self.assertEqual((own.holder, own.state, own.has_key), ("Chuyên viên (mẫu)", 'valid', True))
        self.assertTrue(own.picture_file)
        self.assertFalse(own.key_file or own.key_pin)
        action = Certificate.action_open_mine()
        self.assertEqual(action['res_id'], own.id)
        with Form(own) as form:
            form.picture_width = 50
        self.assertTrue(own.has_key, "saving the form again leaves the key")

    def test_administrators_set_up_but_do_not_use(self):
        certificate = self.leader_certificate.with_user(self.records_admin)
        certificate.name = "Lãnh đạo"
        self.assertFalse(certificate.can_use)
        with self.assertRaises(AccessError):
            certificate._open_key(PIN)
        with self.assertRaises(AccessError):
            self.agency_certificate.with_user(self.records_admin)._open_key(PIN)
        self.assertFalse(self.foreign_certificate.with_user(self.records_admin).has_access('read'))

    def test_another_key_takes_the_place_of_the_first(self):
        first = self.leader_certificate.sudo().key_ref
        holder = self.authority.issue(NAME, self.agency.name)
        self.leader_certificate.with_user(self.leader).write({
            'key_file': base64.b64encode(holder.to_pkcs12("9999")), 'key_pin': "9999"})
        self.assertNotEqual(self.leader_certificate.sudo().key_ref, first)
        self.assertTrue(self.leader_certificate.with_user(self.leader)._open_key("9999"))
        with self.assertRaises(SigningRefused):
            self.leader_certificate.with_user(self.leader).write({
                'key_file': base64.b64encode(holder.to_pkcs12("9999")), 'key_pin': "1"})

    def test_a_certificate_that_signed_is_not_deleted(self):
        signed = self._sign_as_leader(self._capture_paper().content_ids)
        self.assertTrue(signed)
        with self.assertRaises(UserError):
            self.leader_certificate.with_user(self.records_admin).unlink()
        self.foreign_certificate.unlink()

    def test_the_valid_certificate_is_found(self):
        Certificate = self.env['civic.certificate']
        self.assertEqual(Certificate.with_user(self.leader)._get_for_user(self.agency), self.leader_certificate)
        self.assertEqual(Certificate.with_user(self.clerk)._get_for_agency(self.agency), self.agency_certificate)
        self.assertFalse(Certificate.with_user(self.clerk)._get_for_user(self.agency))

    def test_setting_up_leaves_lines_in_the_journal(self):
        lines = self._lines(self.leader_certificate, 'configuration')
        self.assertEqual({json.loads(line.detail)['act'] for line in lines}, {'creation', 'key', 'picture'})

    def test_a_neutralized_copy_has_no_keys_and_no_pictures(self):
        with file_open('civic_signature/data/neutralize.sql') as source:
            self.env.cr.execute(source.read())
        self.env.invalidate_all()
        self.assertFalse(any(self.env['civic.certificate'].sudo().search([]).mapped('has_key')))
        self.assertFalse(self.env['ir.attachment'].sudo().search_count([('res_model', '=', 'civic.certificate')]))


@tagged('post_install', '-at_install')
class TestCertificateRpc(HttpCase, CivicSignatureCommon):

    def _call(self, model, method, *args, **kwargs):
        response = self.url_open('/web/dataset/call_kw', data=json.dumps({
            'jsonrpc': '2.0', 'method': 'call', 'params': {'model': model, 'method': method, 'args': args, 'kwargs': kwargs}}),
            headers={'Content-Type': 'application/json'})
        return response.json()

    def test_the_key_cannot_be_had_from_outside(self):
        ids = self.leader_certificate.ids
        for login in ('town_leader', 'town_records_admin'):
            self.authenticate(login, login)
            for name in SECRETS:
                for method, arguments in (
                    ('read', [ids, [name]]), ('search_read', [[['id', 'in', ids]], [name]]),
                    ('export_data', [ids, [name]]), ('web_read', [ids, {name: {}}]),
                ):
                    with self.subTest(login=login, method=method, field=name):
                        answer = self._call('civic.certificate', method, *arguments)
                        self.assertIn('error', answer)
            for method in ('_open_key', '_make_key', '_get_vault', '_sign', '_write_by_system', '_set_key_file'):
                self.assertIn('error', self._call('civic.certificate', method, ids, PIN))
            image = self.url_open(f'/web/image/civic.certificate/{ids[0]}/picture')
            self.assertNotEqual(image.content, base64.b64decode(self.leader_certificate.sudo().picture))
