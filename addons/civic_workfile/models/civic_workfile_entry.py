import hashlib
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

from ..const import ENTRY_KINDS

# What an uploaded file is in a work file, by its type, or the first part of it.
KINDS_BY_TYPE = {'message/rfc822': 'email', 'image': 'photo', 'audio': 'audio', 'video': 'audio'}


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
    entry_date = fields.Date("Date", compute='_compute_document_values', inverse='_inverse_entry_date')
    # the two that are mended most, row by row in a grid, by the rights on the document
    document_type_id = fields.Many2one(
        'civic.document.type', "Document Type", compute='_compute_mended', inverse='_inverse_document_type_id')
    document_subject = fields.Char("Subject", compute='_compute_mended', inverse='_inverse_document_subject')
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
        readable = self._get_readable_documents()
        for entry in self:
            document = entry.document_id
            if not document:
                entry.title, entry.entry_date = entry.name, entry.date
            elif document in readable:
                entry.title = document.subject or document.display_name
                entry.entry_date = document.issue_date or entry.date
            else:
                entry.title, entry.entry_date = self.env._("A document that you may not read"), False

    def _get_readable_documents(self):
        """The documents by the rights of who reads the file: what is for named people only stays so."""
        # one query, of what is shown alone: a document is a wide row, and a page of contents holds many
        return self.env['civic.document'].search_fetch(
            [('id', 'in', self.document_id.ids)], ['subject', 'issue_date', 'type_id'], order='id')

    def _compute_mended(self):
        readable = self._get_readable_documents()
        for entry in self:
            document = entry.document_id if entry.document_id in readable else readable.browse()
            entry.document_type_id, entry.document_subject = document.type_id, document.subject

    def _inverse_document_type_id(self):
        for entry in self.filtered('document_id'):
            entry._get_mended_document().type_id = entry.document_type_id

    def _inverse_document_subject(self):
        for entry in self.filtered('document_id'):
            entry._get_mended_document().subject = entry.document_subject

    def _inverse_entry_date(self):
        for entry in self:
            if entry.document_id:
                entry._get_mended_document().issue_date = entry.entry_date
            else:
                entry.date = entry.entry_date

    def _get_mended_document(self):
        """The document as this user may write it: photos and other papers that are no letters are described by those who
        make the file, if one of them brought the paper."""
        self.ensure_one()
        document, workfile = self.document_id, self.workfile_id
        document.check_access('read')
        # sudo: who brought it is asked, nothing else
        people = workfile.user_id | workfile.user_ids | self.env.user
        is_own = document.sudo().create_uid in people
        if document.direction == 'none' and document.state == 'draft' and is_own and workfile.has_access('write'):
            # sudo: only clerks write letters, and this is none
            return document.sudo()
        return document

    # === ACTIONS === #

    def action_open(self):
        """Open the document, or what the entry says of something else."""
        self.ensure_one()
        self.check_access('read')
        record = self.document_id or self
        record.check_access('read')
        return {'type': 'ir.actions.act_window', 'res_model': record._name, 'res_id': record.id, 'views': [(False, 'form')]}

    def action_take_attachments(self):
        """Put what is attached to e-mails into the file as contents of their own; what is there already stays."""
        taken = self.browse()
        for entry in self:
            workfile = entry.workfile_id
            workfile.check_access('write')
            entry.document_id.check_access('read')
            # sudo: files are read by whoever reads the document
            attached_sudo = entry.document_id.sudo().content_ids.filtered(lambda content: content.role == 'appendix')
            there = set(workfile.sudo().entry_ids.document_id.content_ids.filtered(
                lambda content: content.role == 'original').mapped('sha256'))
            note = self.env._("Attached to the e-mail of %s", format_date(self.env, entry.entry_date))
            for content in attached_sudo:
                if content.sha256 not in there:
                    there.add(content.sha256)
                    taken |= workfile._add_upload(content.name, content.attachment_id.raw, entry.document_id, note=note)[0]
        if not taken:
            raise UserError(self.env._("Nothing is attached that is not in the file already."))
        return taken.workfile_id.action_open_entries()

    def web_resequence(self, specification, field_name='sequence', offset=0):
        """Dropping rows in a list is a new order: one statement for all of them."""
        if field_name == 'ordinal' and self:
            self.workfile_id.ensure_one()._reorder(self.ids)
            return self.web_read(specification)
        return super().web_resequence(specification, field_name, offset)

    @api.model
    def search_count(self, domain, limit=None):
        """How much is in one file stands on the file: whoever reads that reads its contents, so nothing is counted."""
        match list(domain):
            case [['workfile_id', '=', int(workfile_id)]]:
                workfile = self.env['civic.workfile'].search_fetch([('id', '=', workfile_id)], ['doc_count'])
                return min(workfile.doc_count, limit) if limit else workfile.doc_count
        return super().search_count(domain, limit)

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
        entries.document_id._note_filed()
        entries.workfile_id._refresh_totals()
        entries.workfile_id._examine_soon()
        entries._journal_added()
        return entries

    def write(self, vals):
        if {'workfile_id', 'ordinal', 'doc_code', 'company_id'} & set(vals):
            raise AccessError(self.env._("File, place in it and code of a document are given by the system alone."))
        self.workfile_id._check_may_change('modify_entry')
        if vals.get('document_id'):
            self.env['civic.document'].browse(vals['document_id']).check_access('read')
        result = super().write(vals)
        self.document_id._note_filed()
        if {'pages', 'sheets'} & set(vals):
            self.workfile_id._refresh_totals()
        self.workfile_id._mark_stale()
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
        self.env['civic.journal.entry']._append('removal', workfiles, details=details)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self.workfile_id.check_access('write')
        self.workfile_id._check_may_change('remove')

    def _journal_added(self):
        journal = self.env['civic.journal.entry']
        journal._append('filing', self.workfile_id, details={
            workfile.id: {'act': 'add', 'documents': entries.document_id.ids, 'entries': entries.ids}
            for workfile, entries in self.grouped('workfile_id').items()})
        filed = self.filtered('document_id')
        journal._append('filing', filed.document_id, details={
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
            "UPDATE civic_workfile SET doc_count = doc_count + %s, checked_at = NULL WHERE id = %s RETURNING doc_count - %s",
            count, self.id, count))
        self.invalidate_recordset(['doc_count', 'checked_at'])
        maximum = self.env['civic.rule.value']._get(
            'workfile.max_documents', self.profile_id.valid_to or None, self.company_id)
        if last + count > maximum:
            raise UserError(self.env._(
                "“%(file)s” would hold %(count)s documents; by the rules of %(profile)s a file holds at most %(maximum)s. "
                "Divide it.", file=self.display_name, count=last + count, profile=self.profile_id.code, maximum=maximum))
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
        self._mark_stale()

    # === ORDER === #

    def _reorder(self, entry_ids):
        """Put the contents of the file into the given order, in one statement.

        :param list entry_ids: those that move come in this order, at the places that they hold together now
        """
        self.ensure_one()
        self.check_access('write')
        self._check_may_change('reorder')
        Entry = self.env['civic.workfile.entry']
        Entry.flush_model(['workfile_id', 'ordinal'])
        self._take_ordinals(0)
        rows = self.env.execute_query(SQL(
            """
            UPDATE civic_workfile_entry entry
               SET ordinal = place.ordinal
              FROM (SELECT wanted.id, held.ordinal
                      FROM (SELECT id, ROW_NUMBER() OVER () AS rank FROM UNNEST(%(ids)s::int[]) AS id) wanted
                      JOIN (SELECT ordinal, ROW_NUMBER() OVER (ORDER BY ordinal) AS rank
                              FROM civic_workfile_entry WHERE workfile_id = %(file)s AND id = ANY(%(ids)s)) held
                        ON held.rank = wanted.rank) place
             WHERE entry.id = place.id AND entry.workfile_id = %(file)s
            RETURNING entry.id
            """, ids=list(dict.fromkeys(entry_ids)), file=self.id))
        if len(rows) != len(set(entry_ids)):
            raise UserError(self.env._("These are not contents of “%s”. Load the list anew.", self.display_name))
        Entry.invalidate_model(['ordinal'])
        self.env['civic.journal.entry']._append('modification', self, detail={'act': 'reorder', 'entries': entry_ids})

    def action_sort_by_date(self):
        """Put the contents into the order of their dates, as the work went; what has no date comes last."""
        for workfile in self:
            # sudo: the order is that of the file, whatever the person may read of it
            entries = workfile.sudo().entry_ids.sorted(
                lambda entry: (entry.entry_date or fields.Date.to_date('9999-12-31'), entry.ordinal))
            if entries:
                workfile._reorder(entries.ids)
        return True

    def action_open_entries(self):
        """Open what is in the file, in a list of its own."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_workfile_entry_action')
        return {**action, 'display_name': self.display_name, 'domain': [('workfile_id', '=', self.id)],
                'context': {'default_workfile_id': self.id}}

    # === SPLIT, MERGE === #

    def _move_entries(self, entries, target, act):
        """Take contents of this file over into another open file; codes of documents stay behind."""
        self.ensure_one()
        for workfile in self | target:
            workfile.check_access('write')
            workfile._check_may_change(act)
        if not entries or entries.workfile_id != self:
            raise UserError(self.env._("Choose what shall move; all of it is in one file."))
        if target == self or target.company_id != self.company_id:
            raise UserError(self.env._("Choose another file of the same agency."))
        twice = target.entry_ids.document_id & entries.document_id
        if twice:
            raise UserError(self.env._(
                "“%(file)s” holds these already: take them out of one of the two files first.\n%(documents)s",
                file=target.display_name, documents="\n".join(f'• {name}' for name in twice[:20].mapped('display_name'))))
        entries = entries.sorted('ordinal')
        first = target._take_ordinals(len(entries))
        entries.flush_model()
        self.env.cr.execute(SQL(
            """
            UPDATE civic_workfile_entry entry
               SET workfile_id = %s, ordinal = %s + place.rank - 1, doc_code = NULL
              FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY ordinal) AS rank FROM civic_workfile_entry WHERE id = ANY(%s)) place
             WHERE entry.id = place.id
            """, target.id, first, list(entries.ids)))
        entries.invalidate_model(['workfile_id', 'ordinal', 'doc_code'])
        (self | target).invalidate_recordset(['entry_ids'])
        self._renumber()
        target._refresh_totals()
        moved = {'act': act, 'entries': entries.ids, 'documents': entries.document_id.ids}
        # the names too: a file that was merged goes
        self.env['civic.journal.entry']._append(act, self | target, details={
            self.id: {**moved, 'to': target.id, 'to_file': target._get_journal_name()},
            target.id: {**moved, 'from': self.id, 'from_file': self._get_journal_name()}})

    def _split(self, entries, **values):
        """Open another file like this one and take the contents over; return it."""
        self.ensure_one()
        self._check_may_change('split')
        target = self.create({
            'company_id': self.company_id.id, 'unit_id': self.unit_id.id, 'user_id': self.user_id.id, 'year': self.year,
            'date_start': self.date_start, 'retention_term_id': self.retention_term_id.id, 'medium': self.medium,
            'access_level': self.access_level, 'unit_ids': [fields.Command.set(self.unit_ids.ids)],
            'user_ids': [fields.Command.set(self.user_ids.ids)], 'delivery_class': self.delivery_class,
            'place_id': self.place_id.id, **values})
        self._move_entries(entries, target, 'split')
        return target

    def _merge(self, sources):
        """Take all contents of other files over into this one; the empty files go, and their codes are never given again."""
        self.ensure_one()
        for source in sources - self:
            if source.entry_ids:
                source._move_entries(source.entry_ids, self, 'merge')
        (sources - self).unlink()

    def _reclassify(self, line=None, retention_term=None, reason=''):
        """Put the files under another line of the plan, or another retention period, and say why."""
        reason = (reason or '').strip()
        if not reason:
            raise UserError(self.env._("Give a reason."))
        self.env['civic.document']._check_secret_text(reason, where='reason', model=self._name)
        self.check_access('write')
        self._check_may_change('reclassify')
        values = {'retention_reason': reason}
        if line:
            values.update(plan_line_id=line.id, retention_term_id=line.retention_term_id.id)
        if retention_term:
            values['retention_term_id'] = retention_term.id
        names = set(values)
        before = self._read_for_journal(names)
        self.sudo()._write_by_system(values, 'reclassify')      # sudo: the right to write the files was asked
        self._journal_changes(names, before, 'reclassification', act='reclassify', reason=reason)

    # === FILES FROM OUTSIDE === #

    def _add_upload(self, filename, raw, parent=None, **values):
        """Put an uploaded file into the work file: as the document that holds it already, else as a new one.

        :param parent: the document that it was part of: who may not read that reads neither; without, as the work file
        :param values: fields of the entry
        :return: the entry, and what to tell the person
        """
        self.ensure_one()
        self.check_access('write')
        self._check_may_change('add')
        Document = self.env['civic.document'].with_company(self.company_id)
        known = Document.search([
            ('company_id', '=', self.company_id.id), ('state', '!=', 'cancelled'),
            ('content_ids', 'any', [('sha256', '=', hashlib.sha256(raw).hexdigest()), ('role', '=', 'original')])],
            order='id', limit=1)
        if known:
            if known in self.entry_ids.document_id:
                raise UserError(self.env._("“%s” is in this file already.", known.display_name))
            return known._file_into(self, **values), self.env._("The same file is already in: %s", known.display_name)
        # sudo: only clerks enter documents, but whoever may add to the file may add papers that are no letters
        like_sudo = (parent or self).sudo()
        readers = like_sudo.user_ids | self.env.user
        if not parent:
            readers |= self.user_id
        document = Document.sudo()._capture(
            filename, raw, company_id=self.company_id.id, direction='none', subject=filename.rsplit('.', 1)[0],
            unit_id=like_sudo.unit_id.id, access_level=like_sudo.access_level,
            unit_ids=[fields.Command.set(like_sudo.unit_ids.ids)], user_ids=[fields.Command.set(readers.ids)]).sudo(False)
        # what came, not the PDF that some pictures are shown as
        mimetype = document.sudo().content_ids.filtered(lambda content: content.role == 'original').mimetype or ''
        kind = KINDS_BY_TYPE.get(mimetype) or KINDS_BY_TYPE.get(mimetype.partition('/')[0]) or 'document'
        return document._file_into(self, kind=kind, **values), ''
