from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.figures import parse_formula


class CivicKpiFormLine(models.Model):
    _name = 'civic.kpi.form.line'
    _description = "Line of a Statistics Form"
    _order = 'form_id, sequence, id'

    form_id = fields.Many2one('civic.kpi.form', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer(default=100)
    number = fields.Char("Serial", help="As printed, such as 1.2.")
    name = fields.Char(required=True, translate=True)
    uom = fields.Char("Unit", translate=True)
    is_heading = fields.Boolean("Heading")
    source = fields.Selection('_selection_source', help="Empty: entered by hand.")
    formula = fields.Char("Measures", help="Measures of the source, added up.")

    @api.model
    def _selection_source(self):
        return self.env['civic.kpi.indicator']._selection_source()

    @api.constrains('source', 'formula')
    def _check_formula(self):
        sources = self.env['civic.kpi.source']._get_sources()
        for line in self:
            words = parse_formula(line.formula)
            if line.source and (not words or any(word not in sources[line.source].measures for word in words)):
                raise ValidationError(self.env._(
                    "The line “%(line)s” refers to nothing: the source counts %(measures)s.",
                    line=line.name, measures=', '.join(sources[line.source].measures)))
