from odoo import api, fields, models
from odoo.exceptions import UserError


class CivicRoutePublishWizard(models.TransientModel):
    """Show what the simulation said, or that none was run, and ask from which day on the version holds."""

    _name = 'civic.route.publish.wizard'
    _description = "Publish a Route"

    version_id = fields.Many2one('civic.route.version', required=True, readonly=True)
    simulated_at = fields.Datetime(related='version_id.simulated_at')
    simulation_summary = fields.Text(related='version_id.simulation_summary')
    warnings = fields.Text(related='version_id.warnings')
    strip = fields.Html(related='version_id.strip')
    valid_from = fields.Date(
        "In Force from", required=True, default=lambda self: self.env['civic.document']._today())
    is_understood = fields.Boolean("Publish without having tried it")

    @api.constrains('version_id')
    def _check_version(self):
        # what the form shows of the version comes from fields that are read for everybody
        self.sudo(False).version_id.check_access('write')

    def action_publish(self):
        self.ensure_one()
        if not self.simulated_at and not self.is_understood:
            raise UserError(self.env._(
                "This version was not tried on real documents since it was last changed. Run the simulation, or say "
                "that you publish it without."))
        self.version_id._publish(self.valid_from)
        return {'type': 'ir.actions.act_window_close'}

    def action_simulate(self):
        self.ensure_one()
        return self.version_id.action_simulate()
