import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..const import ORGAN_CODE_GENERATIONS, ORGAN_CODE_MAX_LENGTH

# The second, short form is still met in the data of the national axis.
SHAPES = {
    'qcvn_2016': re.compile(r'(?:[0-9]{3}\.)?[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}'),
    'qd20_2020': re.compile(r'[A-Z][0-9]{2}(?:\.[0-9A-Z]+)*'),
}


class CivicOrganCode(models.Model):
    """Dated names of an agency on the national axis; one generation is never computed from the other."""

    _name = 'civic.organ.code'
    _description = "Organ Code"
    _order = 'valid_from desc nulls last, id desc'
    _rec_name = 'code'

    partner_id = fields.Many2one(
        'res.partner', string="Agency", required=True, index=True, ondelete='cascade')
    code = fields.Char(string="Organ Code", required=True, index=True, size=ORGAN_CODE_MAX_LENGTH)
    generation = fields.Selection(ORGAN_CODE_GENERATIONS, required=True, default='qd20_2020')
    valid_from = fields.Date(help="Leave empty if it has always been valid.")
    valid_to = fields.Date(help="Last day of validity. Leave empty while the code is in force.")
    legal_basis = fields.Char()

    _validity_order = models.Constraint(
        'CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)',
        "The validity of an organ code cannot end before it begins.")

    @api.constrains('code', 'generation')
    def _check_code(self):
        labels = dict(self._fields['generation']._description_selection(self.env))
        for organ_code in self:
            if not SHAPES[organ_code.generation].fullmatch(organ_code.code or ''):
                raise ValidationError(self.env._(
                    "“%(code)s” is not an organ code of the generation %(generation)s.",
                    code=organ_code.code,
                    generation=labels[organ_code.generation],
                ))

    @api.constrains('code', 'partner_id', 'valid_from', 'valid_to')
    def _check_overlap(self):
        # sudo: a code held by an agency that the user cannot see is still taken
        others = self.sudo().search([('code', 'in', self.mapped('code'))])
        for organ_code in self:
            for other in others:
                if (
                    other != organ_code
                    and other.code == organ_code.code
                    and other.partner_id != organ_code.partner_id
                    and organ_code._overlaps(other)
                ):
                    raise ValidationError(self.env._(
                        "The organ code %(code)s belongs to %(agency)s in the same period.",
                        code=organ_code.code,
                        agency=other.partner_id.display_name,
                    ))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalise(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(self._normalise(vals))
        if 'partner_id' in vals:
            self.check_access('write')          # the rules hold for the new agency as well
        return result

    @api.model
    def _normalise(self, vals):
        """Trim and upper-case the code; anything else is for people to correct."""
        if vals.get('code'):
            return {**vals, 'code': vals['code'].strip().upper()}
        return vals

    def _overlaps(self, other):
        return (
            (not self.valid_to or not other.valid_from or other.valid_from <= self.valid_to)
            and (not other.valid_to or not self.valid_from or self.valid_from <= other.valid_to)
        )

    @api.model
    def _domain_in_force(self, date):
        return (
            (Domain('valid_from', '=', False) | Domain('valid_from', '<=', date))
            & (Domain('valid_to', '=', False) | Domain('valid_to', '>=', date))
        )

    @api.model
    def _find_partner(self, code, date=None):
        """Return the agency that bears the code on the date (today by default), or an empty recordset."""
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        code = (code or '').strip().upper()
        if not code:
            return self.env['res.partner']
        # sudo: the directory of agencies is for everyone
        return self.sudo().search(
            Domain('code', '=', code) & self._domain_in_force(date), limit=1).partner_id.with_env(self.env)
