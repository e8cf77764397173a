from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from ..models.civic_workfile import Defect


class CivicWorkfile(models.Model):
    """Closing, re-opening and delivering files (Decree 30/2020, Articles 29.4 and 30)."""

    _inherit = 'civic.workfile'
    _civic_reason_methods = ('_reopen',)

    # === ACTIONS === #

    def action_close(self):
        """Close the files, or tell everything that stands in the way."""
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

    # === BUSINESS === #

    def _close(self, date=None):
        """Close the files; all checks first, all their findings at once."""
        self._check_move('closed')
        self._lock_for_act()
        problems = [
            defect for defects in self._get_closing_defects().values() for defect in defects if defect.blocks]
        if problems:
            raise UserError(self._format_defects(problems))
        today = fields.Date.context_today(self)
        for workfile in self:
            workfile._move_to(
                'closed', closed_on=today, closed_by_id=self.env.uid,
                date_end=workfile.date_end or fields.Date.to_date(date) or today)
        self.env['civic.journal.entry']._append('closing', self, details={
            workfile.id: {'code': workfile.code or False, 'documents': workfile.doc_count, 'pages': workfile.page_count}
            for workfile in self})

    def _reopen(self, reason):
        """Open closed files again."""
        self.env['civic.document']._check_secret_text(reason, where='reason', model=self._name)
        self._move_to('open', closed_on=False, closed_by_id=False)
        self.env['civic.journal.entry']._append('modification', self, detail={'act': 'reopening', 'reason': reason})

    def _deliver(self):
        """Note that the archive of the agency took the files over."""
        self._check_move('delivered')
        self._lock_for_act()
        self._move_to('delivered', delivered_on=fields.Date.context_today(self))
        self.env['civic.journal.entry']._append('transfer', self, detail={'act': 'delivery'})

    def _lock_for_act(self):
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self.env._(
                "Someone else is changing this file at this moment. Try again in a moment.")) from error

    def _get_closing_defects(self):
        """Return {file: [Defect]}: all that stands in the way of closing, delivering and a full score.

        Rooms above add to the lists of ``super()``.
        """
        defects = defaultdict(list)
        for workfile in self:
            if not workfile.doc_count:
                defects[workfile].append(Defect(
                    'workfile.empty', "Decree 30/2020, Article 29.3", workfile, 'entry_ids',
                    self.env._("There is nothing in the file.")))
            if not workfile.retention_term_id:
                defects[workfile].append(Defect(
                    'workfile.retention', "Decree 30/2020, Article 29.2.c", workfile, 'retention_term_id',
                    self.env._("The retention period is missing.")))
            if not workfile.code:
                defects[workfile].append(Defect(
                    'workfile.code', "Circular 05/2025/TT-BNV", workfile, 'company_id',
                    self.env._("The file has no code, because the agency has no organ code for the year.")))
        return defects

    def _format_defects(self, defects):
        return "\n".join(
            [self.env._("The file cannot be closed yet:")]
            + [f"• {defect.message} ({defect.article})" for defect in defects[:50]])
