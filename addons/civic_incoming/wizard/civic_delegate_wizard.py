from odoo import api, fields, models


class CivicDelegateWizard(models.TransientModel):
    """The head of a unit says who in it handles the document."""

    _name = 'civic.delegate.wizard'
    _description = "Give a Document to a Person"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('unit_instruction',)
    _civic_secrecy_model = None

    assignment_id = fields.Many2one('civic.assignment', required=True, readonly=True, ondelete='cascade')
    candidate_ids = fields.Many2many('res.users', compute='_compute_candidate_ids')
    user_id = fields.Many2one('res.users', string="Person", required=True)
    unit_instruction = fields.Text(string="Instruction")

    @api.depends('assignment_id')
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.assignment_id.unit_id._get_civic_people()

    def action_delegate(self):
        self.ensure_one()
        self.assignment_id._delegate(self.user_id, self.unit_instruction)
        return {'type': 'ir.actions.act_window_close'}
