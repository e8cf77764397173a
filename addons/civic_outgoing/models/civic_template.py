import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools import template as docx_template
from ..tools.finding import ToolError
from .tool_words import get_words

SYSTEM_FIELDS = frozenset(('state', 'findings', 'field_names'))       # written by the check of the file alone
TEMPLATE_STATES = [('draft', "Being prepared"), ('ready', "In use")]


class CivicTemplate(models.Model):
    """A Word file with fields from which drafts are made (Decree 30/2020, Annexes I and III).

    A template without an agency is for all of them. Its file is checked when it comes: unknown fields, macros and
    links to the outside are told, and such a template cannot be used.
    """

    _name = 'civic.template'
    _description = "Template"
    _inherit = ['civic.journal.mixin', 'civic.shared.mixin']
    _order = 'sequence, name, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        'res.company', "Agency", index='btree_not_null', ondelete='cascade', default=lambda self: self.env.company,
        help="Empty: for every agency.")
    type_ids = fields.Many2many('civic.document.type', string="Document Types", help="Empty: for every type.")
    file = fields.Binary("Word File", attachment=True, required=True)
    file_name = fields.Char()
    date_from = fields.Date("In Use from")
    date_to = fields.Date("In Use until")
    state = fields.Selection(TEMPLATE_STATES, required=True, readonly=True, default='draft', copy=False)
    findings = fields.Json(readonly=True, copy=False)
    findings_html = fields.Html("What Was Found", compute='_compute_findings_html', sanitize=False)
    field_names = fields.Char("Fields", readonly=True, copy=False, help="The fields that are filled in.")
    active = fields.Boolean(default=True)

    _dates_in_order = models.Constraint(
        'CHECK (date_from IS NULL OR date_to IS NULL OR date_to >= date_from)',
        "A template cannot go out of use before it comes into use.")

    @api.depends('findings')
    @api.depends_context('lang')
    def _compute_findings_html(self):
        for template in self:
            template.findings_html = Markup('<ul class="mb-0">%s</ul>') % Markup().join(
                Markup('<li>%s</li>') % self._get_finding_words(finding) for finding in template.findings or []
            ) if template.findings else False

    @api.model
    def _get_finding_words(self, finding):
        """Tell a problem of a template in words."""
        return get_words(self.env, finding.get('key'), finding.get('params'), finding.get('text') or "")

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_system_fields(values)
        templates = super(CivicTemplate, self.with_context({
            key: value for key, value in self.env.context.items()
            if key.removeprefix('default_') not in SYSTEM_FIELDS})).create(vals_list).with_env(self.env)
        templates._check_file()
        self.env['civic.journal.entry']._append('configuration', templates, detail={'act': 'create'})
        return templates

    def write(self, vals):
        self._check_system_fields(vals)
        result = super().write(vals)
        if 'file' in vals:
            self._check_file()
        if set(vals) - SYSTEM_FIELDS:
            self.env['civic.journal.entry']._append(
                'configuration', self, detail={'act': 'write', 'fields': sorted(vals)})
        return result

    def _check_system_fields(self, vals):
        if not self.env.su and SYSTEM_FIELDS & set(vals):
            raise AccessError(self.env._("Whether a template can be used is found by looking into its file."))

    def _check_file(self):
        """Look into the files, in a limited process, and say what is wrong with them."""
        for template in self:
            findings, names = self._inspect_file(template._get_raw())
            values = {'findings': findings or False, 'field_names': ', '.join(names)}
            if findings or template.state == 'draft':
                values['state'] = 'draft' if findings else 'ready'
            # sudo: what was found is not written by hand
            template.sudo().write(values)

    def _get_raw(self):
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).file or b'')

    @api.model
    def _inspect_file(self, raw):
        """Return ([findings as dicts], [names of fields]) of a Word file."""
        try:
            findings = docx_template.check_template(raw, list(docx_template.FIELDS))
            names = [] if findings else sorted(docx_template.get_fields(raw))
        except ToolError as error:
            findings, names = [error.to_finding('template')], []
        return [finding.to_dict() for finding in findings], names

    # === ACTIONS === #

    def action_check(self):
        """Check the file again, and put the template to use if nothing is wrong with it."""
        self.check_access('write')
        self._check_file()
        for template in self:
            if template.findings:
                raise UserError("\n".join([
                    self.env._("“%s” cannot be used yet:", template.name),
                    *(f"• {self._get_finding_words(finding)}" for finding in template.findings)]))
        return True

    # === BUSINESS === #

    @api.model
    def _find(self, company, document_type, date=None):
        """Return the template with which drafts of the type begin: the agency's own first, then the shared ones."""
        date = date or self.env['civic.document']._today()
        found = self.search(
            Domain('company_id', 'in', (False, company.id)) & Domain('state', '=', 'ready')
            & (Domain('date_from', '=', False) | Domain('date_from', '<=', date))
            & (Domain('date_to', '=', False) | Domain('date_to', '>=', date))
            & (Domain('type_ids', '=', False) | Domain('type_ids', 'in', document_type.ids)))
        return found.sorted(lambda template: (
            not template.company_id, document_type not in template.type_ids, template.sequence, template.id))[:1]
