from odoo import fields, models


class HrDepartment(models.Model):
    _inherit = 'hr.department'

    abbreviation = fields.Char(
        help="As it stands in the notation of official letters, such as VX in 12/UBND-VX. Set by the head of the "
             "agency (Decree 30/2020, Annex I, II.3.b).")
