from odoo import api, fields, models


class CivicKpiDirty(models.Model):
    """A day whose sums are no longer right because a document left it; the next run of the job counts it anew."""

    _name = 'civic.kpi.dirty'
    _description = "Day to Count Anew"
    _log_access = False
    _rec_name = 'source'

    source = fields.Char(required=True)
    company_id = fields.Many2one('res.company', "Agency", required=True, index=True, ondelete='cascade')
    day = fields.Date(required=True)

    @api.model
    def _note(self, days):
        """Note the days: {(source, agency id, day)}."""
        if days:
            # sudo: nobody has rights on these lines
            self.sudo().create([
                {'source': source, 'company_id': company_id, 'day': day} for source, company_id, day in sorted(days)])
