from odoo import api, fields, models

from ..const import TERM_KINDS


class CivicRetentionTerm(models.Model):
    """How long files are kept, as a list of codes: permanently, for years, or until something happens."""

    _name = 'civic.retention.term'
    _description = "Retention Period"
    _order = 'sequence, id'
    _rec_names_search = ['name', 'code']

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(TERM_KINDS, required=True, default='fixed')
    years = fields.Integer(help="Years after the trigger; for an event, those after it.")
    is_permanent = fields.Boolean("Permanent", compute='_compute_is_permanent', store=True, precompute=True)
    trigger_hint = fields.Char("Event", translate=True, help="What ends the use of the file, such as “the person leaves”.")
    maintenance_code = fields.Char(
        "Code in Packages", default='07', help="Maintenance in packages of Circular 05/2025/TT-BNV: 01 permanent … 07 other.")
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex('(code)', "There is already a retention period with this code.")
    _years_fit = models.Constraint(
        "CHECK (years >= 0 AND (kind <> 'fixed' OR years > 0) AND (kind <> 'permanent' OR years = 0))",
        "A fixed period has a number of years, a permanent one has none.")

    @api.depends('kind')
    def _compute_is_permanent(self):
        for term in self:
            term.is_permanent = term.kind == 'permanent'

    def _is_at_least(self, years):
        """Whether the files are kept for so many years or longer; of an event, nobody knows: yes."""
        self.ensure_one()
        return self.kind != 'fixed' or self.years >= years
