from odoo import api, fields, models


class CivicProposalWizard(models.TransientModel):
    """Whom the office proposes; the leader confirms it with one tap."""

    _name = 'civic.proposal.wizard'
    _description = "Propose Who Handles Documents"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('instruction',)
    _civic_secrecy_model = None

    document_ids = fields.Many2many('civic.document', string="Documents", required=True, readonly=True)
    company_id = fields.Many2one('res.company', compute='_compute_document')
    suggested_units = fields.Json(string="Suggested", compute='_compute_document')
    lead_unit_id = fields.Many2one('hr.department', string="Lead Unit", required=True, check_company=True)
    candidate_ids = fields.Many2many('res.users', compute='_compute_candidate_ids')
    user_id = fields.Many2one('res.users', string="Person")
    coordinate_unit_ids = fields.Many2many(
        'hr.department', 'civic_proposal_wizard_coordinate_rel', string="Co-ordinating Units", check_company=True)
    deadline = fields.Date(compute='_compute_deadline', store=True, readonly=False)
    instruction = fields.Text()

    @api.depends('document_ids')
    def _compute_document(self):
        for wizard in self:
            document = wizard.document_ids._origin[:1]
            wizard.company_id = document.company_id
            wizard.suggested_units = document._get_suggested_units() if document else []

    @api.depends('document_ids')
    def _compute_deadline(self):
        for wizard in self:
            wizard.deadline = wizard.document_ids._get_default_deadline()

    @api.depends('lead_unit_id')
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.lead_unit_id._get_civic_people()

    def action_propose(self):
        self.ensure_one()
        self.document_ids._propose(
            self.lead_unit_id, self.user_id, self.coordinate_unit_ids, self.deadline, self.instruction)
        return {'type': 'ir.actions.act_window_close'}
