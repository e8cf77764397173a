import os
import tempfile
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.civic_transport.tools.protocol import measure

from ..tools import national

# Rows of one delivery, and packages of one run: what comes after waits for the next.
BATCH = 1000
PACKAGES = 20
# A description is written within a transaction that may end later than it says.
OVERLAP = timedelta(hours=1)


class CivicNationalEntry(models.Model):
    """What the national database of archival fonds was told of one description or package, and what it answered.

    (Archives Law 2024: the State's archival database; Plan 4292/KH-UBND: integration with it.) Rows are made by the feed of
    :meth:`civic.fonds._job_feed` alone; nothing is sent twice that did not change, unless it was refused.
    """

    _name = 'civic.national.entry'
    _description = "Entry of the National Database"
    _order = 'id desc'
    _rec_name = 'key'

    fonds_id = fields.Many2one('civic.fonds', required=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(related='fonds_id.company_id', store=True, precompute=True, index=True, string="Archive")
    kind = fields.Selection([('metadata', "Description"), ('package', "Package")], required=True, readonly=True)
    key = fields.Char("Known There as", required=True, readonly=True)
    description_id = fields.Many2one('civic.archive.description', readonly=True, index='btree_not_null', ondelete='set null')
    aip_id = fields.Many2one('civic.aip', "Package", readonly=True, index='btree_not_null', ondelete='restrict')
    digest = fields.Char("Digest Sent", readonly=True)
    accepted_digest = fields.Char("Digest Accepted", readonly=True)
    state = fields.Selection([
        ('due', "To be sent"), ('sent', "Sent"), ('received', "Receipt is here"), ('accepted', "Accepted"),
        ('differs', "Differs"), ('refused', "Refused"), ('withdrawn', "Withdrawn")],
        required=True, readonly=True, default='due')
    message = fields.Text("Reason", readonly=True)
    delivery_id = fields.Many2one('civic.delivery', "Delivery", readonly=True, index='btree_not_null', ondelete='restrict')
    sent_at = fields.Datetime(readonly=True)
    answered_at = fields.Datetime(readonly=True)

    _key_uniq = models.UniqueIndex('(fonds_id, kind, key)', "The database knows one thing by one key.")
    _state_idx = models.Index('(fonds_id, state)')
    _gone_idx = models.Index("(fonds_id) WHERE kind = 'metadata' AND description_id IS NULL AND state <> 'withdrawn'")

    def action_send_again(self):
        """Send again what was refused, or what the receiver has otherwise."""
        self.fonds_id._check_keeper()
        again = self.filtered(lambda entry: entry.state in ('refused', 'differs'))
        if not again:
            raise UserError(self.env._("Only what was refused or differs is sent again."))
        # sudo: rows are closed to writing; the right was checked
        again.sudo().write({'state': 'due', 'message': False})
        again.fonds_id._plan_feed()
        return True

    # === WHAT COMES BACK === #

    @api.model
    def _on_receipt(self, delivery):
        """The receiver has the bytes: what it says of them comes later."""
        self.search([('delivery_id', '=', delivery.id), ('state', '=', 'sent')]).write({'state': 'received'})

    @api.model
    def _on_received(self, delivery):
        """Take the answer to a delivery of ours: row by row, and the counts for the comparison."""
        with delivery.part_ids[0]._open() as stream:
            raw = stream.read(national.MAX_BYTES + 1)
        try:
            about, accepted, refused, counts = national.read_answer(raw)
        except national.NationalError as error:
            raise UserError(self.env._("The answer of the national database cannot be read: %s", error)) from error
        asked = delivery.search([
            ('key', '=', about), ('channel_id', '=', delivery.channel_id.id), ('direction', '=', 'out'),
            ('kind', 'in', (national.METADATA, national.PACKAGE))])
        if not asked:
            raise UserError(self.env._("The answer is about “%s”, which was never sent.", about[:100]))
        groups, now = defaultdict(self.browse), fields.Datetime.now()
        for entry in self.search([('delivery_id', '=', asked.id)]):
            if entry.key in refused:
                groups['refused', refused[entry.key][:2000], entry.accepted_digest] |= entry
            elif entry.key in accepted:
                same = accepted[entry.key] == entry.digest
                state = 'differs' if not same else 'accepted' if entry.description_id or entry.aip_id else 'withdrawn'
                groups[state, False, accepted[entry.key][:64]] |= entry
        for (state, message, digest), entries in groups.items():
            entries.write({'state': state, 'message': message, 'accepted_digest': digest, 'answered_at': now})
        for fonds in self.env['civic.fonds'].search([
                ('company_id', '=', delivery.company_id.id), ('code', 'in', list(counts)), ('national_feed', '!=', 'none')]):
            fonds.write({'national_reported_count': counts[fonds.code], 'national_reported_at': now})


class CivicDelivery(models.Model):
    _inherit = 'civic.delivery'

    @api.model
    def _get_kinds(self):
        return {**super()._get_kinds(), national.ANSWER: 'civic.national.entry'}

    def _get_handler(self):
        """An archive reports and hears the receipts of it; reports of others are for the national database."""
        if self.direction == 'out' and self.kind in (national.METADATA, national.PACKAGE):
            # sudo: nobody is at work when something arrives
            return self.env['civic.national.entry'].sudo().with_company(self.company_id)
        return super()._get_handler()


class CivicArchiveDescription(models.Model):
    _inherit = 'civic.archive.description'

    _feed_idx = models.Index('(fonds_id, write_date)')

    def _prepare_national_row(self):
        """Return what the national database is told of the unit (fields of Circular 05/2025/TT-BNV, by code)."""
        self.ensure_one()
        return {
            'key': self.reference_code, 'archive': self.company_id.organ_code or self.company_id.name,
            'fonds': self.fonds_id.code, 'level': self.level, 'parent': self.parent_id.reference_code or '', 'title': self.title,
            'from': fields.Date.to_string(self.date_from) or '', 'to': fields.Date.to_string(self.date_to) or '',
            'dates': self.date_text or '', 'maintenance': self.maintenance or '', 'mode': self.access_mode,
            'language': self.language, 'confidenceLevel': self.confidence_level or '', 'format': self.condition or '',
            'numberOfDocuments': self.document_count, 'numberOfPages': self.page_count, 'sheets': self.sheet_count,
            'keywords': self.keywords or '', 'description': self.scope_content or ''}


class CivicFonds(models.Model):
    """The feed of a fonds to the national database: incremental, in the background, with a comparison at the end."""

    _inherit = 'civic.fonds'

    national_feed = fields.Selection(
        [('none', "Nothing"), ('metadata', "Descriptions"), ('packages', "Descriptions and packages")],
        "Reported to the National Database", required=True, default='none')
    national_mark = fields.Datetime(readonly=True, copy=False, export_string_translation=False)
    national_reported_count = fields.Integer("There", readonly=True, copy=False, help="As the national database last said.")
    national_reported_at = fields.Datetime("Said on", readonly=True, copy=False)
    national_entry_ids = fields.One2many('civic.national.entry', 'fonds_id', readonly=True)
    national_here = fields.Integer("Here", compute='_compute_national_counts')
    national_sent = fields.Integer("Sent", compute='_compute_national_counts')
    national_received = fields.Integer("Receipted", compute='_compute_national_counts')
    national_accepted = fields.Integer("Accepted", compute='_compute_national_counts')
    national_problems = fields.Integer("Refused or Different", compute='_compute_national_counts')
    national_verdict = fields.Selection(
        [('off', "Not reported"), ('behind', "On its way"), ('differs', "Differs"), ('agrees', "Agrees")],
        "Comparison", compute='_compute_national_counts')

    @api.depends('national_feed', 'national_entry_ids.state', 'national_reported_count')
    def _compute_national_counts(self):
        descriptions = dict(self.env['civic.archive.description']._read_group(
            Domain('fonds_id', 'in', self.ids) & self._get_national_domain(), ['fonds_id'], ['__count']))
        packages = dict(self.env['civic.aip']._read_group(
            Domain('fonds_id', 'in', self.filtered(lambda fonds: fonds.national_feed == 'packages').ids)
            & self._get_national_package_domain(), ['fonds_id'], ['__count']))
        counts = defaultdict(lambda: defaultdict(int))
        for fonds, state, count in self.env['civic.national.entry']._read_group(
                [('fonds_id', 'in', self.ids)], ['fonds_id', 'state'], ['__count']):
            counts[fonds][state] = count
        for fonds in self:
            mine = counts[fonds._origin]
            fonds.national_here = descriptions.get(fonds._origin, 0) + packages.get(fonds._origin, 0)
            fonds.national_accepted = mine['accepted']
            fonds.national_received = mine['received'] + mine['accepted'] + mine['differs'] + mine['refused']
            fonds.national_sent = mine['sent'] + fonds.national_received
            fonds.national_problems = mine['differs'] + mine['refused']
            if fonds.national_feed == 'none':
                fonds.national_verdict = 'off'
            elif fonds.national_problems or (
                    fonds.national_accepted == fonds.national_here != fonds.national_reported_count):
                fonds.national_verdict = 'differs'
            else:
                fonds.national_verdict = 'agrees' if fonds.national_accepted == fonds.national_here else 'behind'

    @api.model
    def _get_national_domain(self):
        """What is reported: descriptions down to the file that the archive has published here."""
        return Domain('state', '=', 'published') & Domain('level', '!=', 'item')

    @api.model
    def _get_national_package_domain(self):
        """Of the packages, the newest versions whose copies are written."""
        replaced = self.env['civic.aip']._search([('replaces_id', '!=', False)]).subselect('replaces_id')
        return Domain('state', '=', 'stored') & Domain('id', 'not in', replaced)

    def write(self, vals):
        if not self.env.su and {'national_mark', 'national_reported_count', 'national_reported_at'} & set(vals):
            raise AccessError(self.env._("What the national database said is not entered by hand."))
        return super().write(vals)

    @api.model
    def _get_silent_fields(self):
        return super()._get_silent_fields() | {'national_mark', 'national_reported_count', 'national_reported_at'}

    # === ACTIONS === #

    def action_feed(self):
        """Send now what is new or changed; it goes out in the background."""
        self._check_keeper()
        fed = self.filtered(lambda fonds: fonds.national_feed != 'none')
        if not fed:
            raise UserError(self.env._("Choose first what of the fonds is reported to the national database."))
        fed._plan_feed()
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {'type': 'success', 'message': self.env._("%s fonds are reported in the background.", len(fed))}}

    def action_open_national_entries(self):
        """Open what was told of the fonds, the refused first."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_archive.civic_national_entry_action')
        return {**action, 'display_name': self.display_name, 'domain': [('fonds_id', '=', self.id)],
                'context': {'search_default_problems': bool(self.national_problems)}}

    # === FEED === #

    @api.model
    def _cron_feed(self):
        """Report what changed since yesterday, each fonds in a job of its own."""
        # sudo: the job of the night acts for every archive
        self.sudo().search([('national_feed', '!=', 'none'), ('company_id.national_channel_id', '!=', False)])._plan_feed()

    def _plan_feed(self):
        for fonds in self:
            if not fonds.company_id.sudo().national_channel_id:         # sudo: the channel is the administrator's
                raise UserError(self.env._(
                    "%s has no channel to the national database: the administrator names it on the agency.",
                    fonds.company_id.display_name))
            # sudo: the feed acts for the archive
            fonds.sudo().with_delay(
                identity_key=f'civic.fonds.feed:{fonds.id}', description=f"National database: {fonds.display_name}")._job_feed()

    def _job_feed(self):
        """Report descriptions that changed since the mark, those that went, what is to be sent again, and packages."""
        self.ensure_one()
        channel = self.company_id.national_channel_id
        if self.national_feed == 'none' or not channel:
            return
        begun = fields.Datetime.now()
        for descriptions in self._iter_changed():
            self._report_descriptions(channel, descriptions)
        self._report_withdrawn(channel)
        if self.national_feed == 'packages' and self._report_packages(channel):
            self.with_delay(description=f"National database: {self.display_name}")._job_feed()
        self.national_mark = begun - OVERLAP

    def _iter_changed(self):
        """Yield descriptions, some at a time, that changed since the mark or are to be sent again."""
        units = self.env['civic.archive.description']
        domain = Domain('fonds_id', '=', self.id) & self._get_national_domain()
        changed = domain & Domain('write_date', '>=', self.national_mark) if self.national_mark else domain
        last = 0
        while batch := units.search(changed & Domain('id', '>', last), order='id', limit=BATCH):
            yield batch
            last = batch[-1].id
            self.env.invalidate_all()
        again = self.env['civic.national.entry'].search([
            ('fonds_id', '=', self.id), ('state', '=', 'due'), ('kind', '=', 'metadata')]).description_id
        for start in range(0, len(again), BATCH):
            yield again[start:start + BATCH].filtered_domain(domain)

    def _report_descriptions(self, channel, descriptions):
        """Send the rows that differ from what was sent last."""
        entries = self.env['civic.national.entry'].search(
            Domain('fonds_id', '=', self.id) & Domain('kind', '=', 'metadata') & (
                Domain('description_id', 'in', descriptions.ids) | Domain('key', 'in', descriptions.mapped('reference_code'))))
        by_description = {entry.description_id: entry for entry in entries if entry.description_id}
        by_key = {entry.key: entry for entry in entries}
        rows, values = [], []
        for description in descriptions:
            row = description._prepare_national_row()
            digest, entry = national.fingerprint(row), by_key.get(row['key'])
            if entry and entry.description_id == description and entry.digest == digest and entry.state != 'due':
                continue
            former = by_description.get(description)
            if former and former != entry:
                former.description_id = False           # it goes under its old code, and comes under the new one
            rows.append(row)
            values.append((entry, {
                'fonds_id': self.id, 'kind': 'metadata', 'key': row['key'], 'description_id': description.id, 'digest': digest}))
        if rows:
            self._send_rows(channel, rows, values)

    def _report_withdrawn(self, channel):
        """Tell which descriptions do not exist, or are not public, any more."""
        gone = Domain('description_id', '=', False)
        if self.national_mark:
            gone |= Domain('description_id.write_date', '>=', self.national_mark) & Domain('description_id.state', '!=', 'published')
        entries = self.env['civic.national.entry'].search(gone & Domain([
            ('fonds_id', '=', self.id), ('kind', '=', 'metadata'), ('state', 'not in', ('withdrawn', 'sent', 'received'))]))
        rows = [{'key': entry.key, 'fonds': self.code, 'withdrawn': True} for entry in entries]
        entries.description_id = False
        for start in range(0, len(rows), BATCH):
            some = rows[start:start + BATCH]
            self._send_rows(channel, some, [
                (entry, {'digest': national.fingerprint(row)}) for entry, row in zip(entries[start:start + BATCH], some)])

    def _send_rows(self, channel, rows, values):
        """Put the rows into the outbox and note of each that it was sent.

        :param values: for each row (its entry or nothing, the values of the entry)
        """
        part = channel._store_parts(('rows.jsonl', national.write_rows(rows), 'application/x-ndjson'))
        delivery = self._send_national(channel, national.METADATA, part, {'fonds': self.code, 'rows': len(rows)})
        self._note_sent(delivery, values)

    def _report_packages(self, channel):
        """Send packages that were not sent; return whether there are more."""
        entries = self.env['civic.national.entry']
        domain = Domain('fonds_id', '=', self.id) & self._get_national_package_domain()
        done = entries._search([
            ('fonds_id', '=', self.id), ('kind', '=', 'package'), ('state', '!=', 'due')]).subselect('aip_id')
        packages = self.env['civic.aip'].search(domain & Domain('id', 'not in', done), order='id', limit=PACKAGES + 1)
        # a new version goes under the name of the package
        known = {entry.key: entry for entry in entries.search([
            ('fonds_id', '=', self.id), ('kind', '=', 'package'), ('key', 'in', packages.mapped('name'))])}
        for aip in packages[:PACKAGES]:
            with tempfile.NamedTemporaryFile(
                    dir=self.env['civic.archive.store']._get_spool(), prefix='.national-', delete=False) as copy:
                pass
            try:
                aip._fetch(copy.name)
                size, _sha256, sha1 = measure(copy.name)
                part = self.env['ir.attachment']._civic_store_file(copy.name, size, sha1, {
                    'name': f"{aip.name.replace(':', '_')}.zip", 'mimetype': 'application/zip',
                    'res_model': 'civic.delivery.part', 'company_id': self.company_id.id})
            finally:
                if os.path.exists(copy.name):
                    os.unlink(copy.name)
            delivery = self._send_national(
                channel, national.PACKAGE, part, {'fonds': self.code, 'key': aip.name, 'sha256': aip.sha256},
                digests={part.id: aip.sha256})
            self._note_sent(delivery, [(known.get(aip.name), {
                'fonds_id': self.id, 'kind': 'package', 'key': aip.name, 'aip_id': aip.id, 'digest': aip.sha256})])
        return len(packages) > PACKAGES

    def _send_national(self, channel, kind, part, meta, digests=None):
        return self.env['civic.delivery']._send(
            channel, kind, part, subject=self.env._("National database: %s", self.display_name), meta=meta, origin=self,
            digests=digests)

    def _note_sent(self, delivery, values):
        now, new = fields.Datetime.now(), []
        common = {'state': 'sent', 'delivery_id': delivery.id, 'sent_at': now, 'answered_at': False, 'message': False}
        for entry, row in values:
            if entry:
                entry.write({**row, **common})
            else:
                new.append({**row, **common})
        self.env['civic.national.entry'].create(new)
        self.env['civic.journal.entry']._append('transfer', self, detail={
            'act': 'national', 'delivery': delivery.key, 'count': len(values)})


class ResCompany(models.Model):
    _inherit = 'res.company'

    national_channel_id = fields.Many2one(
        'civic.channel', "Channel to the National Database", domain="[('company_id', '=', id)]", ondelete='restrict',
        help="By which fonds are reported to the national database of archival fonds.")
