from datetime import timedelta

from psycopg2.errors import LockNotAvailable, SerializationFailure, UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

QUEUE_ORDER = 'urgency_rank desc, date_sort desc, id desc'
MAX_IDS = 500           # ids of a list that a browser may send along


class _Incomplete(Exception):
    """The draft lacks fields; ends the savepoint, and never leaves this file."""

    def __init__(self, names):
        super().__init__(names)
        self.names = names


class CivicDocumentLease(models.Model):
    """Which clerk has which draft open, and until when: a courtesy between clerks, in a table of its own.

    The row of the document is left alone: renewing a lease twice a minute must not collide with saving or
    registering it. A lease ends by itself, so a browser that dies holds nothing back.
    """

    _name = 'civic.document.lease'
    _description = "Draft Held Open by a Clerk"
    _log_access = False
    _rec_name = 'document_id'

    document_id = fields.Many2one('civic.document', required=True, ondelete='cascade')
    user_id = fields.Many2one('res.users', required=True, index=True, ondelete='cascade')
    locked_at = fields.Datetime(required=True)
    expires_at = fields.Datetime(required=True)

    _document_uniq = models.UniqueIndex('(document_id)')

    @api.model
    def _take(self, documents, force=False):
        """Lease the documents to the user as far as nobody else has them; return those leased now.

        It never raises: who loses a race of two clerks gets nothing, as if having come a moment later.
        """
        if not documents:
            return documents
        now = fields.Datetime.now()
        seconds = self.env['civic.rule.value']._get('incoming.lease_seconds')
        rows = SQL(", ").join(
            SQL("(%s, %s, %s, %s)", document_id, self.env.uid, now, now + timedelta(seconds=seconds))
            for document_id in sorted(documents.ids))
        rows = self._execute(SQL(
            """
            INSERT INTO civic_document_lease AS lease (document_id, user_id, locked_at, expires_at)
            VALUES %s
                ON CONFLICT (document_id) DO UPDATE
               SET user_id = excluded.user_id,
                   expires_at = excluded.expires_at,
                   locked_at = CASE WHEN lease.user_id = excluded.user_id THEN lease.locked_at
                                    ELSE excluded.locked_at END
             WHERE lease.user_id = excluded.user_id OR lease.expires_at < %s OR %s
            RETURNING document_id
            """,
            rows, now, force))
        return documents.browse(document_id for [document_id] in rows)

    @api.model
    def _release(self, documents):
        """End the user's own leases of the documents."""
        if documents:
            self._execute(SQL(
                "DELETE FROM civic_document_lease WHERE document_id IN %s AND user_id = %s RETURNING document_id",
                tuple(documents.ids), self.env.uid))

    @api.model
    def _execute(self, query):
        try:
            with mute_logger('odoo.sql_db'), self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query)
                return self.env.cr.fetchall()
        except (SerializationFailure, LockNotAvailable, UniqueViolation):
            # another clerk, or the same one elsewhere, was here since this transaction began
            return []

    @api.model
    def _get_holders(self, documents):
        """Return {document id: (user id, since)} of the leases that run."""
        if not documents.ids:
            return {}
        self.env.cr.execute(SQL(
            "SELECT document_id, user_id, locked_at FROM civic_document_lease WHERE document_id IN %s AND expires_at >= %s",
            tuple(documents.ids), fields.Datetime.now()))
        return {document_id: (user_id, since) for document_id, user_id, since in self.env.cr.fetchall()}

    @api.autovacuum
    def _gc_leases(self):
        self.env.cr.execute(SQL(
            "DELETE FROM civic_document_lease WHERE expires_at < %s", fields.Datetime.now() - timedelta(days=1)))


class CivicDocument(models.Model):
    """The pile to register, and the desk at which a clerk works through it without leaving the keyboard.

    The `desk_*` methods are what the clerk's form calls: one call shows the number, and the next draft is there
    already, because `desk_next` read it while the clerk still typed.
    """

    _inherit = 'civic.document'

    locked_by_id = fields.Many2one('res.users', string="Open with", compute='_compute_lock')
    locked_at = fields.Datetime(string="Open since", compute='_compute_lock')
    lock_label = fields.Char(
        string="Held Open", compute='_compute_lock', help="The colleague who has the draft open at this moment.")

    # the pile in its order, the top of it and its length
    _queue_idx = models.Index(
        "(company_id, urgency_rank DESC, date_sort DESC, id DESC) WHERE direction = 'incoming' AND state = 'draft'")

    @api.depends('state')
    @api.depends_context('uid', 'lang')
    def _compute_lock(self):
        drafts = self.filtered(lambda document: document.state == 'draft' and document._origin)
        holders = self.env['civic.document.lease']._get_holders(drafts._origin)
        # sudo: the names of colleagues are no secret in the house
        users_sudo = self.env['res.users'].sudo()
        for document in self:
            user_id, since = holders.get(document._origin.id, (False, False))
            user_sudo = users_sudo.browse(user_id)
            document.locked_by_id = user_id
            document.locked_at = since
            document.lock_label = user_id and user_id != self.env.uid and self.env._(
                "%s has it open", user_sudo.name)

    # === DESK === #

    def desk_open(self):
        """Take the lease of the draft that the form shows; tell who else has it, and what waits.

        :return: see `_get_desk_state`
        """
        self._check_may_use_desk()
        self._lease()
        return self._get_desk_state()

    def desk_next(self, specification, res_ids=(), skip_ids=()):
        """Renew the lease of the shown drafts, and read the next one before it is asked for.

        :param specification: fields as the form wants them from `web_read`
        :param res_ids: ids in the order of the clerk's list; urgent ones go first, the rest of the pile comes last
        :param skip_ids: drafts that the clerk put aside
        :return: the state of the desk and `next`: `{"id", "values", "findings"}`, or False when nothing is left
        """
        self._check_may_use_desk()
        self._lease()
        upcoming = self._lease_next(res_ids, skip_ids)
        return {**self._get_desk_state(), 'next': upcoming._read_for_desk(specification)}

    def desk_register(self, values, specification, next_id=False, res_ids=(), skip_ids=()):
        """Save, register, and say which draft comes next: one call for Ctrl+Enter.

        :param values: what the clerk typed, as for `web_save`
        :param next_id: the draft that the browser has read already; it is only leased again, not read
        :return: `{"ok": True, "number", "name", "next"…}`, or `{"ok": False, "message", "fields"}`: then nothing
            was written
        """
        self.ensure_one()
        self._check_may_use_desk()
        try:
            with self.env.cr.savepoint():
                if values:
                    self.write(values)
                missing = self._get_missing_fields()
                if missing:
                    raise _Incomplete(missing)
                self._register_documents()
                self.env.flush_all()
        except _Incomplete as error:
            self.env.invalidate_all()
            return {'ok': False, 'fields': error.names, 'message': self._get_missing_message(error.names)}
        except (AccessError, MissingError):
            raise
        except UserError as error:
            self.env.invalidate_all()
            return {'ok': False, 'fields': [], 'message': str(error)}
        return {
            'ok': True,
            'id': self.id,
            'number': self.register_label,
            'name': self.display_name,
            **self._leave_desk(specification, next_id, res_ids, skip_ids),
        }

    def desk_return(self, reason, specification, next_id=False, res_ids=(), skip_ids=()):
        """Send the draft back to its sender, and say which one comes next."""
        self.ensure_one()
        self._check_may_use_desk()
        self._apply_reason('_return_to_sender', reason)
        return {'ok': True, **self._leave_desk(specification, next_id, res_ids, skip_ids)}

    def desk_release(self):
        """The clerk has left these drafts."""
        self._check_may_use_desk()
        self.env['civic.document.lease']._release(self)
        return True

    def desk_take_over(self):
        """Take the lease from a colleague, who is told."""
        self.ensure_one()
        self._check_may_use_desk()
        holder_id, _since = self.env['civic.document.lease']._get_holders(self).get(self.id, (False, False))
        self.env['civic.document.lease']._take(self, force=True)
        if holder_id and holder_id != self.env.uid:
            # sudo: a message on the colleague's own channel
            self.env['res.users'].sudo().browse(holder_id)._bus_send('civic_desk_taken', {
                'document_id': self.id, 'name': self.display_name, 'user': self.env.user.name})
        return self._get_desk_state()

    # === BUSINESS === #

    def _prepare_preview(self, content):
        return {**super()._prepare_preview(content), 'page_count': content.page_count or 1}

    def _check_may_use_desk(self):
        self._check_may_receive()
        self.check_access('write')

    def _lease(self):
        """Take or renew the leases of the drafts that are free."""
        drafts = self.filtered(lambda document: document.state == 'draft' and document.direction == 'incoming')
        return self.env['civic.document.lease']._take(drafts)

    def _get_desk_state(self):
        """What the form shows around the draft: who holds it, and how much waits."""
        holders = self.env['civic.document.lease']._get_holders(self[:1])
        holder_id, since = holders.get(self[:1].id, (False, False))
        is_other = bool(holder_id) and holder_id != self.env.uid
        return {
            # sudo: the names of colleagues are no secret in the house
            'lock': is_other and {
                'user': self.env['res.users'].sudo().browse(holder_id).name, 'since': fields.Datetime.to_string(since)},
            'is_mine': holder_id == self.env.uid,
            'queue': self.get_queue_count(),
            'lease_seconds': self.env['civic.rule.value']._get('incoming.lease_seconds'),
        }

    @api.model
    def _get_queue_domain(self):
        return Domain('direction', '=', 'incoming') & Domain('state', '=', 'draft')

    @api.model
    @api.readonly
    def get_queue_count(self):
        """How many drafts wait to be registered, as far as the user sees them, and how many of them are urgent."""
        counts = dict(self._read_group(self._get_queue_domain(), ['urgency_rank'], ['__count']))
        return {
            'total': sum(counts.values()),
            'urgent': sum(count for rank, count in counts.items() if rank),
        }

    def _lease_next(self, res_ids=(), skip_ids=()):
        """Lease the next draft that nobody has: urgent ones, then the clerk's own list, then the pile.

        Who loses it to a colleague at that very moment tries the one after it.
        """
        skipped = {*self.ids, *list(skip_ids)[:MAX_IDS]}
        for _attempt in range(5):
            upcoming = self._find_next(list(res_ids)[:MAX_IDS], skipped)
            if not upcoming or self.env['civic.document.lease']._take(upcoming):
                return upcoming
            skipped.add(upcoming.id)
        return self.browse()

    def _find_next(self, res_ids, skipped):
        # a colleague's leases end what can be chosen, so they are part of the question
        taken = SQL(
            "(SELECT document_id FROM civic_document_lease WHERE expires_at >= %s AND user_id != %s)",
            fields.Datetime.now(), self.env.uid)
        free = self._get_queue_domain() & Domain('id', 'not in', taken) & Domain('id', 'not in', list(skipped))
        first = self.search_fetch(free, ['urgency_rank'], limit=1, order=QUEUE_ORDER)
        if not first or first.urgency_rank or not res_ids:
            return first
        # from the shown draft on, then from the top of the list
        start = res_ids.index(self.id) + 1 if len(self) == 1 and self.id in res_ids else 0
        listed = self.search(free & Domain('id', 'in', res_ids)).ids
        order = {document_id: place for place, document_id in enumerate([*res_ids[start:], *res_ids[:start]])}
        return self.browse(min(listed, key=order.get)) if listed else first

    def _read_for_desk(self, specification):
        if not self:
            return False
        [values] = self.with_context(bin_size=True).web_read(specification)
        return {'id': self.id, 'values': values, 'findings': self.check_guards(self._get_guard_values())}

    def _leave_desk(self, specification, next_id, res_ids, skip_ids):
        """After the act on the shown draft: lease the next one, and read it unless the browser has it."""
        upcoming = self.browse(next_id or [])
        if upcoming and not (upcoming._is_waiting() and upcoming._lease()):
            upcoming = self.browse()
        if upcoming:
            following = {'id': upcoming.id, 'values': False, 'findings': []}
        else:
            following = self._lease_next(res_ids, skip_ids)._read_for_desk(specification)
        return {'next': following, 'queue': self.get_queue_count()}

    def _is_waiting(self):
        """Whether it is still a draft of the pile that the user may register."""
        return bool(self.search_count(self._get_queue_domain() & Domain('id', '=', self.id), limit=1))

    def _get_missing_fields(self):
        """The fields that the register needs and the draft lacks, in the order of the form."""
        self.ensure_one()
        missing = [name for name in self._get_required_fields() if not self[name]]
        if not self.issuer_id and not self.issuer_name:
            missing.insert(0, 'issuer_id')
        if self.access_level == 'restricted' and not self.user_ids:
            missing.append('user_ids')
        if not self.paper_original and not self.content_ids:
            missing.append('paper_original')
        return missing

    def _get_missing_message(self, names):
        message = self.env._("Fill in before registering: %s.", self._get_field_labels(names))
        if 'paper_original' in names:
            message += " " + self.env._("The draft has no file: attach it, or say that the original is paper.")
        return message

    def _register_documents(self, date=None):
        incoming = self.filtered(lambda document: document.direction == 'incoming' and document.state == 'draft')
        holders = self.env['civic.document.lease']._get_holders(incoming)
        for document in incoming:
            holder_id, _since = holders.get(document.id, (False, False))
            if holder_id and holder_id != self.env.uid:
                raise UserError(self.env._(
                    "%(person)s has “%(document)s” open. Take it over, or leave it to that colleague.",
                    # sudo: the names of colleagues are no secret in the house
                    person=self.env['res.users'].sudo().browse(holder_id).name, document=document.display_name))
        result = super()._register_documents(date)
        if holders:
            self.env['civic.document.lease']._release(incoming)
        return result

    def _move_to(self, state, **values):
        super()._move_to(state, **values)
        if state == 'returned':
            self.env['civic.document.lease']._release(self)
