from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..const import LANGUAGES


class CivicFonds(models.Model):
    """The records of one creator, kept together (Archives Law 2024; fields of Circular 02/2019/TT-BNV, table 1).

    It belongs to the archive that keeps it; the agency that made it reads its description. A fonds closes when its
    creator ends, and then names the one that goes on.
    """

    _name = 'civic.fonds'
    _description = "Archival Fonds"
    _inherit = ['civic.journal.mixin', 'civic.reason.mixin', 'civic.secrecy.mixin']
    _order = 'company_id, code, id'
    _rec_names_search = ['code', 'name']
    _civic_secrecy_texts = ('name', 'history', 'key_groups', 'note')
    _civic_secrecy_model = None
    _civic_reason_methods = ('_reopen',)

    code = fields.Char(
        "Fonds Code", required=True, help="Code of the agency, work or collection; never given to another fonds.")
    name = fields.Char(required=True)
    kind = fields.Selection(
        [('fonds', "Fonds"), ('work', "Construction work"), ('collection', "Collection")],
        required=True, default='fonds')
    company_id = fields.Many2one(
        'res.company', "Archive", required=True, index=True, ondelete='restrict', default=lambda self: self.env.company)
    creator_id = fields.Many2one(
        'res.partner', "Creator", index='btree_not_null', ondelete='restrict', domain="[('is_agency', '=', True)]")
    creator_company_id = fields.Many2one(
        'res.company', compute='_compute_creator_company', store=True, index='btree_not_null', compute_sudo=True,
        export_string_translation=False)
    state = fields.Selection(
        [('open', "Open"), ('closed', "Closed")], required=True, readonly=True, default='open')
    closed_on = fields.Date(readonly=True, help="Last day on which records were made for it.")
    successor_id = fields.Many2one(
        'civic.fonds', index='btree_not_null', ondelete='restrict', help="The fonds in which the work goes on.")
    predecessor_ids = fields.One2many('civic.fonds', 'successor_id', "Predecessors", readonly=True)
    history = fields.Text("Administrative History", help="How the creator came to be, its tasks, its changes.")
    year_from = fields.Integer("First Year", aggregator=False)
    year_to = fields.Integer("Last Year", aggregator=False)
    archives_time = fields.Char("Time of the Records", compute='_compute_archives_time')
    paper_total = fields.Integer("Paper Documents")
    paper_digital = fields.Integer("Paper Documents Digitised")
    copy_pages = fields.Integer("Pages with Insurance Copies")
    key_groups = fields.Text("Main Groups of Records")
    other_types = fields.Char("Other Types of Records")
    language = fields.Selection(LANGUAGES, required=True, default='01')
    lookup_tools = fields.Char("Finding Aids")
    note = fields.Text()
    source_ids = fields.One2many('civic.fonds.source', 'fonds_id', "Source Agencies")
    root_id = fields.Many2one('civic.archive.description', "Description", readonly=True, index='btree_not_null', copy=False)
    description_count = fields.Integer("Descriptions", compute='_compute_description_count')

    _code_uniq = models.UniqueIndex('(company_id, code)', "The archive already has a fonds with this code.")
    _years_order = models.Constraint(
        'CHECK (COALESCE(year_from, 0) = 0 OR COALESCE(year_to, 0) = 0 OR year_from <= year_to)',
        "The records of a fonds cannot end before they begin.")
    _closed_has_day = models.Constraint(
        "CHECK (state <> 'closed' OR closed_on IS NOT NULL)", "A closed fonds says since when.")

    # === COMPUTE METHODS === #

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for fonds in self:
            fonds.display_name = f"{fonds.code} – {fonds.name}" if fonds.code else fonds.name

    @api.depends('creator_id.agency_company_ids')
    def _compute_creator_company(self):
        for fonds in self:
            fonds.creator_company_id = fonds.creator_id.agency_company_ids[:1]

    @api.depends('year_from', 'year_to')
    def _compute_archives_time(self):
        for fonds in self:
            years = [str(year) for year in (fonds.year_from, fonds.year_to) if year]
            fonds.archives_time = '–'.join(dict.fromkeys(years))

    def _compute_description_count(self):
        counts = dict(self.env['civic.archive.description']._read_group(
            [('fonds_id', 'in', self.ids), ('level', '!=', 'fonds')], ['fonds_id'], ['__count']))
        for fonds in self:
            fonds.description_count = counts.get(fonds, 0)

    @api.constrains('successor_id')
    def _check_successor(self):
        if self._has_cycle('successor_id'):
            raise ValidationError(self.env._("A fonds cannot succeed itself."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        fonds = super().create(vals_list)
        for one in fonds:
            one.root_id = self.env['civic.archive.description'].create({
                'fonds_id': one.id, 'level': 'fonds', 'reference_code': one.code, 'title': one.name})
        self.env['civic.journal.entry']._append('creation', fonds)
        return fonds

    def write(self, vals):
        if not self.env.su and {'state', 'closed_on'} & set(vals):
            raise UserError(self.env._("A fonds is closed and opened again by its buttons."))
        if 'company_id' in vals and any(fonds.company_id.id != vals['company_id'] for fonds in self):
            raise UserError(self.env._("A fonds does not move to another archive by changing a field: it is handed over."))
        result = super().write(vals)
        root_values = {target: vals[name] for name, target in (('code', 'reference_code'), ('name', 'title')) if name in vals}
        if root_values:
            self.root_id.write(root_values)
        if vals.keys() - self._get_silent_fields():
            self.env['civic.journal.entry']._append('metadata_modification', self, detail={'fields': sorted(vals)})
        return result

    @api.model
    def _get_silent_fields(self):
        """Return the fields whose changes are no change of the description: their acts have lines of their own."""
        return {'root_id', 'state', 'closed_on'}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_described(self):
        if any(fonds.description_count for fonds in self):
            raise UserError(self.env._("A fonds that has descriptions cannot be deleted."))

    # === ACTIONS === #

    def action_open_descriptions(self):
        """Open the first level below the fonds."""
        self.ensure_one()
        return self.root_id.action_open_children()

    def action_close(self):
        """Close the fonds: no records are made for it after that day."""
        for fonds in self:
            fonds._check_keeper()
            if fonds.state == 'closed':
                raise UserError(self.env._("“%s” is closed already.", fonds.display_name))
            day = fonds.creator_id.agency_valid_to or fields.Date.context_today(fonds)
            # sudo: state and day are closed to writing; the right was checked
            fonds.sudo().write({'state': 'closed', 'closed_on': day})
        self.env['civic.journal.entry']._append('closing', self, details={
            fonds.id: {'closed_on': fields.Date.to_string(fonds.closed_on)} for fonds in self})

    def action_reopen(self):
        """Ask why the fonds is opened again."""
        return self._open_reason_wizard('_reopen', self.env._("Open the Fonds Again"))

    # === BUSINESS === #

    def _check_keeper(self):
        """Refuse whoever does not keep this fonds."""
        self.check_access('write')

    def _reopen(self, reason):
        for fonds in self:
            fonds._check_keeper()
            if fonds.state != 'closed':
                raise UserError(self.env._("“%s” is not closed.", fonds.display_name))
        # sudo: see action_close
        self.sudo().write({'state': 'open', 'closed_on': False})
        self.env['civic.journal.entry']._append('modification', self, detail={'act': 'reopen', 'reason': reason})

    def _check_destination(self, date=None):
        """Refuse this fonds as the destination of records made after it was closed, and name its successor."""
        self.ensure_one()
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        self.company_id._check_archive_destination(day)
        if self.state == 'closed' and day > self.closed_on:
            # sudo: which fonds comes after is no secret
            successor = self.sudo().successor_id
            if successor:
                raise UserError(self.env._(
                    "The fonds “%(fonds)s” is closed since %(date)s. Choose its successor: “%(successor)s”.",
                    fonds=self.display_name, date=format_date(self.env, self.closed_on), successor=successor.display_name))
            raise UserError(self.env._(
                "The fonds “%(fonds)s” is closed since %(date)s and names no successor. Enter the successor first.",
                fonds=self.display_name, date=format_date(self.env, self.closed_on)))
