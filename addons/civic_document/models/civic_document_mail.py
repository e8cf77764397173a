from odoo import models
from odoo.exceptions import UserError


class CivicDocument(models.Model):
    """Mail follows the rights of the document: nobody is told what they may not read."""

    _inherit = 'civic.document'

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Refuse followers who may not read the document, partners outside the agency included."""
        if partner_ids:
            # sudo: who the people are is no secret of the address book
            partners = self.env['res.partner'].sudo().browse(partner_ids).exists()
            for document in self:
                strangers = partners.filtered(
                    lambda partner, document=document: not document._is_readable_by(partner.user_ids[:1]))
                if strangers:
                    raise UserError(self.env._(
                        "%(people)s may not read “%(document)s” and cannot follow it.",
                        people=', '.join(strangers.mapped('name')), document=document.display_name))
        return super().message_subscribe(partner_ids, subtype_ids)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Leave out followers and mentioned people who may not, or no longer, read the document."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not recipients or not self:
            return recipients
        self.ensure_one()
        # sudo: rights are asked in the name of each recipient
        users = self.env['res.users'].sudo()
        return [
            recipient for recipient in recipients
            if recipient.get('uid') and self._is_readable_by(users.browse(recipient['uid']))
        ]

    def _is_readable_by(self, user):
        """Say whether the user may read the document, in any of the user's agencies."""
        self.ensure_one()
        return bool(user) and self.sudo(False).with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids).has_access('read')
