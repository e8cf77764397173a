from uuid import uuid4

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..const import ACTORS, JOINS, LATE_ACTIONS, RETURN_TARGETS, SKIPPABLE_KINDS, STEP_KINDS
from ..facts import parse_domain
from ..tools import engine


class CivicRouteStep(models.Model):
    """One step of a route: who does what, under which condition, until when, and what happens if late."""

    _name = 'civic.route.step'
    _description = "Step of a Route"
    _order = 'version_id, sequence, id'

    version_id = fields.Many2one('civic.route.version', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='version_id.company_id', string="Agency", store=True)
    document_model = fields.Char(related='version_id.document_model')
    # follows the step from version to version, so that a simulation knows the same step again
    code = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: uuid4().hex, export_string_translation=False)
    sequence = fields.Integer(default=10)
    is_parallel = fields.Boolean("Beside the One Above", help="The step runs at the same time as the one above it.")
    stage = fields.Integer(
        "Order", compute='_compute_stage', store=True, help="Steps with the same order run side by side.")
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(STEP_KINDS, string="What to Do", required=True, default='approve')
    condition = fields.Char(help="Only documents that meet it take the step. Empty: all of them.")

    actor = fields.Selection(ACTORS, string="Who Acts", required=True, default='role')
    group_id = fields.Many2one(
        'res.groups', "Role", ondelete='restrict', domain=lambda self: self._get_role_domain())
    unit_id = fields.Many2one(
        'hr.department', "Unit", ondelete='restrict', domain="[('company_id', 'in', (company_id, False))]")
    user_id = fields.Many2one(
        'res.users', "Person", ondelete='restrict',
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    actor_field = fields.Selection('_get_actor_fields', "Field of the Document")

    deadline_days = fields.Integer("Working Days", help="From the start of the step; 0: no deadline in days.")
    deadline_hours = fields.Float("Working Hours", help="Instead of days, for what is urgent.")
    late_action = fields.Selection(LATE_ACTIONS, string="If Late", required=True, default='remind')
    grace_days = fields.Integer("Grace", help="Working days after the deadline before anything happens.")
    escalate_actor = fields.Selection(ACTORS, string="Bring in")
    escalate_group_id = fields.Many2one(
        'res.groups', "Role Brought in", ondelete='restrict', domain=lambda self: self._get_role_domain())
    escalate_unit_id = fields.Many2one(
        'hr.department', "Unit Brought in", ondelete='restrict', domain="[('company_id', 'in', (company_id, False))]")
    escalate_user_id = fields.Many2one(
        'res.users', "Person Brought in", ondelete='restrict',
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    escalate_actor_field = fields.Selection('_get_actor_fields', "Field Brought in")

    return_target = fields.Selection(RETURN_TARGETS, string="Returns to", required=True, default='previous')
    join = fields.Selection(JOINS, string="Needed of Those Side by Side", required=True, default='all')
    join_count = fields.Integer("How Many", default=1)

    who = fields.Char("Who", compute='_compute_who')

    _deadline_not_negative = models.Constraint(
        'CHECK (deadline_days >= 0 AND deadline_hours >= 0 AND grace_days >= 0)',
        "A deadline cannot be negative.")
    _deadline_bounded = models.Constraint(
        'CHECK (deadline_days <= 365 AND deadline_hours <= 1000 AND grace_days <= 365)',
        "A deadline of more than a year is none: leave it empty.")

    # === COMPUTE === #

    @api.depends('version_id.step_ids.sequence', 'version_id.step_ids.is_parallel')
    def _compute_stage(self):
        for version in self.version_id:
            stage = 0
            for step in version.step_ids.sorted('sequence'):
                if not step.is_parallel or not stage:
                    stage += 1
                step.stage = stage
        for step in self:
            if not step.version_id:
                step.stage = 1

    @api.model
    def _get_actor_fields(self):
        """The fields of a document that name a person, or a unit whose head then acts."""
        model = self.env['civic.document']
        return sorted((
            (name, description['string'])
            for name, description in model.sudo().fields_get(attributes=['string', 'type', 'relation']).items()
            if description['type'] == 'many2one' and description['relation'] in ('res.users', 'hr.department')
            and model._fields[name].store and name != 'write_uid'
        ), key=lambda item: item[1])

    @api.model
    def _get_role_domain(self):
        return [('privilege_id.category_id', '=', self.env.ref('civic_base.module_category_civic').id)]

    @api.depends('actor', 'group_id', 'unit_id', 'user_id', 'actor_field')
    @api.depends_context('lang')
    def _compute_who(self):
        for step in self:
            step.who = step._get_who()

    def _get_who(self, prefix=''):
        """Who acts, in words."""
        self.ensure_one()
        actor = self[f'{prefix}actor']
        # sudo: names of roles, units and people are known in the house
        step = self.sudo()
        match actor:
            case 'role':
                return step[f'{prefix}group_id'].name or ""
            case 'unit_head':
                return self.env._("Head of %s", step[f'{prefix}unit_id'].name or "…")
            case 'person':
                return step[f'{prefix}user_id'].name or ""
            case 'field':
                name = self[f'{prefix}actor_field']
                return dict(self._get_actor_fields()).get(name, name or "")
        return dict(self._fields['actor']._description_selection(self.env)).get(actor, "")

    # === CONSTRAINTS === #

    @api.constrains('condition')
    def _check_conditions(self):
        for step in self:
            # the rights of who types it: constraints run as superuser
            self.sudo(False)._check_condition(step.condition)

    @api.constrains('kind', 'late_action')
    def _check_skippable(self):
        for step in self:
            if step.late_action == 'skip' and step.kind not in SKIPPABLE_KINDS:
                raise ValidationError(self.env._(
                    "“%s” cannot be passed over: only opinions and steps for information can.", step.name))

    @api.constrains('user_id', 'escalate_user_id', 'unit_id', 'escalate_unit_id', 'version_id')
    def _check_agency(self):
        for step in self:
            company = step.company_id
            if not company:
                continue
            # sudo: which agency people and units belong to is no secret
            for user in step.sudo().user_id | step.sudo().escalate_user_id:
                if company not in user.company_ids:
                    raise ValidationError(self.env._(
                        "%(person)s does not work for %(agency)s.", person=user.name, agency=company.name))
            for unit in step.sudo().unit_id | step.sudo().escalate_unit_id:
                if unit.company_id and unit.company_id != company:
                    raise ValidationError(self.env._(
                        "%(unit)s is no unit of %(agency)s.", unit=unit.name, agency=company.name))

    @api.constrains('group_id', 'escalate_group_id')
    def _check_role(self):
        roles = self.env['res.groups'].search(self._get_role_domain())
        for step in self:
            if (step.group_id | step.escalate_group_id) - roles:
                raise ValidationError(self.env._("Choose one of the roles of the agency."))

    @api.model
    def _check_condition(self, text):
        """Refuse a condition that is no literal, or that asks what the administrator may not read."""
        try:
            domain = parse_domain(text)
            self._check_domain_fields(domain, self.env['civic.document'])
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, KeyError) as error:
            raise ValidationError(self.env._("The condition cannot be read: %s", str(text)[:200])) from error

    @api.model
    def _check_domain_fields(self, domain, model):
        """Refuse fields that do not exist, cannot be searched or may not be read by the user."""
        for condition in domain.iter_conditions():
            current, field = model, None
            for name in condition.field_expr.split('.'):
                if current is None:
                    raise ValidationError(self.env._("The condition names an unknown field: %s", condition.field_expr))
                field = current._fields.get(name)
                if field is None or (field.type == 'binary') or not (field.store or field.search) or (
                        name.startswith(('message_', 'activity_', 'my_activity_'))):
                    raise ValidationError(self.env._("The condition names an unknown field: %s", condition.field_expr))
                if not current.has_access('read') or not current._has_field_access(field, 'read'):
                    raise AccessError(self.env._("You may not ask for the field %s.", condition.field_expr))
                current = self.env[field.comodel_name] if field.relational else None
            if isinstance(condition.value, (Domain, list)) and condition.operator in (
                    'any', 'not any', 'any!', 'not any!'):
                if current is None:
                    raise ValidationError(self.env._("The condition names an unknown field: %s", condition.field_expr))
                self._check_domain_fields(Domain(condition.value), current)
            if condition.operator in ('any!', 'not any!'):
                raise ValidationError(self.env._("The condition cannot be read: %s", condition.field_expr))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        if self.env.context.get('install_mode'):
            return steps
        steps.version_id._check_draft()
        steps.version_id._forget_simulation()
        return steps

    def write(self, vals):
        self.version_id._check_draft()
        result = super().write(vals)
        self.version_id._check_draft()
        self.version_id._forget_simulation()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self.version_id._check_draft()
        self.version_id._forget_simulation()

    @api.model
    def _get_content_fields(self):
        """What a step says, beside its place."""
        return [
            'sequence', 'is_parallel', 'name', 'kind', 'condition', 'actor', 'group_id', 'unit_id', 'user_id', 'actor_field',
            'deadline_days', 'deadline_hours', 'late_action', 'grace_days', 'escalate_actor', 'escalate_group_id',
            'escalate_unit_id', 'escalate_user_id', 'escalate_actor_field', 'return_target', 'join', 'join_count',
        ]

    def _prepare_copy_values(self):
        self.ensure_one()
        values = {}
        for name in (*self._get_content_fields(), 'code'):
            value = self[name]
            values[name] = value.id if isinstance(value, models.BaseModel) else value
        return values

    def _prepare_journal(self):
        self.ensure_one()
        return {
            'order': self.stage, 'name': self.name, 'kind': self.kind, 'who': self.who,
            'condition': self.condition or None, 'days': self.deadline_days, 'hours': self.deadline_hours,
            'late': self.late_action,
        }

    # === ENGINE === #

    def _get_engine_step(self):
        self.ensure_one()
        return engine.Step(
            key=self.id, stage=self.stage, kind=self.kind, join=self.join, join_count=self.join_count,
            return_to=self.return_target, days=self.deadline_days,
            hours=0 if self.deadline_days else self.deadline_hours, grace=self.grace_days, late=self.late_action)

    # === WHO ACTS === #

    def _get_people(self, documents, prefix=''):
        """Return {document id: ids of the people who act}, without a query per document.

        People who left are not among them; a document without people is missing, or has an empty answer.
        """
        self.ensure_one()
        step = self.sudo()
        actor = step[f'{prefix}actor']
        match actor:
            case 'role':
                return self._get_role_people(step[f'{prefix}group_id'], documents)
            case 'unit_head':
                people = self._get_heads(step[f'{prefix}unit_id'])
                return {document._origin.id: people.get(step[f'{prefix}unit_id'].id, ()) for document in documents}
            case 'responsible_head':
                people = self._get_heads(documents.unit_id)
                return {document._origin.id: people.get(document.unit_id.id, ()) for document in documents}
            case 'drafter_head':
                return self._get_drafter_heads(documents)
            case 'person':
                user = step[f'{prefix}user_id']
                people = tuple(user.filtered('active').ids)
                return {
                    document._origin.id: people for document in documents if document.company_id in user.company_ids}
            case 'field':
                return self._get_field_people(step[f'{prefix}actor_field'], documents)
        return self._get_other_people(actor, documents)

    def _get_other_people(self, actor, documents):
        """Hook for rooms that add choices of who acts."""
        return {}

    def _is_known_later(self):
        """Whether the people of the step are known only when the document gets there."""
        return False

    @api.model
    def _get_role_people(self, group, documents):
        people = {}
        for company, members in documents.grouped('company_id').items():
            found = tuple(self.env['res.users'].sudo().search([
                ('all_group_ids', 'in', group.ids), ('company_ids', 'in', company.ids), ('share', '=', False),
            ]).ids) if group else ()
            people.update(dict.fromkeys(members._origin.ids, found))
        return people

    @api.model
    def _get_heads(self, units):
        """Return {unit id: (id of its head,)} of the units whose head is there."""
        return {
            unit.id: tuple(unit.manager_id.user_id.filtered('active').ids)
            for unit in units.sudo() if unit.active}

    @api.model
    def _get_drafter_heads(self, documents):
        # sudo: who works where is known in the house, the personnel file is not
        employees = self.env['hr.employee'].sudo().search([
            ('user_id', 'in', documents.create_uid.ids), ('company_id', 'in', documents.company_id.ids)])
        units = {(employee.user_id.id, employee.company_id.id): employee.department_id for employee in employees}
        return {
            document._origin.id: tuple(
                units.get((document.create_uid.id, document.company_id.id), self.env['hr.department'].sudo())
                .manager_id.user_id.filtered('active').ids)
            for document in documents}

    @api.model
    def _get_field_people(self, name, documents):
        field = documents._fields.get(name)
        if field is None or field.type != 'many2one' or field.comodel_name not in ('res.users', 'hr.department'):
            return {}
        if field.comodel_name == 'hr.department':
            heads = self._get_heads(documents.mapped(name))
            return {document._origin.id: heads.get(document[name].id, ()) for document in documents}
        return {document._origin.id: tuple(document[name].filtered('active').ids) for document in documents}

    @api.model
    def _get_fallback_people(self, company):
        """Who gets what nobody else can do: the records administrators of the agency."""
        # sudo: who fills a role is known in the house
        return tuple(self.env['res.users'].sudo().search([
            ('all_group_ids', 'in', self.env.ref('civic_base.group_records_admin').ids),
            ('company_ids', 'in', company.ids), ('share', '=', False),
        ]).ids)

    # === PROBLEMS === #

    def _get_problems(self):
        """Return what forbids to publish the step, and what to think about, in words."""
        self.ensure_one()
        problems, warnings = [], []
        problems += self._get_actor_problems()
        if self.late_action == 'escalate':
            problems += [
                self.env._("if late, %s", problem) for problem in self._get_actor_problems('escalate_')]
        if not self.deadline_days and not self.deadline_hours and self.late_action != 'remind':
            warnings.append(self.env._("it has no deadline, so it is never late."))
        if self.late_action == 'skip' and self.kind not in SKIPPABLE_KINDS:
            problems.append(self.env._("only opinions and steps for information can be passed over."))
        try:
            self._check_domain_fields(parse_domain(self.condition), self.env['civic.document'])
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, KeyError, UserError):
            problems.append(self.env._("its condition cannot be read: %s", self.condition))
        return problems, warnings

    def _get_actor_problems(self, prefix=''):
        """Return why nobody would be found for the step."""
        step = self.sudo()
        company = step.version_id.company_id
        group, unit, user, name = (
            step[f'{prefix}{field}'] for field in ('group_id', 'unit_id', 'user_id', 'actor_field'))
        match step[f'{prefix}actor']:
            case False | None:
                return [self.env._("it does not say who acts.")]
            case 'role':
                if not group:
                    return [self.env._("it does not say which role acts.")]
                if company and not self.env['res.users'].sudo().search_count([
                        ('all_group_ids', 'in', group.ids), ('company_ids', 'in', company._origin.ids),
                        ('share', '=', False)], limit=1):
                    return [self.env._("nobody in %(agency)s has the role %(role)s.",
                                       agency=company.name, role=group.name)]
            case 'unit_head':
                if not unit:
                    return [self.env._("it does not say which unit acts.")]
                if not unit.active:
                    return [self.env._("the unit %s was closed.", unit.name)]
                if company and unit.company_id and unit.company_id != company:
                    return [self.env._("%(unit)s is no unit of %(agency)s.", unit=unit.name, agency=company.name)]
                if not self._get_heads(unit._origin).get(unit._origin.id):
                    return [self.env._("the unit %s has no head who works here.", unit.name)]
            case 'person':
                if not user:
                    return [self.env._("it does not say which person acts.")]
                if not user.active:
                    return [self.env._("%s no longer works here.", user.name)]
            case 'field':
                if not name:
                    return [self.env._("it does not say which field of the document names who acts.")]
                if name not in dict(self._get_actor_fields()):
                    return [self.env._("the field “%s” is no longer part of a document.", name)]
        return []

    # === WORDS === #

    def _get_deadline_label(self):
        self.ensure_one()
        if self.deadline_days:
            return self.env._("%s working days", self.deadline_days)
        if self.deadline_hours:
            return self.env._("%s working hours", f'{self.deadline_hours:g}')
        return ""

    def _get_join_label(self):
        self.ensure_one()
        match self.join:
            case 'any':
                return self.env._("any one is enough")
            case 'count':
                return self.env._("%s are enough", self.join_count)
        return self.env._("all are needed")

    def _get_kind_label(self):
        return dict(self._fields['kind']._description_selection(self.env)).get(self.kind, "")

    def _render_card(self):
        """The step in the strip of its route."""
        self.ensure_one()
        details = [self._get_deadline_label(), self.env._("only on condition") if self.condition not in (False, "[]") else ""]
        return Markup(
            '<div class="o_civic_route_step o_civic_route_%s"><div class="fw-bold">%s</div>'
            '<div class="small text-muted">%s</div><div>%s</div>%s</div>') % (
            self.kind or '', self.name or "", self._get_kind_label(), self.who or "",
            Markup().join(Markup('<div class="small">%s</div>') % detail for detail in details if detail))
