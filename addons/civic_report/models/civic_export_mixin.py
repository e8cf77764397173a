from odoo import models


class CivicExportMixin(models.AbstractModel):
    """Lists of this model can be exported as they are shown, to DOCX, PDF and XLSX (Decree 30/2020, Annex VI,
    III.6.h): by whoever may read the rows."""

    _name = 'civic.export.mixin'
    _description = "Exportable List"
