from odoo import fields, models

from ..const import NOTIFICATION_CHOICES


class CivicNotificationChoice(models.Model):
    """What one person chose for one event; where there is no row the default of the event holds."""

    _name = 'civic.notification.choice'
    _description = "Notification Choice"
    _order = 'user_id, event_id'
    _rec_name = 'event_id'

    user_id = fields.Many2one(
        'res.users', string="Person", required=True, default=lambda self: self.env.user, ondelete='cascade')
    event_id = fields.Many2one('civic.notification.event', required=True, index=True, ondelete='cascade')
    choice = fields.Selection(NOTIFICATION_CHOICES, required=True)

    _user_event_uniq = models.UniqueIndex('(user_id, event_id)', "This person has already chosen for this event.")

    def write(self, vals):
        result = super().write(vals)
        if 'user_id' in vals:
            self.check_access('write')          # the rule holds for the new person as well
        return result
