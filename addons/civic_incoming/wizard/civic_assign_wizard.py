from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.civic_base.const import URGENCY


class CivicAssignWizard(models.TransientModel):
    """The leader's instruction: who leads until when, who co-ordinates, who is informed (Decree 30/2020, Art. 23)."""

    _name = 'civic.assign.wizard'
    _description = "Assign Documents"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('instruction',)
    _civic_secrecy_model = None

    document_ids = fields.Many2many('civic.document', string="Documents", required=True, readonly=True)
    document_count = fields.Integer(compute='_compute_documents')
    company_id = fields.Many2one('res.company', compute='_compute_documents')
    needs_lead = fields.Boolean(compute='_compute_documents')
    current_lead = fields.Char(string="Lead Unit at Present", compute='_compute_documents')
    urgency = fields.Selection(URGENCY, string="Highest Urgency", compute='_compute_documents')

    lead_unit_id = fields.Many2one('hr.department', string="Lead Unit", check_company=True)
    lead_user_id = fields.Many2one(
        'res.users', string="Person", compute='_compute_lead_user_id', store=True, readonly=False)
    lead_candidate_ids = fields.Many2many('res.users', compute='_compute_lead_candidate_ids')
    deadline = fields.Date(compute='_compute_deadline', store=True, readonly=False)
    instruction = fields.Text()
    coordinate_unit_ids = fields.Many2many(
        'hr.department', 'civic_assign_wizard_coordinate_rel', string="Co-ordinating Units", check_company=True)
    inform_unit_ids = fields.Many2many(
        'hr.department', 'civic_assign_wizard_inform_rel', string="For Information", check_company=True)
    line_ids = fields.One2many(
        'civic.assign.wizard.line', 'wizard_id', string="Other Units", compute='_compute_line_ids', store=True,
        readonly=False)

    @api.depends('document_ids')
    def _compute_documents(self):
        for wizard in self:
            documents = wizard.document_ids
            wizard.document_count = len(documents)
            wizard.company_id = documents[:1].company_id
            wizard.needs_lead = bool(documents._needs_lead())
            leads = (documents - documents._needs_lead()).unit_id
            wizard.current_lead = ", ".join(leads.mapped('name'))
            wizard.urgency = max(documents, key=lambda document: document.urgency_rank).urgency if documents else False

    @api.depends('document_ids')
    def _compute_deadline(self):
        for wizard in self:
            wizard.deadline = wizard.document_ids._get_default_deadline()

    @api.depends('lead_unit_id')
    def _compute_lead_candidate_ids(self):
        for wizard in self:
            wizard.lead_candidate_ids = wizard.lead_unit_id._get_civic_people()

    @api.depends('lead_unit_id')
    def _compute_lead_user_id(self):
        for wizard in self:
            if wizard.lead_user_id not in wizard.lead_candidate_ids:
                wizard.lead_user_id = False

    @api.depends('coordinate_unit_ids', 'inform_unit_ids', 'deadline')
    def _compute_line_ids(self):
        """One line per unit of the two lists; what was typed on a line stays."""
        for wizard in self:
            wanted = {
                (kind, unit.id)
                for kind, units in (('coordinate', wizard.coordinate_unit_ids), ('inform', wizard.inform_unit_ids))
                for unit in units._origin
            }
            commands = []
            for line in wizard.line_ids:
                key = (line.kind, line.unit_id.id)
                if key in wanted:
                    wanted.remove(key)
                else:
                    commands.append(Command.delete(line.id))
            commands += [
                Command.create({
                    'kind': kind,
                    'unit_id': unit_id,
                    'deadline': wizard.deadline if kind == 'coordinate' else False,
                })
                for kind, unit_id in sorted(wanted)
            ]
            wizard.line_ids = commands

    def action_assign(self):
        """Give the instruction; the documents check it and the rights."""
        self.ensure_one()
        if not self.document_ids:
            raise UserError(self.env._("Choose the documents to assign."))
        tasks = [
            {'kind': line.kind, 'unit': line.unit_id, 'user': line.user_id, 'deadline': line.deadline}
            for line in self.line_ids
        ]
        lead = []
        if self.needs_lead:
            lead.append({
                'kind': 'lead', 'unit': self.lead_unit_id, 'user': self.lead_user_id, 'deadline': self.deadline,
            })
        waiting = self.document_ids._needs_lead()
        if waiting:
            waiting._assign(lead + tasks, self.instruction)
        others = self.document_ids - waiting
        if others:
            others._assign(tasks, self.instruction)
        return {'type': 'ir.actions.act_window_close'}
