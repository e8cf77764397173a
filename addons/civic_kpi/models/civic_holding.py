from odoo import models


class CivicHolding(models.Model):
    _inherit = 'civic.holding'

    _kpi_until_idx = models.Index("(company_id, until) WHERE until IS NOT NULL")
