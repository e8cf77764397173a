from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..const import ENTRY_KINDS


class CivicWorkfileEntry(models.Model):
    """One thing in a file: a document of the system, kept once whatever the number of files, or something else."""

    _name = 'civic.workfile.entry'
    _description = "Content of a Work File"
    _inherit = ['civic.secrecy.mixin']
    _order = 'workfile_id, ordinal, id'
    _rec_name = 'title'
    _check_company_auto = True
    _civic_secrecy_texts = ('name', 'note')
    _civic_secrecy_model = None

    workfile_id = fields.Many2one('civic.workfile', "File", required=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='workfile_id.company_id', store=True, precompute=True)
    ordinal = fields.Integer("No.", readonly=True, aggregator=None)
    doc_code = fields.Char("Document Code", readonly=True, copy=False)
    kind = fields.Selection(ENTRY_KINDS, required=True, default='document')
    document_id = fields.Many2one(
        'civic.document', "Document", index='btree_not_null', ondelete='restrict', check_company=True)
    name = fields.Char("Title as Written", help="For what is no document of the system.")
    date = fields.Date("Date as Written")
    title = fields.Char(compute='_compute_document_values', export_string_translation=False)
    entry_date = fields.Date("Date", compute='_compute_document_values')
    pages = fields.Integer(aggregator='sum')
    sheets = fields.Integer(aggregator='sum')
    place_id = fields.Many2one(
        'civic.workfile.place', "Place", index='btree_not_null', ondelete='restrict', check_company=True)
    note = fields.Char()

    _document_uniq = models.UniqueIndex(
        '(workfile_id, document_id) WHERE document_id IS NOT NULL', "The document is already in this file.")
    # deferrable: a new order is written in one statement, and numbers may meet on the way
    _ordinal_uniq = models.Constraint(
        'UNIQUE (workfile_id, ordinal) DEFERRABLE INITIALLY IMMEDIATE', "Two documents cannot have the same place in the file.")
    _counts_positive = models.Constraint(
        'CHECK (COALESCE(pages, 0) >= 0 AND COALESCE(sheets, 0) >= 0)', "Pages and sheets are not fewer than none.")

    # === COMPUTE === #

    @api.depends('document_id', 'name', 'date')
    @api.depends_context('uid')
    def _compute_document_values(self):
        # the document by the rights of who reads the file: what is for named people only stays so
        readable = self.document_id.sudo(self.env.su)._filtered_access('read')
        for entry in self:
            document = entry.document_id
            if not document:
                entry.title, entry.entry_date = entry.name, entry.date
            elif document in readable:
                entry.title = document.subject or document.display_name
                entry.entry_date = document.issue_date or entry.date
            else:
                entry.title, entry.entry_date = self.env._("A document that you may not read"), False

    # === CONSTRAINTS === #

    @api.constrains('document_id', 'name')
    def _check_named(self):
        for entry in self:
            if not entry.document_id and not (entry.name or '').strip():
                raise ValidationError(self.env._("Choose the document, or say what this is."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(values) for values in vals_list]
        by_file = defaultdict(list)
        for values in vals_list:
            workfile_id = values.get('workfile_id') or self.env.context.get('default_workfile_id')
            if not workfile_id:
                raise UserError(self.env._("Say into which file it goes."))
            by_file[workfile_id].append(values)
        documents = self.env['civic.document'].browse(
            {values['document_id'] for values in vals_list if values.get('document_id')})
        documents.check_access('read')
        for workfile_id, values_of_file in by_file.items():
            workfile = self.env['civic.workfile'].browse(workfile_id)
            workfile.check_access('write')
            workfile._check_may_change('add')
            first = workfile._take_ordinals(len(values_of_file))
            for offset, values in enumerate(values_of_file):
                document = documents.browse(values.get('document_id') or ())
                values['ordinal'] = first + offset
                values.pop('doc_code', None)
                if document and not values.get('pages'):
                    values['pages'] = document.page_count
        entries = super().create(vals_list)
        entries.workfile_id._refresh_totals()
        entries._journal_added()
        return entries

    def write(self, vals):
        if {'workfile_id', 'ordinal', 'doc_code', 'company_id'} & set(vals):
            raise AccessError(self.env._("File, place in it and code of a document are given by the system alone."))
        self.workfile_id._check_may_change('modify_entry')
        if vals.get('document_id'):
            self.env['civic.document'].browse(vals['document_id']).check_access('read')
        result = super().write(vals)
        if {'pages', 'sheets'} & set(vals):
            self.workfile_id._refresh_totals()
        self.env['civic.journal.entry']._append('modification', self.workfile_id, details={
            workfile.id: {'act': 'modify_entry', 'entries': entries.ids, 'fields': sorted(vals)}
            for workfile, entries in self.grouped('workfile_id').items()})
        return result

    def unlink(self):
        workfiles = self.workfile_id
        details = {
            workfile.id: {'act': 'remove', 'documents': entries.document_id.ids,
                          'titles': [entry.name for entry in entries if not entry.document_id]}
            for workfile, entries in self.grouped('workfile_id').items()}
        result = super().unlink()
        workfiles._renumber()
        self.env['civic.journal.entry']._append('modification', workfiles, details=details)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self.workfile_id.check_access('write')
        self.workfile_id._check_may_change('remove')

    def _journal_added(self):
        journal = self.env['civic.journal.entry']
        journal._append('modification', self.workfile_id, details={
            workfile.id: {'act': 'add', 'documents': entries.document_id.ids, 'entries': entries.ids}
            for workfile, entries in self.grouped('workfile_id').items()})
        filed = self.filtered('document_id')
        journal._append('modification', filed.document_id, details={
            entry.document_id.id: {'act': 'filing', 'file': entry.workfile_id.id, 'code': entry.workfile_id.code or False}
            for entry in filed})


class CivicWorkfile(models.Model):
    """Order and totals of what is in a file."""

    _inherit = 'civic.workfile'

    def _take_ordinals(self, count):
        """Count ``count`` documents in and return the first of their places.

        The row of the file changes before anything is added: whoever closes it, or adds to it, at the same moment
        comes after this transaction, and sees what it did.
        """
        self.ensure_one()
        self.flush_recordset()
        [[last]] = self.env.execute_query(SQL(
            "UPDATE civic_workfile SET doc_count = COALESCE(doc_count, 0) + %s WHERE id = %s RETURNING doc_count - %s",
            count, self.id, count))
        self.invalidate_recordset(['doc_count'])
        return last + 1

    def _refresh_totals(self):
        """Count documents, pages and sheets anew, in one statement."""
        if not self:
            return
        self.env['civic.workfile.entry'].flush_model(['workfile_id', 'pages', 'sheets'])
        self.env.cr.execute(SQL(
            """
            UPDATE civic_workfile file
               SET doc_count = total.documents, page_count = total.pages, sheet_count = total.sheets
              FROM (SELECT f.id, COUNT(e.id) AS documents, COALESCE(SUM(e.pages), 0) AS pages,
                           COALESCE(SUM(e.sheets), 0) AS sheets
                      FROM civic_workfile f LEFT JOIN civic_workfile_entry e ON e.workfile_id = f.id
                     WHERE f.id = ANY(%s)
                     GROUP BY f.id) total
             WHERE file.id = total.id
            """, list(self.ids)))
        self.invalidate_recordset(['doc_count', 'page_count', 'sheet_count'])

    def _renumber(self):
        """Close the gaps in the order of the files, in one statement."""
        entries = self.env['civic.workfile.entry']
        entries.flush_model(['workfile_id', 'ordinal'])
        self.env.cr.execute(SQL(
            """
            UPDATE civic_workfile_entry entry
               SET ordinal = place.ordinal
              FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY workfile_id ORDER BY ordinal, id) AS ordinal
                      FROM civic_workfile_entry
                     WHERE workfile_id = ANY(%s)) place
             WHERE entry.id = place.id AND entry.ordinal <> place.ordinal
            """, list(self.ids)))
        entries.invalidate_model(['ordinal'])
        self._refresh_totals()
