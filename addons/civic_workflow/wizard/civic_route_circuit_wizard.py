from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..const import JOINS


class CivicRouteCircuitWizard(models.TransientModel):
    """Ask several units and people for their opinion side by side: one act instead of a step for each by hand.

    What it makes are plain steps of the route, so that the simulation, the check before publishing and every later
    change treat them like any other.
    """

    _name = 'civic.route.circuit.wizard'
    _description = "Ask Several for Their Opinion"

    version_id = fields.Many2one('civic.route.version', required=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(related='version_id.company_id')
    name = fields.Char("Step", required=True, default=lambda self: self.env._("Opinion"))
    after_step_id = fields.Many2one(
        'civic.route.step', "After", domain="[('version_id', '=', version_id)]", ondelete='cascade',
        help="Empty: at the beginning of the route.")
    unit_ids = fields.Many2many('hr.department', string="Units", domain="[('company_id', 'in', (company_id, False))]")
    user_ids = fields.Many2many(
        'res.users', string="People", domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    join = fields.Selection(JOINS, string="Needed", required=True, default='all')
    join_count = fields.Integer("How Many", default=2)
    deadline_days = fields.Integer("Working Days", default=3)
    condition = fields.Char()
    document_model = fields.Char(related='version_id.document_model')

    @api.constrains('version_id')
    def _check_version(self):
        self.sudo(False).version_id.check_access('write')

    def action_add(self):
        """Add one step for each unit and person, side by side, and go back to the route."""
        self.ensure_one()
        version = self.version_id
        version.check_access('write')
        actors = [{'actor': 'unit_head', 'unit_id': unit.id} for unit in self.unit_ids]
        actors += [{'actor': 'person', 'user_id': user.id} for user in self.user_ids]
        # sudo: names of units and people are known in the house
        names = [asked.name for asked in (*self.sudo().unit_ids, *self.sudo().user_ids)]
        if len(actors) < 2:
            raise UserError(self.env._("Choose at least two units or people: one alone is asked by a plain step."))
        if self.join == 'count' and not 1 <= self.join_count <= len(actors):
            raise UserError(self.env._(
                "%(needed)s opinions are needed, but only %(given)s are asked for.",
                needed=self.join_count, given=len(actors)))
        steps = version.step_ids.sorted('sequence')
        # the circuit begins after all that run beside the chosen step
        place = self.after_step_id.stage if self.after_step_id else 0
        before = steps.filtered(lambda step: step.stage <= place)
        after = steps - before
        for number, step in enumerate(before, 1):
            step.sequence = number * 10
        for number, step in enumerate(after, len(before) + len(actors) + 1):
            step.sequence = number * 10
        version.write({'step_ids': [
            Command.create({
                'name': f"{self.name}: {name}", 'kind': 'opinion', 'sequence': number * 10,
                'is_parallel': number > len(before) + 1, 'join': self.join, 'join_count': self.join_count,
                'deadline_days': self.deadline_days, 'condition': self.condition, **actor})
            for number, (actor, name) in enumerate(zip(actors, names, strict=True), len(before) + 1)]})
        if after:
            after[0].is_parallel = False
        return {'type': 'ir.actions.act_window_close'}
