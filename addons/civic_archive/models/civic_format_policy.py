from odoo import api, fields, models
from odoo.fields import Domain


class CivicFormatPolicy(models.Model):
    """What the archive thinks of a file format, by its PRONOM identifier, from when until when, and on what basis."""

    _name = 'civic.format.policy'
    _description = "Format Policy"
    _inherit = ['civic.journal.mixin', 'civic.shared.mixin']
    _order = 'status, name, id'
    _rec_names_search = ['name', 'puid']

    puid = fields.Char("PRONOM Identifier", required=True, index=True)
    name = fields.Char(required=True)
    status = fields.Selection([
        ('preferred', "Preferred"), ('accepted', "Acceptable"), ('at_risk', "At risk"), ('refused', "Not accepted")],
        required=True, default='accepted')
    target_puid = fields.Char("Migrate to", help="PRONOM identifier of the format into which it is migrated.")
    company_id = fields.Many2one('res.company', "Archive", index=True, ondelete='cascade', help="Empty: every archive.")
    valid_from = fields.Date()
    valid_to = fields.Date()
    legal_basis = fields.Char(translate=True)
    note = fields.Text()

    _validity_order = models.Constraint(
        'CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)', "A policy cannot end before it begins.")

    @api.depends('name', 'puid')
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = f"{policy.name} ({policy.puid})"

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', policies, detail={'act': 'creation'})
        return policies

    def write(self, vals):
        result = super().write(vals)
        self.env['civic.journal.entry']._append('configuration', self, detail={'fields': sorted(vals)})
        return result

    @api.model
    def _get_for(self, puid, company=None, date=None):
        """Return the policy in force for the format, that of the archive before the general one; empty if none."""
        if not puid:
            return self.browse()
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        # sudo: the policy holds for whoever brings the file
        found = self.sudo().search(
            Domain('puid', '=', puid) & Domain('company_id', 'in', (False, (company or self.env.company).id))
            & (Domain('valid_from', '=', False) | Domain('valid_from', '<=', day))
            & (Domain('valid_to', '=', False) | Domain('valid_to', '>=', day)))
        return found.sorted(lambda policy: (bool(policy.company_id), str(policy.valid_from or '')), reverse=True)[:1]
