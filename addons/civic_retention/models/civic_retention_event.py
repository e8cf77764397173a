from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import EVENT_TRIGGERS


class CivicRetentionEvent(models.Model):
    """What ended the use of a file: its text was replaced, the building is gone, the person left."""

    _name = 'civic.retention.event'
    _description = "Retention Event"
    _order = 'date desc, id desc'
    _rec_name = 'trigger'
    _check_company_auto = True

    workfile_id = fields.Many2one('civic.workfile', "File", required=True, index=True, ondelete='cascade', check_company=True)
    company_id = fields.Many2one(related='workfile_id.company_id', store=True, precompute=True)
    trigger = fields.Selection(EVENT_TRIGGERS, "Event", required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    evidence = fields.Char(required=True, help="What shows that it happened, such as the document that replaced it.")
    document_id = fields.Many2one(
        'civic.document', "Document", check_company=True, ondelete='restrict', index='btree_not_null')

    _event_uniq = models.UniqueIndex('(workfile_id, trigger)', "This event is recorded already.")

    @api.constrains('date')
    def _check_date(self):
        for event in self:
            if event.date > fields.Date.context_today(self):
                raise ValidationError(self.env._("An event is recorded when it has happened, not before."))

    @api.model_create_multi
    def create(self, vals_list):
        self._check_keeper()
        events = super().create(vals_list)
        events.workfile_id._check_not_held()
        events._follow_up('recorded')
        return events

    def write(self, vals):
        self._check_keeper()
        if {'workfile_id', 'trigger'} & set(vals):
            raise UserError(self.env._("Record another event instead: file and kind of an event stay."))
        self.workfile_id._check_not_held()
        result = super().write(vals)
        self._follow_up('changed')
        return result

    def unlink(self):
        self._check_keeper()
        workfiles = self.workfile_id
        workfiles._check_not_held()
        self._follow_up('removed')
        result = super().unlink()
        workfiles._recompute_retention()
        return result

    def _check_keeper(self):
        if not self.env.su and not self.env.user.has_groups('civic_base.group_archivist,civic_base.group_records_admin'):
            raise AccessError(self.env._("Archivists record the events that end the use of a file."))

    def _follow_up(self, act):
        self.flush_recordset()
        self.workfile_id._recompute_retention()
        self.env['civic.journal.entry']._append('metadata_modification', self.workfile_id, details={
            event.workfile_id.id: {
                'act': f'event_{act}', 'trigger': event.trigger, 'date': fields.Date.to_string(event.date),
                'evidence': event.evidence} for event in self})
