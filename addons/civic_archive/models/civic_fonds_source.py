from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date


class CivicFondsSource(models.Model):
    """An agency on the archive's list of those that hand over their records to it, from when until when."""

    _name = 'civic.fonds.source'
    _description = "Source Agency of an Archive"
    _order = 'company_id, agency_id, valid_from desc nulls last, id'
    _rec_name = 'agency_id'

    company_id = fields.Many2one(
        'res.company', "Archive", required=True, index=True, ondelete='restrict', default=lambda self: self.env.company)
    agency_id = fields.Many2one(
        'res.partner', required=True, index=True, ondelete='restrict', domain="[('is_agency', '=', True)]")
    fonds_id = fields.Many2one(
        'civic.fonds', index='btree_not_null', ondelete='restrict', domain="[('company_id', '=', company_id)]",
        help="Where its records go. Leave empty until its first submission.")
    valid_from = fields.Date()
    valid_to = fields.Date()
    legal_basis = fields.Char(help="The decision that puts the agency on the list.")

    _validity_order = models.Constraint(
        'CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)',
        "A place on the list cannot end before it begins.")

    @api.constrains('company_id', 'fonds_id')
    def _check_fonds(self):
        for source in self:
            if source.fonds_id and source.fonds_id.company_id != source.company_id:
                raise UserError(self.env._("“%s” is a fonds of another archive.", source.fonds_id.display_name))

    @api.model
    def _check_agency(self, company, agency, date=None):
        """Return the place of the agency on the archive's list on that day, or refuse it."""
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        # sudo: the list is public, and decides about a right
        source = self.sudo().search(
            Domain('company_id', '=', company.id) & Domain('agency_id', '=', agency.id)
            & (Domain('valid_from', '=', False) | Domain('valid_from', '<=', day))
            & (Domain('valid_to', '=', False) | Domain('valid_to', '>=', day)), limit=1)
        if not source:
            raise UserError(self.env._(
                "%(agency)s is not on the list of source agencies of %(archive)s on %(date)s. "
                "The archive enters it with the decision that says so.",
                agency=agency.display_name, archive=company.display_name, date=format_date(self.env, day)))
        return source.sudo(False)
