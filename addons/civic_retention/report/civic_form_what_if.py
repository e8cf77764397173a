from odoo import api, models

from odoo.addons.civic_report.tools.layout import Column, Row

MAX_ROWS = 1_000_000            # what one sheet of a workbook holds, with room for its head


class CivicFormRetentionWhatIf(models.AbstractModel):
    """All files that would change if a version of a schedule were adopted."""

    _name = 'civic.form.retention_what_if'
    _inherit = ['civic.form']
    _description = "What Would Change"

    _form_formats = ('xlsx',)
    _form_numbers_columns = False

    @api.model
    def _get_title(self, options):
        return self.env._("What Would Change")

    @api.model
    def _prepare_options(self, values):
        options = super()._prepare_options({})
        look = self.env['civic.retention.what.if'].browse(self._get_id(values.get('what_if_id')))
        look.check_access('read')
        return {**options, 'look': look}

    @api.model
    def _get_objects(self, options):
        return options['look'].schedule_id

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("File Code"), 2), Column(self.env._("Title"), 4), Column(self.env._("Change"), 1.5),
            Column(self.env._("Rule Now"), 2), Column(self.env._("Kept Until Now"), 1.2, 'date'),
            Column(self.env._("Rule Then"), 2), Column(self.env._("Kept Until Then"), 1.2, 'date')]

    @api.model
    def _iter_counted(self, options):
        """All of them, whatever a print on paper may hold."""
        return self._iter_rows(options)

    @api.model
    def _iter_rows(self, options):
        Line = self.env['civic.retention.what.if.line']
        labels = dict(Line._fields['change']._description_selection(self.env))
        last = 0
        for _page in range(0, MAX_ROWS, 1000):
            lines = Line.search([('what_if_id', '=', options['look'].id), ('id', '>', last)], order='id', limit=1000)
            for line in lines:
                yield Row((
                    line.workfile_id.code or line.workfile_id.notation, line.workfile_id.title, labels[line.change],
                    line.old_rule_id.code or '', line.old_until or None, line.new_rule_id.code or '', line.new_until or None))
            if len(lines) < 1000:
                break
            last = lines[-1].id
            self.env.invalidate_all()
