from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class CivicDocumentPart(models.AbstractModel):
    """Rows that belong to one document, whatever rule any room gives it: who may read the document may read them,
    and finds no others.

    Who may change them, as far as the model's access rights let anybody, is said by ``_part_write``.
    """

    _name = 'civic.document.part'
    _description = "Part of a Document"

    _part_write = False             # True: who may write the document; False: who may read it

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        forbidden, make_error = result or (self.browse(), None)
        # sudo: which document a row belongs to is asked to check the rights
        owners = {part.id: part.sudo().document_id.id for part in self - forbidden}
        documents = self.env['civic.document'].browse(filter(None, set(owners.values())))
        needed = 'read' if operation == 'read' or not self._part_write else 'write'
        allowed = set(documents._filtered_access(needed).ids)
        refused = self.browse(part_id for part_id, owner_id in owners.items() if owner_id not in allowed)
        if not refused:
            return result

        def make_document_error():
            return AccessError(self.env._(
                "You have no access to this: the document that it belongs to is not among those that you may read or "
                "change."))

        return forbidden | refused, make_error or make_document_error

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        if not self.env.su and not bypass_access:
            domain = Domain(domain) & Domain('document_id', 'in', self.env['civic.document']._search([]))
        return super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)
