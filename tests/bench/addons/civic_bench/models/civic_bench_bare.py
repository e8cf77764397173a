from odoo import fields, models


class CivicBenchBare(models.Model):
    """A ``mail.thread`` model with the columns of a document and no behaviour: the floor."""

    _name = 'civic.bench.bare'
    _description = "Bare document"
    _inherit = ['mail.thread', 'mail.activity.mixin']

    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    direction = fields.Char(index=True)
    state = fields.Char(default='draft', tracking=True)
    identifier = fields.Char()
    profile = fields.Char()
    type_id = fields.Many2one('res.country', index=True)
    code_number = fields.Char()
    code_notation = fields.Char()
    reference = fields.Char(index=True)
    reference_key = fields.Char(index=True)
    issue_date = fields.Date()
    issuer_id = fields.Many2one('res.partner', index=True)
    issuer_name = fields.Char()
    subject = fields.Char(required=True, tracking=True)
    language = fields.Char(default='vi')
    page_count = fields.Integer()
    description = fields.Text()
    signer_name = fields.Char()
    signer_position = fields.Char()
    urgency = fields.Char(default='normal')
    access_level = fields.Char(default='agency')
    circulation_mark = fields.Char()
    paper_original = fields.Boolean()
    deadline = fields.Date(index=True)
    arrival_date = fields.Date(index=True)
    register_number = fields.Integer()
    register_label = fields.Char()
    registered_at = fields.Datetime()
    registered_by_id = fields.Many2one('res.users')
    unit_id = fields.Many2one('hr.department', index=True)
    lead_unit_id = fields.Many2one('hr.department', index=True)
    date_sort = fields.Date(index=True)
    channel = fields.Char()
    summary = fields.Char()
