import os
import re
from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import LazyTranslate, split_every

from odoo.addons.civic_package.tools import national
from odoo.addons.civic_package.tools.findings import load_messages
from odoo.addons.civic_package.tools.profiles import check_fields, fill
from odoo.addons.civic_workfile.models.civic_workfile import Defect

from ..const import CONFIDENCE, DOC_ID_LENGTH, LANGUAGE_CODES, LANGUAGE_OTHER, TYPE_NAMES, TYPE_OTHER

_lt = LazyTranslate(__name__)

# where each demand stands; those of the package have theirs in civic_package
ARTICLES = {
    'transfer.state': _lt("Decree 30/2020/NĐ-CP, Article 30"),
    'transfer.held': _lt("Archives Law 2024; hold of the competent authority"),
    'transfer.permanent': _lt("Circular 05/2025/TT-BNV: permanent records only"),
    'transfer.returned': _lt("Circular 05/2025/TT-BNV: what is returned comes again when it is mended"),
    'transfer.nothing': _lt("Circular 05/2025/TT-BNV, Annex III"),
    'transfer.paper': _lt("Circular 05/2025/TT-BNV; paper is handed over on paper"),
    'transfer.content': _lt("Decree 30/2020/NĐ-CP, Article 29.3"),
    'transfer.signature': _lt("Circular 05/2025/TT-BNV: authenticity is checked on receipt"),
    'transfer.format': _lt("Circular 05/2025/TT-BNV: formats"),
    'transfer.format_risk': _lt("Circular 05/2025/TT-BNV: formats"),
}
# Which field of ours fills a field of the package: there it is mended.
FILE_FIELDS = {
    'fileCode': 'notation', 'arcFileCode': 'notation', 'title': 'title', 'maintenance': 'retention_term_id', 'mode': 'access_level',
    'language': 'language', 'startDate': 'date_start', 'endDate': 'date_end', 'keyword': 'keywords', 'description': 'description',
    'totalDoc': 'entry_ids', 'numberOfPaper': 'sheet_count', 'numberOfPage': 'page_count', 'paperFileCode': 'place_id',
    'confidenceLevel': 'medium'}
DOCUMENT_FIELDS = {
    'typeName': 'type_id', 'codeNumber': 'code_number', 'codeNotation': 'code_notation', 'issuedDate': 'issue_date',
    'organName': 'issuer_id', 'subject': 'subject', 'language': 'language', 'numberOfPage': 'page_count', 'mode': 'access_level',
    'description': 'description', 'confidenceLevel': 'paper_original'}
BATCH = 500


class CivicTransferFinding(models.Model):
    """What the examination before a transfer found: which rule, by which article, and where it is mended."""

    _name = 'civic.transfer.finding'
    _description = "Finding before a Transfer"
    _inherit = 'civic.workfile.defect'
    _order = 'line_id, is_blocking desc, id'

    rule = fields.Char(required=True, readonly=True, help="Of the examination of files, of transfers, or of the package.")
    line_id = fields.Many2one('civic.transfer.line', "Line", required=True, index=True, ondelete='cascade', readonly=True)
    transfer_id = fields.Many2one(related='line_id.transfer_id', store=True, precompute=True, index=True)
    is_blocking = fields.Boolean("Blocks the Transfer", readonly=True)


class CivicHoldLine(models.Model):
    _inherit = 'civic.hold.line'

    @api.model
    def _get_hold_exceptions(self):
        free, kept = super()._get_hold_exceptions()
        return free | {'civic.transfer.finding'}, kept


class CivicTransfer(models.Model):
    """Examining all files before they go: everything that the archive would return, told beforehand and all at once."""

    _inherit = 'civic.transfer'

    def action_preflight(self):
        """Examine all files now."""
        self.check_access('read')
        self._preflight()
        return True

    def action_open_findings(self):
        """Examine all files and list what is to be mended."""
        self.action_preflight()
        return self.line_ids.action_open_findings()

    def _preflight(self):
        """Examine the files of the transfers and keep what was found; a fixed number of queries per batch of files."""
        lines = self.sudo().line_ids            # sudo: findings are kept by the system, for whoever reads the transfer
        lines.finding_ids.unlink()
        for ids in split_every(BATCH, lines.ids):
            lines.browse(ids)._examine()
        self.env['civic.journal.entry']._append('validation', self, details={
            transfer.id: {'act': 'preflight', 'files': transfer.line_count, 'to_mend': transfer.finding_count} for transfer in self})


class CivicTransferLine(models.Model):
    _inherit = 'civic.transfer.line'

    def _get_package_kind(self):
        """Inside one system a hand-over makes an AIP directly, between systems a SIP (Circular 05/2025)."""
        profile, variant = self.transfer_id[:1].sudo().variant_id._get_rules()      # sudo: it holds for whoever hands over
        return profile.kind('AIP_hoso' if self[:1].level == 'unit' else 'SIP_hoso', variant)

    def _examine(self):
        """Examine these lines (as superuser) and keep what was found."""
        found = defaultdict(list)
        workfiles = self.workfile_id
        # what is looked at one by one below is read here, for all of them
        documents = workfiles.entry_ids.document_id
        documents.mapped('identifier')
        contents = documents.content_ids | documents.main_content_id
        contents.mapped('name')
        contents.attachment_id.mapped('store_fname')
        for workfile, defects in workfiles._get_closing_defects().items():
            found[workfile] += defects
        vals_list = []
        for line in self:
            found[line.workfile_id] += line._examine_file()
        self._examine_documents(found)
        now = fields.Datetime.now()
        for line in self:
            defects = found[line.workfile_id]
            blocking = sum(bool(defect.blocks) for defect in defects)
            line.write({'blocking_count': blocking, 'warning_count': len(defects) - blocking, 'checked_at': now})
            vals_list += [
                {
                    'line_id': line.id, 'workfile_id': line.workfile_id.id, 'company_id': line.company_id.id, 'rule': defect.rule,
                    'article': defect.article, 'message': defect.message, 'is_blocking': defect.blocks,
                    'res_model': defect.record._name, 'res_id': defect.record.id, 'field_name': defect.field,
                } for defect in defects]
        self.env['civic.transfer.finding'].create(vals_list)

    def _make_finding(self, rule, record, field, message, blocks=True):
        return Defect(rule, ARTICLES[rule]._translate(self.env.lang or 'en_US'), record, field, message, blocks)

    def _examine_file(self):
        """Yield what is wrong with the file itself, and with its description in the package."""
        workfile = self.workfile_id
        expected = 'closed' if self.level == 'unit' else 'delivered'
        if workfile.state != expected:
            labels = dict(workfile._fields['state']._description_selection(self.env))
            yield self._make_finding('transfer.state', workfile, 'state', self.env._(
                "The file is “%(state)s”; what is handed over is “%(expected)s”.", state=labels[workfile.state], expected=labels[expected]))
        for line in self.transfer_id.previous_id.line_ids:
            if line.workfile_id == workfile and line.state == 'returned':
                yield self._make_finding('transfer.returned', workfile, 'entry_ids', self.env._(
                    "The archive returned it: %s", line.reason or ''), False)
        if workfile.is_held:
            yield self._make_finding('transfer.held', workfile, 'hold_line_ids', self.env._("The file is held: %s", workfile.hold_names))
        if self.level == 'historical' and not workfile.retention_term_id.is_permanent and workfile.retention_state != 'permanent':
            yield self._make_finding('transfer.permanent', workfile, 'retention_term_id', self.env._(
                "Only permanent files go to the historical archive."))
        kind = self._get_package_kind()
        packed = workfile._get_packed_entries()
        if not packed:
            yield self._make_finding('transfer.nothing', workfile, 'entry_ids', self.env._(
                "Nothing in the file is electronic: it is handed over on paper."))
        yield from self._examine_values(
            kind, kind.fields, workfile._prepare_package_values(kind, packed), workfile, FILE_FIELDS, workfile, 'title')

    def _examine_values(self, kind, table, values, record, names, fallback, fallback_field, prefix=''):
        """Yield what the profile of the package says of the values; in words of the user's language."""
        profile = kind.profile
        messages = load_messages('vi') if (self.env.lang or '').startswith('vi') else {}
        for check, details in check_fields(table, fill(table, values), profile.codes):
            rule, sentence = national.FIELD_RULES[check]
            field = table.get(details['field'])
            texts = {**details, 'field': field.label if field and messages else details['field']}
            name = names.get(details['field'])
            target, where = (record, name) if record and name else (fallback, fallback_field)
            yield Defect(
                rule, f'{profile.data["legal_basis"]}', target, where,
                prefix + messages.get(sentence, sentence) % {key: messages.get(value, value) if isinstance(value, str) else value
                                                             for key, value in texts.items()},
                national.RULES[rule][0] == national.MUST)

    def _examine_documents(self, found):
        """Add what is wrong with each document: description, file, format, signature."""
        kind = self._get_package_kind()
        policies = self._get_policies()
        for line in self:
            workfile = line.workfile_id
            packed = workfile._get_packed_entries()
            for entry in workfile.entry_ids - packed:
                found[workfile].append(self._make_finding('transfer.paper', entry, 'kind', self.env._(
                    "No. %s: it has no file, and is handed over on paper.", entry.ordinal), False))
            values_by_entry = workfile._prepare_document_values(kind, packed)
            for entry in packed:
                document, prefix = entry.document_id, self.env._("No. %s", entry.ordinal) + ': '
                found[workfile] += line._examine_values(
                    kind, kind.document_fields['doc'], values_by_entry[entry], document, DOCUMENT_FIELDS, entry, 'document_id', prefix)
                for content in entry._get_packed_contents():
                    found[workfile] += line._examine_content(content, document, policies, prefix)

    def _examine_content(self, content, document, policies, prefix):
        source = content._get_source()
        if not source or (isinstance(source, str) and not os.path.exists(source)):
            yield self._make_finding('transfer.content', document, 'content_ids', prefix + self.env._(
                "the file “%s” is not in the store.", content.name))
        if content.signature_state == 'invalid':
            yield self._make_finding('transfer.signature', document, 'signature_state', prefix + self.env._(
                "a digital signature is not valid."))
        policy = policies.get(content.puid)
        if policy and policy.status == 'refused':
            yield self._make_finding('transfer.format', document, 'content_ids', prefix + self.env._(
                "the format %s is not accepted.", policy.display_name))
        elif policy and policy.status == 'at_risk':
            yield self._make_finding('transfer.format_risk', document, 'content_ids', prefix + self.env._(
                "the format %s is at risk: the archive will migrate it.", policy.display_name), False)

    def _get_policies(self):
        """Return {PRONOM identifier: format policy} of the archive that takes them, else the general one."""
        today = fields.Date.context_today(self)
        keeper = self.transfer_id[:1].keeper_company_id
        policies = self.env['civic.format.policy'].search(
            Domain('company_id', 'in', (False, keeper.id))
            & (Domain('valid_from', '=', False) | Domain('valid_from', '<=', today))
            & (Domain('valid_to', '=', False) | Domain('valid_to', '>=', today)))
        return {policy.puid: policy for policy in policies.sorted(lambda one: (bool(one.company_id), str(one.valid_from or '')))}


class CivicWorkfile(models.Model):
    """What stands of a file in its package."""

    _inherit = 'civic.workfile'

    def _get_packed_entries(self):
        """Return the contents that have a file, in their order (as superuser); the others stay paper."""
        self.ensure_one()
        return self.entry_ids.filtered(
            lambda entry: entry.document_id.main_content_id and entry.document_id.state != 'cancelled').sorted('ordinal')

    def _prepare_package_values(self, kind, packed):
        """Return the fields of the file for a kind of package, with those that are empty left out."""
        self.ensure_one()
        confidence = CONFIDENCE[self.medium]
        values = {
            kind.code: self.code, 'title': self.title, 'maintenance': self.retention_term_id.maintenance_code,
            'mode': '02' if self.access_level == 'restricted' else '01',
            'language': LANGUAGE_CODES.get(self.language, LANGUAGE_OTHER), 'startDate': _show(self.date_start),
            'endDate': _show(self.date_end), 'keyword': self.keywords, 'totalDoc': str(len(packed)),
            'numberOfPaper': str(self.sheet_count), 'numberOfPage': str(self.page_count), 'confidenceLevel': confidence,
            'paperFileCode': self.code if confidence == '02' else None, 'riskRecovery': '0', 'description': self.description,
        }
        return {name: value for name, value in values.items() if value and name in kind.fields}

    def _prepare_document_values(self, kind, packed):
        """Return {entry: fields of the document}. Codes that were given with the right number of digits stay; if one was
        not, the order in the package numbers all of them."""
        digits = kind.profile.data['ordinal_digits']
        code = self.code or ''
        keeps_codes = all(re.fullmatch(rf'{re.escape(code)}\.[0-9]{{{digits}}}', entry.doc_code or '') for entry in packed)
        result = {}
        for ordinal, entry in enumerate(packed, start=1):
            document = entry.document_id
            doc_code = entry.doc_code if keeps_codes else f'{code}.{ordinal:0{digits}d}'
            doc_id = next((text for text in (document.identifier, f'{code}.{ordinal}') if text and len(text) <= DOC_ID_LENGTH),
                          str(document.id))
            values = {
                'docId': doc_id, 'docCode': doc_code, 'maintenance': self.retention_term_id.maintenance_code,
                'arcFileCode': code, 'docOrdinal': str(ordinal),
                'typeName': TYPE_NAMES.get(document.type_id.code, TYPE_OTHER) if document.type_id else None,
                'codeNumber': document.code_number, 'codeNotation': document.code_notation,
                'issuedDate': _show(document.issue_date or entry.entry_date),
                'organName': document.issuer_id.name or document.issuer_name or (
                    document.company_id.name if document.direction != 'incoming' else None),
                'subject': document.subject, 'language': LANGUAGE_CODES.get(document.language, LANGUAGE_OTHER),
                'numberOfPage': str(entry.pages or document.page_count or document.main_content_id.page_count or 1),
                'mode': '02' if document.access_level == 'restricted' or document.circulation_mark != 'none' else '01',
                'confidenceLevel': '02' if document.paper_original else '01', 'process': '0' if not document.paper_original else None,
                'riskRecovery': '0', 'description': document.description,
            }
            result[entry] = {name: value for name, value in values.items() if value and name in kind.document_fields['doc']}
        return result


class CivicWorkfileEntry(models.Model):
    _inherit = 'civic.workfile.entry'

    def _get_packed_contents(self):
        """Return the files of the document that are packed: the one that is read, and its appendices (as superuser)."""
        document = self.document_id
        return document.main_content_id | document.content_ids.filtered(lambda content: content.role == 'appendix')


def _show(day):
    return day and f'{day:%d/%m/%Y}'
