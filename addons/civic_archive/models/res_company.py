from contextlib import suppress
from itertools import count

from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, mute_logger


class ResCompany(models.Model):
    _inherit = 'res.company'

    archive_is_harvested = fields.Boolean(
        "Public Descriptions Are Harvested",
        help="Other archives may fetch published descriptions of public records (OAI-PMH).")

    def _give_next_code(self, holder, prefix, year):
        """Name a record with the next code of a year, such as NL.TTLTLS.2026.01, and write it.

        The unique index of the model decides who gets it: who registers at the same moment waits, and takes the one after.

        :param holder: of a model whose ``name`` holds the codes, by agency
        """
        self.ensure_one()
        start = f"{prefix}.{self.abbreviation or self.id}.{year}."
        # sudo: codes count whoever sees them, and are closed to writing
        holder_sudo = holder.sudo()
        names = holder_sudo.search([('company_id', '=', self.id), ('name', '=like', f'{start}%')]).mapped('name')
        numbers = (name.removeprefix(start) for name in names)
        for number in count(max((int(number) for number in numbers if number.isdecimal()), default=0) + 1):
            # what another transaction took after our snapshot is not seen, only refused
            with suppress(UniqueViolation), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
                holder_sudo.name = f'{start}{number:02d}'
                holder_sudo.flush_recordset(['name'])
                return

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
