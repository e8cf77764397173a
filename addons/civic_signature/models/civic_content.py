import json
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.civic_base.tools.text import fold

from ..const import FAILURE_OTHER, FAILURES, SIGNATURE_STATES, say
from ..tools.checking import validate

# Only code that holds this object says in a context what a new file is; what comes over RPC cannot carry it.
_SEEN = object()
# A signature's place in the file cannot be hidden in a compressed part: its bytes tell whether there is one.
SIGNATURE_MARK = b'/ByteRange'


class CivicContent(models.Model):
    """What the signatures of a file come to. The check runs in the background as soon as the file is in."""

    _inherit = 'civic.content'

    signature_state = fields.Selection(SIGNATURE_STATES, string="Signature", readonly=True, copy=False)
    signature_checked_at = fields.Datetime(readonly=True, copy=False)
    signature_error = fields.Char(readonly=True, copy=False, export_string_translation=False)
    signature_ids = fields.One2many('civic.signature', 'content_id', "Signatures", readonly=True)
    signature_message = fields.Char("What the Signatures Say", compute='_compute_signature_message')
    signed_from_id = fields.Many2one(
        'civic.content', "Signed from", readonly=True, copy=False, ondelete='restrict')
    signed_ids = fields.One2many('civic.content', 'signed_from_id', "Signed Files", readonly=True)

    # One signature after the other: two people who sign the same file at the same moment do not both succeed.
    _signed_once = models.UniqueIndex(
        '(signed_from_id) WHERE signed_from_id IS NOT NULL',
        "The file was signed or filled in meanwhile: sign its newer version.")
    _signature_due_idx = models.Index(
        "(signature_checked_at NULLS FIRST, id) "
        "WHERE signature_state IN ('unknown', 'valid', 'warning', 'invalid', 'failed')")

    # === COMPUTE === #

    @api.depends('signature_state', 'signature_error', 'signature_ids.problems')
    @api.depends_context('lang')
    def _compute_signature_message(self):
        labels = dict(self._fields['signature_state']._description_selection(self.env))
        for content in self:
            content.signature_message = content._get_signature_message(labels)

    def _get_signature_message(self, labels):
        """Return the one sentence that says most about the file."""
        self.ensure_one()
        if not self.signature_state:
            return False
        if self.signature_state == 'failed' and self.signature_error:
            return say(self.env, FAILURES.get(self.signature_error, FAILURE_OTHER))
        if self.signature_state in ('invalid', 'warning', 'failed'):
            worst = self.signature_ids.filtered(lambda row: row.state == self.signature_state)[:1]
            sentences = worst._get_sentences() if worst else []
            if sentences:
                return f"{worst.holder}: {sentences[0]}" if worst.holder else sentences[0]
        if self.signature_state == 'valid':
            signers = self.signature_ids.filtered(lambda row: row.role != 'timestamp').mapped('holder')
            return self.env._("Signature valid: %s", ', '.join(filter(None, signers)))
        return labels[self.signature_state]

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        seen = self.env.context.get('civic_signature_seen')
        is_signed = seen[1] if isinstance(seen, tuple) and len(seen) == 2 and seen[0] is _SEEN else None
        prepared = []
        for values in vals_list:
            values = {
                key: value for key, value in values.items()
                if key not in ('signature_state', 'signature_checked_at', 'signature_error')}
            if values.get('mimetype') == 'application/pdf':
                # a file that cannot be seen is checked as if it were signed
                values['signature_state'] = 'none' if is_signed is False else 'unknown'
            prepared.append(values)
        return super().create(prepared)

    @api.model
    def _get_writable_fields(self):
        names = super()._get_writable_fields()
        if self.env.su:
            names |= {'signature_state', 'signature_checked_at', 'signature_error', 'signed_from_id'}
        return names

    def _is_frozen(self):
        """A signed file cannot be made again, whatever it was made from."""
        return super()._is_frozen() or bool(self.signed_from_id and self.document_id.state != 'draft')

    # === CHECKING === #

    @api.model
    def _mark_seen(self, raw):
        """Return a context key that says whether there is a signature in these bytes."""
        return {'civic_signature_seen': (_SEEN, SIGNATURE_MARK in raw)}

    @api.model
    def _mark_checked_by_caller(self):
        """Return a context key that leaves the check of a new file to the one who made it."""
        return {'civic_signature_later': _SEEN}

    @api.model
    def _is_checked_by_caller(self):
        return self.env.context.get('civic_signature_later') is _SEEN

    def _check_signatures(self):
        """Check the signatures of these files now, keep what was found, and tell of changes.

        :return: {content id: state}
        """
        self.check_access('read')
        # sudo: the result is the system's, whoever asked for it
        contents = self.sudo().filtered(lambda content: content.mimetype == 'application/pdf')
        material = self.env['civic.trust.anchor']._get_validation_material() if contents else {}
        before = {content.id: content.signature_state for content in contents}
        for content in contents:
            content._keep_signatures(content._validate_signatures(material))
        contents._tell_signature_changes(before)
        contents.document_id._update_signature_state()
        return {content.id: content.signature_state for content in contents}

    def _validate_signatures(self, material=None):
        """Return what :func:`tools.checking.validate` says of the file; nothing is kept."""
        self.ensure_one()
        material = material or self.env['civic.trust.anchor']._get_validation_material()
        arrived = (self.create_date or fields.Datetime.now()).replace(tzinfo=timezone.utc)
        return validate(self._get_source(), moment=arrived, **material)

    def _keep_signatures(self, found):
        """Write what a check found: one row for each signature of the file."""
        self.ensure_one()
        now = fields.Datetime.now()
        known = {row.field_name: row for row in self.signature_ids}
        roles = self._get_signer_roles(found['signatures'])
        rows = []
        for sequence, item in enumerate(found['signatures']):
            values = {
                **self._prepare_signature_values(item, roles), 'sequence': sequence, 'checked_at': now,
                'validator_version': found.get('version'),
            }
            row = known.pop(item['field'], None)
            if row:
                row.write(values)
            else:
                rows.append({
                    **values, 'content_id': self.id, 'document_id': self.document_id.id,
                    'company_id': self.document_id.company_id.id})
        self.env['civic.signature'].create(rows)
        if not found.get('error'):
            self.env['civic.signature'].union(*known.values()).unlink()     # none, while the bytes stay the same
        self.write({
            'signature_state': found['state'], 'signature_checked_at': now, 'signature_error': found.get('error') or False})

    @api.model
    def _prepare_signature_values(self, item, roles):
        certificate, role = roles.get(item.get('fingerprint'), (self.env['civic.certificate'], 'person'))
        if item['kind'] == 'timestamp':
            role = 'timestamp'
        signed_at = item.get('timestamp_at') or item.get('claimed_at')
        return {
            'field_name': item['field'],
            'role': role,
            'certificate_id': certificate.id,
            'holder': item.get('holder'),
            'organisation': item.get('organisation'),
            'issuer': item.get('issuer'),
            'serial': item.get('serial'),
            'fingerprint': item.get('fingerprint'),
            'valid_from': _naive(item.get('valid_from')),
            'valid_to': _naive(item.get('valid_to')),
            'state': item['state'],
            'problems': ','.join(item['problems']),
            'signed_at': _naive(signed_at),
            'has_timestamp': bool(item.get('timestamp_at')) and 'bad_timestamp' not in item['problems'],
            'level': item.get('level'),
            'reason': item.get('reason'),
            'evidence': json.dumps(item, ensure_ascii=False, indent=1, sort_keys=True),
        }

    @api.model
    def _get_signer_roles(self, items):
        """Return {fingerprint: (own certificate, role)}: whether a person signed or an agency.

        Certificates of this system say it themselves; of others, one issued to an organisation by name, or to an
        agency of the directory, is an agency's.
        """
        prints = {item.get('fingerprint') for item in items} - {None}
        own = self.env['civic.certificate'].sudo().with_context(active_test=False).search(
            Domain('fingerprint', 'in', list(prints))) if prints else self.env['civic.certificate']
        roles = {certificate.fingerprint: (certificate, certificate.kind) for certificate in own}
        others = {item['fingerprint']: item for item in items if item.get('fingerprint') not in {*roles, None}}
        names = {print_: _plain(item.get('holder')) for print_, item in others.items()}
        agencies = self.env['res.partner'].sudo().search_fetch(
            [('is_agency', '=', True), ('name', 'in', list(names.values()))], ['name']) if names else ()
        known = {fold(agency.name) for agency in agencies}
        for print_, item in others.items():
            name = fold(names[print_])
            is_agency = name in known or (name and name == fold(_plain(item.get('organisation'))))
            roles[print_] = (self.env['civic.certificate'], 'agency' if is_agency else 'person')
        return roles

    def _tell_signature_changes(self, before):
        """Leave a line in the journal of each document whose result is new, and tell its readers of a change."""
        changed = self.filtered(lambda content: content.signature_state != before[content.id])
        if not changed:
            return
        labels = dict(self._fields['signature_state']._description_selection(self.env))
        details = {}
        for content in changed:
            details.setdefault(content.document_id.id, {'files': []})['files'].append({
                'content': content.id, 'sha256': content.sha256, 'before': before[content.id],
                'after': content.signature_state,
                'signers': content.signature_ids.filtered(lambda row: row.role != 'timestamp').mapped('fingerprint')})
            if before[content.id] not in (False, 'unknown', 'none'):
                content.document_id.message_post(body=self.env._(
                    "The check of the signatures of “%(file)s” has another result: %(before)s → %(after)s. %(message)s",
                    file=content.name, before=labels[before[content.id]], after=labels[content.signature_state],
                    message=content._get_signature_message(labels) or ""), subtype_xmlid='mail.mt_note')
        documents = changed.document_id
        bad = documents.filtered(lambda document: any(
            content.signature_state in ('invalid', 'failed') for content in changed if content.document_id == document))
        journal = self.env['civic.journal.entry']
        for group, outcome in ((documents - bad, 'success'), (bad, 'failure')):
            journal._append('signature_validation', group, outcome=outcome, details=details)

    def _delay_signature_check(self):
        """Check in the background: a hostile file may cost a minute."""
        for content in self:
            content.with_delay(
                description=self.env._("Check the signatures of %s", content.name),
                identity_key=f'civic_signature_{content.id}', priority=5,
            )._job_check_signatures()

    def _job_check_signatures(self):
        """Background job."""
        # sudo: the job acts for the system
        self.exists().sudo()._check_signatures()

    @api.model
    def _cron_check_signatures(self):
        """Check again what was checked longest ago, and what never was, as long as there is time."""
        days = self.env['civic.rule.value']._get('signature.recheck_days')
        limit = self.env['civic.rule.value']._get('signature.recheck_batch')
        due = Domain('signature_state', 'in', ['unknown', 'valid', 'warning', 'invalid', 'failed']) & (
            Domain('signature_checked_at', '=', False)
            | Domain('signature_checked_at', '<', datetime.now() - timedelta(days=days)))
        contents = self.sudo().search(due, order='signature_checked_at NULLS FIRST, id', limit=limit)
        commit = self.env['ir.cron']._commit_progress
        commit(remaining=len(contents))
        for content in contents:
            content = content.try_lock_for_update().filtered_domain(due)
            if content:
                content._check_signatures()
            if not commit(1):
                break

    # === ACTIONS === #

    def action_check_signatures(self):
        """Check the signatures now and show them."""
        self._check_signatures()
        return self.action_open_signatures()

    def action_open_signatures(self):
        """Show the signatures of these files with their evidence."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_signature.civic_signature_action')
        return {
            **action, 'domain': [('content_id', 'in', self.ids)], 'context': {}, 'target': 'new' if len(self) == 1 else 'current',
            'views': [(False, 'list'), (False, 'form')], 'name': self.env._("Signatures"),
        }


def _naive(text):
    if not text:
        return False
    return datetime.fromisoformat(text).astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)


def _plain(name):
    return (name or '').removesuffix(" (mẫu)").strip()
