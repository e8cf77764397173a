from datetime import timedelta

from odoo import api, fields, models

LINE_DAYS = 30              # nobody reads of it after a month
CLEAN_UP_BATCH = 5000


class CivicNotificationLine(models.Model):
    """What waits for somebody's morning digest. The digest deletes the line; nobody reads lines here.

    A line names the record, never what stands in it: whether the person may read it is asked when the
    digest goes out.
    """

    _name = 'civic.notification.line'
    _description = "Line of a Digest"
    _order = 'id'
    _rec_name = 'res_model'

    user_id = fields.Many2one('res.users', required=True, index=True, ondelete='cascade')
    event_id = fields.Many2one('civic.notification.event', required=True, index=True, ondelete='cascade')
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field='res_model', required=True)
    body = fields.Char()

    @api.autovacuum
    def _gc_lines(self):
        """Drop what was never sent: the person has no address, or the agency no working days."""
        limit = fields.Datetime.now() - timedelta(days=LINE_DAYS)
        lines = self.search([('create_date', '<', limit)], limit=CLEAN_UP_BATCH)
        lines.unlink()
        return len(lines), len(lines) == CLEAN_UP_BATCH
