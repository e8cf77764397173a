from datetime import datetime

from freezegun import freeze_time
from lxml import etree

from odoo.tests import HttpCase, tagged

from .common import CivicArchiveCommon

NS = {
    'o': 'http://www.openarchives.org/OAI/2.0/', 'dc': 'http://purl.org/dc/elements/1.1/',
    'e': 'http://ead3.archivists.org/schema/',
}


@tagged('post_install', '-at_install')
class TestOai(CivicArchiveCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.company'].search([]).archive_is_harvested = False
        cls.centre.archive_is_harvested = True
        cls.public = cls._describe('01', "Hồ sơ công khai", access_mode='01')
        cls.closed = cls._describe('02', "Hồ sơ có điều kiện", access_mode='02')
        cls.draft = cls._describe('03', "Hồ sơ nháp", access_mode='01')
        (cls.public + cls.closed).action_publish()

    def ask(self, verb, *pairs, **arguments):
        user = self.env.ref('base.public_user')
        raw = self.env['civic.oai'].with_user(user)._answer(
            [('verb', verb), *arguments.items(), *pairs], 'http://localhost/civic/oai')
        return etree.fromstring(raw)

    def identifiers(self, answer):
        return [text.split(':')[-1] for text in answer.xpath('//o:header/o:identifier/text()', namespaces=NS)]

    def error(self, answer):
        return answer.xpath('string(o:error/@code)', namespaces=NS)

    def test_only_published_descriptions_of_public_records_are_told(self):
        answer = self.ask('ListRecords', metadataPrefix='oai_dc')
        self.assertEqual(self.identifiers(answer), [str(self.public.id)])
        self.assertEqual(answer.xpath('//dc:title/text()', namespaces=NS), ["Hồ sơ công khai"])
        self.centre.archive_is_harvested = False
        self.assertEqual(self.error(self.ask('ListRecords', metadataPrefix='oai_dc')), 'noRecordsMatch')

    def test_what_was_public_is_told_as_deleted(self):
        self.public.access_mode = '02'
        answer = self.ask('ListRecords', metadataPrefix='oai_ead')
        self.assertEqual(answer.xpath('//o:header/@status', namespaces=NS), ['deleted'])
        self.assertFalse(answer.xpath('//o:metadata', namespaces=NS))
        self.public.access_mode = '01'
        self.public._apply_reason('_withdraw', "Sửa")
        self.assertEqual(self.ask('ListIdentifiers', metadataPrefix='oai_dc').xpath(
            '//o:header/@status', namespaces=NS), ['deleted'])

    def test_lists_go_on_with_tokens_and_lose_nothing(self):
        units = self.units.create([
            {'fonds_id': self.fonds.id, 'reference_code': f'9.{n}', 'title': f"Hồ sơ {n}", 'access_mode': '01'}
            for n in range(230)])
        units.action_publish()
        found, token, sizes = [], None, []
        while True:
            answer = self.ask('ListIdentifiers', **({'resumptionToken': token} if token else {'metadataPrefix': 'oai_dc'}))
            page = self.identifiers(answer)
            found += page
            sizes.append(len(page))
            token = answer.xpath('string(//o:resumptionToken)', namespaces=NS)
            if not token:
                break
        self.assertEqual(sizes, [100, 100, 31])
        self.assertEqual(set(found), {str(unit.id) for unit in units + self.public})
        self.assertEqual(len(found), 231)

    def test_a_forged_token_is_refused(self):
        for token in ('', 'abc', 'A' * 40, '☃'):
            answer = self.ask('ListIdentifiers', resumptionToken=token)
            self.assertIn(self.error(answer), ('badResumptionToken', 'cannotDisseminateFormat'), token)

    def test_spans_and_sets(self):
        with freeze_time('2026-03-05 10:00:00'):
            self.public.title = "Hồ sơ sửa"
        self.assertEqual(self.public.oai_stamp, datetime(2026, 3, 5, 10))
        ask = self.ask
        spec = f'fonds{self.fonds.id}'
        for expected, arguments in (
            (1, {'from': '2026-03-05', 'until': '2026-03-05'}), (0, {'from': '2026-03-06'}), (0, {'until': '2026-03-04'}),
            (1, {'from': '2026-03-05T10:00:00Z'}), (0, {'from': '2026-03-05T10:00:01Z'}), (1, {'set': spec}), (0, {'set': 'fonds0'}),
        ):
            with self.subTest(arguments):
                self.assertEqual(len(self.identifiers(ask('ListIdentifiers', metadataPrefix='oai_dc', **arguments))), expected)

    def test_errors_of_the_protocol(self):
        for code, verb, arguments in (
            ('badVerb', 'Nonsense', {}), ('badArgument', 'ListRecords', {}), ('badArgument', 'Identify', {'x': '1'}),
            ('cannotDisseminateFormat', 'ListRecords', {'metadataPrefix': 'marc'}),
            ('idDoesNotExist', 'GetRecord', {'metadataPrefix': 'oai_dc', 'identifier': 'oai:x:1'}),
            ('idDoesNotExist', 'ListMetadataFormats', {'identifier': 'x'}),
            ('badArgument', 'ListRecords', {'metadataPrefix': 'oai_dc', 'from': '2026-13-01'}),
            ('badArgument', 'ListRecords', {'metadataPrefix': 'oai_dc', 'from': '2026-02-01', 'until': '2026-01-01'}),
            ('badArgument', 'ListRecords', {'metadataPrefix': 'oai_dc', 'from': '2026-02-01', 'until': '2026-02-01T00:00:00Z'}),
            ('badArgument', 'ListRecords', {'metadataPrefix': 'oai_dc', 'resumptionToken': 'x'}),
        ):
            with self.subTest(verb, **arguments):
                self.assertEqual(self.error(self.ask(verb, **arguments)), code)
        self.assertEqual(self.error(self.ask('Identify', ('verb', 'Identify'))), 'badVerb')
        closed = self.env['civic.oai'].sudo()._get_identifier(self.closed)
        self.assertEqual(self.error(self.ask('GetRecord', identifier=closed, metadataPrefix='oai_dc')), 'idDoesNotExist')

    def test_one_record_as_ead(self):
        identifier = self.env['civic.oai'].sudo()._get_identifier(self.public)
        answer = self.ask('GetRecord', identifier=identifier, metadataPrefix='oai_ead')
        self.assertEqual(answer.xpath('//e:archdesc/e:did/e:unittitle/text()', namespaces=NS), ["Hồ sơ công khai"])
        self.assertEqual(answer.xpath('//e:archdesc/@level', namespaces=NS), ['file'])


@tagged('post_install', '-at_install')
class TestArchiveHttp(HttpCase, CivicArchiveCommon):

    def test_the_door_of_harvesters_and_of_finding_aids(self):
        answer = self.url_open('/civic/oai?verb=Identify')
        self.assertEqual(answer.headers['Content-Type'], 'text/xml; charset=utf-8')
        self.assertEqual(etree.fromstring(answer.content).xpath('string(//o:protocolVersion)', namespaces=NS), '2.0')
        unit = self._describe('01', "Hồ sơ")
        self.authenticate('town_foreign_clerk', 'town_foreign_clerk')
        self.assertEqual(self.url_open(f'/civic/archive/ead/{unit.id}.xml').status_code, 403)
        self.authenticate('town_keeper', 'town_keeper')
        answer = self.url_open(f'/civic/archive/ead/{unit.id}.xml')
        self.assertEqual(etree.fromstring(answer.content).xpath('string(//e:unitid)', namespaces=NS), '01')
