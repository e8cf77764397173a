from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..tools.text import fold

# What says who an agency is, and whether it exists: on it hangs whether the agency can register anything.
AGENCY_IDENTITY = frozenset((
    'name', 'is_agency', 'abbreviation', 'agency_valid_from', 'agency_valid_to', 'successor_id', 'active', 'parent_id',
))


class ResPartner(models.Model):
    _inherit = 'res.partner'

    is_agency = fields.Boolean(string="Agency or Organisation", index=True)
    abbreviation = fields.Char(help="As it stands in the notation of documents, such as UBND.")
    organ_code_ids = fields.One2many('civic.organ.code', 'partner_id', string="Organ Codes")
    agency_company_ids = fields.One2many(
        'res.company', 'partner_id', string="Agency Working Here", help="Set if the agency works in this installation.")
    agency_valid_from = fields.Date(string="Exists From")
    agency_valid_to = fields.Date(string="Exists Until")
    successor_id = fields.Many2one(
        'res.partner', index='btree_not_null', ondelete='restrict',
        domain=[('is_agency', '=', True)],
        help="The agency that took over the work and the records.")
    agency_search_key = fields.Char(
        compute='_compute_agency_search_key', store=True, index='trigram', export_string_translation=False)

    _agency_validity_order = models.Constraint(
        'CHECK (agency_valid_from IS NULL OR agency_valid_to IS NULL OR agency_valid_from <= agency_valid_to)',
        "An agency cannot cease to exist before it begins.")

    @api.depends('is_agency', 'name', 'abbreviation', 'organ_code_ids.code')
    def _compute_agency_search_key(self):
        for partner in self:
            parts = (partner.name, partner.abbreviation, *partner.organ_code_ids.mapped('code'))
            partner.agency_search_key = fold(' | '.join(filter(None, parts))) if partner.is_agency else False

    def write(self, vals):
        if not AGENCY_IDENTITY.isdisjoint(vals):
            self._check_agency_keeper()
        if not {'agency_valid_from', 'agency_valid_to'}.isdisjoint(vals):
            self.env.registry.clear_cache()             # see res.company._get_agency_period
        return super().write(vals)

    def _check_agency_keeper(self):
        """Refuse those who do not keep the agency: clerks keep the address book, but no agency that works here."""
        user = self.env.user
        if self.env.su or user.has_group('base.group_system'):
            return
        # sudo: an agency that the user does not see works here all the same
        agencies = self.sudo().agency_company_ids
        if agencies and (not user.has_group('civic_base.group_records_admin') or agencies - user.company_ids):
            raise AccessError(self.env._(
                "Only the records administrator of “%s” changes what the agency is called and how long it exists.",
                agencies[0].name))

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        if operator != 'ilike' or not isinstance(value, str) or not fold(value):
            return domain
        agencies = self._domain_agency_search(value)
        # an agency picker reads the one indexed column; elsewhere agencies are found besides
        if self.env.context.get('civic_agency_search'):
            return agencies
        return Domain(domain) | agencies

    @api.model
    def _domain_agency_search(self, text):
        """Return the domain of the agencies whose name, abbreviation or code holds every word of the text."""
        return Domain('is_agency', '=', True) & Domain.AND(
            Domain('agency_search_key', 'ilike', word) for word in fold(text).split())

    @api.model
    @api.readonly
    def name_search(self, name='', domain=None, operator='ilike', limit=100):
        partners = self
        if self._requires_agency(domain):
            partners = self.with_context(civic_agency_search=True)
        return super(ResPartner, partners).name_search(name, domain, operator, limit)

    @api.model
    def _requires_agency(self, domain):
        """Tell whether the domain lets agencies alone through, so that the indexed search finds all."""
        skip = 0                        # operands left of a branch that does not bind
        for term in Domain(domain or []):
            if skip:
                skip += {'|': 1, '&': 1, '!': 0}.get(term, -1) if isinstance(term, str) else -1
            elif term == '|':
                skip = 2
            elif term == '!':
                skip = 1
            elif tuple(term) in (('is_agency', '=', True), ('is_agency', 'in', [True])):
                return True
        return False

    @api.constrains('successor_id')
    def _check_successor(self):
        if self._has_cycle('successor_id'):
            raise ValidationError(self.env._("An agency cannot succeed itself."))

    def _get_organ_code(self, date=None):
        """Return the code in force on the date (today); the newer generation goes first. False if none."""
        self.ensure_one()
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        codes = self.organ_code_ids.filtered_domain(self.env['civic.organ.code']._domain_in_force(date))
        return codes.sorted(lambda code: code.generation != 'qd20_2020')[:1].code

    def _get_agency_in_force(self, date=None):
        """Follow the successors until the agency that exists on the date (today); empty if there is none."""
        self.ensure_one()
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        agency = self
        while agency and agency.agency_valid_to and agency.agency_valid_to < date:
            agency = agency.successor_id
        return agency
