from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import LINE_STATES, MATCHES


class CivicTransferLine(models.Model):
    """One file of a transfer, and its package: packed, sent, received, accepted or returned, locked."""

    _name = 'civic.transfer.line'
    _description = "File of a Transfer"
    _inherit = ['civic.journal.mixin']
    _order = 'transfer_id desc, sequence, id'
    _rec_name = 'workfile_id'
    _check_company_auto = True

    transfer_id = fields.Many2one('civic.transfer', "Transfer", required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='transfer_id.company_id', store=True, precompute=True, index=True)
    level = fields.Selection(related='transfer_id.level', store=True, precompute=True)
    unit_id = fields.Many2one(related='transfer_id.unit_id', store=True, precompute=True)
    sequence = fields.Integer("No.", readonly=True, aggregator=None)
    workfile_id = fields.Many2one(
        'civic.workfile', "File", required=True, readonly=True, index=True, ondelete='restrict', check_company=True)
    file_code = fields.Char(related='workfile_id.code', string="File Code")
    state = fields.Selection(LINE_STATES, required=True, readonly=True, default='pending')
    due_date = fields.Date("Due by Law", readonly=True)
    target_date = fields.Date("Target of the Plan", readonly=True)
    finding_ids = fields.One2many('civic.transfer.finding', 'line_id', "Findings", readonly=True)
    blocking_count = fields.Integer("To Mend", readonly=True, aggregator='sum')
    warning_count = fields.Integer("Warnings", readonly=True, aggregator='sum')
    checked_at = fields.Datetime("Examined", readonly=True)

    # the package
    package_name = fields.Char("Package", readonly=True)
    package_attachment_id = fields.Many2one(
        'ir.attachment', readonly=True, ondelete='set null', index='btree_not_null', groups=fields.NO_ACCESS,
        export_string_translation=False)
    objid = fields.Char("Package Identifier", readonly=True)
    sha256 = fields.Char("SHA-256 Sent", readonly=True)
    size = fields.Float("Size (bytes)", digits=(20, 0), readonly=True)
    document_count = fields.Integer("Documents", readonly=True)
    content_count = fields.Integer("Content Files", readonly=True)
    contents_sha256 = fields.Char("Digest of the Contents Sent", readonly=True)
    manifest = fields.Json(readonly=True, export_string_translation=False)
    built_at = fields.Datetime("Packed at", readonly=True)
    delivery_id = fields.Many2one('civic.delivery', "Delivery", readonly=True, index='btree_not_null', ondelete='restrict')
    sent_at = fields.Datetime(readonly=True)
    problem = fields.Char("What Stands in the Way", readonly=True)

    # what the archive says, signed
    received_at = fields.Datetime(readonly=True)
    receipt_sha256 = fields.Char("SHA-256 Received", readonly=True)
    reason = fields.Text("Reason of Return", readonly=True)
    aip_name = fields.Char("Archival Package", readonly=True)
    aip_sha256 = fields.Char("SHA-256 of the Archival Package", readonly=True)
    stored_contents_sha256 = fields.Char("Digest of the Contents Stored", readonly=True)
    copy_count = fields.Integer("Copies Kept", readonly=True)
    match = fields.Selection(MATCHES, "Sent = Received = Stored", compute='_compute_match')
    difference = fields.Char(compute='_compute_match')
    locked_on = fields.Date("Locked on", readonly=True)
    purged_on = fields.Date("Purged on", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(workfile_id, level) WHERE state NOT IN ('returned', 'dropped')", "The file is on the list of another transfer.")
    _state_idx = models.Index('(transfer_id, state)')

    @api.depends('state', 'sha256', 'receipt_sha256', 'contents_sha256', 'stored_contents_sha256', 'aip_sha256', 'copy_count')
    def _compute_match(self):
        for line in self:
            if line.receipt_sha256 and line.receipt_sha256 != line.sha256:
                line.match, line.difference = 'differs', self.env._("The archive received another package than the one sent")
            elif line.state == 'accepted' and line.stored_contents_sha256 != line.contents_sha256:
                line.match, line.difference = 'differs', self.env._("What the archive stored is not what was packed")
            elif line.state == 'accepted' and not line.aip_sha256:
                line.match, line.difference = 'differs', self.env._("Accepted, but no archival package is named")
            elif line.state == 'accepted':
                line.match, line.difference = 'equal', self.env._("All equal; copies kept: %s", line.copy_count)
            elif line.state == 'returned':
                line.match, line.difference = 'open', self.env._("Returned: nothing of it is stored")
            else:
                line.match, line.difference = 'open', False

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Files come on the list from the candidates."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("The lines of a transfer change by its acts."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        for line in self:
            if line.transfer_id.state not in ('draft', 'council'):
                raise UserError(self.env._("“%s” is registered: its list stays as it is.", line.transfer_id.display_name))

    # === ACTIONS === #

    def action_open_workfile(self):
        """Open the file."""
        self.ensure_one()
        self.workfile_id.check_access('read')
        return self.workfile_id._get_form_action()

    def action_remove(self):
        """Take the files off the list."""
        self.transfer_id._check_giver()
        # sudo: the right was checked; the state is checked on the way out
        self.sudo().unlink()
        return True

    def action_open_findings(self):
        """List what is to be mended."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_transfer.civic_transfer_finding_action')
        return {**action, 'domain': [('line_id', 'in', self.ids)], 'context': {}}
