import tempfile
from datetime import date

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request
from odoo.tools.misc import file_path

EXPORT_GROUPS = ('civic_base.group_records_admin', 'civic_base.group_manager')


class JournalController(http.Controller):

    @http.route('/civic/journal/export', type='http', auth='user', methods=['GET'], readonly=False)
    def export(self, kind='journal', company_id=None, since=None, **kwargs):
        """Send the journal or its seals; the export itself leaves a line."""
        self._check_export_rights()
        company, start = self._get_company(company_id), self._get_date(since)
        env = request.env
        # sudo: digests of all agencies are part of the chain; the lines shown are checked above
        seals_sudo = env['civic.journal.seal'].sudo()
        # The answer is sent after the cursor is closed, and a journal is big: it waits on disk.
        output = tempfile.TemporaryFile()
        if kind == 'seals':
            seals_sudo._export_seals(output)
        elif kind == 'journal':
            if not company:
                self._check_all_companies()
            seals_sudo._export(output, since=start, company=company)
        else:
            raise UserError(env._("Unknown kind of export."))
        env['civic.journal.entry']._append('export', company or env.company, detail={
            'kind': kind, 'since': start, 'all_agencies': not company})
        size = output.tell()
        output.seek(0)
        name = f"{kind}-{date.today().isoformat()}.jsonl"
        return request.make_response(
            wrap_file(request.httprequest.environ, output),
            headers=[
                ('Content-Type', 'application/x-ndjson; charset=utf-8'),
                ('Content-Length', size),
                ('Content-Disposition', content_disposition(name)),
                ('X-Content-Type-Options', 'nosniff'),
                ('Cache-Control', 'no-store'),
            ])

    @http.route('/civic/journal/verifier', type='http', auth='user', methods=['GET'], readonly=True)
    def verifier(self):
        """Send the offline verifier."""
        self._check_export_rights()
        with open(file_path('civic_journal/tools/verify_journal.py'), 'rb') as script:
            return request.make_response(script.read(), headers=[
                ('Content-Type', 'text/x-python; charset=utf-8'),
                ('Content-Disposition', content_disposition('verify_journal.py')),
                ('X-Content-Type-Options', 'nosniff'),
            ])

    def _check_export_rights(self):
        if not any(request.env.user.has_group(group) for group in EXPORT_GROUPS):
            raise AccessError(request.env._(
                "Only the records administrator and managers export the journal."))

    def _get_company(self, company_id):
        if not company_id:
            return None
        env = request.env
        company = env.user.company_ids.filtered(lambda agency: str(agency.id) == company_id)
        if not company:
            raise AccessError(env._("You do not belong to this agency."))
        return company

    def _check_all_companies(self):
        env = request.env
        # sudo: whether agencies exist that the user does not see
        if env['res.company'].sudo().with_context(active_test=False).search_count(
            [('id', 'not in', env.user.company_ids.ids)], limit=1,
        ):
            raise AccessError(env._(
                "Only a member of all agencies exports the journal of all agencies."))

    def _get_date(self, since):
        if not since:
            return None
        try:
            return date.fromisoformat(since)
        except ValueError:
            raise UserError(request.env._("The start of an export must be a date.")) from None
