from odoo import api, fields, models

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..tools.layout import Closing, Heading


class CivicOfficialForm(models.AbstractModel):
    """A report of the agency on a period, to be signed and sent: with motto, place, date and signers."""

    _name = 'civic.official.form'
    _description = "Official Report"
    _inherit = ['civic.form']

    _form_has_period = True

    @api.model
    def _get_heading(self, options):
        company = options['company']
        today = fields.Date.context_today(self.with_context(tz=DEFAULT_TZ))
        return Heading(
            title=self._get_title(options), superior=self._get_superior_name(company), agency=company.name,
            is_official=True, place_date=company._get_place_date(today),
            lines=tuple(filter(None, [self._get_period_label(options)])))

    @api.model
    def _get_closing(self, options):
        return Closing(signers=(
            (self.env._("Drawn up by"), self.env._("(Signature, full name)")),
            (self.env._("Head of the agency"), self.env._("(Signature, seal)")),
        ))
