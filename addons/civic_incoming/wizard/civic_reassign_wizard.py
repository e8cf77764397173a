from odoo import api, fields, models
from odoo.fields import Command


class CivicReassignWizard(models.TransientModel):
    """Who takes over what people and units left behind; what could not be given is listed with the reason."""

    _name = 'civic.reassign.wizard'
    _description = "Reassign"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('instruction',)
    _civic_secrecy_model = None

    assignment_ids = fields.Many2many('civic.assignment', string="Assignments", required=True, readonly=True)
    company_id = fields.Many2one('res.company', compute='_compute_assignments')
    may_change_unit = fields.Boolean(compute='_compute_assignments')
    unit_id = fields.Many2one(
        'hr.department', string="Unit", check_company=True, help="Leave empty: another person of the same unit.")
    user_id = fields.Many2one('res.users', string="Person", help="Leave empty: the unit decides.")
    candidate_ids = fields.Many2many('res.users', compute='_compute_candidate_ids')
    deadline = fields.Date(string="New Deadline", help="For those whose deadline has passed.")
    instruction = fields.Text()
    failed_ids = fields.Many2many(
        'civic.assignment', 'civic_reassign_wizard_failed_rel', string="Not Reassigned", readonly=True)
    failed_reasons = fields.Text(string="What Stands in the Way", readonly=True)

    @api.depends('assignment_ids')
    def _compute_assignments(self):
        for wizard in self:
            documents = wizard.assignment_ids.document_id
            wizard.company_id = documents[:1].company_id
            wizard.may_change_unit = bool(documents) and documents._filtered_may_assign() == documents

    @api.depends('unit_id', 'assignment_ids')
    def _compute_candidate_ids(self):
        for wizard in self:
            units = wizard.unit_id or wizard.assignment_ids.unit_id
            wizard.candidate_ids = units._get_civic_people()

    def action_reassign(self):
        self.ensure_one()
        self.assignment_ids._check_may_reassign()
        results = self.assignment_ids._reassign_each(self.unit_id, self.user_id, self.deadline, self.instruction)
        failed = [result for result in results if not result['ok']]
        if not failed:
            return {'type': 'ir.actions.act_window_close'}
        self.write({
            'assignment_ids': [Command.set([result['assignment_id'] for result in failed])],
            'failed_ids': [Command.set([result['assignment_id'] for result in failed])],
            'failed_reasons': "\n".join(dict.fromkeys(result['message'] for result in failed)),
        })
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_reassign_wizard_action') | {
            'res_id': self.id,
        }
