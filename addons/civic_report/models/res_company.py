from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def _get_place_date(self, day):
        """Place and date as the head of a paper has them (Decree 30/2020, Annex I, II.4): a leading zero for days
        below 10 and for January and February."""
        self.ensure_one()
        month = f'{day.month:02d}' if day.month < 3 else str(day.month)
        return self.env._(
            "%(place)s, %(day)s/%(month)s/%(year)s", place=self.sudo().city or '……', day=f'{day.day:02d}', month=month,
            year=day.year)             # sudo: the seat of the agency stands on every paper
