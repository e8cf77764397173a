from odoo import fields, models


class CivicAssignmentDelegation(models.Model):
    """One link of the chain by which an assignment went down the unit: who gave it to whom, when.

    Rows are written by `civic.assignment._delegate` and `_take_back_delegation` alone.
    """

    _name = 'civic.assignment.delegation'
    _description = "Sub-assignment"
    _order = 'assignment_id, id'
    _rec_name = 'user_id'

    assignment_id = fields.Many2one('civic.assignment', required=True, index=True, ondelete='cascade')
    document_id = fields.Many2one(
        related='assignment_id.document_id', store=True, precompute=True, index=True)
    company_id = fields.Many2one(
        related='assignment_id.company_id', string="Agency", store=True, precompute=True, index=True)
    given_by_id = fields.Many2one('res.users', string="Given by", required=True, ondelete='restrict')
    user_id = fields.Many2one('res.users', string="Given to", required=True, index=True, ondelete='restrict')
    previous_user_id = fields.Many2one('res.users', string="Held before by", ondelete='restrict')
    previous_may_pass_on = fields.Boolean(export_string_translation=False)
    instruction = fields.Text()
    given_at = fields.Datetime(required=True)
    read_at = fields.Datetime()
    taken_back_at = fields.Datetime()
