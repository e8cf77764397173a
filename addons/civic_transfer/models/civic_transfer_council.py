from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import OPINIONS


class CivicTransferOpinion(models.Model):
    """A member of the council that looks at the list before it goes out, and what the member said."""

    _name = 'civic.transfer.opinion'
    _description = "Opinion on a Transfer"
    _inherit = ['civic.reason.mixin']
    _order = 'transfer_id, id'
    _rec_name = 'user_id'
    _civic_reason_methods = ('_object',)

    transfer_id = fields.Many2one('civic.transfer', "Transfer", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='transfer_id.company_id', store=True, precompute=True)
    user_id = fields.Many2one(
        'res.users', "Member", required=True, index=True, ondelete='restrict',
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    position = fields.Char("Role in the Council")
    opinion = fields.Selection(OPINIONS, readonly=True)
    note = fields.Text("Reason", readonly=True)
    given_at = fields.Datetime(readonly=True)
    is_mine = fields.Boolean(compute='_compute_is_mine', export_string_translation=False)

    _member_uniq = models.UniqueIndex('(transfer_id, user_id)', "This person is in the council already.")

    @api.depends_context('uid')
    @api.depends('user_id')
    def _compute_is_mine(self):
        for opinion in self:
            opinion.is_mine = opinion.user_id == self.env.user

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            if not self.env.su and {'opinion', 'note', 'given_at'} & set(values):
                raise AccessError(self.env._("Members give their opinion themselves."))
        opinions = super().create(vals_list)
        opinions._check_open()
        return opinions

    def write(self, vals):
        if not self.env.su:
            if {'opinion', 'note', 'given_at', 'transfer_id'} & set(vals):
                raise AccessError(self.env._("Members give their opinion themselves."))
            self._check_open()
            if 'user_id' in vals and any(opinion.opinion for opinion in self):
                raise UserError(self.env._("A member who gave an opinion stays in the council."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        self._check_open()
        if any(opinion.opinion for opinion in self):
            raise UserError(self.env._("A member who gave an opinion stays in the council."))

    def _check_open(self):
        self.transfer_id._check_giver()
        if any(transfer.state not in ('draft', 'council') for transfer in self.transfer_id):
            raise UserError(self.env._("The council has finished."))

    # === ACTIONS === #

    def action_agree(self):
        """Agree with the list."""
        self._give('agreed')

    def action_object(self):
        """Ask why."""
        self._check_mine()
        return self._open_reason_wizard('_object', self.env._("Object to the List"))

    def _object(self, reason):
        self._give('objected', reason)

    def _check_mine(self):
        for opinion in self:
            if opinion.user_id != self.env.user:
                raise AccessError(self.env._("Each member gives the own opinion."))
            if opinion.transfer_id.sudo().state != 'council':
                raise UserError(self.env._("The council gives its opinion while the list lies before it."))

    def _give(self, opinion, reason=False):
        self._check_mine()
        # sudo: the opinion is closed to writing; it is the member's own
        self.sudo().write({'opinion': opinion, 'note': reason, 'given_at': fields.Datetime.now()})
        self.env['civic.journal.entry']._append('appraisal', self.transfer_id, detail={
            'act': 'opinion', 'opinion': opinion, 'reason': reason or None})


class CivicTransfer(models.Model):
    """Review by the council for the appraisal of records, before the archive is asked (TT 06/2025/TT-BNV)."""

    _inherit = 'civic.transfer'

    opinion_ids = fields.One2many('civic.transfer.opinion', 'transfer_id', "Council", copy=False)
    council_on = fields.Date("Met on", copy=False)
    council_note = fields.Text("Conclusion of the Council", copy=False)
    council_result = fields.Selection(OPINIONS, "Result of the Council", readonly=True, copy=False)
    needs_council = fields.Boolean(compute='_compute_needs_council', export_string_translation=False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'council_result'}

    @api.depends('level', 'previous_id', 'company_id')
    def _compute_needs_council(self):
        rules = self.env['civic.rule.value']
        for transfer in self:
            transfer.needs_council = bool(
                transfer.level == 'historical' and not transfer.previous_id
                and rules._get('transfer.council_required', company=transfer.company_id))

    def action_open_council(self):
        """Lay the list before the council."""
        for transfer in self:
            if not transfer.line_ids:
                raise UserError(self.env._("There is no file on the list: choose them among the candidates."))
            if not transfer.opinion_ids:
                raise UserError(self.env._("Name the members of the council."))
            transfer._move_to('council')
        self.env['civic.journal.entry']._append('appraisal', self, detail={'act': 'council'})

    def action_back_to_draft(self):
        """Work on the list again."""
        self._move_to('draft', council_result=False)

    def action_close_council(self):
        """Note what most members said."""
        for transfer in self:
            transfer._check_giver()
            if transfer.state != 'council':
                raise UserError(self.env._("The list does not lie before the council."))
            if not transfer.council_on:
                raise UserError(self.env._("Say on which day the council met."))
            given = transfer.opinion_ids.filtered('opinion')
            if not given:
                raise UserError(self.env._("No member gave an opinion yet."))
            agreed = given.filtered(lambda opinion: opinion.opinion == 'agreed')
            # sudo: the result is counted, not written by hand
            transfer.sudo().council_result = 'agreed' if 2 * len(agreed) > len(transfer.opinion_ids) else 'objected'
        self.env['civic.journal.entry']._append('appraisal', self, details={
            transfer.id: {'act': 'council_result', 'result': transfer.council_result, 'note': transfer.council_note or None}
            for transfer in self})

    def _check_council_done(self):
        self.ensure_one()
        if self.needs_council and self.council_result != 'agreed':
            raise UserError(self.env._(
                "The council for the appraisal of records agrees with the list first (Circular 06/2025/TT-BNV): name its members, "
                "lay the list before them, note the result."))
