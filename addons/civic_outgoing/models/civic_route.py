from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..const import CHECK_KINDS

OUTGOING_KINDS = (*CHECK_KINDS, 'sign', 'issue')


class CivicRoute(models.Model):
    _inherit = 'civic.route'

    @api.model
    def _ensure_outgoing(self, company):
        """Give an agency that never had a route for outgoing documents the standard one, copied from its template:
        check of content, check of form, approval and signature (Decree 30/2020, Articles 11 to 13)."""
        # sudo: part of the set-up, like the standard series of numbers
        routes = self.sudo().with_context(active_test=False)
        if routes.search_count([('company_id', '=', company.id), ('direction', '=', 'outgoing')], limit=1):
            return
        template = self.env.ref('civic_outgoing.civic_route_template_outgoing', raise_if_not_found=False)
        if not template:
            return
        template = template.sudo()
        names = template.with_context(lang=company.sudo().partner_id.lang or self.env.lang)
        route = routes.create({
            'name': names.name,
            'description': names.description,
            'direction': 'outgoing',
            'company_id': company.id,
            'sequence': 1000,
            'version_ids': [Command.create(template.version_ids[:1]._prepare_copy_values())],
        })
        route.version_ids._publish(self.env['civic.document']._today())


class CivicRouteVersion(models.Model):
    _inherit = 'civic.route.version'

    def _get_problems(self):
        problems, warnings = super()._get_problems()
        own = self.step_ids.filtered(lambda step: step.kind in OUTGOING_KINDS)
        if own and self.direction != 'outgoing':
            problems.append(self.env._(
                "Only outgoing documents are checked, initialled, signed and issued: choose other steps."))
        if self.direction == 'outgoing':
            signing = own.filtered(lambda step: step.kind == 'sign')
            if not signing:
                warnings.append(self.env._("No step asks for the signature: it is asked for at the end of the route."))
            for kind in ('content_check', 'format_check'):
                steps = own.filtered(lambda step, kind=kind: step.kind == kind)
                if not steps:
                    warnings.append(self.env._(
                        "Content and form are checked before the signature (Decree 30/2020, Article 12): without both "
                        "steps nobody can sign."))
                    break
                if signing and min(signing.mapped('stage')) < max(steps.mapped('stage')):
                    problems.append(self.env._("%s: nothing is checked after the signature.", steps[-1].name))
            initialling = own.filtered(lambda step: step.kind == 'initial')
            if signing and initialling and min(signing.mapped('stage')) < max(initialling.mapped('stage')):
                problems.append(self.env._("%s: nobody initials what is signed already.", initialling[-1].name))
        return problems, warnings


class CivicRouteStep(models.Model):
    _inherit = 'civic.route.step'

    kind = fields.Selection(
        selection_add=[
            ('content_check', "Check the content"),
            ('format_check', "Check the form"),
            ('initial', "Initial"),
            ('approve',),
            ('sign', "Sign"),
            ('issue', "Issue"),
        ],
        ondelete=dict.fromkeys(OUTGOING_KINDS, 'set default'))


class CivicRouteTask(models.Model):
    _inherit = 'civic.route.task'

    version_number = fields.Integer(
        "Version", readonly=True, aggregator=None, help="The version of the draft that was before the person.")

    @api.model
    def _get_button_kinds(self):
        return (*super()._get_button_kinds(), *CHECK_KINDS)

    @api.model
    def _get_return_kinds(self):
        return (*super()._get_return_kinds(), 'sign')

    def action_sign_document(self):
        """Sign the documents of these steps."""
        self._check_may_act()
        return self.document_id.action_sign()


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    def _get_sign_tasks(self):
        """The open steps that ask the user to sign, or to approve as the signer, these documents."""
        # sudo: the step says who may; the document itself is checked by the act
        return self.env['civic.route.task'].sudo().search(
            Domain('document_id', 'in', self.ids) & Domain('is_for_me', '=', True)
            & Domain('kind', 'in', ('sign', 'approve')))
