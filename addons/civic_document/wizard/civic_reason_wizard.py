from odoo import models


class CivicReasonWizard(models.TransientModel):
    """The act refuses a state secret in its reason; the form must not have kept it by then."""

    _name = 'civic.reason.wizard'
    _inherit = ['civic.reason.wizard', 'civic.secrecy.mixin']

    _civic_secrecy_texts = ('reason', 'title')
    _civic_secrecy_model = 'res_model'
