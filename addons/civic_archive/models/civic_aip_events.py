import tempfile
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.civic_package.tools.events import add_events
from odoo.addons.civic_package.tools.findings import PackageError

from .civic_accession_line import as_premis_event

# What joins the PREMIS of a package later; a migration is written by the version that it makes.
LATER = ('accession', 'replication', 'fixity_check')


class CivicAip(models.Model):
    """Later events: the journal has them at once, the package's PREMIS gets them bundled, as a new version of the package."""

    _inherit = 'civic.aip'

    next_ids = fields.One2many('civic.aip', 'replaces_id', "Newer Version", readonly=True)
    premis_entry_id = fields.Integer(
        "PREMIS up to Journal Line", readonly=True, export_string_translation=False,
        help="What the journal says of the package after this line does not stand in its PREMIS yet.")
    premis_due_at = fields.Datetime(
        "Events Due in PREMIS", readonly=True, help="Until then events wait, so that one new version takes many of them.")
    waiting_count = fields.Integer("Events Waiting for PREMIS", compute='_compute_waiting_count')

    _premis_due_idx = models.Index("(premis_due_at, id) WHERE premis_due_at IS NOT NULL")

    @api.depends('premis_entry_id')
    def _compute_waiting_count(self):
        self.flush_recordset(['premis_entry_id'])
        counts = dict(self.env.execute_query(SQL(
            """
            SELECT aip.id, count(*) FROM civic_aip aip
              JOIN civic_journal_entry entry ON entry.res_model = 'civic.aip' AND entry.res_id = aip.id
             WHERE aip.id IN %s AND entry.event_type IN %s AND entry.id > coalesce(aip.premis_entry_id, 0)
             GROUP BY aip.id
            """, tuple(self.ids), LATER))) if self.ids else {}
        for aip in self:
            aip.waiting_count = counts.get(aip.id, 0)

    # === ACTIONS === #

    def action_add_events(self):
        """Write what happened since into the PREMIS of the packages: each gets a new version."""
        self._check_keeper()
        made = self.browse()
        for aip in self:
            made |= aip._add_events()
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'name': self.env._("New Versions"), 'view_mode': 'list,form',
            'views': [(False, 'list'), (False, 'form')], 'domain': [('id', 'in', made.ids)]}

    # === BUSINESS === #

    def _get_waiting_entries(self):
        self.ensure_one()
        # sudo: the journal is the archive's memory; who keeps the package writes it down without reading all of it
        return self.env['civic.journal.entry'].sudo().search([
            ('res_model', '=', self._name), ('res_id', '=', self.id), ('event_type', 'in', LATER),
            ('id', '>', self.premis_entry_id or 0)], order='id')

    def _get_later_events(self, entries):
        """Return journal lines as events of PREMIS. That a version was made is no ingestion."""
        return [
            as_premis_event(entry, objects=(('UUID', self.name, 'outcome'),))
            for entry in entries if entry.event_type != 'accession' or not self.replaces_id]

    def _check_newest(self):
        self.ensure_one()
        # sudo: a newer version counts, whoever sees it
        if self.sudo().next_ids:
            raise UserError(self.env._("“%s” has a newer version already.", self.name))

    def _add_events(self):
        """Return the new version; nothing if no event waits."""
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        self._check_newest()
        entries = self._get_waiting_entries()
        events = self._get_later_events(entries)
        if not events:
            return self.browse()
        with tempfile.TemporaryDirectory(dir=self.env['civic.archive.store']._get_spool(), prefix='.events-') as folder:
            source = Path(folder, 'before.zip')
            self._fetch(source)
            try:
                place, revision = add_events(str(source), Path(folder, 'after.zip'), events, when=events[-1].when)
            except PackageError as error:
                raise UserError(self.env._("“%(name)s” cannot take events: %(reason)s", name=self.name, reason=error)) from error
            return self._keep_version(place, entries, {'events': len(events), 'mets_before': revision.replaces})

    def _keep_version(self, path, entries, detail):
        """Keep the file as the package's next version. This version and its copies stay as they are."""
        aip = self._keep(
            str(path), self.fonds_id, name=self.name, kind=self.kind, description=self.description_id, replaces=self)
        # sudo: packages are closed to writing
        self.sudo().write({'premis_entry_id': entries[-1:].id or self.premis_entry_id, 'premis_due_at': False})
        self.env['civic.journal.entry']._append(
            'packaging', aip, detail={'version': aip.version, 'replaces': self.sha256, **detail})
        return aip

    def _job_add_events(self):
        self.ensure_one()
        if not self.next_ids:
            self._add_events()

    def _let_events_wait(self, rule):
        """Something happened to the packages: say when their PREMIS tells it at the latest, if nothing is due sooner.

        A version is a whole package: checks that found nothing, which every package has, wait longer than faults and repairs.

        :param str rule: key of the rule that says for how many months
        """
        for company, aips in self.grouped('company_id').items():
            months = self.env['civic.rule.value']._get(rule, company=company)
            due = fields.Datetime.add(fields.Datetime.now(), months=months)
            # sudo: packages are closed to writing
            aips.sudo().filtered(
                lambda aip, due=due: not aip.next_ids and (not aip.premis_due_at or due < aip.premis_due_at)).premis_due_at = due

    @api.model
    def _cron_add_events(self):
        """Ask for a new version of each package whose events have waited long enough; the others are not looked at."""
        due = self.sudo().search([('premis_due_at', '<=', fields.Datetime.now()), ('state', '=', 'stored')], order='premis_due_at, id')
        commit = self.env['ir.cron']._commit_progress
        commit(remaining=len(due))
        for aip in due:
            aip.with_delay(
                description=f"PREMIS: {aip.name}", identity_key=f'civic.aip.events:{aip.id}')._job_add_events()
            if not commit(1):
                break
