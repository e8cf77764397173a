import json
import logging
from datetime import date, datetime, time

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import SEAL_BATCH_SIZE, SEAL_LOCK
from ..tools.verify_journal import (
    ENTRY_FIELDS,
    EXPORT_FORMAT,
    FORMAT_VERSION,
    GENESIS,
    RULE,
    SEALS_FORMAT,
    SealDigest,
    line_digest,
    verify,
)

_logger = logging.getLogger(__name__)

MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
PAGE_SIZE = 2000


class CivicJournalSeal(models.Model):
    """A batch of journal lines, closed by a digest that also covers the batch before.

    The rule stands in ``tools/verify_journal.py``, so that the job, the check here and
    the check outside are one code.
    """

    _name = 'civic.journal.seal'
    _inherit = ['civic.journal.frozen']
    _description = "Journal seal"
    _order = 'number desc'
    _rec_name = 'number'
    _log_access = False

    number = fields.Integer("Batch", required=True, readonly=True, aggregator=None)
    rule = fields.Char(required=True, readonly=True)
    sealed_at = fields.Datetime("Sealed at", required=True, readonly=True)
    previous = fields.Char("Digest before", size=64, required=True, readonly=True)
    digest = fields.Char(size=64, required=True, readonly=True)
    line_count = fields.Integer("Lines", required=True, readonly=True)
    first_number = fields.Integer("First line", required=True, readonly=True, aggregator=None)
    last_number = fields.Integer("Last line", required=True, readonly=True, aggregator=None)
    line_ids = fields.One2many('civic.journal.seal.line', 'seal_id', "Sealed lines", readonly=True)

    _number_uniq = models.UniqueIndex('(number)', "A batch number is used once.")
    _previous_uniq = models.UniqueIndex('(previous)', "Only one batch can follow a batch.")

    @api.depends('number')
    def _compute_display_name(self):
        for seal in self:
            seal.display_name = self.env._("Batch %s", seal.number)

    # === ACTIONS === #

    def action_verify(self):
        """Compute the batches again from the lines in the database and tell the result."""
        self.check_access('read')
        problems = self._verify()
        self.env['civic.journal.entry']._append(
            'fixity_check', self, outcome='failure' if problems else 'success',
            detail={'findings': problems} if problems else None)
        if problems:
            message = "\n".join(problems)
        else:
            message = self.env._(
                "%(lines)s lines in %(batches)s batches are as they were sealed.",
                lines=sum(self.mapped('line_count')), batches=len(self))
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'title': (self.env._("The journal was tampered with") if problems
                          else self.env._("The journal is intact")),
                'message': message,
                'type': 'danger' if problems else 'success',
                'sticky': bool(problems),
            },
        }

    # === BUSINESS === #

    @api.model
    def _cron_seal(self):
        """Seal what was committed since the last run; a commit per batch."""
        commit = self.env['ir.cron']._commit_progress
        commit(remaining=self._count_pending())
        while seal := self._seal_batch():
            time_left = commit(seal.line_count)
            if seal.line_count < SEAL_BATCH_SIZE:
                break           # what came meanwhile makes a fuller batch next time
            if not time_left:
                return
        commit(remaining=0)

    @api.model
    def _count_pending(self):
        [[count]] = self.env.execute_query(SQL("SELECT count(*) FROM civic_journal_pending"))
        return count

    @api.model
    def _seal_batch(self, limit=SEAL_BATCH_SIZE):
        """Seal the oldest lines that wait, in the order of their numbers.

        Whoever holds the lock seals; another worker finds nothing to do. A line that is
        committed late has a place in the queue only then and goes into a later batch.

        :return: the new seal, or an empty recordset
        """
        [[locked]] = self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(%s)", SEAL_LOCK))
        if not locked:
            return self.browse()
        waiting = self.env.execute_query(SQL(
            """
            SELECT pending.entry_number, %s
            FROM civic_journal_pending pending
            LEFT JOIN civic_journal_entry entry ON entry.id = pending.entry_number
            ORDER BY pending.entry_number
            LIMIT %s
            """, self._get_entry_columns(), limit))
        entries = [self._prepare_entry(row) for _number, *row in waiting if row[0]]
        if len(entries) < len(waiting):
            _logger.error(
                "Journal lines vanished before they were sealed: %s",
                ', '.join(str(number) for number, *row in waiting if not row[0]))
        if not entries:
            return self.browse()
        try:
            with self.env.cr.savepoint():
                return self._insert_seal(entries, [number for number, *_row in waiting])
        except (psycopg2.errors.UniqueViolation, psycopg2.errors.SerializationFailure):
            # Another worker sealed after the snapshot of this transaction was taken.
            return self.browse()

    def _insert_seal(self, entries, numbers):
        number, previous = self._get_last_seal()
        number += 1
        [[sealed_at]] = self.env.execute_query(SQL(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', %s)", MOMENT))
        seal_digest = SealDigest(number, sealed_at, previous, len(entries))
        digests, link = [], previous
        for entry in entries:
            link = line_digest(link, entry)
            digests.append(link)
            seal_digest.add(entry['id'], entry['company_id'], link)
        query = SQL(
            """
            INSERT INTO civic_journal_seal (
                number, rule, sealed_at, previous, digest, line_count, first_number, last_number)
            VALUES (%s, %s, %s::timestamp, %s, %s, %s, %s, %s)
            RETURNING id
            """,
            number, RULE, sealed_at.rstrip('Z'), previous, seal_digest.hexdigest(),
            len(entries), entries[0]['id'], entries[-1]['id'])
        self.env.cr.execute(query, log_exceptions=False)
        [[seal_id]] = self.env.cr.fetchall()
        self.env.cr.execute(SQL(
            """
            INSERT INTO civic_journal_seal_line (
                seal_id, position, entry_number, company_id, digest)
            SELECT %s, line.position, line.entry_number, line.company_id, line.digest
            FROM unnest(%s::int[], %s::int[], %s::text[])
                 WITH ORDINALITY AS line(entry_number, company_id, digest, position)
            """,
            seal_id, [entry['id'] for entry in entries],
            [entry['company_id'] for entry in entries], digests), log_exceptions=False)
        self.env.cr.execute(SQL(
            "DELETE FROM civic_journal_pending WHERE entry_number = ANY(%s)", numbers,
        ), log_exceptions=False)
        return self.browse(seal_id)

    @api.model
    def _get_last_seal(self):
        """Return number and digest of the batch that the next one continues."""
        rows = self.env.execute_query(SQL(
            "SELECT number, digest FROM civic_journal_seal ORDER BY number DESC LIMIT 1"))
        return rows[0] if rows else (0, GENESIS)

    @api.model
    def _get_entry_columns(self):
        """SQL of the columns of a line, in the order of ``ENTRY_FIELDS``."""
        return SQL(", ").join(
            SQL("to_char(entry.event_at, %s)", MOMENT) if name == 'event_at'
            else SQL("entry.%s", SQL.identifier(name))
            for name in ENTRY_FIELDS)

    @api.model
    def _prepare_entry(self, row):
        return dict(zip(ENTRY_FIELDS, row, strict=True))

    # === VERIFYING === #

    def _verify(self):
        """Return what is wrong with these batches, as texts for people."""
        problems = []
        for seal in self.sorted('number'):
            neighbours = dict(self.env.execute_query(SQL(
                """
                SELECT number, digest FROM civic_journal_seal WHERE number = %s
                UNION ALL SELECT number - 1, previous FROM civic_journal_seal WHERE number = %s
                """, seal.number - 1, seal.number + 1)))
            report = verify(seal._get_check_lines(), neighbours)
            problems += [self._get_problem(finding, seal) for finding in report.findings]
        return problems

    def _get_check_lines(self):
        """Yield this one batch as an export of its own."""
        header = self._prepare_header(EXPORT_FORMAT)
        yield json.dumps({**header, 'since': header['exported_at']})
        [row] = self._get_seal_rows(SQL("seal.id = %s", self.id))
        yield from self._get_seal_texts(row, company=None)
        yield json.dumps({
            'kind': 'end', 'seals': 1, 'lines': row['actual_count'], 'unsealed': 0})

    @api.model
    def _get_problem(self, finding, seal):
        arguments = {
            'batch': finding.seal or seal.number,
            'line': finding.entry_number or '–',
            'position': finding.position or '–',
        }
        labels = {
            'changed': self.env._(
                "Batch %(batch)s: line %(line)s (position %(position)s) was changed.", **arguments),
            'broken': self.env._(
                "Batch %(batch)s: line %(line)s (position %(position)s) does not continue the line "
                "before it.", **arguments),
            'missing': self.env._(
                "Batch %(batch)s: a line is missing near line %(line)s, position %(position)s.",
                **arguments),
            'moved': self.env._(
                "Batch %(batch)s: line %(line)s (position %(position)s) is out of order.",
                **arguments),
            'inserted': self.env._("Batch %(batch)s: it holds more lines than were sealed.",
                                   **arguments),
            'resealed': self.env._(
                "Batch %(batch)s: the seal does not fit; the batch was sealed again.", **arguments),
        }
        return labels.get(finding.code) or self.env._(
            "Batch %(batch)s: the data cannot be read.", **arguments)

    # === EXPORTING === #

    @api.model
    def _export(self, fileobj, since=None, company=None):
        """Write the journal as JSON lines, for ``tools/verify_journal.py``.

        The caller has checked the rights. All is read in the snapshot of the transaction.

        :param fileobj: binary file to write to
        :param since: date or moment (UTC); batches sealed before it are left out
        :param company: show only the lines of this agency; of others, the digests alone
        """
        header = self._prepare_header(EXPORT_FORMAT, since, company)
        condition = SQL("TRUE")
        if since:
            condition = SQL("seal.sealed_at >= %s", self._to_moment(since))
        counts = {'kind': 'end', 'seals': 0, 'lines': 0, 'unsealed': 0}
        self._write_line(fileobj, header)
        for row in self._iter_seal_rows(condition):
            counts['seals'] += 1
            for text in self._get_seal_texts(row, company):
                counts['lines'] += 1
                fileobj.write(text.encode() + b'\n')
            counts['lines'] -= 1        # the seal itself
        for entry in self._iter_unsealed(since, company):
            counts['unsealed'] += 1
            self._write_line(fileobj, {'kind': 'unsealed', 'entry': entry})
        self._write_line(fileobj, counts)

    @api.model
    def _export_seals(self, fileobj):
        """Write the seals alone: the anchor to keep outside of the system."""
        self._write_line(fileobj, self._prepare_header(SEALS_FORMAT))
        for row in self._iter_seal_rows(SQL("TRUE")):
            self._write_line(fileobj, self._prepare_seal(row))

    @api.model
    def _write_line(self, fileobj, value):
        fileobj.write(json.dumps(value, ensure_ascii=False).encode() + b'\n')

    @api.model
    def _to_moment(self, since):
        if isinstance(since, date) and not isinstance(since, datetime):
            return datetime.combine(since, time.min)
        if not isinstance(since, datetime):
            raise UserError(self.env._("The start of an export must be a date."))
        return since

    @api.model
    def _prepare_header(self, file_format, since=None, company=None):
        [[exported_at]] = self.env.execute_query(SQL(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', %s)", MOMENT))
        return {
            'kind': 'header',
            'format': file_format,
            'version': FORMAT_VERSION,
            'database': self.env.cr.dbname,
            'company': company.id if company else None,
            'since': self._to_moment(since).isoformat() if since else None,
            'exported_at': exported_at,
        }

    @api.model
    def _get_seal_rows(self, condition):
        self.env.cr.execute(SQL(
            """
            SELECT seal.id, seal.number, seal.rule, to_char(seal.sealed_at, %s) AS sealed_at,
                   seal.previous, seal.digest, seal.line_count,
                   (SELECT count(*) FROM civic_journal_seal_line line
                    WHERE line.seal_id = seal.id) AS actual_count
            FROM civic_journal_seal seal
            WHERE %s
            ORDER BY seal.number
            LIMIT %s
            """, MOMENT, condition, PAGE_SIZE))
        return self.env.cr.dictfetchall()

    @api.model
    def _iter_seal_rows(self, condition):
        number = 0
        while rows := self._get_seal_rows(SQL("(%s) AND seal.number > %s", condition, number)):
            yield from rows
            number = rows[-1]['number']

    @api.model
    def _prepare_seal(self, row):
        return {
            'kind': 'seal',
            'number': row['number'],
            'rule': row['rule'],
            'sealed_at': row['sealed_at'],
            'previous': row['previous'],
            'count': row['line_count'],
            'digest': row['digest'],
        }

    @api.model
    def _get_seal_texts(self, row, company):
        """Yield the JSON texts of one batch: its seal, then its lines."""
        yield json.dumps(self._prepare_seal(row), ensure_ascii=False)
        shown = SQL("line.company_id = %s", company.id) if company else SQL("TRUE")
        position = 0
        while lines := self.env.execute_query(SQL(
            """
            SELECT line.position, line.entry_number, line.company_id, line.digest, %s
            FROM civic_journal_seal_line line
            LEFT JOIN civic_journal_entry entry ON entry.id = line.entry_number AND %s
            WHERE line.seal_id = %s AND line.position > %s
            ORDER BY line.position
            LIMIT %s
            """, self._get_entry_columns(), shown, row['id'], position, PAGE_SIZE)):
            for position, entry_number, company_id, digest, *values in lines:
                yield json.dumps({
                    'kind': 'line',
                    'position': position,
                    'entry_number': entry_number,
                    'company_id': company_id,
                    'digest': digest,
                    'entry': self._prepare_entry(values) if values[0] else None,
                }, ensure_ascii=False)

    @api.model
    def _iter_unsealed(self, since, company):
        """Yield the lines that no batch holds, in order.

        A full export looks at every line, not at the queue: a line that was taken out of
        the queue shows up here.
        """
        condition = SQL("entry.company_id = %s", company.id) if company else SQL("TRUE")
        if since:
            unsealed = SQL("EXISTS (SELECT FROM civic_journal_pending p WHERE p.entry_number = entry.id)")
        else:
            unsealed = SQL(
                "NOT EXISTS (SELECT FROM civic_journal_seal_line l WHERE l.entry_number = entry.id)")
        number = 0
        while rows := self.env.execute_query(SQL(
            "SELECT %s FROM civic_journal_entry entry WHERE entry.id > %s AND %s AND %s "
            "ORDER BY entry.id LIMIT %s",
            self._get_entry_columns(), number, condition, unsealed, PAGE_SIZE)):
            for row in rows:
                yield self._prepare_entry(row)
            number = rows[-1][0]
