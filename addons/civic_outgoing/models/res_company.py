from odoo import fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    outgoing_block_on_layout = fields.Boolean(
        string="Deviations from the Layout Block",
        help="A draft whose file deviates from Annex I of Decree 30/2020 cannot be submitted. Unset: people are only "
             "warned.")
    outgoing_paper_copy = fields.Boolean(
        string="Paper Copies of Electronic Documents",
        help="The system of the agency does not meet Annex VI yet: of each electronic document that is issued, paper "
             "copies for the records office and the work file are made (Decree 30/2020, Article 19.2.c).")
