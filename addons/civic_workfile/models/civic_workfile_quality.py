from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, LazyTranslate, split_every

from odoo.addons.civic_incoming.const import OPEN_ASSIGNMENT_STATES

from ..const import DEFECT_RULES
from .civic_workfile import Defect

_lt = LazyTranslate(__name__)

BATCH = 1000                    # contents examined at a time
EXAMINED_ON_OPENING = 100       # a file with more contents is examined by the job, soon after it changed
# Of a document, what decides whether something is lacking.
EXAMINED_FIELDS = {
    'state', 'direction', 'type_id', 'subject', 'issue_date', 'issuer_id', 'issuer_name', 'paper_original', 'main_content_id',
    'code_number', 'code_notation'}

# where each demand stands
ARTICLES = {
    'workfile.empty': _lt("Decree 30/2020, Article 29.3"),
    'workfile.metadata': _lt("Decree 30/2020, Article 29.2.c"),
    'workfile.code': _lt("Circular 05/2025, file code"),
    'workfile.place': _lt("Decree 30/2020, Article 29.4.c"),
    'workfile.checklist': _lt("Decree 30/2020, Article 29.3"),
    'entry.assignment': _lt("Decree 30/2020, Article 29.4"),
    'entry.unsigned': _lt("Decree 30/2020, Article 29.4.b"),
    'entry.unnumbered': _lt("Decree 30/2020, Article 29.4.b"),
    'entry.unregistered': _lt("Decree 30/2020, Article 22"),
    'entry.draft': _lt("Decree 30/2020, Article 29.4.a"),
    'entry.metadata': _lt("Decree 30/2020, Annex VI, Part II"),
    'entry.undated': _lt("Decree 30/2020, Annex VI, Part II"),
    'entry.content': _lt("Decree 30/2020, Article 29.3"),
    'entry.duplicate': _lt("Decree 30/2020, Article 29.4.a"),
    'entry.sheets': _lt("Decree 30/2020, Article 29.4.c"),
    'entry.cancelled': _lt("Decree 30/2020, Article 29.4.a"),
}


class CivicWorkfileDefect(models.Model):
    """What the last examination of a file found: which rule, by which article, and where it is mended."""

    _name = 'civic.workfile.defect'
    _description = "Defect of a Work File"
    _order = 'workfile_id, is_blocking desc, id'
    _rec_name = 'message'
    _log_access = False

    workfile_id = fields.Many2one('civic.workfile', "File", required=True, index=True, ondelete='cascade', readonly=True)
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, ondelete='cascade')
    rule = fields.Selection(DEFECT_RULES, required=True, readonly=True)
    article = fields.Char("Prescribed in", readonly=True)
    message = fields.Char("What to Mend", readonly=True)
    is_blocking = fields.Boolean("Blocks Closing", readonly=True)
    res_model = fields.Char(readonly=True, export_string_translation=False)
    res_id = fields.Many2oneReference(model_field='res_model', readonly=True, export_string_translation=False)
    field_name = fields.Char("Field", readonly=True)
    title = fields.Char("Document", compute='_compute_title')

    @api.depends('res_model', 'res_id')
    @api.depends_context('uid')
    def _compute_title(self):
        ids = defaultdict(list)
        for defect in self:
            ids[defect.res_model].append(defect.res_id)
        titles = {}
        for entry in self.env['civic.workfile.entry'].browse(ids['civic.workfile.entry'])._filtered_access('read'):
            titles[entry._name, entry.id] = entry.title
        for document in self.env['civic.document'].browse(ids['civic.document'])._filtered_access('read'):
            titles[document._name, document.id] = document.subject
        for defect in self:
            defect.title = titles.get((defect.res_model, defect.res_id), False)

    def action_mend(self):
        """Open what is to be mended."""
        self.ensure_one()
        self.check_access('read')
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            record = self.workfile_id
        record.check_access('read')
        if record._name == 'civic.workfile.entry':
            action = self.workfile_id.action_open_entries()
            return {**action, 'domain': [('id', '=', record.id)]}
        if record._name == 'civic.document' and record.direction == 'none' and not record.has_access('write'):
            # no letter: whoever makes the file describes it, in the grid
            action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_workfile_entry_action_mend')
            return {**action, 'domain': [('workfile_id', '=', self.workfile_id.id), ('document_id', '=', record.id)]}
        return {
            'type': 'ir.actions.act_window', 'res_model': record._name, 'res_id': record.id, 'views': [(False, 'form')],
            'context': {'civic_focus_field': self.field_name},
        }


class CivicWorkfile(models.Model):
    """How complete an open file is: the score, and what lowers it."""

    _inherit = 'civic.workfile'

    quality_score = fields.Integer(
        "Quality", readonly=True, copy=False, aggregator='avg', help="Of 100: how much of the file has no defect.")
    defect_count = fields.Integer("Defects", readonly=True, copy=False)
    checked_at = fields.Datetime("Examined", readonly=True, copy=False)
    defect_ids = fields.One2many('civic.workfile.defect', 'workfile_id', "Defects Found")

    _stale_idx = models.Index("(id) WHERE state = 'open' AND checked_at IS NULL")

    # === ACTIONS === #

    def action_check(self):
        """Examine the files now."""
        self.check_access('read')
        self._refresh_quality()
        return True

    def action_open_defects(self):
        """Examine the files and list what is to be mended in all of them."""
        self.action_check()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_workfile_defect_action')
        return {**action, 'domain': [('workfile_id', 'in', self.ids)]}

    def action_open_mending(self):
        """Open all documents of the files that lack something in one grid, where they are filled in row by row."""
        self.action_check()
        found = self.env['civic.workfile.defect'].search(
            [('workfile_id', 'in', self.ids), ('res_model', 'in', ('civic.workfile.entry', 'civic.document'))])
        by_model = defaultdict(list)
        for defect in found:
            by_model[defect.res_model].append(defect.res_id)
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_workfile_entry_action_mend')
        domain = Domain('workfile_id', 'in', self.ids) & (
            Domain('id', 'in', by_model['civic.workfile.entry']) | Domain('document_id', 'in', by_model['civic.document']))
        return {**action, 'domain': list(domain)}

    # === EXAMINATION === #

    def _refresh_quality(self):
        """Examine the files and keep score and findings; return what `_get_closing_defects` says."""
        workfiles = self.sudo()         # sudo: findings are kept by the system, for whoever reads the file
        defects = workfiles._get_closing_defects()
        Found = workfiles.env['civic.workfile.defect']
        Found.search([('workfile_id', 'in', self.ids)]).unlink()
        Found.create([
            {
                'workfile_id': workfile.id, 'company_id': workfile.company_id.id, 'rule': defect.rule,
                'article': defect.article, 'message': defect.message, 'is_blocking': defect.blocks,
                'res_model': defect.record._name, 'res_id': defect.record.id, 'field_name': defect.field,
            }
            for workfile, found in defects.items() for defect in found])
        if workfiles:
            workfiles._keep_scores(defects)
        return defects

    def _keep_scores(self, defects):
        """Write score and number of defects of all files, in one statement."""
        rows = []
        for workfile in self:
            found = defects.get(workfile, ())
            faulty = {(defect.record._name, defect.record.id) for defect in found if defect.blocks}
            things = workfile.doc_count + 1             # what it holds, and the file itself
            rows.append((workfile.id, 100 * (things - min(len(faulty), things)) // things, len(found)))
        self.env.cr.execute(SQL(
            """
            UPDATE civic_workfile file
               SET quality_score = found.score, defect_count = found.defects, checked_at = NOW() AT TIME ZONE 'UTC'
              FROM (VALUES %s) found (id, score, defects)
             WHERE file.id = found.id
            """, SQL(", ").join(SQL("(%s, %s, %s)", *row) for row in rows)))
        self.invalidate_recordset(['quality_score', 'defect_count', 'checked_at'])

    def _mark_stale(self):
        """The score no longer says anything: the files are examined anew when somebody opens them, or by the job."""
        if self:
            self.env.cr.execute(SQL("UPDATE civic_workfile SET checked_at = NULL WHERE id = ANY(%s)", list(self.ids)))
            self.invalidate_recordset(['checked_at'])
            self._examine_soon()

    @api.model
    def _examine_soon(self):
        """Let the job run after this transaction, once whatever happened in it."""
        precommit = self.env.cr.precommit
        if not precommit.data.get('civic_workfile_examine'):
            precommit.data['civic_workfile_examine'] = True
            # sudo: whoever changes a file sets the job going
            precommit.add(lambda: self.env.ref('civic_workfile.ir_cron_refresh_quality').sudo()._trigger())

    def web_read(self, specification):
        """The form of an open file that changed shows a score of this moment."""
        # a form that is being filled in for a new file has no id yet
        if len(self) == 1 and self.id and 'quality_score' in specification:
            self.check_access('read')
            if self.state == 'open' and not self.checked_at and self.doc_count <= EXAMINED_ON_OPENING:
                self._refresh_quality()
        return super().web_read(specification)

    def _get_closing_defects(self):
        """Return {file: [Defect]}: all that stands in the way of closing, delivering and a full score.

        Rooms above add to the lists of ``super()``. Messages are kept and shown to whoever reads the file: they name
        a document by its place in the file, never by its subject.
        """
        defects = defaultdict(list)
        for workfile in self:
            defects[workfile].extend(workfile._get_own_defects())
        entries = self.env['civic.workfile.entry']
        for ids in split_every(BATCH, entries.search([('workfile_id', 'in', self.ids)], order='workfile_id, ordinal').ids):
            self._add_entry_defects(entries.browse(ids), defects)
        self._add_duplicates(defects)
        return defects

    def _make_defect(self, rule, record, field, message, blocks=True):
        return Defect(rule, ARTICLES[rule]._translate(self.env.lang or 'en_US'), record, field, message, blocks)

    def _get_own_defects(self):
        """What the file itself lacks."""
        self.ensure_one()
        if not self.doc_count:
            yield self._make_defect('workfile.empty', self, 'entry_ids', self.env._("There is nothing in the file."))
        missing = [name for name in ('title', 'notation', 'user_id', 'date_start', 'unit_id') if not self[name]]
        if missing:
            labels = self.fields_get(missing, ['string'])
            yield self._make_defect('workfile.metadata', self, missing[0], self.env._(
                "These are missing: %s.", ", ".join(labels[name]['string'] for name in missing)))
        if not self.retention_term_id:
            yield self._make_defect(
                'workfile.metadata', self, 'retention_term_id', self.env._("The retention period is missing."))
        if not self.code:
            yield self._make_defect('workfile.code', self, 'company_id', self.env._(
                "The file has no code, because the agency has no organ code for the year."))
        if self.medium != 'electronic' and not self.place_id:
            yield self._make_defect('workfile.place', self, 'place_id', self.env._("The place of the paper is missing."))
        for check in self.check_ids:
            if check.is_required and not check.is_met:
                yield self._make_defect('workfile.checklist', self, 'check_ids', self.env._(
                    "The checklist asks for “%s”.", check.name))

    def _add_entry_defects(self, entries, defects):
        """What each thing in the files lacks; a fixed number of queries for all of them."""
        # sudo: the file is complete or not, whatever the person may read of it
        entries_sudo = entries.sudo()
        documents = entries_sudo.document_id
        documents.fetch([
            'state', 'direction', 'type_id', 'subject', 'issue_date', 'issuer_id', 'issuer_name', 'paper_original',
            'main_content_id', 'reference'])
        assigned = {
            document.id for [document] in self.env['civic.assignment'].sudo()._read_group(
                [('document_id', 'in', documents.ids), ('state', 'in', (*OPEN_ASSIGNMENT_STATES, 'review'))], ['document_id'])}
        for entry in entries_sudo:
            workfile = entry.workfile_id
            found = defects[workfile.with_env(self.env)]
            name = self.env._("No. %s", entry.ordinal)
            for rule, record, field, message, blocks in entry._examine(assigned):
                found.append(self._make_defect(rule, record.with_env(self.env), field, f'{name}: {message}', blocks))

    def _add_duplicates(self, defects):
        """The same file, or the same number, date and issuer, twice in one work file."""
        if not self.ids:
            return
        self.env['civic.workfile.entry'].flush_model()
        self.env['civic.document'].flush_model(['reference_key', 'issuer_id', 'issuer_name', 'issue_date'])
        self.env['civic.content'].flush_model(['sha256', 'role', 'document_id'])
        rows = self.env.execute_query(SQL(
            """
            SELECT entry.id, MIN(entry.ordinal) OVER (PARTITION BY entry.workfile_id, twin.key) AS first
              FROM civic_workfile_entry entry
              JOIN (SELECT document.id AS document_id, 'c' || content.sha256 AS key
                      FROM civic_document document
                      JOIN civic_content content ON content.document_id = document.id AND content.role = 'original'
                     UNION ALL
                    SELECT document.id, 'r' || document.reference_key || '|' || document.issue_date || '|'
                           || COALESCE(document.issuer_id::text, document.issuer_name, '')
                      FROM civic_document document
                     WHERE document.reference_key IS NOT NULL AND document.issue_date IS NOT NULL) twin
                ON twin.document_id = entry.document_id
             WHERE entry.workfile_id = ANY(%s)
            """, list(self.ids)))
        first_by_entry = {}
        for entry_id, first in rows:
            first_by_entry[entry_id] = min(first, first_by_entry.get(entry_id, first))
        for entry in self.env['civic.workfile.entry'].browse(first_by_entry):
            if entry.ordinal != first_by_entry[entry.id]:
                defects[entry.workfile_id].append(self._make_defect('entry.duplicate', entry, 'document_id', self.env._(
                    "No. %(number)s: the same document as No. %(first)s. Take one out.",
                    number=entry.ordinal, first=first_by_entry[entry.id])))

    # === CRON === #

    @api.model
    def _cron_refresh_quality(self):
        """Examine open files that changed, or whose documents did (`_mark_stale`)."""
        commit = self.env['ir.cron']._commit_progress
        ids = [id_ for [id_] in self.env.execute_query(SQL(
            """
            SELECT file.id FROM civic_workfile file
             WHERE file.state = 'open' AND file.checked_at IS NULL
             ORDER BY file.id
            """))]
        commit(remaining=len(ids))
        for batch in split_every(20, ids):
            # what is found is read by people of the agency
            for company, workfiles in self.browse(batch).exists().grouped('company_id').items():
                workfiles.with_context(lang=company.partner_id.lang or self.env.lang)._refresh_quality()
            if not commit(len(batch)):
                break


class CivicWorkfileEntry(models.Model):
    _inherit = 'civic.workfile.entry'

    def _examine(self, assigned):
        """Yield (rule, record, field, message, whether it blocks) for one thing in a file (as superuser)."""
        self.ensure_one()
        document, workfile = self.document_id, self.workfile_id
        if self.kind == 'draft' or (document.direction == 'outgoing' and document.state == 'draft'):
            yield 'entry.draft', self, 'kind', self.env._("drafts are taken out before the file is closed."), True
        is_paper = self.kind == 'paper' or (document and document.paper_original)
        if is_paper and not self.sheets and workfile._needs_sheets():
            yield 'entry.sheets', self, 'sheets', self.env._("the number of sheets is missing."), True
        if not document:
            if not self.date:
                yield 'entry.undated', self, 'date', self.env._("the date is missing."), True
            return
        if document.id in assigned:
            yield 'entry.assignment', document, 'state', self.env._("somebody still handles it."), True
        if document.state == 'cancelled':
            yield 'entry.cancelled', self, 'document_id', self.env._("it is cancelled."), False
            return
        if document.direction == 'outgoing' and document.state in ('review', 'to_sign'):
            yield 'entry.unsigned', document, 'state', self.env._("it is not signed yet."), True
        elif document.direction == 'outgoing' and document.state == 'signed':
            yield 'entry.unnumbered', document, 'state', self.env._("it is signed, but has no number yet."), True
        elif document.direction in ('incoming', 'internal') and document.state == 'draft':
            yield 'entry.unregistered', document, 'state', self.env._("it is not registered yet."), True
        if not document.issue_date:
            yield 'entry.undated', document, 'issue_date', self.env._("the date of the document is missing."), True
        # a photo, a recording and an e-mail are of no type of documents
        wanted = ('subject',) if self.kind in ('photo', 'audio', 'email') else ('subject', 'type_id')
        missing = [name for name in wanted if not document[name]]
        if document.direction == 'incoming' and not document.issuer_id and not document.issuer_name:
            missing.append('issuer_id')
        if missing:
            labels = document.fields_get(missing, ['string'])
            yield 'entry.metadata', document, missing[0], self.env._(
                "these are missing: %s.", ", ".join(labels[name]['string'] for name in missing)), True
        if not document.main_content_id and not document.paper_original:
            yield 'entry.content', document, 'content_ids', self.env._("it has no file."), True


class CivicDocument(models.Model):
    """What a document says of itself decides whether its files are complete."""

    _inherit = 'civic.document'

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        # new ones are in no file; see _note_filed
        self.env.cr.precommit.data.setdefault('civic_workfile_new_documents', set()).update(documents.ids)
        return documents

    def _note_filed(self):
        """From now on a change of these documents is one of a file, also in the transaction that made them."""
        self.env.cr.precommit.data.get('civic_workfile_new_documents', set()).difference_update(self.ids)

    def write(self, vals):
        result = super().write(vals)
        if EXAMINED_FIELDS.intersection(vals):
            self._mark_files_stale()
        return result

    def _mark_files_stale(self):
        """The open files of these documents are examined anew: one statement at the end of the transaction."""
        precommit = self.env.cr.precommit
        known = set(self.ids) - precommit.data.get('civic_workfile_new_documents', set())
        if not known:
            return
        changed = precommit.data.setdefault('civic_workfile_documents', set())
        if not changed:
            precommit.add(self.env['civic.document']._mark_stale_files_of_changed)
        changed.update(known)

    @api.model
    def _mark_stale_files_of_changed(self):
        ids = self.env.cr.precommit.data.pop('civic_workfile_documents', ())
        rows = self.env.execute_query(SQL(
            """
            UPDATE civic_workfile file SET checked_at = NULL
             WHERE file.state = 'open' AND file.checked_at IS NOT NULL AND file.id IN (
                   SELECT workfile_id FROM civic_workfile_entry WHERE document_id = ANY(%s))
            RETURNING id
            """, list(ids)))
        if rows:
            self.env['civic.workfile'].browse(id_ for [id_] in rows).invalidate_recordset(['checked_at'])
            # sudo: see _examine_soon
            self.env.ref('civic_workfile.ir_cron_refresh_quality').sudo()._trigger()


class CivicContent(models.Model):
    _inherit = 'civic.content'

    @api.model_create_multi
    def create(self, vals_list):
        contents = super().create(vals_list)
        contents.document_id._mark_files_stale()
        return contents

    def unlink(self):
        documents = self.document_id
        result = super().unlink()
        documents._mark_files_stale()
        return result


class CivicAssignment(models.Model):
    _inherit = 'civic.assignment'

    @api.model_create_multi
    def create(self, vals_list):
        assignments = super().create(vals_list)
        assignments.document_id._mark_files_stale()
        return assignments

    def write(self, vals):
        result = super().write(vals)
        if {'state', 'document_id'} & set(vals):
            self.document_id._mark_files_stale()
        return result
