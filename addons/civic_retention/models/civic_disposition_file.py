import io

from odoo import fields, models

SUFFIX = 'HTL'                  # hủy tài liệu: in the notation of the work files of such cases


class CivicDisposition(models.Model):
    """The case as a work file of its own: its papers lie there, and are kept as long as the law says."""

    _inherit = 'civic.disposition'

    workfile_id = fields.Many2one(
        'civic.workfile', "File of the Case", readonly=True, copy=False, ondelete='restrict', index='btree_not_null',
        check_company=True)

    def _get_system_fields(self):
        return super()._get_system_fields() | {'workfile_id'}

    # === ACTIONS === #

    def action_open_case_file(self):
        """Open the work file of the case."""
        self.ensure_one()
        self.workfile_id.check_access('read')
        return self.workfile_id._get_form_action()

    def action_open_council(self):
        result = super().action_open_council()
        self._open_case_files()
        self._file_documents('council_document_id')
        self._file_papers('disposition_list', 'disposition_statement')
        return result

    def action_close_meeting(self):
        result = super().action_close_meeting()
        self._file_papers('disposition_minutes')
        return result

    def action_record_opinion(self):
        result = super().action_record_opinion()
        self._file_documents('opinion_document_id')
        return result

    def action_decide(self):
        result = super().action_decide()
        self._file_documents('decision_document_id')
        return result

    def action_destroy(self):
        result = super().action_destroy()
        self._file_papers('disposition_handover')
        return result

    def _finish_destruction(self):
        super()._finish_destruction()
        if self.state == 'done':
            self._file_papers('disposition_destruction')
            file_sudo = self.workfile_id.sudo()         # sudo: the end of an act that was allowed
            if self._takes_papers() and not file_sudo.date_end:
                file_sudo.date_end = fields.Date.context_today(self)

    # === BUSINESS === #

    def _open_case_files(self):
        """Open the work file of each case that has none, kept as the rule says (archives law, Article 28)."""
        today = fields.Date.context_today(self)
        Term = self.env['civic.retention.term']
        for disposition in self.filtered(lambda disposition: not disposition.workfile_id):
            years = disposition._get_rule('retention.destruction_file_years')
            term = Term.search([('kind', '=', 'fixed'), ('years', '>=', years)], order='years', limit=1)
            term = term or self.env.ref('civic_workfile.retention_term_permanent')
            # sudo: the act of laying the case before the council opens it
            Workfile = self.env['civic.workfile'].sudo().with_company(disposition.company_id)
            number = 1 + Workfile.search_count([
                ('company_id', '=', disposition.company_id.id), ('year', '=', today.year), ('notation', '=like', f'%.{SUFFIX}')])
            while Workfile.search_count([
                    ('company_id', '=', disposition.company_id.id), ('year', '=', today.year),
                    ('notation', '=', f'{number:02d}.{SUFFIX}')], limit=1):
                number += 1
            workfile = Workfile.create({
                'company_id': disposition.company_id.id, 'year': today.year, 'notation': f'{number:02d}.{SUFFIX}',
                'title': self.env._("Destruction of records: %s", disposition.name)[:1000], 'user_id': self.env.uid,
                'unit_id': self.env.user.civic_unit_id.filtered(
                    lambda unit, company=disposition.company_id: unit.company_id == company).id,
                'retention_term_id': term.id, 'date_start': disposition.date,
                'user_ids': [fields.Command.set(disposition.member_ids.user_id.ids)]})
            disposition._write_by_system({'workfile_id': workfile.id})

    def _takes_papers(self):
        """Whether the work file of the case is open; a closed or held one takes nothing more, and stops nothing."""
        self.ensure_one()
        file_sudo = self.workfile_id.sudo()             # sudo: whoever acts on the case
        return bool(file_sudo) and file_sudo.state == 'open' and not file_sudo.is_held

    def _file_documents(self, name):
        """Put a document of the case into its work file."""
        for disposition in self:
            if disposition._takes_papers() and disposition[name]:
                disposition[name].sudo()._file_into(disposition.workfile_id.sudo())     # sudo: it belongs to the case

    def _file_papers(self, *forms):
        """Draw up papers of the case and put them into its work file, as they stand at this moment."""
        for disposition in self.filtered(lambda disposition: disposition._takes_papers()):
            workfile = disposition.workfile_id
            for name in forms:
                form = self.env[f'civic.form.{name}'].sudo()        # sudo: whoever acts on the case
                options = form._prepare_options({'disposition_id': disposition.id})
                output, title = io.BytesIO(), form._get_title(options)
                form._render(output, 'pdf', options)
                kind = 'bb' if name in ('disposition_minutes', 'disposition_handover', 'disposition_destruction') else 'bc'
                document = self.env['civic.document'].sudo().with_company(disposition.company_id)._capture(
                    f'{title[:100]}.pdf', output.getvalue(), company_id=disposition.company_id.id, direction='none', subject=title,
                    type_id=self.env.ref(f'civic_document.civic_document_type_{kind}').id,
                    issue_date=fields.Date.context_today(self), unit_id=workfile.sudo().unit_id.id, access_level='unit',
                    user_ids=[fields.Command.set(disposition.member_ids.user_id.ids)])
                document._file_into(workfile.sudo(), kind='minutes' if kind == 'bb' else 'document')
