from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import BUDGET_KINDS

MILLION = 1_000_000


class CivicPlanBudgetLine(models.Model):
    """Money of a plan: what an agency planned, was allocated and spent in a year, and for what.

    Lines are entered by hand. A room that plans and appraises, such as that of digitisation, keeps its own lines up to
    date with :meth:`_fill`; these are not changed by hand then.
    """

    _name = 'civic.plan.budget.line'
    _description = "Budget Line of a Plan"
    _inherit = ['civic.journal.mixin', 'civic.shared.mixin']
    _order = 'plan_id, year desc, company_id, kind, id'

    plan_id = fields.Many2one(
        'civic.plan', required=True, index=True, ondelete='cascade', default=lambda self: self.env['civic.plan'].search([], limit=1))
    task_id = fields.Many2one(
        'civic.plan.task', "Duty", index='btree_not_null', ondelete='restrict', domain="[('plan_id', '=', plan_id)]")
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, index=True, ondelete='restrict', default=lambda self: self.env.company)
    year = fields.Integer(required=True, aggregator=None, default=lambda self: self.env['civic.kpi.period']._today().year)
    kind = fields.Selection(BUDGET_KINDS, "For", required=True, default='digitisation')
    name = fields.Char("Purpose", required=True)
    currency_id = fields.Many2one(
        'res.currency', required=True, readonly=True, default=lambda self: self.env.ref('base.VND'), ondelete='restrict')
    planned = fields.Monetary()
    allocated = fields.Monetary()
    spent = fields.Monetary()
    basis = fields.Char(help="Decision or estimate: number and date.")
    origin = fields.Char(readonly=True, copy=False, help="The part of the system that keeps the line up to date, and its own key.")
    is_overspent = fields.Boolean("Spent More than Allocated", compute='_compute_is_overspent', search='_search_is_overspent')

    _not_negative = models.Constraint(
        'CHECK (COALESCE(planned, 0) >= 0 AND COALESCE(allocated, 0) >= 0 AND COALESCE(spent, 0) >= 0)', "A sum of money is not negative.")
    _year_fits = models.Constraint('CHECK (year BETWEEN 1900 AND 2999)', "The year of a budget line has four digits.")
    _origin_uniq = models.UniqueIndex('(origin) WHERE origin IS NOT NULL', "This line is kept already.")

    @api.depends('allocated', 'spent')
    def _compute_is_overspent(self):
        for line in self:
            line.is_overspent = line.spent > line.allocated

    def _search_is_overspent(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return [('id', 'in', SQL("(SELECT id FROM civic_plan_budget_line WHERE COALESCE(spent, 0) > COALESCE(allocated, 0))"))]

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.get('origin') for vals in vals_list):
            raise UserError(self.env._("Lines of other parts of the system are made by them."))
        lines = super().create(vals_list)
        self.env['civic.journal.entry']._append('creation', lines)
        return lines

    def write(self, vals):
        if not self.env.su and ('origin' in vals or any(line.origin for line in self)):
            raise UserError(self.env._("This line is kept up to date by the part of the system that plans the work: change it there."))
        result = super().write(vals)
        self.env['civic.journal.entry']._append('modification', self, detail={'fields': sorted(vals)})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        if not self.env.su and any(line.origin for line in self):
            raise UserError(self.env._("This line is kept up to date by the part of the system that plans the work: change it there."))

    @api.model
    def _fill(self, room, rows):
        """Bring the lines of a room up to date: new ones are made, known ones changed, those no longer there removed.

        :param str room: the add-on
        :param dict rows: {key of the room: values of the line}
        :return: the lines
        """
        # sudo: the room has checked the rights
        kept = {line.origin: line for line in self.sudo().search([('origin', '=like', f'{room}:%')])}
        lines, new = self.sudo(), []
        for key, values in rows.items():
            line = kept.pop(f'{room}:{key}', None)
            if line is None:
                new.append({**values, 'origin': f'{room}:{key}'})
            elif any(line._fields[name].convert_to_write(line[name], line) != value for name, value in values.items()):
                line.write(values)
                lines |= line
            else:
                lines |= line
        for line in kept.values():
            line.unlink()
        return (lines | self.sudo().create(new)).sudo(False)

    @api.model
    def _get_figures(self, start, as_of):
        """Return the rows of the source, in millions: the years that the period touches."""
        self.flush_model()
        rows = self.env.execute_query(SQL(
            "SELECT company_id, ROUND(SUM(COALESCE(planned, 0)) / %(unit)s)::bigint, "
            "ROUND(SUM(COALESCE(allocated, 0)) / %(unit)s)::bigint, "
            "ROUND(SUM(COALESCE(spent, 0)) / %(unit)s)::bigint FROM civic_plan_budget_line WHERE year BETWEEN %(first)s AND %(last)s "
            "GROUP BY 1", unit=MILLION, first=start.year, last=as_of.year))
        return [(company_id, None, name, int(number)) for company_id, *numbers in rows
                for name, number in zip(('planned', 'allocated', 'spent'), numbers, strict=True)]

    @api.model
    def _sum_up(self, plan, year):
        """Return [(agency, planned, allocated, spent)] of a year, in dong, for a report."""
        # sudo: the report names sums of every agency
        return self.sudo()._read_group(
            [('plan_id', '=', plan.id), ('year', '=', year)], ['company_id'], ['planned:sum', 'allocated:sum', 'spent:sum'])
