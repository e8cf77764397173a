from odoo import api, fields, models
from odoo.exceptions import UserError


class CivicMinutesSign(models.TransientModel):
    """Sign minutes of delivery with one's own certificate."""

    _name = 'civic.minutes.sign'
    _inherit = 'civic.pin.mixin'
    _description = "Sign Minutes of Delivery"

    res_model = fields.Char(required=True, readonly=True, export_string_translation=False)
    res_id = fields.Many2oneReference(
        model_field='res_model', required=True, readonly=True, export_string_translation=False)
    what = fields.Char("What Is Signed", compute='_compute_what')
    certificate_id = fields.Many2one(
        'civic.certificate', "Certificate", compute='_compute_certificate_id', store=True, readonly=False,
        domain="[('kind', '=', 'person'), ('user_id', '=', uid)]", ondelete='cascade')

    @api.depends('res_model', 'res_id')
    def _compute_what(self):
        for wizard in self:
            wizard.what = wizard._get_target().display_name if wizard.res_model else False

    @api.depends('res_model', 'res_id')
    def _compute_certificate_id(self):
        for wizard in self:
            company = wizard._get_target()._get_minutes_company() if wizard.res_model else self.env.company
            wizard.certificate_id = self.env['civic.certificate']._get_for_user(company)

    def _get_target(self):
        """Return the record whose minutes are signed; the name of the model comes from outside."""
        self.ensure_one()
        model = self.env.get(self.res_model)
        if model is None or not isinstance(model, self.env.registry['civic.minutes.mixin']):
            raise UserError(self.env._("There are no minutes of this."))
        target = model.browse(self.res_id)
        target.check_access('read')
        return target

    def _run(self, pin):
        self.ensure_one()
        if self.is_done:
            raise UserError(self.env._("The minutes are signed already."))
        if not self.certificate_id:
            raise UserError(self.env._("You have no certificate that is in force for this agency."))
        self._get_target()._sign_minutes(self.certificate_id, pin)
        self.is_done = True
