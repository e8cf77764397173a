from odoo import api, fields, models

from ..const import ASSIGNMENT_KINDS


class CivicAssignWizardLine(models.TransientModel):
    _name = 'civic.assign.wizard.line'
    _description = "Unit of an Instruction"
    _inherit = ['civic.secrecy.mixin']
    _order = 'kind, id'

    _civic_secrecy_texts = ('instruction',)
    _civic_secrecy_model = None

    wizard_id = fields.Many2one('civic.assign.wizard', required=True, index=True, ondelete='cascade')
    kind = fields.Selection(ASSIGNMENT_KINDS, string="Role", required=True, readonly=True)
    unit_id = fields.Many2one('hr.department', string="Unit", required=True, readonly=True)
    user_id = fields.Many2one('res.users', string="Person")
    candidate_ids = fields.Many2many('res.users', compute='_compute_candidate_ids')
    deadline = fields.Date()
    instruction = fields.Char(string="For This Unit", help="What this unit shall do, beside the common instruction.")

    @api.depends('unit_id')
    def _compute_candidate_ids(self):
        for line in self:
            line.candidate_ids = line.unit_id._get_civic_people()
