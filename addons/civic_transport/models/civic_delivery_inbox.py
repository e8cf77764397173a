import json
import logging
import os
from datetime import timedelta
from secrets import token_hex

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import receipt
from ..tools.protocol import Declaration, TransportError
from ..tools.store import PartialStore

_logger = logging.getLogger(__name__)

MB = 1024 * 1024


class CivicDelivery(models.Model):
    """The inbox: begin, grow, verify, receipt, and on to the room that it is for. All of it as superuser."""

    _inherit = 'civic.delivery'

    @api.model
    def _get_store(self):
        root = self.env['civic.transport.key']._get_settings().transport_partial
        return PartialStore(os.path.join(root, self.env.cr.dbname))

    @api.model
    def _begin(self, channel, raw):
        """Return the delivery that the partner declares: a new one, or the one that is known by its key.

        :raises TransportError:
        """
        declaration = Declaration.parse(raw, channel._get_limits())
        code = channel.company_id.organ_code
        if declaration.recipient and code and declaration.recipient != code:
            raise TransportError('wrong_recipient', declaration.recipient)
        known = self._find_in(channel, declaration.key)
        if known:
            if known.digest != declaration.digest():
                raise TransportError('key_conflict', declaration.key)
            if known.state == 'cancelled':
                raise TransportError('refused', known.problem_code or '')
            return known
        if channel._count_open_in() >= channel._get_rule('transport.max_open'):
            raise TransportError('too_many_open', retry=True, after=300)
        self._get_store().check_space(declaration.size)
        try:
            with self.env.cr.savepoint():
                return self._create_in(channel, declaration)
        except psycopg2.errors.UniqueViolation:
            raise TransportError('busy', retry=True) from None      # it began twice at the same moment

    @api.model
    def _find_in(self, channel, key):
        return self.search([('channel_id', '=', channel.id), ('direction', '=', 'in'), ('key', '=', key)], limit=1)

    @api.model
    def _create_in(self, channel, declaration):
        delivery = self.create({
            'direction': 'in',
            'state': 'receiving',
            'channel_id': channel.id,
            'company_id': channel.company_id.id,
            'uuid': token_hex(16),
            'kind': declaration.kind,
            'key': declaration.key,
            'subject': declaration.subject,
            'meta': declaration.meta,
            'digest': declaration.digest(),
            'size': declaration.size,
            'part_count': len(declaration.parts),
            'part_ids': [fields.Command.create({
                'number': number, 'name': part.name, 'size': part.size, 'sha256': part.sha256, 'mimetype': part.mimetype,
            }) for number, part in enumerate(declaration.parts)],
        })
        delivery.flush_recordset()
        self.env['civic.journal.entry']._append('transfer', delivery, detail={
            'act': 'begin', 'channel': channel.name, 'key': delivery.key, 'kind': delivery.kind, 'size': delivery.size})
        return delivery

    def _get_answer(self):
        """Return what the partner is told about this delivery."""
        self.ensure_one()
        answer = {
            'id': self.uuid,
            'state': {'verifying': 'verifying', 'receiving': 'receiving', 'cancelled': 'cancelled'}.get(self.state, 'received'),
            'chunk_size': self.channel_id._get_rule('transport.chunk_kb') * 1024,
        }
        if self.receipt:
            answer['receipt'] = json.loads(self.receipt)
        return answer

    def _get_part(self, number):
        part = self.part_ids.filtered(lambda part: part.number == number)
        if not part:
            raise TransportError('not_found')
        return part

    def _get_offset(self, number):
        """Return how many bytes of the part are here, as the partner is told.

        :raises TransportError:
        """
        part = self._get_part(number)
        if self.state != 'receiving':
            return int(part.size)
        return self._get_store().open(self.uuid).offset(number)

    def _append_chunk(self, number, offset, blocks):
        """Take bytes in and return the new offset. The database only hears of it: the file is what counts.

        :raises TransportError:
        """
        part = self._get_part(number)
        if self.state == 'cancelled':
            raise TransportError('refused')
        if self.state != 'receiving':
            raise TransportError('wrong_offset', int(part.size))
        return self._get_store().open(self.uuid).append(number, offset, int(part.size), blocks)

    def _note_progress(self):
        """Let people see how far it is. Not worth waiting for, or a failure."""
        partial = self._get_store().open(self.uuid)
        done = sum(partial.offset(part.number) for part in self.part_ids)
        # the file itself tells how far it is: after a power cut this may be less
        self.env.cr.execute("SET LOCAL synchronous_commit TO off")
        self.env.cr.execute(SQL(
            """
            UPDATE civic_delivery SET bytes_done = %s WHERE id IN (
                SELECT id FROM civic_delivery WHERE id = %s AND state = 'receiving' FOR UPDATE SKIP LOCKED)
            """, done, self.id))

    def _complete(self):
        """All has been sent: verify it now, or in the background if that takes long.

        :raises TransportError:
        """
        self.ensure_one()
        if self.state == 'cancelled':
            raise TransportError('refused')
        if self.state != 'receiving':
            return
        self._check_whole(self._get_store().open(self.uuid))
        if self.size > self.channel_id._get_rule('transport.verify_inline_mb') * MB:
            self._move('verifying', bytes_done=self.size)
            self._enqueue_verify()
        else:
            self._verify()

    def _check_whole(self, partial):
        """Refuse what has not come whole.

        :raises TransportError:
        """
        for part in self.part_ids:
            if not part.size:
                partial.append(part.number, 0, 0, ())       # a part without bytes comes without a piece
            if partial.offset(part.number) != int(part.size):
                raise TransportError('incomplete', part.name, retry=True)

    def _enqueue_verify(self):
        self.with_delay(
            identity_key=f'civic_verify_{self.id}', description=self.env._("Verify %s", self.display_name),
        )._job_verify()

    def _job_verify(self):
        """Background job: verify what has arrived."""
        for delivery in self.sudo().exists():       # sudo: the job acts for the system
            if delivery.state != 'verifying' or not delivery._hold():
                continue
            try:
                with self.env.cr.savepoint():
                    delivery._verify()
            except TransportError as error:
                _logger.warning("Delivery %s cannot be verified: %s", delivery.key, error)
                if error.code == 'hash_mismatch':
                    delivery._move('receiving', problem_code=error.code, detail=error.detail)
                else:
                    # The cron comes back to it.
                    delivery.write({'problem_code': error.code, 'detail': error.detail})
            finally:
                delivery._release()

    def _verify(self):
        """Compare digests, put the files into the store and write the receipt: all of it, or nothing.

        :raises TransportError:
        """
        self.ensure_one()
        store, uuid = self._get_store(), self.uuid
        partial = store.open(uuid)
        with partial.lock():
            wrong, digests = [], {}
            for part in self.part_ids:
                size, sha256, digests[part] = partial.measure(part.number)
                if (size, sha256) != (int(part.size), part.sha256):
                    wrong.append(part)
            if wrong:
                for part in wrong:
                    partial.forget(part.number)     # a part that is wrong comes again from its first byte
                names = ', '.join(part.name for part in wrong)
                self.env['civic.journal.entry']._append_outside(
                    'fixity_check', model=self._name, res_id=self.id, object_ref=self.display_name,
                    detail={'wrong': names}, company=self.company_id)
                raise TransportError('hash_mismatch', names, retry=True)
            for part, sha1 in digests.items():
                part.attachment_id = self.env['ir.attachment']._civic_store_file(
                    partial.path(part.number), int(part.size), sha1, {
                        'name': part.name, 'mimetype': part.mimetype, 'res_model': part._name, 'res_id': part.id,
                        'company_id': self.company_id.id})
            self._finish_in()
        self.env.cr.postcommit.add(lambda: store.drop(uuid))

    def _finish_in(self):
        """Write and sign the receipt: from here on the delivery is ours."""
        signed = receipt.sign(self._prepare_receipt(), self.channel_id._get_signer())
        now = fields.Datetime.now()
        self._move(
            'received', receipt=json.dumps(signed), receipt_key=signed['key_id'], bytes_done=self.size, received_at=now,
            problem_code=False, detail=False)
        self.env['civic.journal.entry']._append('receipt', self, detail={
            'channel': self.channel_id.name, 'key': self.key, 'kind': self.kind, 'size': self.size,
            'parts': [{'name': part.name, 'sha256': part.sha256} for part in self.part_ids[:50]]})
        self._enqueue_dispatch()

    def _prepare_receipt(self):
        """Return what the receipt says. Higher rooms may say more, never less."""
        company = self.company_id
        return {
            'key': self.key,
            'kind': self.kind,
            'id': self.uuid,
            'declaration': self.digest,
            'parts': [{'name': part.name, 'size': int(part.size), 'sha256': part.sha256} for part in self.part_ids],
            'size': int(self.size),
            'received_at': fields.Datetime.now().isoformat() + 'Z',
            'receiver': {'agency': company.name, 'organ_code': company.organ_code or ''},
            'channel': self.channel_id.name,
        }

    def _cancel_in(self):
        """The partner takes back what is not complete."""
        self.ensure_one()
        if self.state == 'cancelled':
            return
        if self.state != 'receiving':
            raise TransportError('already_received')
        self._cancel_receiving('by_sender')

    def _cancel_receiving(self, why):
        self._move('cancelled', finished_at=fields.Datetime.now(), problem_code='refused', detail=why)
        self.env['civic.journal.entry']._append('cancellation', self, detail={'reason': why})
        store, names = self._get_store(), self.mapped('uuid')
        self.env.cr.postcommit.add(lambda: [store.drop(name) for name in names])

    # === ON TO THE ROOM ABOVE === #

    def _enqueue_dispatch(self):
        self.with_delay(
            identity_key=f'civic_dispatch_{self.id}', description=self.env._("Process %s", self.display_name),
        )._job_dispatch()

    def _job_dispatch(self):
        """Background job: tell the room that the delivery is for. What fails there stays here, and is tried again."""
        for delivery in self.sudo().exists():       # sudo: the job acts for the system
            delivery._dispatch()

    def _dispatch(self):
        self.ensure_one()
        is_in = self.direction == 'in'
        if self.state not in (('received', 'stuck') if is_in else ('delivered',)):
            return True
        handler = self._get_handler()
        try:
            if handler is None:
                raise TransportError('unknown_kind', self.kind)
            with self.env.cr.savepoint():
                (handler._on_received if is_in else handler._on_receipt)(self)
        except Exception as error:
            _logger.exception("Delivery %s was not processed", self.key)
            values = {'problem_code': getattr(error, 'code', 'not_processed'), 'detail': str(error)[:2000]}
            if is_in:
                self._move('stuck', **values)
            else:
                self.write(values)
            return False
        values = {'finished_at': fields.Datetime.now(), 'problem_code': False, 'detail': False}
        if is_in:
            self._move('processed', **values)
        else:
            self.write(values)
        return True

    # === CLEANING UP === #

    @api.autovacuum
    def _gc_partials(self):
        """Give up what nobody has gone on sending for long, and forget what is left of finished deliveries."""
        stale = self.search([('direction', '=', 'in'), ('state', '=', 'receiving')])
        for delivery in stale:
            days = delivery.channel_id._get_rule('transport.partial_days')
            if delivery.write_date < fields.Datetime.now() - timedelta(days=days):
                delivery._cancel_receiving('expired')
        store = self._get_store()
        names = store.list()
        living = self.search([('direction', '=', 'in'), ('state', 'in', ('receiving', 'verifying')), ('uuid', 'in', names)])
        for name in set(names) - set(living.mapped('uuid')):
            store.drop(name)
