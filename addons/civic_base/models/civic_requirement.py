from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import PLANNED_ROOMS, REQUIREMENT_SECTIONS, REQUIREMENT_STATES


class CivicRequirement(models.Model):
    """One item of Decree 30/2020/NĐ-CP, Annex VI, Part I: what a system for electronic documents must do.

    The items are data and change with the law alone. Each room answers for those that it carries
    (`civic.requirement.answer`); what no installed room answers is planned.
    """

    _name = 'civic.requirement'
    _description = "Requirement of the Decree"
    _order = 'sequence, id'
    _rec_names_search = ['code', 'name']

    sequence = fields.Integer(required=True, default=10)
    code = fields.Char("Item", required=True, readonly=True)
    section = fields.Selection(REQUIREMENT_SECTIONS, required=True, readonly=True)
    name = fields.Text("Requirement", required=True, translate=True, readonly=True)
    legal_basis = fields.Char(compute='_compute_legal_basis')
    planned_room = fields.Selection(
        PLANNED_ROOMS, "Comes With", readonly=True, help="The part of the suite that brings what is missing.")
    answer_ids = fields.One2many('civic.requirement.answer', 'requirement_id', string="Answers")
    state = fields.Selection(
        REQUIREMENT_STATES, string="Status", compute='_compute_state', store=True, precompute=True,
        help="Met only if an installed part of the suite says so and names the tests that show it.")
    where = fields.Text("Where It Is Met", compute='_compute_where')
    can_open = fields.Boolean(compute='_compute_can_open')

    _code_uniq = models.Constraint('UNIQUE (code)', "The code of a requirement is unique.")

    # === COMPUTE === #

    @api.depends('code')
    def _compute_legal_basis(self):
        for requirement in self:
            requirement.legal_basis = self.env._("Decree 30/2020/NĐ-CP, Annex VI, Part I, %s", requirement.code)

    @api.depends('answer_ids.state')
    def _compute_state(self):
        for requirement in self:
            states = set(requirement.answer_ids.mapped('state'))
            requirement.state = next((state for state in ('met', 'partly') if state in states), 'planned')

    @api.depends('state', 'planned_room', 'answer_ids.where')
    @api.depends_context('lang')
    def _compute_where(self):
        rooms = dict(self._fields['planned_room']._description_selection(self.env))
        installed = self.env['ir.module.module']._installed()
        for requirement in self:
            lines = requirement.answer_ids.mapped('where')
            if requirement.state != 'met' and requirement.planned_room and requirement.planned_room not in installed:
                lines.append(self.env._(
                    "To come with “%(room)s” (%(module)s).",
                    room=rooms[requirement.planned_room], module=requirement.planned_room))
            requirement.where = "\n".join(filter(None, lines))

    @api.depends('answer_ids.action_id')
    @api.depends_context('uid')
    def _compute_can_open(self):
        openable = self.answer_ids._filtered_openable().requirement_id
        for requirement in self:
            requirement.can_open = requirement in openable

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for requirement in self:
            requirement.display_name = f'{requirement.code}. {requirement.name or ""}'

    # === ACTIONS === #

    def action_open(self):
        """Open the screen where the requirement is met."""
        self.ensure_one()
        self.check_access('read')
        action = self.answer_ids._get_action()
        if not action:
            raise UserError(self.env._(
                "“%s” has no screen that your role opens. Ask the records administrator.", self.code))
        return action
