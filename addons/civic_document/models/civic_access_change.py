from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from .civic_document import _BY_SYSTEM

COMPETENT_GROUPS = ('civic_base.group_records_admin', 'civic_base.group_manager')
STATES = [
    ('open', "To be confirmed"),
    ('confirmed', "Confirmed"),
    ('reverted', "Rejected and reverted"),
]
KINDS = [
    ('document', "Readers of a document"),
    ('user', "Rights of a person"),
]


class CivicAccessChange(models.Model):
    """A change of who may read a document, or of what a person may do, until a competent person confirms it.

    Decree 30/2020/NĐ-CP, Annex VI, Part I, III.3.c. The change takes effect at once; the alarm stands on the document
    or the person until a records administrator or a manager of the agency decides: never who made the change, nor
    whom it favours. Lines are written by the acts alone and stay.
    """

    _name = 'civic.access.change'
    _description = "Change of Access Rights"
    _inherit = ['mail.thread', 'mail.activity.mixin', 'civic.reason.mixin']
    _order = 'id desc'
    _rec_name = 'target'
    _mail_post_access = 'read'

    _civic_reason_methods = ('_reject',)

    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True)
    kind = fields.Selection(KINDS, string="Concerns", required=True, readonly=True)
    document_id = fields.Many2one(
        'civic.document', readonly=True, index='btree_not_null', ondelete='cascade')
    user_id = fields.Many2one('res.users', "Person", readonly=True, index='btree_not_null', ondelete='restrict')
    target = fields.Char("Record or Person", compute='_compute_target')
    changes = fields.Json(required=True, readonly=True, export_string_translation=False)
    description = fields.Text("What Changed", compute='_compute_description')
    changed_by_id = fields.Many2one('res.users', "Changed By", required=True, readonly=True, ondelete='restrict')
    changed_at = fields.Datetime("Changed At", required=True, readonly=True)
    state = fields.Selection(STATES, string="Status", required=True, default='open', readonly=True)
    decided_by_id = fields.Many2one('res.users', "Decided By", readonly=True, ondelete='restrict')
    decided_at = fields.Datetime(readonly=True)
    reason = fields.Text("Reason of Rejection", readonly=True)
    can_decide = fields.Boolean(compute='_compute_can_decide')

    _one_target = models.Constraint(
        'CHECK (num_nonnulls(document_id, user_id) = 1)', "A change of rights is about one record or one person.")
    _open_idx = models.Index("(company_id, id DESC) WHERE state = 'open'")
    _list_idx = models.Index("(company_id, state, id DESC)")

    # === COMPUTE === #

    @api.depends(lambda self: self._get_target_names())
    @api.depends_context('uid', 'lang')
    def _compute_target(self):
        for change in self:
            # sudo: the name of a record goes by its own rules, that of a person is no secret
            change.target = change.sudo()._get_target().display_name

    @api.depends('changes')
    @api.depends_context('lang')
    def _compute_description(self):
        documents = self.env['civic.document']
        levels = dict(documents._fields['access_level']._description_selection(self.env))
        labels = self._get_change_labels()
        yes_no = {True: self.env._("yes"), False: self.env._("no")}

        def say(name, value):
            if name == 'access_level':
                return levels.get(value, value)
            if name == 'active':
                return yes_no[bool(value)]
            if not isinstance(value, dict):
                return value
            return ", ".join(value.values()) or "–"

        for change in self:
            change.description = "\n".join(
                self.env._("%(what)s: %(old)s → %(new)s", what=labels[name], old=say(name, old), new=say(name, new))
                for name in labels if name in (change.changes or {})
                for old, new in [change.changes[name]])

    @api.model
    def _get_change_labels(self):
        """Return {name in `changes`: its label}, in the order in which they are told."""
        return {
            'access_level': self.env._("Access"), 'unit_id': self.env._("Responsible unit"),
            'unit_ids': self.env._("Units concerned"), 'user_ids': self.env._("Named people"),
            'roles': self.env._("Roles"), 'agencies': self.env._("Agencies"), 'units': self.env._("Units"),
            'active': self.env._("Account in use"),
        }

    @api.depends('state', 'changed_by_id', 'user_id', 'company_id')
    @api.depends_context('uid')
    def _compute_can_decide(self):
        competent = self._is_competent()
        for change in self:
            change.can_decide = competent and change.state == 'open' and not change._is_own()

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Changes of access rights are kept: they are never deleted."))

    # === ACTIONS === #

    def action_confirm(self):
        """Confirm the changes: the alarm ends."""
        self._confirm()
        return True

    def action_reject(self):
        """Ask for the reason, then undo the changes."""
        self._check_may_decide()
        return self._open_reason_wizard('_reject', self.env._("Reject the Change of Rights"))

    def action_open_target(self):
        """Open the record or the person."""
        self.ensure_one()
        self.check_access('read')
        target = self._get_target()
        target.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'res_model': target._name,
            'res_id': target.id,
            'views': [(False, 'form')],
        }

    # === TARGETS === #

    @api.model
    def _get_target_names(self):
        """Return the fields of which one says what the change is about; rooms above add theirs."""
        return ['document_id', 'user_id']

    def _get_target(self):
        self.ensure_one()
        return next(self[name] for name in self._get_target_names() if self[name])

    # === RIGHTS === #

    @api.model
    def _is_competent(self):
        return any(self.env.user.has_group(group) for group in COMPETENT_GROUPS)

    def _is_own(self):
        """Whether the user made the change, or is the person whom it concerns: then others decide."""
        self.ensure_one()
        return self.env.user in (self.changed_by_id, self.user_id)

    def _check_may_decide(self):
        """Four eyes: a records administrator or manager of the agency, and not who made the change."""
        self.check_access('read')
        if not self._is_competent():
            raise AccessError(self.env._(
                "Only records administrators and managers of the agency confirm or reject changes of access rights."))
        for change in self:
            if change._is_own():
                raise AccessError(self.env._(
                    "You made the change of rights to “%s”, or it concerns you: another competent person decides.",
                    change.target))
            if change.state != 'open':
                raise UserError(self.env._(
                    "The change of rights to “%(target)s” was already decided by %(person)s.",
                    target=change.target, person=change.sudo().decided_by_id.name))

    # === DECIDING === #

    def _confirm(self):
        self._check_may_decide()
        self._decide('confirmed')
        self._journal('approval')

    def _reject(self, reason):
        """Undo the changes, as far as nothing newer stands in the way."""
        self._check_may_decide()
        self.env['civic.document']._check_secret_text(reason, where='reason', model=self._name)
        for change in self.sorted('id', reverse=True):
            if change.user_id:
                change._revert_user()
            else:
                change._revert_readers(reason)
        self._decide('reverted', reason=reason)
        self._journal('return', reason=reason)

    def _decide(self, state, **values):
        # sudo: nobody writes these lines; `_check_may_decide` has said that this person decides
        decided = self.sudo()
        decided.write({
            'state': state, 'decided_by_id': self.env.uid, 'decided_at': fields.Datetime.now(), **values})
        decided.activity_ids.unlink()

    def _journal(self, event_type, **detail):
        """One line per record or person."""
        for name in self._get_target_names():
            if targets := self.sudo()[name]:
                by_target = self.sudo().grouped(name)
                self.env['civic.journal.entry']._append(event_type, targets.sudo(False), details={
                    target.id: {'access_changes': by_target[target].ids, **detail} for target in targets})

    def _revert_readers(self, reason):
        self.ensure_one()
        # sudo: the competent person decides on records that others may write
        record = self.sudo()._get_target()
        for name, (_old, new) in self.changes.items():
            if self._get_plain(record._get_reader_value(name)) != self._get_plain(new):
                raise UserError(self.env._(
                    "Who may read “%s” was changed again since: decide on the later change first.", self.target))
        values = {}
        for name, (old, _new) in self.changes.items():
            field = record._fields[name]
            if field.relational:
                ids = record[name].browse(int(id_) for id_ in old).exists().ids
                values[name] = [Command.set(ids)] if field.type == 'many2many' else (ids or [False])[0]
            else:
                values[name] = old
        record._restore_readers(values, self, reason)

    def _revert_user(self):
        self.ensure_one()
        # sudo: the competent person need not administer the system to undo what was done there
        user = self.sudo().user_id.with_context(active_test=False)
        now = user._get_civic_rights().get(user.id, {})
        for name, (_old, new) in self.changes.items():
            if name != 'posts' and now.get(name) != self._get_plain(new):
                raise UserError(self.env._(
                    "The rights of %s were changed again since: decide on the later change first.", self.target))
        values = {}
        if 'active' in self.changes:
            values['active'] = self.changes['active'][0]
        if 'roles' in self.changes:
            old, new = (set(self._get_plain(side)) for side in self.changes['roles'])
            values['group_ids'] = [
                # a role brings this group along; without it the account would be a citizen's
                Command.link(self.env.ref('base.group_user').id),
                *(Command.unlink(id_) for id_ in new - old), *(Command.link(id_) for id_ in old - new)]
        if 'agencies' in self.changes:
            old = self._get_plain(self.changes['agencies'][0])
            values['company_ids'] = [Command.set(old)]
            if user.company_id.id not in old:
                values['company_id'] = old[0]
        # superuser: what undoes an alarm raises none; who decided stands in the line and in the journal
        by_system = user.with_user(SUPERUSER_ID)
        by_system.write(values)
        for employee_id, department_id in (self.changes.get('posts') or [{}])[0].items():
            employee = by_system.env['hr.employee'].browse(int(employee_id)).exists()
            if employee.department_id.id != department_id:
                employee.department_id = department_id
        now = user._get_civic_rights().get(user.id, {})
        for name, (old, _new) in self.changes.items():
            if name != 'posts' and now.get(name) != self._get_plain(old):
                raise UserError(self.env._(
                    "The rights of %s come from somewhere else as well, such as the head of a unit or another group: "
                    "undo the change there, then confirm here.", self.target))

    @api.model
    def _get_plain(self, value):
        """Return what is compared: ids without the names of their day."""
        return sorted(int(id_) for id_ in value) if isinstance(value, dict) else value

    # === RAISING === #

    @api.model
    def _raise_alarms(self, vals_list):
        """Write the lines and call a competent person for each."""
        # sudo: nobody writes these lines by hand
        changes = self.sudo().with_context(mail_create_nolog=True, mail_create_nosubscribe=True).create([
            {'changed_by_id': self.env.uid, 'changed_at': fields.Datetime.now(), **values} for values in vals_list])
        changes._schedule_deciding()
        return changes

    def _schedule_deciding(self):
        """One activity per change, for the first person who may decide; the list shows it to all of them."""
        activity_type = self.env.ref('civic_document.mail_activity_type_access_change', raise_if_not_found=False)
        if not activity_type:
            return
        model_id = self.env['ir.model']._get_id(self._name)
        today = self.env['civic.document']._today()
        vals_list = []
        for company, changes in self.grouped('company_id').items():
            waiting = changes
            for person in self._get_competent_people(company):
                theirs = waiting.filtered(lambda change, person=person: person not in (change.changed_by_id, change.user_id))
                readable = theirs.sudo(False).with_user(person).with_context(
                    allowed_company_ids=company.ids)._filtered_access('read')
                vals_list += [
                    {
                        'res_model_id': model_id,
                        'res_id': change_id,
                        'activity_type_id': activity_type.id,
                        'user_id': person.id,
                        'date_deadline': today,
                        'automated': True,
                    }
                    for change_id in readable.ids
                ]
                waiting = waiting.filtered(lambda change, done=set(readable.ids): change.id not in done)
                if not waiting:
                    break
        # sudo: the competent person gets the task whatever the rights of who made the change
        self.env['mail.activity'].sudo().with_context(mail_activity_quick_update=True).create(vals_list)

    @api.model
    def _get_competent_people(self, company):
        """Those who decide in the agency: records administrators first."""
        people = self.env['res.users']
        for group in COMPETENT_GROUPS:
            # sudo: who holds which role
            people |= self.env['res.users'].sudo().search(
                Domain('all_group_ids', 'in', self.env.ref(group).ids) & Domain('company_ids', 'in', company.ids)
                & Domain('id', '!=', SUPERUSER_ID), order='id')
        return people


class CivicDocument(models.Model):
    _name = 'civic.document'
    _inherit = ['civic.document', 'civic.readers.mixin']

    _civic_access_change_field = 'document_id'

    access_change_ids = fields.One2many('civic.access.change', 'document_id', string="Changes of Access Rights")

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'access_change_ids'}

    def _is_written_by_system(self):
        return super()._is_written_by_system() or self.env.context.get('civic_document_token') is _BY_SYSTEM

    def _is_readership_watched(self):
        return self.state != 'draft'

    def _restore_readers(self, values, change, reason):
        if self.state == 'cancelled':
            raise UserError(self.env._(
                "“%s” is cancelled: nothing of it changes any more. Confirm the change.", change.target))
        before = self._read_for_journal(values)
        self._write_by_system(values)
        self._journal_changes(values, before, reason=reason, access_change=change.id)
