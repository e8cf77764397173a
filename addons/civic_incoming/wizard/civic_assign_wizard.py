from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.civic_base.const import URGENCY


class CivicAssignWizard(models.TransientModel):
    """The leader's instruction: who leads until when, who co-ordinates, who is informed (Decree 30/2020, Art. 23).

    For many documents it ends with a list: which were assigned, which not and why; the failed ones can be tried again.
    """

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
    suggested_units = fields.Json(string="Suggested", compute='_compute_suggested_units')

    lead_unit_id = fields.Many2one(
        'hr.department', string="Lead Unit", check_company=True, compute='_compute_proposal', store=True,
        readonly=False)
    lead_user_id = fields.Many2one(
        'res.users', string="Person", compute='_compute_lead_user_id', store=True, readonly=False)
    lead_candidate_ids = fields.Many2many('res.users', compute='_compute_lead_candidate_ids')
    deadline = fields.Date(compute='_compute_deadline', store=True, readonly=False)
    instruction = fields.Text(compute='_compute_proposal', store=True, readonly=False)
    needs_approval = fields.Boolean(
        string="Result to Approve", help="The document is done only when a leader has approved the result.")
    coordinate_unit_ids = fields.Many2many(
        'hr.department', 'civic_assign_wizard_coordinate_rel', string="Co-ordinating Units", check_company=True,
        compute='_compute_proposal', store=True, readonly=False)
    inform_unit_ids = fields.Many2many(
        'hr.department', 'civic_assign_wizard_inform_rel', string="For Information", check_company=True)
    line_ids = fields.One2many(
        'civic.assign.wizard.line', 'wizard_id', string="Other Units", compute='_compute_line_ids', store=True,
        readonly=False)

    result_ids = fields.One2many('civic.assign.wizard.result', 'wizard_id', string="Results", readonly=True)
    show_results = fields.Boolean(readonly=True, export_string_translation=False)
    failed_count = fields.Integer(compute='_compute_result_counts')
    done_count = fields.Integer(compute='_compute_result_counts')

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        # the form is open to who acts for a leader too: it asks for whom
        wizards.document_ids._check_may_assign()
        return wizards

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
    def _compute_suggested_units(self):
        for wizard in self:
            document = wizard.document_ids._origin[:1]
            wizard.suggested_units = document._get_suggested_units() if document and wizard.needs_lead else []

    @api.depends('document_ids')
    def _compute_proposal(self):
        """Start with what the office proposed, if it proposed the same for all; what was typed stays."""
        for wizard in self:
            documents = wizard.document_ids._needs_lead()
            same = len(documents.grouped(lambda document: (
                document.proposed_unit_id, document.proposed_unit_ids, document.proposed_instruction,
            ))) == 1
            proposed = documents[:1] if same else documents.browse()
            wizard.lead_unit_id = wizard.lead_unit_id or proposed.proposed_unit_id
            wizard.coordinate_unit_ids = wizard.coordinate_unit_ids or proposed.proposed_unit_ids
            wizard.instruction = wizard.instruction or proposed.proposed_instruction

    @api.depends('document_ids')
    def _compute_deadline(self):
        for wizard in self:
            if not wizard.deadline:
                wizard.deadline = wizard.document_ids._get_first_deadline()

    @api.depends('lead_unit_id')
    def _compute_lead_candidate_ids(self):
        for wizard in self:
            wizard.lead_candidate_ids = wizard.lead_unit_id._get_civic_people()

    @api.depends('lead_unit_id')
    def _compute_lead_user_id(self):
        for wizard in self:
            if not wizard.lead_user_id:
                wizard.lead_user_id = wizard.document_ids.proposed_user_id[:1]
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

    @api.depends('result_ids.is_done')
    def _compute_result_counts(self):
        for wizard in self:
            wizard.done_count = len(wizard.result_ids.filtered('is_done'))
            wizard.failed_count = len(wizard.result_ids) - wizard.done_count

    def action_assign(self):
        """Give the instruction; the documents check it and the rights."""
        self.ensure_one()
        if not self.document_ids:
            raise UserError(self.env._("Choose the documents to assign."))
        if len(self.document_ids) == 1:
            tasks = self.document_ids._filter_tasks(self._prepare_tasks())
            return self.document_ids._tell_assigned(self.document_ids._assign(tasks, self.instruction))
        self.result_ids.unlink()
        return self._run(self.document_ids)

    def action_retry(self):
        """Try those again that failed, after what stood in the way was mended."""
        self.ensure_one()
        failed = self.result_ids.filtered(lambda result: not result.is_done)
        if not failed:
            raise UserError(self.env._("Nothing failed: there is nothing to try again."))
        documents = failed.document_id
        failed.unlink()
        return self._run(documents)

    def action_change(self):
        """Go back to the instruction, to change it for those that failed."""
        self.ensure_one()
        failed = self.result_ids.filtered(lambda result: not result.is_done).document_id
        self.document_ids = failed or self.document_ids
        self.show_results = False
        return self._reopen()

    def _prepare_tasks(self):
        tasks = []
        if self.needs_lead:
            tasks.append({
                'kind': 'lead', 'unit': self.lead_unit_id, 'user': self.lead_user_id, 'deadline': self.deadline,
                'needs_approval': self.needs_approval,
            })
        return tasks + [
            {
                'kind': line.kind, 'unit': line.unit_id, 'user': line.user_id, 'deadline': line.deadline,
                'instruction': line.instruction, 'needs_approval': self.needs_approval and line.kind == 'coordinate',
            }
            for line in self.line_ids
        ]

    def _run(self, documents):
        results = documents._assign_each(self._prepare_tasks(), self.instruction)
        self.env['civic.assign.wizard.result'].create([
            {
                'wizard_id': self.id,
                'document_id': result['document_id'],
                'is_done': result['ok'],
                'message': result['message'],
            }
            for result in results
        ])
        if all(result['ok'] for result in results):
            assignment_ids = [id_ for result in results for id_ in result['assignment_ids']]
            # sudo: what was just assigned, to name it
            assignments = self.env['civic.assignment'].sudo().browse(assignment_ids)
            return documents._tell_assigned(assignments)
        self.show_results = True
        return self._reopen()

    def _reopen(self):
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_assign_wizard_action') | {
            'res_id': self.id,
        }
