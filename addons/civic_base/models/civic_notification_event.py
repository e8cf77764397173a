from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ..const import NOTIFICATION_CHOICES


class CivicNotificationEvent(models.Model):
    """A kind of event that people may hear of. Each room ships its own as data records."""

    _name = 'civic.notification.event'
    _inherit = ['civic.cached.mixin']
    _description = "Notification Event"
    _order = 'sequence, id'

    code = fields.Char(required=True, help="What the program calls the event.")
    name = fields.Char(string="Event", required=True, translate=True)
    description = fields.Char(translate=True)
    sequence = fields.Integer(default=100)
    default_choice = fields.Selection(
        NOTIFICATION_CHOICES, string="Unless the Person Chooses", required=True, default='digest',
        help="What holds for those who never chose. One mail per event is never a default but for what is urgent.")
    has_now = fields.Boolean(
        string="May Come at Once", default=True, help="Unset if the event never goes out by itself.")
    group_ids = fields.Many2many(
        'res.groups', string="Roles Concerned", help="Whose settings show the event. Empty: everybody's.")

    _code_uniq = models.Constraint('UNIQUE (code)', "The code of an event is unique.")
    _default_allowed = models.Constraint(
        "CHECK (has_now OR default_choice <> 'now')", "This event never goes out at once.")

    @api.model
    def _get(self, code):
        """Return the event of the code, as superuser: what may be heard of is no secret."""
        event_id = self._get_id(code)
        if not event_id:
            raise UserError(self.env._("The event “%s” is unknown.", code))
        # sudo: events are the same for whoever causes one
        return self.sudo().browse(event_id)

    @api.model
    @tools.ormcache('code')
    def _get_id(self, code):
        # sudo: kept for the whole registry
        return self.sudo().search([('code', '=', code)], limit=1).id

    def _is_for(self, user):
        """Say whether the settings of the user show the event. Call with one event, as superuser."""
        self.ensure_one()
        return not self.group_ids or bool(self.group_ids & user.all_group_ids)
