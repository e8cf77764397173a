import json
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.modules import module
from odoo.tools import SQL

from ..const import DIRECTIONS, MOVES, STATES, TEST_KIND
from ..tools.protocol import Declaration, Part

# Only code that holds this object moves a delivery; a context that comes over RPC cannot carry it.
_MOVING = object()
LOCK_CLASS = 7305813                # of the advisory locks: one process works on a delivery


class CivicDelivery(models.Model):
    """A row of the outbox or the inbox: some files on their way, and the proof that they arrived.

    Nothing here knows what the files are. Who sends calls :meth:`_send` with a kind, a word that both sides know; the
    model that :meth:`_get_kinds` names for it hears of what arrives (``_on_received(delivery)``) and of receipts
    (``_on_receipt(delivery)``). A delivery changes by :meth:`_move` alone; ``const.MOVES`` says from where to where.
    """

    _name = 'civic.delivery'
    _description = "Delivery"
    _inherit = ['civic.journal.mixin']
    _order = 'id desc'
    _rec_name = 'subject'

    subject = fields.Char(readonly=True)
    direction = fields.Selection(DIRECTIONS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    channel_id = fields.Many2one('civic.channel', "Channel", required=True, readonly=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, ondelete='restrict')
    kind = fields.Char(required=True, readonly=True)
    key = fields.Char("Idempotency key", required=True, readonly=True,
                      help="The partner knows a delivery by its key: sent twice, it is received once.")
    uuid = fields.Char("Number at the receiver", readonly=True)
    meta = fields.Json("Accompanying data", readonly=True)
    digest = fields.Char("Fingerprint of the declaration", size=64, required=True, readonly=True)
    part_ids = fields.One2many('civic.delivery.part', 'delivery_id', "Files", readonly=True)
    part_count = fields.Integer("Number of files", readonly=True, aggregator='sum')
    # float: an integer column ends at 2 GB
    size = fields.Float("Size (bytes)", digits=(16, 0), readonly=True, aggregator='sum')
    bytes_done = fields.Float("Bytes transferred", digits=(16, 0), readonly=True, aggregator='sum')
    progress = fields.Float(compute='_compute_progress')
    res_model = fields.Char("Object type", readonly=True)
    res_id = fields.Many2oneReference("Object number", model_field='res_model', readonly=True)

    user_id = fields.Many2one('res.users', "Sent by", readonly=True, ondelete='restrict')
    attempt_ids = fields.One2many('civic.delivery.attempt', 'delivery_id', "Attempts", readonly=True)
    failures = fields.Integer("Failures in a row", readonly=True, aggregator=None)
    next_try_at = fields.Datetime("Next try", readonly=True)
    problem_code = fields.Char(readonly=True)
    problem = fields.Char(compute='_compute_problem')
    detail = fields.Text("Technical detail", readonly=True)
    receipt = fields.Text(readonly=True)
    receipt_key = fields.Char("Key of the receipt", readonly=True)
    received_at = fields.Datetime("Received by the addressee", readonly=True)
    finished_at = fields.Datetime("Finished", readonly=True)

    _key_uniq = models.UniqueIndex('(channel_id, direction, key)', "This key was used on the channel before.")
    _uuid_uniq = models.UniqueIndex("(uuid) WHERE direction = 'in'", "This number belongs to another delivery.")
    _list_idx = models.Index('(company_id, direction, id DESC)')
    _channel_idx = models.Index('(channel_id, state)')
    _due_idx = models.Index("(next_try_at) WHERE state IN ('queued', 'sending', 'waiting', 'sent')")
    _object_idx = models.Index('(res_model, res_id) WHERE res_model IS NOT NULL')

    @api.depends('subject', 'key')
    def _compute_display_name(self):
        for delivery in self:
            delivery.display_name = delivery.subject or delivery.key

    @api.depends('bytes_done', 'size', 'state')
    def _compute_progress(self):
        for delivery in self:
            if delivery.state in ('delivered', 'received', 'processed', 'stuck', 'sent', 'verifying'):
                delivery.progress = 100.0
            else:
                delivery.progress = 100.0 * min(delivery.bytes_done / delivery.size, 1) if delivery.size else 0.0

    @api.depends('problem_code')
    @api.depends_context('lang')
    def _compute_problem(self):
        for delivery in self:
            code = delivery.problem_code
            delivery.problem = code and delivery.channel_id._get_problem(code)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Deliveries are made by what is sent or received, not by hand."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("A delivery changes by its buttons alone."))
        if 'state' in vals and self.env.context.get('civic_delivery_token') is not _MOVING:
            raise UserError(self.env._("A delivery changes by its buttons alone."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A delivery is cancelled, not deleted: it is the proof of what was sent."))

    # === ACTIONS === #

    def action_open_object(self):
        """Open what the delivery was made of, or what was made of it."""
        self.ensure_one()
        self.check_access('read')
        model = self.env.get(self.res_model) if self.res_model else None
        if model is None or not model.browse(self.res_id).exists():
            raise UserError(self.env._("Nothing in the system belongs to this delivery."))
        model.browse(self.res_id).check_access('read')
        return {'type': 'ir.actions.act_window', 'res_model': self.res_model, 'res_id': self.res_id,
                'views': [(False, 'form')]}

    # === BUSINESS === #

    @api.model
    def _get_kinds(self):
        """Return for each kind of delivery the model that hears of it. Higher rooms add theirs.

        The model has the methods ``_on_received(delivery)`` and ``_on_receipt(delivery)``; both may be called again
        after a failure, and run as superuser in the agency of the delivery.
        """
        return {TEST_KIND: self._name}

    @api.model
    def _on_received(self, delivery):
        """A test has arrived: nothing is to be done with it."""

    @api.model
    def _on_receipt(self, delivery):
        """A test has its receipt: nothing is to be done with it."""

    def _move(self, state, **values):
        """Move to the state, if that is possible from where each one is.

        :raises UserError: if not
        """
        for delivery in self:
            if state not in MOVES[delivery.state]:
                labels = dict(self._fields['state']._description_selection(self.env))
                raise UserError(self.env._(
                    "“%(delivery)s” is “%(state)s”: it cannot become “%(new)s”.",
                    delivery=delivery.display_name, state=labels[delivery.state], new=labels[state]))
        # sudo: closed to writing; who calls has checked the right
        self.sudo().with_context(civic_delivery_token=_MOVING).write({'state': state, **values})

    def _hold(self):
        """Return whether this process has the delivery for itself, until :meth:`_release`.

        The lock belongs to the connection: it ends with the process, however that ends.
        """
        self.ensure_one()
        [[held]] = self.env.execute_query(SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK_CLASS, self.id))
        return held

    def _release(self):
        self.ensure_one()
        self.env.cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_CLASS, self.id))

    def _save(self):
        """Make durable what was done so far: it is true whatever happens next."""
        self.env.flush_all()
        if not module.current_test:
            self.env.cr.commit()        # pylint: disable=invalid-commit  # bytes that went out do not come back
            self.env.invalidate_all()

    def _get_declaration(self):
        """Return what is said to the partner about this delivery."""
        self.ensure_one()
        return Declaration(
            key=self.key, kind=self.kind, subject=self.subject or '', meta=self.meta or {},
            sender=self.company_id.organ_code or self.company_id.name, recipient=self.channel_id.partner_code or '',
            created_at=self.create_date.isoformat() + 'Z',
            parts=tuple(Part(part.name, int(part.size), part.sha256, part.mimetype) for part in self.part_ids))

    @api.model
    def _make_key(self):
        return secrets.token_hex(16)

    def _get_handler(self):
        """Return the model that hears of this kind, as superuser in the agency of the delivery."""
        self.ensure_one()
        name = self._get_kinds().get(self.kind)
        # sudo: nobody is at work when something arrives
        return self.env[name].sudo().with_company(self.company_id) if name else None

    def _get_form_action(self):
        self.ensure_one()
        return {'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id, 'views': [(False, 'form')]}

    def _get_receipt_content(self):
        """Return what the receipt says, or nothing if there is none; its signature was checked when it came."""
        self.ensure_one()
        return json.loads(json.loads(self.receipt)['content']) if self.receipt else {}
