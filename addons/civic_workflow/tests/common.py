from odoo.fields import Command

from odoo.addons.civic_document.tests.common import CivicDocumentCommon


class CivicRouteCommon(CivicDocumentCommon):
    """The town of the documents, with heads in both units and a way to write a route in one line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance_head = cls._create_person('finance_head', 'unit_head', cls.unit_finance)
        for unit, head in ((cls.unit_culture, cls.unit_head), (cls.unit_finance, cls.finance_head)):
            unit.manager_id = cls.env['hr.employee'].search([('user_id', '=', head.id)])
        cls.env['civic.route'].search([('company_id', '=', cls.agency.id)]).active = False

    @classmethod
    def _role(cls, role):
        return {'actor': 'role', 'group_id': cls.env.ref(f'civic_base.group_{role}').id}

    @classmethod
    def _person(cls, user):
        return {'actor': 'person', 'user_id': user.id}

    @classmethod
    def _create_route(cls, *steps, publish=True, direction='internal', **values):
        """Create a route of the agency as its records administrator; the steps are dicts in their order."""
        version_values = {name: values.pop(name) for name in ('type_ids', 'domain', 'ask_once') if name in values}
        route = cls.env['civic.route'].with_user(cls.records_admin).create({
            'name': "Trình ký nội bộ", 'company_id': cls.agency.id, 'direction': direction,
            'version_ids': [Command.create({**version_values, 'step_ids': [
                Command.create({'name': f"Bước {number}", 'sequence': number * 10, **step})
                for number, step in enumerate(steps, 1)]})],
            **values,
        })
        if publish:
            route.version_ids._publish(cls.env['civic.document']._today())
        return route

    @classmethod
    def _create_on_route(cls, user=None, **values):
        """Create an internal document of the specialist and put it on its route."""
        values.setdefault('direction', 'internal')
        document = cls._create_document(user, **values)
        document._start_route()
        return document

    def _get_open(self, document):
        return self.env['civic.route.task'].search(
            [('document_id', 'in', document.ids), ('state', '=', 'open')], order='id')

    def _get_people(self, document):
        return [task.user_ids for task in self._get_open(document)]

    def _act(self, document, user, comment=''):
        task = self.env['civic.route.task'].with_user(user).search(
            [('document_id', '=', document.id), ('is_for_me', '=', True)], limit=1)
        self.assertTrue(task, f"{user.name} has nothing to do")
        task._act(comment)

    def _get_events(self, document):
        return self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.document'), ('res_id', '=', document.id)], order='id').mapped('event_type')
