from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import ormcache

from odoo.addons.civic_document.const import DIRECTIONS


class CivicRoute(models.Model):
    """The way that documents of an agency take, built by its records administrator without code.

    The route itself has a name and a rank; which documents it takes and through which steps stands in its
    versions. A document takes the first route, in the order of the list, whose version in force fits it, and
    keeps that version to the end.

    A route without an agency is a template: it never runs, administrators copy it.
    """

    _name = 'civic.route'
    _description = "Route"
    _inherit = ['civic.journal.mixin', 'civic.shared.mixin']
    _order = 'sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        'res.company', "Agency", index='btree_not_null', ondelete='restrict', default=lambda self: self.env.company)
    direction = fields.Selection(DIRECTIONS, required=True, default='incoming')
    sequence = fields.Integer(default=10, help="The first route of the list that fits a document takes it.")
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)

    version_ids = fields.One2many('civic.route.version', 'route_id', "Versions")
    draft_version_id = fields.Many2one('civic.route.version', "Draft", compute='_compute_versions')
    current_version_id = fields.Many2one('civic.route.version', "Version in Force", compute='_compute_versions')
    strip = fields.Html("Steps", compute='_compute_versions')
    is_template = fields.Boolean(compute='_compute_is_template')
    running_count = fields.Integer("Under Way", compute='_compute_running_count')

    @api.depends('version_ids.state', 'version_ids.valid_from', 'version_ids.strip')
    def _compute_versions(self):
        today = self.env['civic.document']._today()
        for route in self:
            route.draft_version_id = route.version_ids.filtered(lambda version: version.state == 'draft')[:1]
            route.current_version_id = route._get_version_on(today)
            route.strip = (route.current_version_id or route.draft_version_id).strip

    @api.depends('company_id')
    def _compute_is_template(self):
        for route in self:
            route.is_template = not route.company_id

    def _compute_running_count(self):
        counts = dict(self.env['civic.route.case']._read_group(
            [('route_id', 'in', self.ids), ('state', '=', 'running')], ['route_id'], ['__count']))
        for route in self:
            route.running_count = counts.get(route, 0)

    @api.constrains('company_id', 'direction')
    def _check_published(self):
        for route in self:
            if not route.company_id and any(version.state != 'draft' for version in route.version_ids):
                raise ValidationError(self.env._("A route in use belongs to an agency."))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.context.get('install_mode'):
            # data files bring their version as a record of its own
            vals_list = [
                {**values, 'version_ids': values.get('version_ids') or [Command.create({})]} for values in vals_list]
        routes = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', routes, detail={'act': 'create'})
        return routes

    def write(self, vals):
        if {'company_id', 'direction'} & set(vals):
            for route in self:
                if any(version.state != 'draft' for version in route.version_ids) and (
                        vals.get('company_id', route.company_id.id) != route.company_id.id
                        or vals.get('direction', route.direction) != route.direction):
                    raise UserError(self.env._(
                        "“%s” was published: its agency and direction stand. Make another route.", route.name))
        result = super().write(vals)
        self.env.registry.clear_cache()             # see _get_versions_in_force
        names = {'name', 'sequence', 'active', 'company_id', 'direction'} & set(vals)
        if names:
            self.env['civic.journal.entry']._append(
                'configuration', self, detail={'act': 'write', 'fields': sorted(names)})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if any(version.state != 'draft' for version in self.version_ids):
            raise UserError(self.env._("A route that was published is kept. Archive it instead."))

    # === ACTIONS === #

    def action_edit(self):
        """Open the draft; if there is none, copy the last version into a new one."""
        self.ensure_one()
        self.check_access('write')
        draft = self.draft_version_id or self.version_ids[:1]._copy_to_draft()
        return draft._open_form()

    def action_open_running(self):
        """The documents that are on the route at this moment."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_case_action')
        return {**action, 'domain': [('route_id', '=', self.id)], 'context': {'search_default_running': 1}}

    def action_use_template(self):
        """Copy the template into a route of the current agency, as a draft."""
        self.ensure_one()
        self.check_access('read')
        if not self.is_template:
            raise UserError(self.env._("“%s” is no template.", self.name))
        route = self.create({
            'name': self.name,
            'description': self.description,
            'direction': self.direction,
            'company_id': self.env.company.id,
            'version_ids': [Command.create(self.version_ids[:1]._prepare_copy_values())],
        })
        return route.version_ids._open_form()

    # === BUSINESS === #

    def _get_version_on(self, date):
        """The published version that new documents take on the day."""
        self.ensure_one()
        return self.version_ids.filtered(
            lambda version: version.state == 'published' and version.valid_from <= date
        ).sorted('valid_from')[-1:]

    @api.model
    @ormcache('company_id', 'date')
    def _get_versions_in_force(self, company_id, date):
        """The versions that documents of the agency may take on the day, as (id, direction, ids of types), in the
        order in which they are tried: asked with every registration, changed a few times a year."""
        # sudo: kept for the whole registry, the answer names nothing but ids
        routes = self.sudo().search(Domain('company_id', '=', company_id))
        return tuple(
            (version.id, route.direction, frozenset(version.type_ids.ids))
            for route in routes if (version := route._get_version_on(date)))

    @api.model
    @ormcache('company_id', 'kind')
    def _uses_kind(self, company_id, kind=None):
        """Whether documents of the agency may have steps of the kind, or any at all: rooms ask it before they look
        for steps, so that agencies without routes pay nothing."""
        # sudo: as above
        steps = self.env['civic.route.step'].sudo()
        domain = Domain('version_id.state', '!=', 'draft') & Domain('version_id.route_id.company_id', '=', company_id)
        if kind:
            domain &= Domain('kind', '=', kind)
        return bool(steps.with_context(active_test=False).search_count(domain, limit=1))

    @api.model
    def _find_versions(self, documents, date=None, versions=None):
        """Return {document id: version} of the documents that a route takes: the first of the list that fits.

        :param versions: try these, in this order, instead of those in force
        """
        # sudo: the route decides, whatever the one who registers may read of the settings
        documents = documents.sudo()
        if versions is None:
            date = date or self.env['civic.document']._today()
            # sudo: as above
            versions = self.env['civic.route.version'].sudo().browse(
                version_id for company, of_company in documents.grouped('company_id').items()
                for version_id, direction, type_ids in self._get_versions_in_force(company.id, date)
                # most documents take no route: then none is read
                if any(document.direction == direction and (not type_ids or document.type_id.id in type_ids)
                       for document in of_company))
        found = {}
        remaining = documents
        for version in versions:
            taken = version._filter_documents(remaining)
            found.update(dict.fromkeys(taken._origin.ids, version))
            remaining -= taken
            if not remaining:
                break
        return found
