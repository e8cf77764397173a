from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.civic_document.tools.fulltext import fold_words, make_tsquery

from ..const import (
    ACCESS_MODES,
    CONDITIONS,
    CONFIDENCE_LEVELS,
    LANGUAGES,
    LEVEL_RANK,
    LEVELS,
    MAINTENANCE,
)

# What is found by words.
HEAD_FIELDS = ('reference_code', 'title', 'creator', 'scope_content', 'keywords', 'paper_file_code', 'note')
# What a finding aid tells the world: a change of it is news for those who harvest.
PUBLIC_FIELDS = {
    'reference_code', 'title', 'level', 'parent_id', 'date_from', 'date_to', 'date_text', 'extent', 'creator', 'history',
    'custodial_history', 'scope_content', 'arrangement', 'access_mode', 'access_conditions', 'reproduction', 'language',
    'condition', 'finding_aids', 'originals', 'copies', 'related', 'keywords', 'sheet_count', 'page_count',
    'document_count',
}


class CivicArchiveDescription(models.Model):
    """One unit of description (ISAD(G)): fonds, series, file or document; one table, whatever the level.

    Describing is open to the archivists of the archive that keeps the fonds; the agency whose records they are reads.
    Published descriptions of public records are what finding aids and harvesters show; a description that was
    published once stays, so that those who have it can be told when it is withdrawn.
    """

    _name = 'civic.archive.description'
    _description = "Archival Description"
    _inherit = ['civic.journal.mixin', 'civic.reason.mixin', 'civic.secrecy.mixin']
    _parent_name = 'parent_id'
    _parent_store = True
    _order = 'fonds_id, parent_id, sequence, reference_code, id'
    _rec_name = 'title'
    _rec_names_search = ['reference_code', 'title']
    _civic_secrecy_texts = ('title', 'scope_content', 'history', 'note', 'access_conditions')
    _civic_secrecy_model = None
    _civic_reason_methods = ('_withdraw',)

    fonds_id = fields.Many2one('civic.fonds', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='fonds_id.company_id', store=True, precompute=True, index=True, string="Archive")
    parent_id = fields.Many2one(
        'civic.archive.description', "Belongs to", index=True, ondelete='restrict',
        domain="[('fonds_id', '=', fonds_id), ('level', '!=', 'item')]")
    parent_path = fields.Char(index=True)
    path_label = fields.Char("Place in the Fonds", compute='_compute_path_label')
    child_count = fields.Integer("Parts", compute='_compute_child_count')
    level = fields.Selection(LEVELS, required=True, default='file')
    sequence = fields.Integer(default=10)
    reference_code = fields.Char(required=True, help="Unique in the fonds; never given to anything else.")
    title = fields.Text(required=True)
    date_from = fields.Date("First Day")
    date_to = fields.Date("Last Day")
    date_text = fields.Char("Dates as Known", help="Where the days are not known: “khoảng 1975–1980”.")
    extent = fields.Char("Extent and Medium")
    document_count = fields.Integer("Documents")
    sheet_count = fields.Integer("Sheets")
    page_count = fields.Integer("Pages")
    creator = fields.Char("Creator or Author")
    history = fields.Text("Administrative History")
    custodial_history = fields.Text()
    scope_content = fields.Text("Scope and Content")
    arrangement = fields.Text("System of Arrangement")
    access_mode = fields.Selection(ACCESS_MODES, "Access", required=True, default='02')
    access_conditions = fields.Text("Conditions of Access")
    reproduction = fields.Char("Conditions of Reproduction")
    language = fields.Selection(LANGUAGES, required=True, default='01')
    condition = fields.Selection(CONDITIONS, "Physical Condition")
    maintenance = fields.Selection(MAINTENANCE, "Retention", default='01')
    confidence_level = fields.Selection(CONFIDENCE_LEVELS, "Origin")
    paper_file_code = fields.Char("Code of the Paper File")
    finding_aids = fields.Char()
    originals = fields.Char("Where the Originals Are")
    copies = fields.Char("Where Copies Are")
    related = fields.Char("Related Units")
    keywords = fields.Char()
    note = fields.Text()
    location_id = fields.Many2one(
        'civic.archive.location', "Place", index='btree_not_null', ondelete='restrict',
        domain="[('company_id', '=', company_id)]")
    state = fields.Selection(
        [('draft', "Being described"), ('published', "Published")], required=True, readonly=True, default='draft')
    oai_stamp = fields.Datetime(
        "Last Public Change", readonly=True, copy=False, help="What harvesters are told; empty: it was never public.")
    search_text = fields.Char("Search in Code and Words", store=False, search='_search_search_text')

    _code_uniq = models.UniqueIndex(
        '(fonds_id, reference_code)', "The fonds already has a description with this reference code.")
    _dates_order = models.Constraint(
        'CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)', "Records cannot end before they begin.")
    _has_parent = models.Constraint(
        "CHECK (level = 'fonds' OR parent_id IS NOT NULL)", "What is below the fonds belongs to something above it.")
    _children_idx = models.Index('(parent_id, sequence, reference_code, id)')
    _list_idx = models.Index('(company_id, level, id DESC)')
    _root_uniq = models.UniqueIndex("(fonds_id) WHERE level = 'fonds'", "A fonds is described as a whole once.")
    _oai_idx = models.Index('(oai_stamp, id) WHERE oai_stamp IS NOT NULL')

    def init(self):
        super().init()
        # A column type that the ORM does not know; only this model's SQL reads and writes it.
        self.env.cr.execute("ALTER TABLE civic_archive_description ADD COLUMN IF NOT EXISTS tsv tsvector")
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS civic_archive_description__tsv_idx ON civic_archive_description USING gin (tsv)")

    # === COMPUTE / SEARCH === #

    @api.depends('reference_code', 'title')
    def _compute_display_name(self):
        for description in self:
            parts = filter(None, [description.reference_code, (description.title or '')[:120]])
            description.display_name = ' – '.join(parts)

    @api.depends('parent_id', 'parent_path')
    def _compute_path_label(self):
        """Say where the unit stands: titles from the fonds down; one query, however many units."""
        paths = {
            description: [int(part) for part in (description.parent_path or '').split('/') if part][:-1]
            for description in self}
        ids = {id_ for path in paths.values() for id_ in path}
        titles = {above.id: above.title for above in self.search_fetch([('id', 'in', list(ids))], ['title'])}
        for description, path in paths.items():
            description.path_label = ' › '.join(titles[id_][:60] for id_ in path if id_ in titles)

    def _compute_child_count(self):
        counts = dict(self._read_group([('parent_id', 'in', self.ids)], ['parent_id'], ['__count']))
        for description in self:
            description.child_count = counts.get(description, 0)

    def _search_search_text(self, operator, value):
        if operator not in ('in', 'like', 'ilike', '=like', '=ilike', '='):
            return NotImplemented               # the ORM negates by itself
        texts = [value] if isinstance(value, str) or not value else list(value)
        return Domain.OR(self._get_search_domain(text.strip('% ')) for text in texts if text)

    @api.model
    def _get_search_domain(self, text):
        """Return the domain of the units that bear this code or have all these words, accents or not."""
        query = make_tsquery(text)
        if not query:
            return Domain('reference_code', '=like', _escape_like(text) + '%')
        return Domain('id', 'in', SQL(
            "(SELECT id FROM civic_archive_description WHERE tsv @@ %s::tsquery "
            "UNION ALL SELECT id FROM civic_archive_description WHERE reference_code = %s)", query, text))

    @api.constrains('parent_id', 'level', 'fonds_id')
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A unit of description cannot belong to itself."))
        labels = dict(self._fields['level']._description_selection(self.env))
        for description in self:
            parent = description.parent_id
            if not parent:
                continue
            if description.level == 'fonds':
                raise ValidationError(self.env._("A fonds belongs to nothing above it."))
            if parent.fonds_id != description.fonds_id:
                raise ValidationError(self.env._(
                    "“%(unit)s” and “%(parent)s” belong to different fonds.",
                    unit=description.display_name, parent=parent.display_name))
            if LEVEL_RANK[parent.level] >= LEVEL_RANK[description.level] and parent.level != 'file':
                raise ValidationError(self.env._(
                    "A %(level)s cannot stand below a %(parent)s: “%(unit)s”.",
                    level=labels[description.level], parent=labels[parent.level], unit=description.display_name))
            if parent.level == 'file' and description.level != 'item':
                raise ValidationError(self.env._("Below a file stand its documents only: “%s”.", description.display_name))
            if parent.level == 'item':
                raise ValidationError(self.env._("Nothing stands below a document: “%s”.", description.display_name))

    @api.constrains('location_id', 'fonds_id')
    def _check_location(self):
        for description in self:
            if description.location_id and description.location_id.company_id != description.company_id:
                raise ValidationError(self.env._("“%s” belongs to another archive.", description.location_id.display_name))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        roots = {}
        for values in vals_list:
            if not self.env.su and values.get('state', 'draft') != 'draft':
                raise AccessError(self.env._("A description is published by its button."))
            fonds_id = values.get('fonds_id')
            if not values.get('parent_id') and values.get('level', 'file') != 'fonds' and fonds_id:
                if fonds_id not in roots:
                    roots[fonds_id] = self.env['civic.fonds'].browse(fonds_id).root_id.id
                values['parent_id'] = roots[fonds_id]
        descriptions = super().create(vals_list)
        descriptions._index_words()
        return descriptions

    def write(self, vals):
        if not self.env.su and {'state', 'oai_stamp'} & set(vals):
            raise AccessError(self.env._("A description is published and withdrawn by its buttons."))
        result = super().write(vals)
        if PUBLIC_FIELDS & set(vals):
            self._touch()
        if set(HEAD_FIELDS) & set(vals):
            self._index_words()
        changed = sorted(set(vals) - {'state', 'oai_stamp', 'sequence'})
        if changed:
            self.env['civic.journal.entry']._append('metadata_modification', self, detail={'fields': changed})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if any(description.oai_stamp or description.state == 'published' for description in self):
            raise UserError(self.env._("A description that was published is withdrawn with a reason, not deleted."))
        if any(description.level == 'fonds' and description.fonds_id.root_id == description for description in self):
            raise UserError(self.env._("The description of the fonds goes with the fonds."))

    def _touch(self):
        """Tell harvesters of what is public now, and of what was and is no more."""
        public = self.filtered(lambda unit: unit.oai_stamp or unit._is_public())
        if public:
            # sudo: the time stamp is closed to writing
            public.sudo().write({'oai_stamp': fields.Datetime.now()})

    def _index_words(self):
        """Index the words of the units, in one statement whatever their number."""
        if not self:
            return
        self.flush_recordset(HEAD_FIELDS)
        rows = [
            SQL("(%s, %s)", unit.id, fold_words(' '.join(filter(None, (unit[name] for name in HEAD_FIELDS)))))
            for unit in self]
        # The range is for the planner: without it, each batch of an import reads the whole table that it lets grow.
        self.env.cr.execute(SQL(
            """
            UPDATE civic_archive_description AS unit SET tsv = to_tsvector('simple', head)
              FROM (VALUES %s) AS row (id, head) WHERE unit.id = row.id AND unit.id BETWEEN %s AND %s
            """, SQL(", ").join(rows), min(self.ids), max(self.ids)))

    # === ACTIONS === #

    def action_open_children(self):
        """Open what belongs to this unit, one level down."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_archive.civic_archive_description_action')
        below = LEVELS[min(LEVEL_RANK[self.level] + 1, len(LEVELS) - 1)][0]
        return {
            **action, 'display_name': self.display_name, 'domain': [('parent_id', '=', self.id)],
            'context': {
                'default_fonds_id': self.fonds_id.id, 'default_parent_id': self.id,
                'default_level': {'fonds': 'series', 'subfonds': 'series', 'series': 'file'}.get(self.level, below)},
        }

    def action_open_grid(self):
        """Open what belongs to this unit as a grid in which many are described at once."""
        self.ensure_one()
        action = self.action_open_children()
        grid = self.env['ir.actions.act_window']._for_xml_id('civic_archive.civic_archive_description_action_grid')
        return {**grid, 'display_name': action['display_name'], 'domain': action['domain'], 'context': action['context']}

    def action_open_parent(self):
        """Go one level up."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.parent_id.id,
            'views': [(False, 'form')]}

    def action_publish(self):
        """Show the descriptions in finding aids, and to harvesters if the records are public."""
        self.check_access('write')
        drafts = self.filtered(lambda unit: unit.state == 'draft')
        if not drafts:
            raise UserError(self.env._("These descriptions are published already."))
        # sudo: the state is closed to writing; the right to describe was checked
        drafts.sudo().write({'state': 'published'})
        drafts._touch()
        self.env['civic.journal.entry']._append('dissemination', drafts, detail={'act': 'publish'})

    def action_withdraw(self):
        """Ask why the descriptions are shown no more."""
        return self._open_reason_wizard('_withdraw', self.env._("Withdraw from Publication"))

    def action_export_ead(self):
        """Download the finding aid of these units and all below them (EAD3)."""
        self.ensure_one()
        self.check_access('read')
        return {'type': 'ir.actions.act_url', 'url': f'/civic/archive/ead/{self.id}.xml', 'target': 'download'}

    # === BUSINESS === #

    def _withdraw(self, reason):
        self.check_access('write')
        published = self.filtered(lambda unit: unit.state == 'published')
        if not published:
            raise UserError(self.env._("These descriptions are not published."))
        # sudo: see action_publish
        published.sudo().write({'state': 'draft'})
        published._touch()
        self.env['civic.journal.entry']._append(
            'dissemination', published, detail={'act': 'withdraw', 'reason': reason})

    def _is_public(self):
        """Whether everybody may see the description: published, and of public records."""
        self.ensure_one()
        return self.state == 'published' and self.access_mode == '01'

    def _iter_tree(self, batch=1000):
        """Yield (unit, depth) of these units and all below, each before its parts; read in batches, level after level.

        Reading follows the ids of one query, so that a fonds of any size never stands in memory as a whole.
        """
        self.ensure_one()
        self.flush_model()
        rows = self.env.execute_query(SQL(
            """
            WITH RECURSIVE tree (id, depth, path) AS (
                SELECT id, 0, ARRAY[]::text[] FROM civic_archive_description WHERE id = %s
                UNION ALL
                SELECT unit.id, tree.depth + 1,
                       tree.path || (to_char(unit.sequence, 'FM0000000000') || unit.reference_code || '/' || unit.id)
                  FROM civic_archive_description unit JOIN tree ON unit.parent_id = tree.id
            )
            SELECT id, depth FROM tree ORDER BY path
            """, self.id))
        allowed = set(self.search([('id', 'child_of', self.id)]).ids)
        rows = [row for row in rows if row[0] in allowed]
        for start in range(0, len(rows), batch):
            part = rows[start:start + batch]
            units = self.browse([id_ for id_, _depth in part])
            yield from zip(units, (depth for _id, depth in part), strict=True)
            self.env.invalidate_all()


def _escape_like(text):
    return text.replace('\\', '\\\\').replace('%', '\\%').replace('_', '\\_')
