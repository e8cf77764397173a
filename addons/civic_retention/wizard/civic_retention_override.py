from odoo import fields, models

from ..const import EVENT_TRIGGERS


class CivicRetentionOverride(models.TransientModel):
    """Give files rules of their own, with a reason."""

    _name = 'civic.retention.override'
    _description = "Other Retention Rules"

    workfile_ids = fields.Many2many('civic.workfile', string="Files", required=True)
    rule_ids = fields.Many2many('civic.retention.rule', string="Rules", domain=[('state', '!=', 'draft')],
                                help="Of several, the longest one applies. None: the rules of the class apply again.")
    reason = fields.Text(required=True)

    def action_apply(self):
        """Apply them."""
        self.workfile_ids._override_retention(self.rule_ids, self.reason)
        return {'type': 'ir.actions.act_window_close'}


class CivicRetentionEventWizard(models.TransientModel):
    """Record for many files the event for which they wait."""

    _name = 'civic.retention.event.wizard'
    _description = "Record an Event"

    workfile_ids = fields.Many2many('civic.workfile', string="Files", required=True)
    trigger = fields.Selection(EVENT_TRIGGERS, "Event", help="Empty: the event for which each file waits.")
    date = fields.Date(required=True, default=fields.Date.context_today)
    evidence = fields.Char(required=True)
    document_id = fields.Many2one('civic.document', "Document")

    def action_record(self):
        """Record it."""
        self.workfile_ids._check_keeper()
        self.env['civic.retention.event'].create([
            {
                'workfile_id': file.id, 'date': self.date, 'evidence': self.evidence, 'document_id': self.document_id.id,
                'trigger': self.trigger or (file.retention_rule_id.trigger if file.retention_state == 'event' else False) or 'other',
            } for file in self.workfile_ids])
        return {'type': 'ir.actions.act_window_close'}
