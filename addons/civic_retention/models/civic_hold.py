import ast
import re

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..const import HOLD_KINDS, HOLD_STATES

MAX_FILES = 100_000


class CivicHold(models.Model):
    """Files that nobody may change, move, hand over or destroy, because somebody outside needs them as they are.

    A file may be under several holds at once and is free when the last one is released. The database itself guards
    held files, whatever program asks: see ``civic_hold_guard``.
    """

    _name = 'civic.hold'
    _description = "Hold"
    _inherit = ['mail.thread', 'civic.journal.mixin', 'civic.reason.mixin', 'civic.secrecy.mixin']
    _order = 'id desc'
    _check_company_auto = True
    _civic_reason_methods = ('_release',)
    _civic_secrecy_texts = ('name', 'basis')
    _civic_secrecy_model = None

    name = fields.Char("Subject", required=True)
    kind = fields.Selection(HOLD_KINDS, required=True, default='inspection')
    company_id = fields.Many2one('res.company', "Agency", required=True, default=lambda self: self.env.company)
    state = fields.Selection(HOLD_STATES, required=True, default='draft', readonly=True, copy=False)
    basis = fields.Char("Basis", required=True, help="Who asks for it, by which document.")
    document_id = fields.Many2one(
        'civic.document', "Document", check_company=True, ondelete='restrict', index='btree_not_null')
    search_domain = fields.Char("Search", default='[]', help="Files that match it when the hold is placed.")
    file_list = fields.Text("List of Files", help="Codes or numbers and notations of files, one on each line.")
    line_ids = fields.One2many('civic.hold.line', 'hold_id', "Files")
    file_count = fields.Integer("Number of Files", compute='_compute_file_count')
    placed_at = fields.Datetime(readonly=True, copy=False)
    placed_by_id = fields.Many2one('res.users', "Placed By", readonly=True, copy=False, ondelete='restrict')
    released_at = fields.Datetime(readonly=True, copy=False)
    released_by_id = fields.Many2one('res.users', "Released By", readonly=True, copy=False, ondelete='restrict')
    release_reason = fields.Text("Reason of the Release", readonly=True, copy=False)

    @api.depends('line_ids')
    def _compute_file_count(self):
        counts = dict(self.env['civic.hold.line']._read_group([('hold_id', 'in', self.ids)], ['hold_id'], ['__count']))
        for hold in self:
            hold.file_count = counts.get(hold, 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(values.get('state', 'draft') != 'draft' for values in vals_list):
            raise AccessError(self.env._("A hold is prepared first and placed by its button."))
        holds = super().create(vals_list)
        self.env['civic.journal.entry']._append('creation', holds)
        return holds

    def write(self, vals):
        names = {name for name in vals if not name.startswith(('message_', 'activity_'))}
        if names and not self.env.su:
            if names & {'state', 'placed_at', 'placed_by_id', 'released_at', 'released_by_id', 'release_reason', 'line_ids'}:
                raise AccessError(self.env._("A hold is placed and released by its buttons."))
            for hold in self:
                if hold.state != 'draft':
                    raise UserError(self.env._("“%s” is placed: it can only be extended or released.", hold.display_name))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_placed(self):
        for hold in self:
            if hold.state != 'draft':
                raise UserError(self.env._("“%s” was placed: it stays as a proof.", hold.display_name))

    # === ACTIONS === #

    def action_place(self):
        """Put the hold on the files of its list and its search."""
        for hold in self:
            hold._place()
        return True

    def action_extend(self):
        """Put the hold on what its search finds by now, too."""
        self._check_may_hold()
        for hold in self:
            if hold.state != 'active':
                raise UserError(self.env._("“%s” is not in force.", hold.display_name))
            hold._add_files(hold._find_files())
        return True

    def action_release(self):
        """Ask for the reason, then release the files."""
        self._check_may_hold()
        return self._open_reason_wizard('_release', self.env._("Release the Hold"))

    def action_open_files(self):
        """Show the files."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Files under the Hold"),
            'res_model': 'civic.workfile',
            'view_mode': 'list,kanban,form',
            'domain': [('hold_line_ids.hold_id', '=', self.id)],
        }

    # === BUSINESS === #

    @api.model
    def _get_phrase_kind(self, method):
        return 'hold_release' if method == '_release' else super()._get_phrase_kind(method)

    def _check_may_hold(self):
        self.check_access('write')

    def _place(self, files=None):
        """Put a hold that is being prepared into force: on these files, else on those of its list and its search."""
        self.ensure_one()
        self._check_may_hold()
        if self.state != 'draft':
            raise UserError(self.env._("“%s” is placed already.", self.display_name))
        if files is None:
            files = self._find_files()
        if not files:
            raise UserError(self.env._("No file is named by “%s”: give a list or a search.", self.display_name))
        # sudo: the role was checked, and states are written by these methods alone
        self.sudo().write({'state': 'active', 'placed_at': fields.Datetime.now(), 'placed_by_id': self.env.uid})
        self._add_files(files)

    def _find_files(self):
        """Return the files that the list and the search name; refuse what is unknown, with its line."""
        self.ensure_one()
        files = self.env['civic.workfile']
        own = Domain('company_id', '=', self.company_id.id)
        if (self.search_domain or '[]').strip() not in ('', '[]'):
            try:
                domain = Domain(ast.literal_eval(self.search_domain))
                files |= files.search(own & domain, limit=MAX_FILES + 1)
            except (ValueError, SyntaxError, TypeError, KeyError, RecursionError):
                raise UserError(self.env._("The search of “%s” cannot be read. Choose it anew.", self.display_name)) from None
        names = list(dict.fromkeys(filter(None, (line.strip() for line in re.split(r'[\n;]', self.file_list or '')))))
        if names:
            found = files.search(own & (Domain('code', 'in', names) | Domain('notation', 'in', names)))
            known = {*found.mapped('code'), *found.mapped('notation')}
            unknown = [name for name in names if name not in known]
            if unknown:
                raise UserError(self.env._(
                    "No file has these codes or numbers: %s. Nothing was placed.", ', '.join(unknown[:20])))
            files |= found
        if len(files) > MAX_FILES:
            raise UserError(self.env._("The search finds more than %s files: narrow it.", MAX_FILES))
        return files

    def _add_files(self, files):
        """Put the hold on files that it does not hold yet; lists waiting for the council lose them."""
        self.ensure_one()
        new = files.filtered(lambda file: file.state != 'destroyed') - self.sudo().line_ids.workfile_id
        if not new:
            return
        # Whoever destroys or changes one of them at this moment collides with this and begins again, seeing the hold.
        self.env.flush_all()
        self.env.cr.execute(SQL(
            "UPDATE civic_workfile SET write_date = NOW() AT TIME ZONE 'UTC' WHERE id = ANY(%s)", list(new.ids)))
        # sudo: lines are written by this method alone
        self.env['civic.hold.line'].sudo().create([
            {'hold_id': self.id, 'workfile_id': file.id, 'is_active': True} for file in new])
        self.env['civic.journal.entry']._append('hold', new, detail={
            'hold': self.id, 'kind': self.kind, 'basis': self.basis})
        self._forget()

    def _release(self, reason):
        """Release the files; those under another hold stay held."""
        self._check_may_hold()
        self.env['civic.document']._check_secret_text(reason, where='reason', model=self._name)
        for hold in self:
            if hold.state != 'active':
                raise UserError(self.env._("“%s” is not in force.", hold.display_name))
            files = hold.sudo().line_ids.workfile_id
            # sudo: the role was checked, and states are written by these methods alone
            hold.sudo().write({
                'state': 'released', 'release_reason': reason, 'released_at': fields.Datetime.now(),
                'released_by_id': self.env.uid})
            hold.flush_recordset()
            hold.sudo().line_ids.write({'is_active': False})
            self.env['civic.journal.entry']._append('hold_release', files, detail={'hold': hold.id, 'reason': reason})
        self._forget()

    def _forget(self):
        self.env.flush_all()
        self.env['civic.workfile'].invalidate_model(['is_held', 'hold_names'])
        self.env.registry.clear_cache()

    @api.model
    @tools.ormcache()
    def _is_any_active(self):
        """Whether anything is held at all: the common answer costs no query. The database knows better in any case."""
        return bool(self.env.execute_query(SQL("SELECT 1 FROM civic_hold_line WHERE is_active LIMIT 1")))


class CivicHoldLine(models.Model):
    """One file under one hold. Rows stay when the hold is released."""

    _name = 'civic.hold.line'
    _description = "File under a Hold"
    _order = 'hold_id desc, id'
    _rec_name = 'workfile_id'

    hold_id = fields.Many2one('civic.hold', "Hold", required=True, index=True, ondelete='restrict', readonly=True)
    workfile_id = fields.Many2one('civic.workfile', "File", required=True, index=True, ondelete='restrict', readonly=True)
    company_id = fields.Many2one(related='hold_id.company_id', store=True, precompute=True)
    is_active = fields.Boolean("In Force", readonly=True)
    kind = fields.Selection(related='hold_id.kind')
    state = fields.Selection(related='hold_id.state')

    _file_uniq = models.UniqueIndex('(hold_id, workfile_id)', "The file is under this hold already.")
    _active_idx = models.Index('(workfile_id) WHERE is_active')


class CivicWorkfile(models.Model):
    _inherit = 'civic.workfile'

    hold_line_ids = fields.One2many('civic.hold.line', 'workfile_id', "Holds", readonly=True)
    is_held = fields.Boolean("Held", compute='_compute_is_held', search='_search_is_held')
    hold_names = fields.Char("Held for", compute='_compute_is_held')

    @api.depends('hold_line_ids.is_active')
    def _compute_is_held(self):
        names = self._get_hold_names()
        for workfile in self:
            workfile.hold_names = names.get(workfile._origin.id)
            workfile.is_held = bool(workfile.hold_names)

    def _search_is_held(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('id', 'in', SQL("(SELECT workfile_id FROM civic_hold_line WHERE is_active)"))

    def _get_hold_names(self):
        """Return {id of a file: what it is held for}, for those that are held."""
        if not self.env['civic.hold']._is_any_active():
            return {}
        names = {}
        # sudo: whoever is refused is told why
        for line in self.env['civic.hold.line'].sudo().search([('workfile_id', 'in', self.ids), ('is_active', '=', True)]):
            names.setdefault(line.workfile_id.id, []).append(line.hold_id.name)
        return {id_: "; ".join(found) for id_, found in names.items()}

    def _check_not_held(self):
        """Refuse anything to held files, to the superuser too."""
        names = self._get_hold_names()
        for workfile in self:
            if workfile.id in names:
                raise UserError(workfile._get_held_message(names[workfile.id]))

    def _get_held_message(self, names):
        return self.env._(
            "“%(file)s” is held (%(holds)s): nothing of it is changed, moved, handed over or destroyed until the hold is "
            "released.", file=self.sudo().display_name, holds=names)

    def _check_may_change(self, act):
        super()._check_may_change(act)
        self._check_not_held()
        self._check_not_listed(act)

    def action_hold(self):
        """Open the form that puts a hold on these files."""
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Place a Hold"),
            'res_model': 'civic.hold.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_workfile_ids': self.ids},
        }

    def action_open_holds(self):
        """Show the holds that the files are or were under."""
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Holds"),
            'res_model': 'civic.hold',
            'view_mode': 'list,kanban,form',
            'domain': [('line_ids.workfile_id', 'in', self.ids)],
        }

    def _refuse_held_sql(self, exc):
        """Plain words for what the database refused."""
        file_id = int(re.sub(r'\D', '', exc.diag.message_detail or '') or 0)
        workfile = self.sudo().browse(file_id).exists()
        if not workfile:
            return self.env._("Something of this is under a hold: nothing of it is changed until the hold is released.")
        return workfile._get_held_message(workfile.hold_names or format_date(self.env, fields.Date.context_today(self)))


class Base(models.AbstractModel):
    _inherit = 'base'

    @api.model
    def _sql_error_to_message(self, exc):
        if exc.diag.constraint_name == 'civic_hold_guard':
            return self.env['civic.workfile']._refuse_held_sql(exc)
        return super()._sql_error_to_message(exc)
