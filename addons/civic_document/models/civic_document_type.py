from odoo import api, fields, models
from odoo.tools import ormcache


class CivicDocumentType(models.Model):
    _name = 'civic.document.type'
    _inherit = ['civic.cached.mixin']
    _description = "Document Type"
    _order = 'sequence, id'
    _rec_names_search = ['name', 'abbreviation', 'code']

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    # Case is kept: QyĐ, CTr, TTr and TrS are mixed case by Annex III of Decree 30/2020.
    abbreviation = fields.Char(help="Stands in the notation of the document. Official letters have none.")
    kind = fields.Selection(
        [
            ('administrative', "Administrative"),
            ('copy', "Copy"),
            ('legislative', "Legislative"),
            ('specialised', "Specialised"),
        ],
        required=True,
        default='specialised',
        help="Each kind is numbered by its own rules (Decree 30/2020, Article 15).",
    )
    template_no = fields.Char("Template", help="Number of the layout template in Annex III of Decree 30/2020.")
    sequence = fields.Integer(default=1000)
    legal_basis = fields.Char()
    valid_from = fields.Date()
    valid_to = fields.Date()
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex('(code)', "There is already a document type with this code.")
    _valid_period = models.Constraint(
        'CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_to >= valid_from)',
        "A document type cannot end before it begins.",
    )

    @api.depends('name', 'abbreviation')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for document_type in self:
            if document_type.abbreviation:
                document_type.display_name = f"{document_type.name} ({document_type.abbreviation})"
            else:
                document_type.display_name = document_type.name

    def _is_valid_on(self, date):
        """Say whether the type may be used for a document dated ``date``."""
        self.ensure_one()
        valid_from, valid_to = self._get_validity()
        return (not valid_from or valid_from <= date) and (not valid_to or date <= valid_to)

    @ormcache('self.id')
    def _get_validity(self):
        """Types change once in years, and are asked about with every document."""
        return self.valid_from, self.valid_to
