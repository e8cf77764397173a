from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.civic_base.const import URGENCY

from ..const import ARRIVAL_CHANNELS
from ..tools.separation import make_code
from ..tools.separator_sheet import make_sheets

MAX_COPIES = 100


class CivicSeparatorWizard(models.TransientModel):
    """Separator sheets to lay between the papers that go through the scanner in one go."""

    _name = 'civic.separator.wizard'
    _description = "Separator Sheets"

    company_id = fields.Many2one('res.company', "Agency", required=True, default=lambda self: self.env.company)
    urgency = fields.Selection(URGENCY, help="The urgency of the document after the sheet. Empty: as read later.")
    arrival_channel = fields.Selection(
        ARRIVAL_CHANNELS, "Arrived by", help="How the document after the sheet came. Empty: as the scan folder says.")
    copies = fields.Integer("Sheets", required=True, default=5)

    def action_print(self):
        """Download the sheets as a PDF."""
        self.ensure_one()
        if not 1 <= self.copies <= MAX_COPIES:
            raise UserError(self.env._("Print between 1 and %s sheets at a time.", MAX_COPIES))
        return {'type': 'ir.actions.act_url', 'url': f'/civic/separator/{self.id}', 'target': 'download'}

    def _make_pdf(self):
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("You do not work in this agency."))
        lines = [
            dict(self._fields[name]._description_selection(self.env))[self[name]]
            for name in ('urgency', 'arrival_channel') if self[name]
        ]
        return make_sheets([{
            'code': make_code(str(self.company_id.id), self.urgency or '', self.arrival_channel or ''),
            'agency': self.company_id.name,
            'title': self.env._("SEPARATOR SHEET"),
            'note': self.env._("Lay this sheet before the first page of each document. It is taken out of the scan."),
            'lines': lines,
        }] * self.copies)
