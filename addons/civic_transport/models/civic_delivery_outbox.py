import json
import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import DUE_STATES
from ..tools import receipt
from ..tools.protocol import TransportError, measure, wait_before

_logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 2


class CivicDelivery(models.Model):
    """The outbox: what is sent, tried again, paused and taken back.

    A job sends for some time and then makes room for the next one. Before each step the database says what is going to
    be done, after it what was done: a process may end anywhere.
    """

    _inherit = 'civic.delivery'

    # === WHAT OTHER ROOMS CALL === #

    @api.model
    def _send(self, channel, kind, attachments, *, key=None, subject='', meta=None, origin=None, digests=None):
        """Put files into the outbox and return the delivery. The caller has checked the rights.

        A key that was used before on the channel returns the delivery of that time.

        :param str kind: what the receiving side knows it by
        :param attachments: the files, by reference: they stay where they are and must not change
        :param dict meta: accompanying data, JSON
        :param origin: record that the delivery is made of
        :param dict digests: SHA-256 by id of attachment, where it is known
        """
        # sudo: rows are made for whoever sends
        outbox, channel = self.sudo().with_company(channel.company_id), channel.sudo()
        if key:
            known = outbox.search([('channel_id', '=', channel.id), ('direction', '=', 'out'), ('key', '=', key)])
            if known:
                return self.browse(known.id)
        if not attachments:
            raise UserError(self.env._("A delivery has at least one file."))
        if not channel.active:
            raise UserError(self.env._("The channel “%s” is archived.", channel.name))
        parts = [
            outbox._prepare_part(number, attachment, (digests or {}).get(attachment.id))
            for number, attachment in enumerate(attachments.sudo())]
        delivery = outbox.create({
            'direction': 'out',
            'state': 'queued',
            'channel_id': channel.id,
            'company_id': channel.company_id.id,
            'kind': kind,
            'key': key or self._make_key(),
            'subject': subject,
            'meta': meta or {},
            'digest': '-',
            'size': sum(part['size'] for part in parts),
            'part_count': len(parts),
            'part_ids': [fields.Command.create(part) for part in parts],
            'res_model': origin._name if origin else False,
            'res_id': origin.id if origin else False,
            'user_id': self.env.uid,
            'next_try_at': fields.Datetime.now(),
        })
        delivery.digest = delivery._get_declaration().digest()
        self.env['civic.journal.entry']._append('transfer', delivery, detail={
            'act': 'queue', 'channel': channel.name, 'key': delivery.key, 'kind': kind, 'size': delivery.size})
        delivery._enqueue()
        return self.browse(delivery.id)

    @api.model
    def _prepare_part(self, number, attachment, sha256):
        name, path = attachment.name.replace('/', '_').replace('\\', '_'), None
        if attachment.store_fname:
            path = attachment._full_path(attachment.store_fname)
        try:
            if path and sha256:
                with attachment._civic_open() as source:
                    size = source.seek(0, 2)
            elif path:
                size, sha256, _sha1 = measure(path)
            else:
                raw = attachment.raw or b''
                size, sha256 = len(raw), receipt.fingerprint(raw)
        except OSError:
            raise UserError(self.env._("The file “%s” is not in the store.", attachment.name)) from None
        return {'number': number, 'name': name, 'size': size, 'sha256': sha256, 'attachment_id': attachment.id,
                'mimetype': attachment.mimetype or 'application/octet-stream'}

    # === ACTIONS === #

    def action_pause(self):
        """Stop after the piece that is under way; what has arrived stays there."""
        self._check_may_act()
        self._move('paused')
        self._journal_act('pause')
        return True

    def action_resume(self):
        """Go on where it was paused."""
        self._check_may_act()
        self._requeue('paused', 'resume')
        return True

    def action_retry(self):
        """Try again now what waits, failed, or was not processed; one that cannot is told, the others go on."""
        self._check_may_act()
        done, told = 0, []
        for delivery in self:
            try:
                with self.env.cr.savepoint():
                    delivery._retry()
                done += 1
            except UserError as error:
                told.append(str(error))
        if told and not done:
            raise UserError("\n".join(told))
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'message': "\n".join([
                    self.env._("%(done)s of %(all)s are tried again.", done=done, all=len(self)), *told]),
                'type': 'warning' if told else 'success',
                'sticky': bool(told),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    def action_cancel(self):
        """Take back what has not been received; the partner is told to forget what it has of it."""
        self._check_may_act()
        for delivery in self:
            if delivery.direction == 'in':
                if delivery.state != 'receiving':
                    raise UserError(self.env._("“%s” was received: it cannot be cancelled.", delivery.display_name))
                delivery.sudo()._cancel_receiving('by_receiver')        # sudo: closed to writing, right checked
                continue
            began = bool(delivery.attempt_ids)
            delivery._move('cancelled', finished_at=fields.Datetime.now(), next_try_at=False)
            delivery._journal_act('cancel')
            if began:
                # sudo: the job belongs to the system
                delivery.sudo().with_delay(
                    description=self.env._("Take back %s", delivery.display_name))._job_tell_cancelled()
        return True

    def _check_may_act(self):
        self.check_access('write')

    def _journal_act(self, act):
        self.env['civic.journal.entry']._append('modification', self, detail={'act': act})

    def _retry(self):
        """Try again at once.

        :raises UserError: when that makes no sense in this state
        """
        self.ensure_one()
        if self.state in ('failed', 'waiting', 'paused'):
            self._requeue(self.state, 'retry')
        elif self.state == 'stuck' or (self.state == 'delivered' and self.problem_code):
            self._journal_act('retry')
            self.sudo()._enqueue_dispatch()         # sudo: the job belongs to the system
        else:
            labels = dict(self._fields['state']._description_selection(self.env))
            raise UserError(self.env._(
                "“%(delivery)s” is “%(state)s”: there is nothing to try again.",
                delivery=self.display_name, state=labels[self.state]))

    def _requeue(self, state, act):
        for delivery in self:
            if delivery.state != state:
                raise UserError(self.env._("“%s” has changed meanwhile. Look at it again.", delivery.display_name))
        self._move('queued', failures=0, next_try_at=fields.Datetime.now(), problem_code=False, detail=False)
        self._journal_act(act)
        self.sudo()._enqueue()                      # sudo: the job belongs to the system

    # === SENDING === #

    def _enqueue(self):
        for delivery in self:
            delivery.with_delay(
                identity_key=f'civic_transport_{delivery.id}', description=self.env._("Send %s", delivery.display_name),
            )._job_send()

    @api.model
    def _cron_transport(self):
        """Put in line what is due: new, waiting for its time, or left behind by a process that ended."""
        due = self.search(
            Domain('direction', '=', 'out') & Domain('state', 'in', DUE_STATES)
            & (Domain('next_try_at', '=', False) | Domain('next_try_at', '<=', fields.Datetime.now())),
            order='next_try_at, id', limit=500)
        due._enqueue()
        self.env['civic.channel']._scan_folders()
        for delivery in self.search([('direction', '=', 'in'), ('state', '=', 'verifying')], limit=100):
            delivery._enqueue_verify()
        for delivery in self.search([('direction', '=', 'in'), ('state', '=', 'received')], limit=500):
            delivery._enqueue_dispatch()

    def _job_send(self):
        """Background job: send for some time; one process per delivery."""
        for delivery in self.sudo().exists():       # sudo: the job acts for the system
            if delivery.state in DUE_STATES and delivery._hold():
                try:
                    delivery.invalidate_recordset()
                    delivery.with_company(delivery.company_id)._send_some()
                finally:
                    delivery._release()

    def _send_some(self):
        """Make one attempt, note how it ended and what comes next."""
        self.ensure_one()
        if self.next_try_at and self.next_try_at > fields.Datetime.now():
            return
        is_awaiting, before = self.state == 'sent', self.bytes_done
        attempt = self._start_attempt()
        try:
            outcome, signed = self._exchange(is_awaiting)
            if outcome == 'receipt':
                self._take_receipt(signed)
        except TransportError as error:
            self._end_attempt(attempt, 'failed', error)
            self._note_failure(error, self.bytes_done > before)
        else:
            self._end_attempt(attempt, outcome)
            self._note_outcome(outcome, is_awaiting)
        self._save()

    def _start_attempt(self):
        """Say that an attempt is under way. It counts as a failure until it ends: so does one that is killed."""
        running = self.attempt_ids.filtered(lambda attempt: attempt.outcome == 'running')
        running.write({'outcome': 'interrupted', 'ended_at': fields.Datetime.now()})
        if self.state != 'sending':
            self._move('sending')
        self.failures += 1
        attempt = self.env['civic.delivery.attempt'].create({'delivery_id': self.id, 'bytes_done': self.bytes_done})
        self._save()
        return attempt

    def _end_attempt(self, attempt, outcome, error=None):
        attempt.write({
            'outcome': outcome, 'ended_at': fields.Datetime.now(), 'bytes_done': self.bytes_done,
            'problem_code': error and error.code, 'detail': error and error.detail})

    def _exchange(self, is_awaiting):
        """Talk to the partner once; see the transports for what is returned."""
        transport = self.channel_id._get_transport()
        if transport.has_receipts and not self.channel_id._get_verifiers():
            raise TransportError('key_unknown')
        declaration = self._get_declaration()
        if is_awaiting:
            return transport.fetch_receipt(declaration)
        return transport.send(
            declaration, self._open_part, on_progress=self._make_progress(),
            deadline=time.monotonic() + self.channel_id._get_rule('transport.slice_seconds'))

    def _open_part(self, number):
        try:
            return self.part_ids[number]._open()
        except OSError as error:
            raise TransportError('payload_missing', error) from None

    def _make_progress(self):
        """Return what is called after each piece: it notes the bytes now and then and says whether to stop."""
        told = time.monotonic()

        def on_progress(done):
            nonlocal told
            if done < self.size and time.monotonic() - told < PROGRESS_SECONDS:
                return False
            told = time.monotonic()
            return not self._note_bytes(done)

        return on_progress

    def _note_bytes(self, done):
        """Note how many bytes have arrived, and return whether sending goes on."""
        self._save()            # a new snapshot: a person may have paused it meanwhile
        rows = self.env.execute_query(SQL(
            "UPDATE civic_delivery SET bytes_done = %s WHERE id = %s AND state = 'sending' RETURNING id", done, self.id))
        self.invalidate_recordset(['bytes_done', 'state'])
        self._save()
        return bool(rows)

    def _take_receipt(self, signed):
        """Keep the receipt if it is the partner's and says what was sent.

        :raises TransportError: if not
        """
        try:
            content = receipt.read(signed, self.channel_id._get_verifiers())
            receipt.check(content, self._get_declaration())
        except receipt.ReceiptError as error:
            raise TransportError('bad_receipt', error) from None
        self._save()
        if self.state == 'cancelled':
            return              # taken back too late; the partner's proof is kept all the same
        try:
            received_at = fields.Datetime.to_datetime(content['received_at'].rstrip('Z').split('.')[0].replace('T', ' '))
        except (KeyError, AttributeError, ValueError):
            received_at = fields.Datetime.now()
        if self.state == 'paused':
            self._move('queued')
        if self.state == 'queued':
            self._move('sending')
        self._move(
            'delivered', receipt=json.dumps(signed), receipt_key=signed['key_id'], received_at=received_at,
            uuid=str(content.get('id') or '')[:64], bytes_done=self.size, failures=0, next_try_at=False,
            problem_code=False, detail=False)
        self.env['civic.journal.entry']._append('transfer', self, detail={
            'act': 'delivered', 'channel': self.channel_id.name, 'key': self.key, 'receipt_key': self.receipt_key})
        self._enqueue_dispatch()

    def _note_outcome(self, outcome, was_awaiting):
        """Say what comes after an attempt without an error."""
        now = fields.Datetime.now()
        if outcome == 'accepted':
            self._save()
            wait = self._get_wait() if was_awaiting else 5
            if self.state == 'sending':
                self._move('sent', next_try_at=now + timedelta(seconds=wait), bytes_done=self.size)
        elif outcome == 'more':
            self._save()
            if self.state == 'sending':
                self._move('queued', failures=0, next_try_at=now)
                self._enqueue()
        elif outcome == 'stopped':
            self._save()
            self.failures = 0

    def _note_failure(self, error, has_progress):
        """Say when it is tried again, or that it is not."""
        self._save()
        if self.state != 'sending':             # paused or cancelled meanwhile
            return
        values = {'problem_code': error.code, 'detail': error.detail}
        if has_progress and error.code != 'hash_mismatch':
            self.failures = 1
        if not error.retry or self.failures >= self.channel_id._get_rule('transport.max_attempts'):
            self._move('failed', next_try_at=False, **values)
            self.env['civic.journal.entry']._append(
                'transfer', self, outcome='failure', detail={'act': 'failed', 'problem': error.code, 'detail': error.detail})
            return
        wait = max(self._get_wait(), error.after)
        self._move('waiting', next_try_at=fields.Datetime.now() + timedelta(seconds=wait), **values)

    def _get_wait(self):
        get = self.channel_id._get_rule
        return wait_before(
            self.failures, get('transport.retry_first_seconds'), get('transport.retry_factor'),
            get('transport.retry_longest_seconds'))

    def _job_tell_cancelled(self):
        """Background job: tell the partner to forget what has come so far. If it cannot be told, it forgets by itself."""
        for delivery in self.sudo().exists():       # sudo: the job acts for the system
            try:
                delivery.channel_id._get_transport().cancel(delivery._get_declaration())
            except TransportError as error:
                _logger.info("The partner was not told that %s is cancelled: %s", delivery.key, error)
                delivery.write({'problem_code': error.code, 'detail': error.detail})
