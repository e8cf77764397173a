import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from odoo.addons.civic_base.const import DEFAULT_TZ

WAITING_STATES = ('signed', 'registered')
LEGISLATIVE_YEAR = re.compile(r'(\d{4})/')


class CivicDocument(models.Model):
    """Number, date and notation of an own document (Decree 30/2020, Article 15; Annex I, II.3), and until when it is
    issued (Article 18.1). The clerk's act gives number and date, after the signature."""

    _inherit = 'civic.document'

    issue_due_at = fields.Datetime(
        "To Be Issued by", readonly=True, copy=False,
        help="The day of the signature, at the latest the next working day; urgent ones right after the signature.")
    is_issue_late = fields.Boolean("Late to Issue", compute='_compute_is_issue_late', search='_search_is_issue_late')

    _issue_due_idx = models.Index(
        "(company_id, issue_due_at) WHERE state IN ('signed', 'registered') AND issue_due_at IS NOT NULL")

    # === COMPUTE === #

    @api.depends('state', 'issue_due_at')
    def _compute_is_issue_late(self):
        now = fields.Datetime.now()
        for document in self:
            document.is_issue_late = bool(
                document.state in WAITING_STATES and document.issue_due_at and document.issue_due_at < now)

    def _search_is_issue_late(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('state', 'in', WAITING_STATES) & Domain('issue_due_at', '<', fields.Datetime.now())

    def _get_issue_due_at(self, signed_at):
        """Art. 18.1: by the end of the next working day; an urgent one within the hours that the agency sets."""
        self.ensure_one()
        rules = self.env['civic.rule.value']
        if self.urgency != 'normal':
            return signed_at + timedelta(hours=rules._get('outgoing.urgent_hours', company=self.company_id))
        zone = ZoneInfo(DEFAULT_TZ)
        day = signed_at.replace(tzinfo=ZoneInfo('UTC')).astimezone(zone).date()
        last = self.company_id._add_working_days(
            day, rules._get('outgoing.issue_working_days', day, self.company_id))
        end = datetime.combine(last, time(23, 59, 59), tzinfo=zone)
        return end.astimezone(ZoneInfo('UTC')).replace(tzinfo=None)

    def _move_to(self, state, **values):
        if state == 'signed' and values.get('signed_at'):
            for document in self:
                super(CivicDocument, document)._move_to(
                    state, **{**values, 'issue_due_at': document._get_issue_due_at(values['signed_at'])})
            return None
        return super()._move_to(state, **values)

    @api.model
    def _cron_warn_late_issue(self):
        """Once a day: the records offices hear of what should have been issued by now (Art. 18.1)."""
        # sudo: the job acts for the system
        late = self.sudo().search(Domain('is_issue_late', '=', True))
        commit = self.env['ir.cron']._commit_progress
        commit(remaining=len(late.company_id))
        for company, documents in late.grouped('company_id').items():
            documents._tell_late(company)
            if not commit(1):
                break

    def _tell_late(self, company):
        clerks = self.env['res.users'].search([
            ('all_group_ids', 'in', self.env.ref('civic_base.group_clerk').ids),
            ('company_ids', 'in', company.ids), ('share', '=', False)])
        self.env['civic.notification']._notify('outgoing_late', clerks, self, {
            document.id: document._get_late_words() for document in self})

    # === NOTATION === #

    def _build_notation(self):
        """Return the notation of the draft, or nothing if something is missing (Annex I, II.3.b).

        Types with an abbreviation: type and agency, QĐ-UBND. Official letters: agency and drafting unit or field,
        UBND-VX. Legislative documents bear the year: 2026/QĐ-UBND.
        """
        self.ensure_one()
        # sudo: abbreviations stand on every document
        document = self.sudo()
        body = document.issuer_id or document.company_id.partner_id
        agency = (body.abbreviation or '').strip()
        document_type = document.type_id
        if not agency or not document_type:
            return False
        if document_type.abbreviation:
            notation = f"{document_type.abbreviation}-{agency}"
            return f"{self._today().year}/{notation}" if document_type.kind == 'legislative' else notation
        if document_type.kind != 'administrative':
            return False
        unit = (document.unit_id.abbreviation or '').strip()
        return f"{agency}-{unit}" if unit else False

    def _get_notation_problem(self):
        """Return why there is no notation, in words."""
        document = self.sudo()          # sudo: see _build_notation
        body = document.issuer_id or document.company_id.partner_id
        if not body.abbreviation:
            return self.env._("“%s” has no abbreviation for the notation of its documents: enter it on the agency.", body.name)
        if not document.type_id.abbreviation:
            return self.env._(
                "An official letter bears the abbreviation of the drafting unit or the field (Decree 30/2020, Annex I, "
                "II.3.b), and “%s” has none: enter it on the unit.", document.unit_id.name or "–")
        return self.env._("“%s” has no notation.", self.display_name)

    # === NUMBER === #

    def action_number(self):
        """Give number and date: open the form for one document, number several with today's date."""
        self._check_may_number()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Number and Date"),
            'res_model': 'civic.number.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_document_ids': self.ids},
        }

    def _check_may_number(self):
        self.check_access('read')
        if not self.env.su and not self.env.user.has_group('civic_base.group_clerk'):
            raise AccessError(self.env._("Only the records office numbers documents (Decree 30/2020, Article 4.2)."))
        self._check_move('registered')

    def _awaits_registration(self):
        if self._is_drafted():
            return self.state == 'signed'
        return super()._awaits_registration()

    def _already_registered(self):
        if self._is_drafted() and not self.register_number and self.state != 'cancelled':
            return UserError(self.env._(
                "“%s” bears no signature of the competent person yet: it gets no number "
                "(Decree 30/2020, Article 15).", self.display_name))
        return super()._already_registered()

    def _check_before_registration(self, day):
        super()._check_before_registration(day)
        if self.direction != 'outgoing':
            return
        if not self._is_drafted():
            if not self.signer_name:
                raise UserError(self.env._(
                    "Say who signed “%s”: a document without the competent signature gets no number "
                    "(Decree 30/2020, Article 15.2).", self.display_name))
            return
        year = LEGISLATIVE_YEAR.match(self.code_notation or '')
        if year and int(year[1]) != day.year:
            raise UserError(self.env._(
                "The notation “%(notation)s” bears another year than %(date)s, the date of its number (Decree 30/2020, "
                "Article 15). Give the signed document back, correct the notation and have it signed again.",
                notation=self.code_notation, date=format_date(self.env, day)))
        signed_day = fields.Datetime.context_timestamp(self.with_context(tz=DEFAULT_TZ), self.signed_at).date()
        if day < signed_day:
            raise UserError(self.env._(
                "“%(document)s” was signed on %(signed)s: its number cannot bear the date %(date)s.",
                document=self.display_name, signed=format_date(self.env, signed_day), date=format_date(self.env, day)))

    def _get_registration_date(self, date=None):
        if self._is_drafted():
            # number and date are given together, on the day of the act
            return fields.Date.to_date(date) or self._today()
        return super()._get_registration_date(date)

    def _register_documents(self, date=None):
        result = super()._register_documents(date)
        for document in self.filtered(lambda document: document._is_drafted()):
            document._finish_file()
        return result

    def _finish_file(self):
        """Put number and date into the signed file, sign it for the agency, and keep it as the original.

        A failure gives no number: both are done in one transaction.
        """
        self.ensure_one()
        # sudo: the clerk's act; the file is kept on behalf of the agency
        document = self.sudo()
        source = document.signed_content_id._get_latest_signed()
        raw, name = self._sign_as_agency(source)
        content = document._store_content(document._inspect_content(name, raw), raw, 'original', None)
        signed = source._get_latest_signed()
        if signed != source:
            content.sudo().signed_from_id = signed      # a time stamp that comes late goes on the original
        document._write_by_system({'main_content_id': content.id, 'page_count': content.page_count})

    def _sign_as_agency(self, content):
        """Hook: return (bytes, file name) of the final file: number and date filled in, signed for the agency.

        :param content: the file that the person signed (`civic.content`, as superuser)
        """
        self.ensure_one()
        return content.attachment_id.raw, self._get_final_name()

    def _get_final_name(self):
        return self._get_draft_name('pdf').removesuffix('.pdf')[:60].rstrip() + (
            f" ({(self.reference or '').replace('/', '-')}).pdf")

    def _get_late_words(self):
        self.ensure_one()
        return self.env._(
            "%(document)s should have been issued by %(due)s.",
            document=self.display_name, due=format_datetime(self.env, self.issue_due_at, dt_format='short'))
