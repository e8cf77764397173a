from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..const import HANDLING_STATES

# A change of one of these may change who holds a document.
HOLDER_FIELDS = frozenset(('state', 'unit_id', 'handler_id', 'leader_id'))
HOLDING_ROLES = [
    ('office', "Records office"),
    ('leader', "Leader"),
    ('lead', "Lead unit"),
]
HELD_STATES = ('registered', *HANDLING_STATES)


class CivicHolding(models.Model):
    """Who held an incoming document, in which state, how long (Decree 30/2020, Art. 24; Annex VI, III.1.l).

    One row per holder and state, without a gap from registration to the end; the last one is open while the
    document is held. The system alone writes rows, with the act that passes the document on. The time in the
    records office is added when the document leaves it: a draft costs nothing.
    """

    _name = 'civic.holding'
    _description = "Holding of a Document"
    _order = 'document_id desc, since, id'
    _rec_name = 'document_id'

    document_id = fields.Many2one('civic.document', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', string="Agency", required=True, ondelete='restrict')
    role = fields.Selection(HOLDING_ROLES, required=True)
    unit_id = fields.Many2one('hr.department', string="Unit", index='btree_not_null', ondelete='restrict')
    user_id = fields.Many2one('res.users', string="Person", index='btree_not_null', ondelete='restrict')
    state = fields.Selection(
        selection=lambda self: self.env['civic.document']._fields['state']._description_selection(self.env),
        required=True)
    since = fields.Datetime(required=True)
    until = fields.Datetime(help="Empty: the document is still there.")
    working_days = fields.Integer(
        aggregator='sum', help="Working days from then to then, the first day not counted. Open rows grow overnight.")

    holder = fields.Char(compute='_compute_holder')
    days_now = fields.Integer(
        string="Working Days So Far", compute='_compute_days_now', help="Working days until the end, or until today.")
    type_id = fields.Many2one(related='document_id.type_id')
    issuer_id = fields.Many2one(related='document_id.issuer_id')

    _one_open = models.UniqueIndex('(document_id) WHERE until IS NULL', "The document is already held by somebody.")
    _since_idx = models.Index('(company_id, since DESC)')

    @api.depends('role', 'unit_id', 'user_id')
    def _compute_holder(self):
        roles = dict(self._fields['role']._description_selection(self.env))
        # sudo: the names of units and people are no secret, whoever may read the document
        for holding, holding_sudo in zip(self, self.sudo(), strict=True):
            names = filter(None, (holding_sudo.unit_id.name, holding_sudo.user_id.name))
            holding.holder = " · ".join(names) or roles.get(holding.role)

    @api.depends('since', 'until')
    def _compute_days_now(self):
        days = self._count_days([(row.company_id, row.since, row.until) for row in self])
        for holding, count in zip(self, days, strict=True):
            holding.days_now = count

    # === WORKING DAYS === #

    @api.model
    def _get_local_day(self, moment):
        """The day of the agency at the moment (UTC)."""
        return fields.Datetime.context_timestamp(self.with_context(tz=DEFAULT_TZ), moment).date()

    @api.model
    def _count_days(self, spans):
        """Return the working days of each (agency, since, until or None for now): each span once, no query."""
        now = fields.Datetime.now()
        known = {}
        result = []
        for company, since, until in spans:
            if not since:
                result.append(0)
                continue
            key = (company, self._get_local_day(since), self._get_local_day(until or now))
            if key not in known:
                known[key] = max(0, company._working_days_between(key[1], key[2]))
            result.append(known[key])
        return result

    @api.model
    def _refresh_days(self, model_name, target, start, end, condition):
        """Set ``target`` of all rows that meet the condition to the working days from start to end, in one UPDATE
        per agency.

        :param start, end: SQL of two days, over the row alias ``r``
        :param condition: SQL over the same alias
        """
        model = self.env[model_name]
        model.flush_model()
        table = SQL.identifier(model._table)
        spans = self.env.execute_query(SQL(
            """
            SELECT r.company_id, min(least(%(start)s, %(end)s)), max(greatest(%(start)s, %(end)s))
              FROM %(table)s r WHERE %(condition)s GROUP BY 1
            """,
            start=start, end=end, table=table, condition=condition))
        for company_id, first, last in spans:
            if not company_id or not first:
                continue
            company = self.env['res.company'].browse(company_id)
            days, numbers = zip(*company._get_working_day_numbers(first, last), strict=True)
            self.env.cr.execute(SQL(
                """
                WITH calendar AS (SELECT * FROM unnest(%(days)s::date[], %(numbers)s::int[]) AS c(day, number))
                UPDATE %(table)s r SET %(target)s = greatest(0, b.number - a.number)
                  FROM calendar a, calendar b
                 WHERE r.company_id = %(company)s AND %(condition)s AND a.day = %(start)s AND b.day = %(end)s
                   AND r.%(target)s IS DISTINCT FROM greatest(0, b.number - a.number)
                """,
                days=list(days), numbers=list(numbers), table=table, target=SQL.identifier(target),
                company=company_id, condition=condition, start=start, end=end))
        model.invalidate_model([target])

    @api.model
    def _sql_day(self, column, default=None):
        """SQL of the agency's day of a moment of the row ``r``; of now, or of the default, where there is none."""
        moment = SQL("COALESCE(r.%s, %s)", SQL.identifier(column), default or fields.Datetime.now())
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, DEFAULT_TZ)

    @api.model
    def _refresh_open(self):
        """Let the figures of what is still open grow with the day."""
        self._refresh_days(
            'civic.holding', 'working_days', self._sql_day('since'), self._sql_day('until'),
            SQL("(r.until IS NULL OR r.working_days IS NULL)"))

    # === BACKFILL === #

    @api.model
    def _backfill(self):
        """Write the rows of documents that went their way before there were any, from what is known of them.

        Safe to run again: a document that has a row is left alone.
        """
        self.env['civic.document'].flush_model()
        self.env['civic.assignment'].flush_model()
        self.env.cr.execute(SQL(
            """
            WITH missing AS (
                SELECT d.* FROM civic_document d
                 WHERE d.direction = 'incoming' AND d.state <> 'draft'
                   AND NOT EXISTS (SELECT FROM civic_holding h WHERE h.document_id = d.id)
            ), leads AS (
                SELECT a.*, COALESCE(a.done_at, a.closed_at, m.cancelled_at,
                                     CASE WHEN m.state IN ('assigned', 'handling') THEN NULL ELSE m.write_date END) AS ended
                  FROM civic_assignment a JOIN missing m ON m.id = a.document_id
                 WHERE a.kind = 'lead'
            ), waits AS (
                SELECT m.id, m.registered_at AS start FROM missing m WHERE m.registered_at IS NOT NULL
                UNION SELECT a.document_id, a.closed_at FROM leads a
                       WHERE a.state IN ('returned', 'withdrawn') AND a.closed_at IS NOT NULL
            ), spans AS (
                SELECT id AS document_id, 'office' AS role, 'draft' AS state, NULL::int AS unit_id, NULL::int AS user_id,
                       least(create_date, registered_at) AS since,
                       COALESCE(registered_at, cancelled_at, write_date) AS until
                  FROM missing
                UNION ALL
                SELECT m.id, 'leader', 'registered', NULL, m.leader_id, w.start,
                       COALESCE((SELECT min(a.assigned_at) FROM leads a WHERE a.document_id = m.id AND a.assigned_at >= w.start),
                                m.cancelled_at, CASE WHEN m.state = 'registered' THEN NULL ELSE w.start END)
                  FROM waits w JOIN missing m ON m.id = w.id
                UNION ALL
                SELECT document_id, 'lead', 'assigned', unit_id, user_id, assigned_at, COALESCE(started_at, ended) FROM leads
                UNION ALL
                SELECT document_id, 'lead', 'handling', unit_id, user_id, started_at, ended FROM leads
                 WHERE started_at IS NOT NULL AND started_at IS DISTINCT FROM ended
            )
            INSERT INTO civic_holding (document_id, company_id, role, state, unit_id, user_id, since, until,
                                       create_uid, create_date, write_uid, write_date)
            SELECT s.document_id, m.company_id, s.role, s.state, s.unit_id, s.user_id, s.since,
                   CASE WHEN s.until IS NOT NULL THEN greatest(s.since, s.until) END, %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM spans s JOIN missing m ON m.id = s.document_id
             WHERE s.since IS NOT NULL
             ORDER BY s.document_id, s.since, s.until NULLS LAST
                ON CONFLICT DO NOTHING
            """,
            uid=self.env.uid, now=fields.Datetime.now()))
        self.invalidate_model()
        self._refresh_open()


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    holding_ids = fields.One2many('civic.holding', 'document_id', string="Who Held It", readonly=True)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'holding_ids'}

    def write(self, vals):
        if HOLDER_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = self._get_holder_keys()
        result = super().write(vals)
        after = self._get_holder_keys()
        changed = self.filtered(lambda document: before[document.id] != after[document.id])
        if changed:
            changed._note_holding(before, after)
        return result

    def _get_holder_keys(self):
        """Return {id: (state, role, unit, person)} of who holds each document now; only incoming ones pass on."""
        keys = {}
        # sudo: whoever passes the document on need not read who had it
        for document in self.sudo():
            if document.direction != 'incoming':
                keys[document.id] = None
            elif document.state == 'registered':
                keys[document.id] = ('registered', 'leader', False, document.leader_id.id)
            elif document.state in HANDLING_STATES:
                keys[document.id] = (document.state, 'lead', document.unit_id.id, document.handler_id.id)
            else:
                keys[document.id] = (document.state, 'office', False, False)
        return keys

    def _note_holding(self, before, after):
        """Close the row of the old holder and open that of the new one: one UPDATE and one INSERT for all."""
        now = fields.Datetime.now()
        # sudo: nobody writes rows but the act that passes the document on
        Holding = self.env['civic.holding'].sudo()
        passed = self.filtered(lambda document: before[document.id] and before[document.id][0] != 'draft')
        rows = Holding.search(Domain('document_id', 'in', passed.ids) & Domain('until', '=', False)) if passed else Holding
        days = Holding._count_days([(row.company_id, row.since, now) for row in rows])
        for row, count in zip(rows, days, strict=True):
            row.write({'until': now, 'working_days': count})
        rows.flush_recordset()              # the closed row makes way in the index before the next one is open
        spans = []
        for document in self.sudo():
            if before[document.id] and before[document.id][0] == 'draft':
                spans.append((document, before[document.id], min(document.create_date, now), now))
            if after[document.id] and after[document.id][0] in HELD_STATES:
                spans.append((document, after[document.id], now, False))
        days = Holding._count_days([(document.company_id, since, until or since) for document, _k, since, until in spans])
        Holding.create([
            {
                'document_id': document.id,
                'company_id': document.company_id.id,
                'state': state,
                'role': role,
                'unit_id': unit_id,
                'user_id': user_id,
                'since': since,
                'until': until,
                'working_days': count,
            }
            for (document, (state, role, unit_id, user_id), since, until), count in zip(spans, days, strict=True)
        ])
