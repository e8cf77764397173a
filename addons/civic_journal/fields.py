from odoo import fields


class FrozenMany2one(fields.Many2one):
    """A many2one without a foreign key.

    A foreign key would make each new line lock the row of its company and user (all
    clerks of an agency meet on one row), and would let the deletion of another row fail
    on the journal or reach into it. What may not go is guarded in ``unlink`` instead.
    """

    def update_db_foreign_key(self, model, column):
        """Add none."""
