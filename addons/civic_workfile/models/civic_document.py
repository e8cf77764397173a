import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.civic_base.tools.text import fold

UNFILED = 40                    # documents of one page beside the tree
CANDIDATES = 300                # open files that are looked at for a suggestion
RECENT = 500                    # of what was filed from one issuer, how many count
WORDS = re.compile(r'\w{3,}')
# words that stand in most subjects and say nothing about the work
COMMON = frozenset(
    'ho so cua ve viec va cac cho theo trong nam quyet dinh cong van bao cao thong ke hoach trien khai thuc hien phe duyet '
    'the and for about file files document'.split())


class CivicDocument(models.Model):
    """The files in which a document stands, and those in which it could."""

    _inherit = 'civic.document'

    workfile_entry_ids = fields.One2many('civic.workfile.entry', 'document_id', "Places in Files")
    workfile_count = fields.Integer("Work Files", compute='_compute_workfile_count')

    def _compute_workfile_count(self):
        counts = dict(self.env['civic.workfile.entry']._read_group(
            [('document_id', 'in', self.ids)], ['document_id'], ['__count']))
        for document in self:
            document.workfile_count = counts.get(document, 0)

    # === ACTIONS === #

    def action_file(self):
        """Open the form that puts the documents into a work file, with the files that fit best."""
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Put into a Work File"), 'target': 'new',
            'res_model': 'civic.workfile.add', 'view_mode': 'form', 'context': {'default_document_ids': self.ids},
        }

    def action_open_workfiles(self):
        """Open the files in which the document stands."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_workfile_action')
        files = self.env['civic.workfile.entry'].search([('document_id', '=', self.id)]).workfile_id
        if len(files) == 1:
            return files._get_form_action()
        return {**action, 'domain': [('id', 'in', files.ids)]}

    # === FROM THE TREE === #

    @api.model
    @api.readonly
    def get_unfiled(self, search='', offset=0):
        """Return one page of documents that stand in no work file, the latest first, to be dragged onto one.

        :return: ``{'documents': [{'id', 'label', 'date'}], 'more': whether there is another page}``
        """
        if not isinstance(search, str) or type(offset) is not int or offset < 0:
            raise UserError(self.env._("There is no such page."))
        domain = (
            Domain('company_id', '=', self.env.company.id) & Domain('state', 'not in', ('draft', 'cancelled'))
            & Domain('workfile_entry_ids', '=', False))
        if search.strip():
            domain &= Domain('search_text', 'ilike', search.strip()[:200])
        documents = self.search_fetch(
            domain, ['display_name', 'date_sort'], order='date_sort desc, id desc', offset=offset, limit=UNFILED + 1)
        return {
            'documents': [
                {'id': document.id, 'label': document.display_name, 'date': format_date(self.env, document.date_sort)}
                for document in documents[:UNFILED]],
            'more': len(documents) > UNFILED}

    def file_into(self, workfile_id):
        """Put the documents into a work file, and say what was done.

        :param int workfile_id: an open file that the user may change
        """
        self.check_access('read')
        workfile = self.env['civic.workfile'].browse(workfile_id)
        workfile.check_access('write')
        entries = self._file_into(workfile)
        if not entries:
            raise UserError(self.env._("“%s” holds these documents already.", workfile.display_name))
        return self.env._("%(count)s put into “%(file)s”.", count=len(entries), file=workfile.display_name)

    # === FILING === #

    def _file_into(self, workfile, **values):
        """Add the documents to an open file, those that are not there yet; return the new entries."""
        workfile.ensure_one()
        there = self.env['civic.workfile.entry'].search(
            [('workfile_id', '=', workfile.id), ('document_id', 'in', self.ids)]).document_id
        return self.env['civic.workfile.entry'].create([
            {'workfile_id': workfile.id, 'document_id': document.id, **values} for document in self - there])

    def _get_filing_thread(self):
        """The documents that belong to the same exchange of letters: what it answers, its answers, what it concerns."""
        # sudo: also by a letter that the person may not read, the file is the right one; nothing of it is shown
        documents = self.sudo()
        thread = documents.reply_to_id | documents.reply_ids | documents.related_id | documents.effect_ids
        thread |= thread.reply_to_id | thread.reply_ids
        return (thread - documents).sudo(False)

    def _suggest_workfiles(self, limit=3):
        """Return [(file, why)]: open files that the user may add to and that fit the documents best.

        The same exchange of letters counts most, then the issuer, the type of document and the words of the subject.
        """
        Workfile = self.env['civic.workfile']
        candidates = Workfile.search(
            Domain('state', '=', 'open') & Domain('company_id', 'in', self.company_id.ids or [self.env.company.id]),
            order='id desc', limit=CANDIDATES)._filtered_access('write')
        candidates -= self.workfile_entry_ids.sudo().workfile_id.sudo(False)
        if not candidates:
            return []
        scores = {workfile: [0, []] for workfile in candidates}

        def add(workfile, points, why):
            scores[workfile][0] += points
            scores[workfile][1].append(why)

        # sudo: what the files hold decides, not what the person may read of it
        Entry = self.env['civic.workfile.entry'].sudo()
        inside = Domain('workfile_id', 'in', candidates.ids)
        for [workfile] in Entry._read_group(inside & Domain('document_id', 'in', self._get_filing_thread().ids), ['workfile_id']):
            add(workfile.sudo(False), 10, self.env._("same exchange of letters"))
        if self.issuer_id:
            alike = Entry.search(inside & Domain('document_id.issuer_id', 'in', self.issuer_id.ids), limit=RECENT, order='id desc')
            for workfile in alike.workfile_id.sudo(False):
                add(workfile, 3, self.env._("same issuer"))
        if self.type_id:
            alike = Entry.search(inside & Domain('document_id.type_id', 'in', self.type_id.ids), limit=RECENT, order='id desc')
            for workfile in alike.workfile_id.sudo(False):
                add(workfile, 1, self.env._("same type of document"))
        words = self._get_words(' '.join(filter(None, self.mapped('subject'))))
        for workfile in candidates:
            common = words & self._get_words(f'{workfile.title} {workfile.keywords or ""}')
            if common:
                add(workfile, min(len(common) * 1.5, 6), self.env._("same words"))
            if scores[workfile][0] and workfile.unit_id and workfile.unit_id in self.unit_id:
                add(workfile, 1, self.env._("same unit"))
        best = sorted(
            ((points, workfile, whys) for workfile, (points, whys) in scores.items() if points),
            key=lambda item: (-item[0], -item[1].id))
        return [(workfile, ', '.join(whys)) for _points, workfile, whys in best[:limit]]

    @api.model
    def _get_words(self, text):
        return {word for word in WORDS.findall(fold(text)) if word not in COMMON}

    # === AUTOMATICALLY === #

    def _file_automatically(self):
        """Put each document into the open files of its exchange of letters, as the system; what was filed is returned."""
        filed = self.env['civic.workfile.entry']
        for document in self:
            thread = document._get_filing_thread()
            # sudo: the route decides where the document goes, not the rights of who does the step
            files = self.env['civic.workfile.entry'].sudo().search([
                ('document_id', 'in', thread.ids), ('workfile_id.state', '=', 'open'),
                ('company_id', '=', document.company_id.id)]).workfile_id
            for workfile in files:
                filed |= document.sudo()._file_into(workfile)
        return filed
