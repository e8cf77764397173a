from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.separation import parse_pages, parse_starts


class CivicPageWizard(models.TransientModel):
    """Divide a scan, join drafts, or move pages from one draft to another: before registration only."""

    _name = 'civic.page.wizard'
    _description = "Pages of Drafts"

    act = fields.Selection(
        [('split', "Divide"), ('merge', "Join"), ('move', "Move pages")], required=True, default='split')
    document_ids = fields.Many2many('civic.document', string="Drafts", required=True)
    document_id = fields.Many2one('civic.document', "Draft", compute='_compute_document_id')
    page_count = fields.Integer("Pages", compute='_compute_document_id')
    starts = fields.Char(
        "Further documents begin on pages", compute='_compute_starts', store=True, readonly=False,
        help="For example “4, 9”: pages 1 to 3 stay here, 4 to 8 and those from 9 on become drafts of their own.")
    pages = fields.Char("Pages to Move", help="For example “2-3, 7”.")
    target_id = fields.Many2one(
        'civic.document', "Into the Draft",
        domain="[('direction', '=', 'incoming'), ('state', '=', 'draft'), ('id', 'not in', document_ids)]")
    at_start = fields.Boolean("Before Its First Page")

    @api.depends('document_ids')
    def _compute_document_id(self):
        for wizard in self:
            wizard.document_id = wizard.document_ids[:1]
            wizard.page_count = wizard.document_ids and wizard.document_ids[0]._origin.page_count

    @api.depends('document_ids')
    def _compute_starts(self):
        for wizard in self:
            starts = wizard.document_ids[:1].possible_starts or []
            wizard.starts = wizard.starts or ", ".join(str(page) for page in starts if page != 1)

    def action_apply(self):
        """Do it; the rights are checked where it is done."""
        self.ensure_one()
        documents = self.document_ids.sorted('id')
        documents._check_pages_movable()
        if self.act == 'merge':
            documents = documents._merge_drafts()
        elif len(documents) != 1:
            raise UserError(self.env._("Choose one draft."))
        elif self.act == 'split':
            documents = documents._split_pages(self._parse(parse_starts, self.starts))
        else:
            documents._move_pages(self.target_id, self._parse(parse_pages, self.pages), self.at_start)
            documents |= self.target_id
        if len(documents) == 1:
            return {
                'type': 'ir.actions.act_window', 'res_model': 'civic.document', 'res_id': documents.id,
                'views': [(False, 'form')],
            }
        action = self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_document_action_to_register')
        return {**action, 'domain': [('id', 'in', documents.ids)]}

    def _parse(self, parser, text):
        pdf = self.document_ids._get_page_source()[0]
        try:
            return parser(text, pdf.page_count)
        except ValueError:
            shown = (text or '')[:80]
            raise UserError(self.env._(
                "“%(pages)s” names no pages of this file, which has %(count)s. Write numbers and commas, such as “4, 9”.",
                pages=shown, count=pdf.page_count)) from None
