from odoo import models


class IrModelFieldsSelection(models.Model):
    _inherit = 'ir.model.fields.selection'

    def _process_ondelete(self):
        """A journal line keeps its event type when the add-on that named it is removed."""
        journal = self.filtered(lambda value: value.field_id.model == 'civic.journal.entry')
        return super(IrModelFieldsSelection, self - journal)._process_ondelete()
