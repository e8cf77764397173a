import io

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import SQL, format_date

from ..const import CONSENT_DOMAIN

SHOWN = 50                      # defects that a refusal lists


class CivicWorkfile(models.Model):
    """Closing, re-opening and delivering files (Decree 30/2020, Articles 29.4 and 30)."""

    _inherit = 'civic.workfile'
    _civic_reason_methods = ('_reopen',)

    extension_document_id = fields.Many2one(
        'civic.document', "Consent of the Head", readonly=True, copy=False, ondelete='restrict', index='btree_not_null')
    reminded_on = fields.Date("Reminded on", readonly=True, copy=False)

    # === ACTIONS === #

    def action_close(self):
        """Close one file, or tell everything that stands in the way; several are closed in the background."""
        if len(self) > 1:
            return self._start_batch()
        self._close()
        return True

    def action_reopen(self):
        """Ask for the reason, then open the file again."""
        self._check_move('open')
        return self._open_reason_wizard('_reopen', self.env._("Open the File Again"))

    def action_deliver(self):
        """Take the files over into the archive of the agency."""
        self._deliver()
        return True

    def action_extend(self):
        """Open the form in which the head agrees that the files are kept longer."""
        self._check_may_change('extend')
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Keep Files Longer"), 'target': 'new',
            'res_model': 'civic.workfile.extension', 'view_mode': 'form', 'context': {'default_workfile_ids': self.ids},
        }

    # === BUSINESS === #

    @api.model
    def _get_phrase_kind(self, method):
        return 'reopening' if method == '_reopen' else super()._get_phrase_kind(method)

    def _close(self, date=None):
        """Close the files; all checks first, all their findings at once."""
        self._check_move('closed')
        self._lock_for_act()
        defects = self._refresh_quality()
        problems = [defect for found in defects.values() for defect in found if defect.blocks]
        if problems:
            raise UserError(self._format_defects(problems))
        self._close_examined(date)

    def _close_examined(self, date=None):
        """Close files that are locked and have no defect: a fixed number of statements."""
        today = fields.Date.context_today(self)
        self._issue_document_codes()
        for end, workfiles in self.grouped(
                lambda file: max(file.date_end or fields.Date.to_date(date) or today, file.date_start)).items():
            workfiles._move_to('closed', closed_on=today, closed_by_id=self.env.uid, date_end=end)
        sheets = self._make_closing_sheets()
        self.env['civic.journal.entry']._append('closing', self, details={
            workfile.id: {
                'code': workfile.code or False, 'documents': workfile.doc_count, 'pages': workfile.page_count,
                **({'sheet': sheets[workfile]} if workfile in sheets else {})}
            for workfile in self})

    def _make_closing_sheets(self):
        """Make the closing sheet of the files that need one, and hang it on the file; return {file: id of the sheet}.

        One that was made before the file was opened again stays beside the new one.
        """
        rules = self.env['civic.rule.value']
        files = self.filtered(
            lambda file: file.medium in rules._get('workfile.closing_sheet', file.closed_on, file.company_id))
        form = self.env['civic.form.workfile_closing']
        values = []
        for workfile in files:
            output = io.BytesIO()
            form._render(output, 'pdf', form._prepare_options({'workfile_id': workfile.id}))
            values.append({
                'name': f"{self.env._('Closing sheet')} {workfile.notation}.pdf", 'raw': output.getvalue(),
                'mimetype': 'application/pdf', 'res_model': self._name, 'res_id': workfile.id, 'company_id': workfile.company_id.id})
        # sudo: the act of closing makes it, whoever does it
        attachments = self.env['ir.attachment'].sudo().create(values)
        return dict(zip(files, attachments.ids, strict=True))

    def _reopen(self, reason):
        """Open closed files again."""
        self.env['civic.document']._check_secret_text(reason, where='reason', model=self._name)
        self._move_to('open', closed_on=False, closed_by_id=False)
        self._mark_stale()
        self.env['civic.journal.entry']._append('reopening', self, detail={'act': 'reopening', 'reason': reason})

    def _deliver(self):
        """Note that the archive of the agency took the files over; the rules of closing hold once more."""
        self._check_move('delivered')
        self._lock_for_act()
        problems = [defect for found in self._get_closing_defects().values() for defect in found if defect.blocks]
        if problems:
            raise UserError(self._format_defects(problems))
        self._move_to('delivered', delivered_on=fields.Date.context_today(self))
        self.env['civic.journal.entry']._append('transfer', self, detail={'act': 'delivery'})

    def _extend(self, date, document):
        """Keep files in their unit beyond the last day of delivery, with the head's consent (Article 31.3.d).

        :param document: the consent of the head in writing, see `CONSENT_DOMAIN`
        """
        if not self.env.su and not self.env.user.has_group('civic_base.group_leader'):
            raise AccessError(self.env._("Only the head of the agency agrees that files are kept longer."))
        self._check_may_change('extend')
        document.check_access('read')
        if not document.filtered_domain(CONSENT_DOMAIN) or document.company_id != self.company_id:
            raise UserError(self.env._(
                "The head agrees in writing: name a signed and numbered document of the agency, with the list of the files "
                "kept (Article 31.3.d)."))
        for workfile in self:
            if not workfile.date_end:
                raise UserError(self.env._("The work of “%s” has not ended: no day of delivery runs yet.", workfile.display_name))
            statutory = workfile._get_statutory_due()
            months = self.env['civic.rule.value']._get(
                'workfile.extension_max_months', workfile.date_end, workfile.company_id)
            latest = statutory + relativedelta(months=months)
            if not statutory < date <= latest:
                raise UserError(self.env._(
                    "“%(file)s” is due on %(due)s: it may be kept until %(latest)s at the latest (Decree 30/2020, "
                    "Article 31.3.d).", file=workfile.display_name, due=format_date(self.env, statutory),
                    latest=format_date(self.env, latest)))
        # sudo: the leader does not write files, but agrees to this; people are reminded again of the new day
        self.sudo()._write_by_system(
            {'extended_to': date, 'extension_document_id': document.id, 'reminded_on': False}, 'extend')
        self.env['civic.journal.entry']._append('approval', self, detail={
            'act': 'extension', 'until': fields.Date.to_string(date), 'document': document.id})

    def _lock_for_act(self):
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self.env._(
                "Someone else is changing this file at this moment. Try again in a moment.")) from error

    @api.model
    def _format_defects(self, defects):
        lines = [self.env._("The file cannot be closed yet. To mend:")]
        lines += [f"• {defect.message} ({defect.article})" for defect in defects[:SHOWN]]
        if len(defects) > SHOWN:
            lines.append(self.env._("… and %s more; the button “Defects” lists them all.", len(defects) - SHOWN))
        return "\n".join(lines)

    def _needs_sheets(self):
        """Sheets are numbered in paper files that are kept five years or longer (Article 29.4.c)."""
        self.ensure_one()
        if self.medium == 'electronic':
            return False
        years = self.env['civic.rule.value']._get('workfile.sheet_numbers_years', None, self.company_id)
        return bool(self.retention_term_id) and self.retention_term_id._is_at_least(years)

    # === CODES OF DOCUMENTS === #

    def _issue_document_codes(self):
        """Give what is in the files its DocCode, in the order in which it stands; a code that was given stays.

        One UPDATE and one INSERT, whatever the number of files.
        """
        rules = self.env['civic.rule.value']
        Entry = self.env['civic.workfile.entry']
        Entry.flush_model()
        self.flush_recordset()
        for (company, profile), workfiles in self.grouped(lambda file: (file.company_id, file.profile_id)).items():
            day = profile.valid_to or None
            digits = rules._get('workfile.doc_code_digits', day, company)
            serial = SQL("LPAD(place.serial::text, GREATEST(%s, LENGTH(place.serial::text)), '0')", digits)
            rows = self.env.execute_query(SQL(
                """
                UPDATE civic_workfile_entry entry
                   SET doc_code = file.code || '.' || %s
                  FROM civic_workfile file, (
                       SELECT e.id, f.doc_serial + ROW_NUMBER() OVER (PARTITION BY e.workfile_id ORDER BY e.ordinal) AS serial
                         FROM civic_workfile_entry e JOIN civic_workfile f ON f.id = e.workfile_id
                        WHERE e.workfile_id = ANY(%s) AND e.doc_code IS NULL) place
                 WHERE entry.id = place.id AND file.id = entry.workfile_id AND file.code IS NOT NULL
                RETURNING entry.workfile_id, entry.doc_code, place.serial
                """, serial, list(workfiles.ids)))
            if not rows:
                continue
            self.env['civic.workfile.code']._issue(
                'document', [(workfiles.browse(workfile_id), code) for workfile_id, code, _serial in rows])
            last = {}
            for workfile_id, _code, number in rows:
                last[workfile_id] = max(number, last.get(workfile_id, 0))
            self.env.cr.execute(SQL(
                "UPDATE civic_workfile file SET doc_serial = given.serial FROM (VALUES %s) given (id, serial) WHERE file.id = given.id",
                SQL(", ").join(SQL("(%s, %s)", *item) for item in last.items())))
        Entry.invalidate_model(['doc_code'])
        self.invalidate_recordset(['doc_serial'])

    # === DELIVERY === #

    def _get_statutory_due(self):
        """The last day of delivery without any consent to keep the file longer."""
        self.ensure_one()
        return self._compute_due_dates(self.date_end, self.delivery_class, self.company_id)[0]

    @api.model
    def _cron_remind_delivery(self):
        """Tell file maker and unit head once, so many days before the last day (Annex VI, III.5.b)."""
        today = fields.Date.context_today(self)
        days = self.env['civic.rule.value']._get('workfile.remind_days')
        # sudo: the job acts for the system
        due = self.sudo().search([
            ('state', 'in', ('open', 'closed')), ('reminded_on', '=', False),
            '|', ('delivery_due', '<=', fields.Date.add(today, days=days)), ('delivery_warn', '<=', today)])
        told = {}
        for workfile in due:
            for user in workfile.user_id | workfile.unit_id.manager_id.user_id:
                told[user] = told.get(user, self.browse()) | workfile
        self.env['civic.notification']._notify_each(
            'workfile_due', told, {workfile.id: format_date(self.env, workfile.delivery_due) for workfile in due})
        # no change of the file: also held ones are reminded of
        self.env.cr.execute(SQL("UPDATE civic_workfile SET reminded_on = %s WHERE id = ANY(%s)", today, list(due.ids)))
        due.invalidate_recordset(['reminded_on'])
