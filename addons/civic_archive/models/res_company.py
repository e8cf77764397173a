from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class ResCompany(models.Model):
    _inherit = 'res.company'

    archive_is_harvested = fields.Boolean(
        "Public Descriptions Are Harvested",
        help="Other archives may fetch published descriptions of public records (OAI-PMH).")

    def _check_archive_destination(self, date=None):
        """Refuse an archive that does not exist any more, and name the one that took over (two-tier government)."""
        self.ensure_one()
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        if self._is_agency_valid(day):
            return
        ended = self._get_agency_period()[1]
        # sudo: which archive comes after is no secret
        successor = self.sudo().agency_successor_id
        while successor and not successor._is_agency_valid(day):
            successor = successor.agency_successor_id
        if not ended or day < ended:
            raise UserError(self.env._(
                "%(archive)s did not exist yet on %(date)s.", archive=self.display_name, date=format_date(self.env, day)))
        if successor:
            raise UserError(self.env._(
                "%(archive)s takes nothing since it closed on %(date)s. Choose its successor: %(successor)s.",
                archive=self.display_name, date=format_date(self.env, ended), successor=successor.display_name))
        raise UserError(self.env._(
            "%(archive)s takes nothing since it closed on %(date)s, and no successor is entered.",
            archive=self.display_name, date=format_date(self.env, ended)))
