from odoo import api, fields, models
from odoo.exceptions import UserError

SUGGESTED = 3


class CivicWorkfileAdd(models.TransientModel):
    """Put documents into a work file: one of the three that fit best with one key, another one, or a new one."""

    _name = 'civic.workfile.add'
    _description = "Documents into a Work File"

    document_ids = fields.Many2many('civic.document', string="Documents", required=True)
    document_count = fields.Integer(compute='_compute_document_count')
    workfile_id = fields.Many2one('civic.workfile', "Work File", domain="[('state', '=', 'open')]")
    plan_line_id = fields.Many2one(
        'civic.file.plan.line', "New File from the Plan",
        domain="[('is_heading', '=', False), ('plan_id.state', '=', 'published')]")
    suggestion_1_id = fields.Many2one('civic.workfile', compute='_compute_suggestions', string="First Suggestion")
    suggestion_2_id = fields.Many2one('civic.workfile', compute='_compute_suggestions', string="Second Suggestion")
    suggestion_3_id = fields.Many2one('civic.workfile', compute='_compute_suggestions', string="Third Suggestion")
    reason_1 = fields.Char(compute='_compute_suggestions')
    reason_2 = fields.Char(compute='_compute_suggestions')
    reason_3 = fields.Char(compute='_compute_suggestions')

    @api.depends('document_ids')
    def _compute_document_count(self):
        for wizard in self:
            wizard.document_count = len(wizard.document_ids)

    @api.depends('document_ids')
    def _compute_suggestions(self):
        for wizard in self:
            found = [*wizard.document_ids._origin._suggest_workfiles(SUGGESTED), *[(False, '')] * SUGGESTED]
            for number in range(1, SUGGESTED + 1):
                workfile, why = found[number - 1]
                wizard[f'suggestion_{number}_id'] = workfile
                wizard[f'reason_{number}'] = why

    def action_take_1(self):
        """Put the documents into the first suggestion."""
        return self._file_into(self.suggestion_1_id)

    def action_take_2(self):
        """Put the documents into the second suggestion."""
        return self._file_into(self.suggestion_2_id)

    def action_take_3(self):
        """Put the documents into the third suggestion."""
        return self._file_into(self.suggestion_3_id)

    def action_confirm(self):
        """Put the documents into the file that was chosen, or into a new one."""
        self.ensure_one()
        workfile = self.workfile_id
        if not workfile and self.plan_line_id:
            workfile = self.env['civic.workfile'].create({'plan_line_id': self.plan_line_id.id})
        return self._file_into(workfile)

    def _file_into(self, workfile):
        self.ensure_one()
        if not workfile:
            raise UserError(self.env._("Choose a work file, or a line of the plan to open one from."))
        entries = self.document_ids._file_into(workfile)
        if not entries:
            raise UserError(self.env._("“%s” holds these documents already.", workfile.display_name))
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {
                'type': 'success', 'next': {'type': 'ir.actions.act_window_close'},
                'message': self.env._(
                    "%(count)s put into “%(file)s”.", count=len(entries), file=workfile.display_name),
            },
        }
