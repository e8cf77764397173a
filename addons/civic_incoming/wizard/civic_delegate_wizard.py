from odoo import api, fields, models


class CivicDelegateWizard(models.TransientModel):
    """The head of a unit, or who has it from the head, says who in it handles the document."""

    _name = 'civic.delegate.wizard'
    _description = "Give a Document to a Person"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('unit_instruction',)
    _civic_secrecy_model = None

    assignment_id = fields.Many2one('civic.assignment', required=True, readonly=True, ondelete='cascade')
    candidate_ids = fields.Many2many('res.users', compute='_compute_candidate_ids')
    user_id = fields.Many2one('res.users', string="Person", required=True)
    unit_instruction = fields.Text(string="Instruction")
    may_pass_on = fields.Boolean(
        string="May Pass It On", help="The person may give the document to somebody else of the unit.")

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        # the form is open to all who may have it from the head: it asks who has
        wizards.assignment_id._check_may_delegate()
        return wizards

    @api.depends('assignment_id')
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.assignment_id.unit_id._get_civic_people() - wizard.assignment_id.user_id

    def action_delegate(self):
        self.ensure_one()
        self.assignment_id._delegate(self.user_id, self.unit_instruction, self.may_pass_on)
        return {'type': 'ir.actions.act_window_close'}
