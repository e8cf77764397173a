from odoo import api, fields, models


class CivicLabelWizard(models.TransientModel):
    """Which labels or stamps are printed, on which paper, from which place on."""

    _name = 'civic.label.wizard'
    _description = "Print Labels and Stamps"

    document_ids = fields.Many2many('civic.document', string="Documents", required=True)
    kind = fields.Selection(
        [
            ('label', "Labels with number, subject, QR and bar code"),
            ('stamp', "Stamps “ĐẾN” on labels"),
            ('overprint', "Stamp “ĐẾN” onto the paper original (A4)"),
        ],
        required=True, default='label')
    format_id = fields.Many2one(
        'civic.label.format', "Label Size", default=lambda self: self.env['civic.label.format'].search([], limit=1),
        ondelete='cascade')
    start = fields.Integer("First Place", default=1, help="The first free label of a sheet already begun, counted by rows.")
    place_count = fields.Integer("Places on a Sheet", compute='_compute_place_count')

    @api.depends('format_id')
    def _compute_place_count(self):
        for wizard in self:
            wizard.place_count = wizard.format_id._get_sheet().count if wizard.format_id else 0

    def action_print(self):
        self.ensure_one()
        form = self.env['civic.form.label']
        values = {
            'document_ids': self.document_ids.ids, 'kind': self.kind, 'format_id': self.format_id.id, 'start': self.start}
        form._check_form_access()
        form._prepare_options(values)       # what is wrong is said here, and not on an empty page
        return form._get_print_action('pdf', values)
