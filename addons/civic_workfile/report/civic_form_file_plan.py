from dataclasses import replace

from odoo import api, models

from odoo.addons.civic_report.tools.layout import Closing, Column, Row


class CivicFormFilePlan(models.AbstractModel):
    """Danh mục hồ sơ: five columns, and a sixth for the unit (Decree 30/2020, Annex V, form II)."""

    _name = 'civic.form.file_plan'
    _inherit = ['civic.official.form']
    _description = "Plan of Files"

    _form_has_period = False

    @api.model
    def _get_title(self, options):
        return self.env._("List of files")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex V, form II")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Number and notation"), 1.2),
            Column(self.env._("Headings and titles of files"), 5),
            Column(self.env._("Retention period"), 1.3),
            Column(self.env._("File maker"), 1.8),
            Column(self.env._("Remarks"), 1.5),
            Column(self.env._("Unit"), 1.8),
        ]

    @api.model
    def _prepare_options(self, values):
        [plan] = self._get_records('civic.file.plan', [values.get('plan_id')])
        return {**super()._prepare_options({}), 'plan': plan, 'company': plan.company_id}

    @api.model
    def _get_objects(self, options):
        return options['plan']

    @api.model
    def _get_heading(self, options):
        plan = options['plan']
        lines = [self.env._("Year %s", plan.year)]
        if plan.unit_id:
            lines.append(plan.unit_id.name)
        if plan.decision_id:
            lines.append(self.env._("(Enclosed with %s)", plan.decision_id.display_name))
        return replace(super()._get_heading(options), lines=tuple(lines))

    @api.model
    def _iter_rows(self, options):
        plan = options['plan']
        lines = plan.line_ids
        lines.fetch(['parent_id', 'sequence', 'is_heading', 'notation', 'title', 'retention_term_id', 'user_id', 'note', 'unit_id'])
        options['total'] = options['permanent'] = 0
        # sudo: who makes a file stands in the plan
        for line in lines.sudo().sorted(lambda line: line._get_sort_key()):
            if not line.is_heading:
                options['total'] += 1
                options['permanent'] += line.retention_term_id.is_permanent
            yield Row((
                line.notation or '', line.title or '', line.retention_term_id.name or '', line.user_id.name or '',
                line.note or '', line.unit_id.name or ''))

    @api.model
    def _get_closing(self, options):
        return Closing(
            lines=(self.env._(
                "This list has %(total)s files, of which %(permanent)s are kept permanently and %(term)s for a term.",
                total=options['total'], permanent=options['permanent'], term=options['total'] - options['permanent']),),
            signers=((self.env._("Head of the agency"), ''),))
