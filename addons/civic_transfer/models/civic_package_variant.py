from base64 import b64decode

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.civic_package.tools.findings import InvalidPackage
from odoo.addons.civic_package.tools.profiles import get_profile
from odoo.addons.civic_package.tools.variants import read_variant

from ..const import PROFILE, VARIANT


class CivicPackageVariant(models.Model):
    """What an archive wants in its packages beyond the circular, as the file that it hands out.

    The file is data: its fields, codes, names and days hold in the examination, in building and in validation alike. How it
    is written is told in ``civic_package/data/profiles/README.md``.
    """

    _name = 'civic.package.variant'
    _description = "Receiver's Variant of Packages"
    _inherit = ['civic.journal.mixin']
    _order = 'partner_id, valid_from desc, id desc'

    name = fields.Char(compute='_compute_content', store=True)
    partner_id = fields.Many2one(
        'res.partner', "Archive", required=True, ondelete='cascade', index=True, domain="[('is_agency', '=', True)]")
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, index=True, ondelete='cascade', default=lambda self: self.env.company,
        help="Who loaded it: it holds for what this agency hands over or takes in.")
    file = fields.Binary("Variant File", required=True, attachment=True)
    file_name = fields.Char()
    code = fields.Char(compute='_compute_content', store=True)
    source = fields.Char("Basis", compute='_compute_content', store=True)
    valid_from = fields.Date(compute='_compute_content', store=True)
    valid_to = fields.Date(compute='_compute_content', store=True)
    summary = fields.Text("What It Asks", compute='_compute_summary')

    # === COMPUTE METHODS === #

    @api.depends('file')
    def _compute_content(self):
        for variant in self:
            data = variant._read_file()[1] if variant.file else {}
            variant.name, variant.code, variant.source = data.get('label'), data.get('code'), data.get('source')
            variant.valid_from, variant.valid_to = data.get('valid_from'), data.get('valid_to')

    @api.depends('file')
    def _compute_summary(self):
        for variant in self:
            if not variant.file:
                variant.summary = False
                continue
            data = variant._read_file()[1]
            lines = [
                self.env._("%(table)s: %(field)s, required", table=table, field=name) if changes.get('required') else f'{table}: {name}'
                for table, fields_ in data['fields'].items() for name, changes in fields_.items()]
            lines += [f'{name}: {", ".join(codes)}' for name, codes in data['codes'].items()]
            lines += [f'{name}: {value}' for name, value in data['layout'].items()]
            variant.summary = '\n'.join(lines)

    # === CONSTRAINTS === #

    @api.constrains('partner_id', 'company_id', 'file', 'valid_from', 'valid_to')
    def _check_overlap(self):
        for variant in self:
            variant._read_file()
            others = self.search(
                Domain('id', '!=', variant.id) & Domain('partner_id', '=', variant.partner_id.id)
                & Domain('company_id', '=', variant.company_id.id)
                & (Domain('valid_to', '=', False) | Domain('valid_to', '>=', variant.valid_from))
                & (Domain('valid_from', '<=', variant.valid_to) if variant.valid_to else Domain.TRUE), limit=1)
            if others:
                raise ValidationError(self.env._(
                    "“%(first)s” and “%(second)s” hold on the same days. The earlier file must say when it ends.",
                    first=variant.name, second=others.name))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        variants = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', variants, detail={'act': 'creation'})
        return variants

    def write(self, vals):
        result = super().write(vals)
        self.env['civic.journal.entry']._append('configuration', self, detail={'fields': sorted(vals)})
        return result

    # === BUSINESS === #

    @api.model
    def _get_for(self, partner, companies, day):
        """Return the variant of a receiver that is in force on a day, loaded by one of the companies, the first one first."""
        found = self.search(
            Domain('partner_id', '=', partner.id) & Domain('company_id', 'in', companies.ids) & Domain('valid_from', '<=', day)
            & (Domain('valid_to', '=', False) | Domain('valid_to', '>=', day)))
        return found.sorted(lambda variant: companies.ids.index(variant.company_id.id))[:1]

    def _get_rules(self):
        """Return (profile, name of the variant) by which packages are built and judged; the circular's own where there is none."""
        if not self:
            return get_profile(PROFILE), VARIANT
        profile, data = self._read_file()
        return profile, data['code']

    def _read_file(self):
        """Return (profile, content) of the file.

        :raises ValidationError: with everything that is wrong with it
        """
        self.ensure_one()
        # the size would come instead of the content
        content = self.with_context(bin_size=False).file or b''
        try:
            return read_variant(b64decode(content), PROFILE)
        except InvalidPackage as error:
            lang = 'vi' if (self.env.lang or '').startswith('vi') else 'en'
            raise ValidationError(self.env._(
                "The file of the variant cannot be used:\n%s", '\n'.join(
                    f'• {finding.location}: {finding.text(lang)}' if finding.location else f'• {finding.text(lang)}'
                    for finding in error.report.findings))) from None
        except ValueError:
            raise ValidationError(self.env._("The file of the variant cannot be used:\n%s", self.file_name or '')) from None
