from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Datetime
from odoo.tools import format_datetime

from ..facts import BatchFacts
from ..tools import engine


class CivicRoutePreview(models.TransientModel):
    """Who would act on a given document if it took this version now."""

    _name = 'civic.route.preview'
    _description = "Who Would Act"

    version_id = fields.Many2one('civic.route.version', required=True, readonly=True)
    company_id = fields.Many2one(related='version_id.company_id')
    direction = fields.Selection(related='version_id.direction')
    document_id = fields.Many2one(
        'civic.document', domain="[('company_id', '=', company_id), ('direction', '=', direction)]")
    result = fields.Html(compute='_compute_result', sanitize=False)

    @api.constrains('version_id')
    def _check_version(self):
        # what the form shows of the version comes from fields that are read for everybody
        self.sudo(False).version_id.check_access('write')

    @api.depends('document_id', 'version_id')
    @api.depends_context('lang', 'tz')
    def _compute_result(self):
        for preview in self:
            preview.result = preview._render(preview.document_id) if preview.document_id else False

    def _render(self, document):
        document.check_access('read')
        version = self.version_id
        version.check_access('read')
        if not version._filter_documents(document):
            return Markup('<div class="alert alert-warning">%s</div>') % self.env._(
                "This version does not take the document: its type or a condition does not fit.")
        facts = BatchFacts(version, document)
        days = version._get_calendar(document.company_id)
        planned = engine.rehearse(
            facts.route, facts.of(document), Datetime.now(),
            lambda start, step: version._get_deadline(days, start, step))
        if not planned:
            return Markup('<div class="alert alert-warning">%s</div>') % self.env._(
                "No step asks anything of anybody: the document goes the default way.")
        notes = dict(self.env['civic.route.task']._fields['note']._description_selection(self.env))
        rows = Markup()
        for item in planned:
            step = self.env['civic.route.step'].browse(item.step.key)
            # sudo: names of people are known in the house
            people, note = ", ".join(self.env['res.users'].sudo().browse(item.people).mapped('name')), item.note
            if note == engine.NOBODY and step._is_known_later():
                people, note = step.who, None
            rows += Markup('<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>') % (
                step.name, people or "–",
                format_datetime(self.env, item.deadline, dt_format='short') if item.deadline else "–",
                notes.get(note, ""))
        return Markup(
            '<table class="table table-sm"><thead><tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr></thead>'
            '<tbody>%s</tbody></table>') % (
            self.env._("Step"), self.env._("Who acts"), self.env._("At the latest"), self.env._("Note"), rows)
