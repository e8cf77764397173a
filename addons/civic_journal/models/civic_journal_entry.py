from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL, OrderedSet, ormcache

from odoo.addons.base.models.ir_attachment import condition_values

from ..const import AUDIT_GROUPS, EVENT_TYPES, OUTCOMES, SOURCES
from ..fields import FrozenMany2one
from ..tools.canonical import canonical_json, plain_text

RPC_PATHS = ('/xmlrpc/', '/jsonrpc', '/json/', '/RPC2')
JOB_PATHS = ('/queue_job/',)

# When a line was written is the database's to say: the clock itself, not the beginning of the transaction.
NOW = SQL("clock_timestamp() AT TIME ZONE 'UTC'")

PENDING_TABLE = """
CREATE TABLE IF NOT EXISTS civic_journal_pending (entry_number integer PRIMARY KEY)
"""
# The line and its place in the queue commit together, whenever that is: so the job needs
# no guess about transactions that are still open, and its work does not grow with the archive.
ENQUEUE_FUNCTION = """
CREATE OR REPLACE FUNCTION civic_journal_enqueue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO civic_journal_pending SELECT id FROM added ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""


class CivicJournalEntry(models.Model):
    """One line per act: what happened, to what, by whom, when, with which outcome.

    A line is written in the transaction of its act by :meth:`_append`. Who it names and
    what it shows are texts frozen at that moment. Lines are read by auditors of the
    agency; others read those of the objects that they may read.
    """

    _name = 'civic.journal.entry'
    _inherit = ['civic.journal.frozen']
    _description = "Journal line"
    _order = 'id desc'
    _rec_name = 'object_ref'
    _log_access = False

    # Not required here: a value added by another add-on would need an ondelete policy,
    # and a line never changes. The database requires it, see below.
    event_type = fields.Selection(EVENT_TYPES, string="Event", readonly=True)
    event_at = fields.Datetime("Time", required=True, readonly=True)
    event_time = fields.Char("Exact time (UTC)", compute='_compute_event_time')
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    company_id = FrozenMany2one('res.company', "Agency", required=True, readonly=True)
    user_id = FrozenMany2one('res.users', "User", required=True, readonly=True)
    agent = fields.Char(required=True, readonly=True)
    res_model = fields.Char("Object type", readonly=True)
    res_id = fields.Many2oneReference("Object number", model_field='res_model', readonly=True)
    object_ref = fields.Char("Object", readonly=True)
    detail = fields.Text(readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    remote_ip = fields.Char(
        "Network address", readonly=True, groups=','.join(AUDIT_GROUPS))

    _event_type_required = models.Constraint(
        'CHECK (event_type IS NOT NULL)', "A journal line needs an event type.")
    _object_idx = models.Index('(res_model, res_id, id)')
    _company_idx = models.Index('(company_id, id)')
    _user_idx = models.Index('(user_id, id)')
    _event_at_idx = models.Index('USING brin (event_at)')

    def init(self):
        super().init()
        self.env.cr.execute(PENDING_TABLE)
        self.env.cr.execute(ENQUEUE_FUNCTION)
        self._install_trigger('civic_journal_enqueue', SQL(
            "AFTER INSERT ON %s REFERENCING NEW TABLE AS added "
            "FOR EACH STATEMENT EXECUTE FUNCTION civic_journal_enqueue()",
            SQL.identifier(self._table)))

    # === COMPUTE METHODS === #

    @api.depends('event_at')
    def _compute_event_time(self):
        for entry in self:
            entry.event_time = entry.event_at and entry.event_at.isoformat(
                sep=' ', timespec='microseconds')

    @api.depends('event_type', 'object_ref')
    def _compute_display_name(self):
        labels = dict(self._fields['event_type']._description_selection(self.env))
        for entry in self:
            label = labels.get(entry.event_type, entry.event_type)
            entry.display_name = f"{label}: {entry.object_ref}" if entry.object_ref else label

    # === ACCESS === #

    def _is_auditor(self):
        """Whether the user reads all lines of the agencies, not only those of own objects."""
        return self.env.su or any(self.env.user.has_group(group) for group in AUDIT_GROUPS)

    def _check_access(self, operation):
        """Lines of an object follow the right to read the object."""
        result = super()._check_access(operation)
        if not self or operation != 'read' or self._is_auditor():
            return result
        forbidden, error = result or (self.browse(), None)
        remaining = self - forbidden
        hidden = remaining - remaining._filter_readable_objects()
        if not hidden:
            return result

        def make_error():
            return AccessError(self.env._(
                "You may read the journal of a document only if you may read the document."))

        return forbidden + hidden, error or make_error

    def _filter_readable_objects(self):
        """Keep the lines of objects that the user may read."""
        # sudo: which object a line is about decides whether the line may be read
        lines_sudo = self.sudo()
        ids_by_model = {}
        for line_sudo in lines_sudo:
            ids_by_model.setdefault(line_sudo.res_model, OrderedSet()).add(line_sudo.res_id)
        readable = {
            model_name: set(self._get_readable_ids(model_name, ids))
            for model_name, ids in ids_by_model.items()
        }
        return self.browse(
            line_sudo.id for line_sudo in lines_sudo
            if line_sudo.res_id in readable[line_sudo.res_model])

    @api.model
    def _get_readable_ids(self, model_name, ids):
        """Return those of ``ids`` that the user may read, for models that show a journal."""
        model = self.env.get(model_name) if model_name else None
        if model is None or not self._shows_journal(model) or not model.has_access('read'):
            return []
        return model.with_context(active_test=False).search([('id', 'in', list(ids))]).ids

    @api.model
    def _shows_journal(self, model):
        """Whether the journal of the objects of ``model`` is open to who may read them."""
        return isinstance(model, self.env.registry['civic.journal.mixin'])

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *,
                active_test=True, bypass_access=False):
        if not bypass_access and not self._is_auditor():
            domain = Domain(domain).optimize(self)
            domain &= self._get_object_domain(domain)
        return super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)

    def _get_object_domain(self, domain):
        """Domain of the lines that a user who is no auditor may find.

        Only of named objects, as the button of a form asks for them: to find all lines
        of all readable objects would read the whole journal.
        """
        ids = condition_values(self, 'id', domain)
        if ids:
            return Domain('id', 'in', self.browse(ids)._filter_readable_objects().ids)
        res_ids = condition_values(self, 'res_id', domain)
        if not res_ids:
            return Domain.FALSE
        return Domain.OR(
            Domain('res_model', '=', model_name)
            & Domain('res_id', 'in', self._get_readable_ids(model_name, res_ids))
            for model_name in condition_values(self, 'res_model', domain) or ())

    # === ACTIONS === #

    def action_open_object(self):
        """Open what the line is about."""
        self.ensure_one()
        self.check_access('read')
        model = self.env.get(self.res_model) if self.res_model else None
        if model is None or not self.res_id or not model.browse(self.res_id).exists():
            raise UserError(self.env._("The object of this line is not in the system any more."))
        model.browse(self.res_id).check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'res_model': self.res_model,
            'res_id': self.res_id,
            'views': [(False, 'form')],
        }

    # === BUSINESS === #

    @api.model
    def _append(self, event_type, records, *, outcome='success', detail=None, details=None):
        """Write one line per record, in the current transaction, for any user.

        One INSERT, however many records there are.

        :param str event_type: a value of the field
        :param records: what it happened to; their names are frozen in the lines
        :param str outcome: ``success`` or ``failure``
        :param dict detail: facts about all of them (no content, no secrets)
        :param dict details: facts about each one, by id; they go before ``detail``
        :return: the new lines
        """
        if not records:
            return self.browse()
        if not all(isinstance(id_, int) for id_ in records._ids):
            raise ValueError("The journal takes stored records only.")
        # superuser: the act may have taken the right to read away, the line names the object all the same
        names = [plain_text(record.display_name) for record in records.with_user(SUPERUSER_ID)]
        facts = [
            {**(detail or {}), **((details or {}).get(id_) or {})} for id_ in records._ids]
        texts = [canonical_json(fact) if fact else None for fact in facts]
        return self._insert_lines(
            event_type, outcome, records._name,
            self._get_company_ids(records), list(records._ids), names, texts)

    @api.model
    def _append_outside(self, event_type, *, model=None, res_id=None, object_ref=None,
                        detail=None, outcome='failure', company=None):
        """Write one line in a short transaction of its own.

        For a refusal: the act is rolled back, the line stays. In a test it goes through
        the cursor of the test, because nobody could remove a committed line again.
        """
        arguments = (
            event_type, outcome, model, [(company or self.env.company).id], [res_id or None],
            [plain_text(object_ref)], [canonical_json(detail) if detail else None],
            self._get_agent(), self._get_origin(),
        )
        if modules.module.current_test:
            self._insert_lines(*arguments)
            return
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr))._insert_lines(*arguments)

    def _insert_lines(self, event_type, outcome, model_name, company_ids, res_ids, names, texts,
                      agent=None, origin=None):
        """Insert the lines; time and number are the database's."""
        if event_type not in self._fields['event_type'].get_values(self.env):
            raise ValueError(f"Unknown event type of the journal: {event_type!r}")
        if outcome not in dict(OUTCOMES):
            raise ValueError(f"Unknown outcome of the journal: {outcome!r}")
        user_id, login = agent or self._get_agent()
        source, remote_ip = origin or self._get_origin()
        values = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                event_type, NOW, outcome, company_id, user_id, login,
                model_name, res_id, name, text, source, remote_ip,
            )
            for company_id, res_id, name, text
            in zip(company_ids, res_ids, names, texts, strict=True)
        )
        rows = self.env.execute_query(SQL(
            """
            INSERT INTO civic_journal_entry (
                event_type, event_at, outcome, company_id, user_id, agent,
                res_model, res_id, object_ref, detail, source, remote_ip)
            VALUES %s
            RETURNING id
            """, values))
        return self.browse(id_ for [id_] in rows)

    @api.model
    def _get_company_ids(self, records):
        """Return the agency of each record: its own, else the current one."""
        if records._name == 'res.company':
            return list(records._ids)
        current = self.env.company.id
        field = records._fields.get('company_id')
        if field is None or field.comodel_name != 'res.company':
            return [current] * len(records)
        # sudo: see _append
        return [record.company_id.id or current for record in records.sudo()]

    def _get_agent(self):
        """Return id and log-in of who acts; ``sudo`` does not hide them."""
        return self.env.uid, self._get_login(self.env.uid)

    @api.model
    @ormcache('user_id')
    def _get_login(self, user_id):
        """Every line names it. The cache ends with a change of the log-in: `res.users._get_invalidation_fields`."""
        # sudo: everyone's own log-in
        return self.env['res.users'].sudo().browse(user_id).login

    def _get_origin(self):
        """Return by which way the act came, and from which network address."""
        context = self.env.context
        remote_ip = path = None
        if request:
            environ = request.httprequest.environ
            remote_ip, path = environ.get('REMOTE_ADDR'), environ.get('PATH_INFO') or ''
        if context.get('cron_id'):
            return 'cron', remote_ip
        if context.get('job_uuid') or (path and path.startswith(JOB_PATHS)):
            return 'job', None
        if path is None:
            return 'system', None
        return ('rpc' if path.startswith(RPC_PATHS) else 'web'), remote_ip
