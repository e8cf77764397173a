import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from lxml import etree

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import ead3, oai

BATCH = 100
PREFIXES = {
    'oai_dc': ('http://www.openarchives.org/OAI/2.0/oai_dc.xsd', oai.OAI_DC),
    'oai_ead': ('https://www.loc.gov/ead/ead3.xsd', ead3.NAMESPACE),
}


class CivicOai(models.AbstractModel):
    """What other archives may harvest: published descriptions of public records, of archives that say so.

    A description that was public and is no more is told as deleted. Tokens hold where the list goes on, and are
    signed: nothing of a list is kept on the server.
    """

    _name = 'civic.oai'
    _description = "Harvesting of Descriptions (OAI-PMH)"

    @api.model
    def _answer(self, pairs, base_url):
        """Return the bytes of the answer to a request.

        :param list pairs: (name, value) of the request, hostile
        """
        # sudo: the domain below shows what is public, to everybody alike
        model = self.sudo().with_context(lang='vi_VN')
        try:
            verb, arguments = oai.check_arguments(pairs)
        except oai.OaiError as error:
            answer = oai.Answer(base_url)
            answer.error(error)
            return answer.to_bytes()
        answer = oai.Answer(base_url, verb, arguments)
        try:
            getattr(model, f'_answer_{verb}')(answer, arguments, base_url)
        except oai.OaiError as error:
            # the protocol: a request with wrong arguments is named without them
            failed = oai.Answer(base_url, *(() if error.code == 'badArgument' else (verb, arguments)))
            failed.error(error)
            return failed.to_bytes()
        return answer.to_bytes()

    # === VERBS === #

    @api.model
    def _answer_Identify(self, answer, arguments, base_url):
        archives = self._get_archives()
        first = self.env['civic.archive.description'].search(self._get_domain(), order='oai_stamp, id', limit=1)
        body = answer.open('Identify')
        oai.add(body, 'repositoryName', archives[:1].name or self.env.company.name)
        oai.add(body, 'baseURL', base_url)
        oai.add(body, 'protocolVersion', '2.0')
        oai.add(body, 'adminEmail', archives[:1].email or 'archive@example.invalid')
        oai.add(body, 'earliestDatestamp', oai.format_stamp(first.oai_stamp or fields.Datetime.now()))
        oai.add(body, 'deletedRecord', 'persistent')
        oai.add(body, 'granularity', 'YYYY-MM-DDThh:mm:ssZ')

    @api.model
    def _answer_ListMetadataFormats(self, answer, arguments, base_url):
        if arguments.get('identifier'):
            self._find(arguments['identifier'])
        body = answer.open('ListMetadataFormats')
        for prefix, (schema, namespace) in PREFIXES.items():
            element = oai.add(body, 'metadataFormat')
            oai.add(element, 'metadataPrefix', prefix)
            oai.add(element, 'schema', schema)
            oai.add(element, 'metadataNamespace', namespace)

    @api.model
    def _answer_ListSets(self, answer, arguments, base_url):
        if arguments.get('resumptionToken'):
            raise oai.OaiError('badResumptionToken', 'The list of sets comes as a whole.')
        all_fonds = self.env['civic.fonds'].search([('company_id', 'in', self._get_archives().ids)])
        if not all_fonds:
            raise oai.OaiError('noSetHierarchy', 'There are no sets yet.')
        body = answer.open('ListSets')
        for fonds in all_fonds:
            element = oai.add(body, 'set')
            oai.add(element, 'setSpec', self._get_set_spec(fonds))
            oai.add(element, 'setName', ead3.clean(fonds.name))

    @api.model
    def _answer_ListIdentifiers(self, answer, arguments, base_url):
        self._answer_list(answer, 'ListIdentifiers', arguments)

    @api.model
    def _answer_ListRecords(self, answer, arguments, base_url):
        self._answer_list(answer, 'ListRecords', arguments)

    @api.model
    def _answer_GetRecord(self, answer, arguments, base_url):
        self._check_prefix(arguments['metadataPrefix'])
        unit = self._find(arguments['identifier'])
        self._add_record(answer, answer.open('GetRecord'), unit, arguments['metadataPrefix'])

    # === LISTS === #

    @api.model
    def _answer_list(self, answer, verb, arguments):
        query = self._read_token(arguments['resumptionToken']) if arguments.get('resumptionToken') else {
            key: arguments[key] for key in ('metadataPrefix', 'from', 'until', 'set') if arguments.get(key)}
        self._check_prefix(query.get('metadataPrefix'))
        start, end = oai.parse_span(query)
        domain = self._get_domain()
        if query.get('set'):
            fonds_id = query['set'].removeprefix('fonds')
            if not fonds_id.isdigit() or len(fonds_id) > 9 or query['set'] == fonds_id:
                raise oai.OaiError('noRecordsMatch', 'There is no such set.')
            domain &= Domain('fonds_id', '=', int(fonds_id))
        if start:
            domain &= Domain('oai_stamp', '>=', start)
        if end:
            domain &= Domain('oai_stamp', '<=', end)
        units = self.env['civic.archive.description']
        size = query.get('size') or units.search_count(domain)
        rest = domain
        if 'after' in query:
            stamp, last_id = query['after']
            rest &= Domain('oai_stamp', '>', stamp) | (Domain('oai_stamp', '=', stamp) & Domain('id', '>', last_id))
        found = units.search(rest, order='oai_stamp, id', limit=BATCH + 1)
        if not found:
            raise oai.OaiError('noRecordsMatch', 'Nothing matches.')
        body, cursor = answer.open(verb), query.get('cursor', 0)
        page = found[:BATCH]
        for unit in page:
            if verb == 'ListRecords':
                self._add_record(answer, body, unit, query['metadataPrefix'])
            else:
                self._add_header(answer, body, unit)
        if len(found) > BATCH:
            token = self._make_token({
                **query, 'size': size, 'cursor': cursor + BATCH,
                'after': [fields.Datetime.to_string(page[-1].oai_stamp), page[-1].id]})
            answer.token(token, size=size, cursor=cursor)
        elif cursor:
            answer.token('', size=size, cursor=cursor)

    @api.model
    def _add_header(self, answer, parent, unit):
        is_deleted = not unit._is_public()
        answer.header(
            parent, identifier=self._get_identifier(unit), stamp=unit.oai_stamp,
            set_spec=self._get_set_spec(unit.fonds_id), is_deleted=is_deleted)
        return is_deleted

    @api.model
    def _add_record(self, answer, parent, unit, prefix):
        record = oai.add(parent, 'record')
        if self._add_header(answer, record, unit):
            return
        metadata = oai.add(record, 'metadata')
        if prefix == 'oai_dc':
            metadata.append(oai.make_dublin_core(unit._get_dublin_core(unit)))
            return
        ead = etree.SubElement(metadata, f'{{{ead3.NAMESPACE}}}ead', nsmap={None: ead3.NAMESPACE})
        ead.append(ead3.make_control(
            unit.reference_code, unit.title, unit.company_id.name, unit.oai_stamp))
        archdesc = etree.SubElement(ead, f'{{{ead3.NAMESPACE}}}archdesc', level=unit.level)
        archdesc.extend(ead3.make_body(unit._get_ead_unit()))

    # === HELPERS === #

    @api.model
    def _get_archives(self):
        return self.env['res.company'].search([('archive_is_harvested', '=', True)], order='id')

    @api.model
    def _get_domain(self):
        """What harvesters are told of. A unit below a withdrawn one stands for itself."""
        return Domain('oai_stamp', '!=', False) & Domain('company_id', 'in', self._get_archives().ids)

    @api.model
    def _get_identifier(self, unit):
        return f'oai:{self._get_repository_id()}:{unit.id}'

    @api.model
    def _get_repository_id(self):
        return 'civic-' + self.env['ir.config_parameter'].get_param('database.uuid')[:8]

    @api.model
    def _get_set_spec(self, fonds):
        return f'fonds{fonds.id}'

    @api.model
    def _check_prefix(self, prefix):
        if prefix not in PREFIXES:
            raise oai.OaiError('cannotDisseminateFormat', 'The metadata format is unknown.')

    @api.model
    def _find(self, identifier):
        start = f'oai:{self._get_repository_id()}:'
        number = identifier.removeprefix(start)
        if identifier.startswith(start) and number.isdigit() and len(number) < 10:
            unit = self.env['civic.archive.description'].search(self._get_domain() & Domain('id', '=', int(number)))
            if unit:
                return unit
        raise oai.OaiError('idDoesNotExist', 'There is no such identifier.')

    @api.model
    def _make_token(self, query):
        text = json.dumps(query, separators=(',', ':'), sort_keys=True).encode()
        return urlsafe_b64encode(self._sign(text)[:12] + text).decode()

    @api.model
    def _read_token(self, token):
        try:
            raw = urlsafe_b64decode(token.encode())
        except ValueError:
            raw = b''
        if not hmac.compare_digest(raw[:12], self._sign(raw[12:])[:12]):
            raise oai.OaiError('badResumptionToken', 'The token is not one of ours.')
        return json.loads(raw[12:])

    @api.model
    def _sign(self, text):
        secret = self.env['ir.config_parameter'].get_param('database.secret')
        return hmac.new(secret.encode(), b'civic.oai:' + text, hashlib.sha256).digest()
