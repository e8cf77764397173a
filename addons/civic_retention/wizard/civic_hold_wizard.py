from odoo import fields, models
from odoo.exceptions import UserError

from ..const import HOLD_KINDS


class CivicHoldWizard(models.TransientModel):
    """Put a hold on files chosen in a list: a new one, or one that is in force."""

    _name = 'civic.hold.wizard'
    _description = "Place a Hold"

    workfile_ids = fields.Many2many('civic.workfile', string="Files", required=True)
    hold_id = fields.Many2one('civic.hold', "Hold in Force", domain=[('state', '=', 'active')])
    name = fields.Char("Subject")
    kind = fields.Selection(HOLD_KINDS, default='inspection')
    basis = fields.Char(help="Who asks for it, by which document.")

    def action_place(self):
        """Place it."""
        self.ensure_one()
        files = self.workfile_ids
        files.check_access('read')
        if len(files.company_id | self.hold_id.company_id) > 1:
            raise UserError(self.env._("The files, or they and the hold, belong to several agencies: place a hold for each."))
        if self.hold_id:
            self.hold_id._check_may_hold()
            if self.hold_id.state != 'active':
                raise UserError(self.env._("“%s” is not in force.", self.hold_id.display_name))
            self.hold_id._add_files(files)
            return {'type': 'ir.actions.act_window_close'}
        if not self.name or not self.basis:
            raise UserError(self.env._("Say what the files are held for, and who asks for it."))
        hold = self.env['civic.hold'].create({
            'name': self.name, 'kind': self.kind, 'basis': self.basis, 'company_id': files.company_id.id})
        hold._place(files)
        return {'type': 'ir.actions.act_window_close'}
