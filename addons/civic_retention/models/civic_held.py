"""Documents and their files follow the holds of the files that they lie in: refused early, in plain words. What passes
by here (SQL, cascades) is refused by the triggers of ``civic_hold_guard``."""
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .civic_hold_guard import MAY_CHANGE

FREE_FIELDS = {*MAY_CHANGE['civic_document'], *MAY_CHANGE['civic_content']}


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    state = fields.Selection(
        selection_add=[('destroyed', "Destroyed")], ondelete={'destroyed': 'set default'})
    destroyed_at = fields.Datetime("Destroyed on", readonly=True, copy=False)
    destruction_number = fields.Char(
        "Decision on the Destruction", readonly=True, copy=False, help="Number and notation of the decision.")
    destruction_line_id = fields.Many2one(
        'civic.disposition.line', "Line of the Destruction", readonly=True, copy=False, ondelete='restrict',
        index='btree_not_null')

    # === CRUD === #

    def write(self, vals):
        if self._changes_record(vals):
            self._check_document_not_held()
        return super().write(vals)

    def unlink(self):
        self._check_document_not_held()
        return super().unlink()

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'destroyed_at', 'destruction_number', 'destruction_line_id'}

    def _check_frozen(self, vals):
        super()._check_frozen(vals)
        if self._changes_record(vals):
            for document in self:
                if document.state == 'destroyed':
                    raise UserError(self.env._(
                        "“%(document)s” was destroyed by decision %(number)s: what is left of it never changes.",
                        document=document.display_name, number=document.sudo().destruction_number))

    def _check_content_role(self, role, derived_from=None):
        super()._check_content_role(role, derived_from)
        if self.state == 'destroyed':
            raise UserError(self.env._("“%s” was destroyed: it takes no more files.", self.display_name))

    @api.model
    def _changes_record(self, vals):
        """Whether the values change the record itself, not only what is noted about it."""
        return any(
            name not in FREE_FIELDS and not name.startswith(('message_', 'activity_', 'website_message_')) for name in vals)

    def _check_document_not_held(self):
        """Refuse anything to documents that lie in a held file, to the superuser too."""
        if not self.ids or not self.env['civic.hold']._is_any_active():
            return
        rows = self.env.execute_query(SQL(
            "SELECT civic_hold_of_document(id) FROM civic_document WHERE id = ANY(%s) "
            "AND civic_hold_of_document(id) IS NOT NULL LIMIT 1", list(self.ids)))
        if rows:
            self.env['civic.workfile'].browse(rows[0][0])._check_not_held()


class CivicContent(models.Model):
    _inherit = 'civic.content'

    @api.model_create_multi
    def create(self, vals_list):
        documents = self.env['civic.document'].browse({values.get('document_id') for values in vals_list} - {None, False})
        documents._check_document_not_held()
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) - FREE_FIELDS:
            # sudo: the guard must see the document of every file
            self.sudo().document_id._check_document_not_held()
        return super().write(vals)

    def unlink(self):
        # sudo: as above
        self.sudo().document_id._check_document_not_held()
        return super().unlink()
