from datetime import date

from odoo.addons.civic_document.tests.common import CivicDocumentCommon


class CivicIncomingCommon(CivicDocumentCommon):
    """The town of the documents, with a leader to whom papers go and a head in each unit.

    ``unit_head`` heads ``unit_culture`` (where ``specialist`` works), ``finance_head`` heads ``unit_finance``
    (where ``other_specialist`` works).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance_head = cls._create_person('finance_head', 'unit_head', cls.unit_finance)
        cls.unit_culture.manager_id = cls._get_employee(cls.unit_head)
        cls.unit_finance.manager_id = cls._get_employee(cls.finance_head)
        cls.agency.incoming_leader_id = cls.leader
        cls.lead_task = {
            'kind': 'lead', 'unit': cls.unit_culture, 'user': cls.env['res.users'], 'deadline': date(2100, 1, 4)}
        cls.coordinate_task = {
            'kind': 'coordinate', 'unit': cls.unit_finance, 'user': cls.env['res.users'], 'deadline': date(2100, 1, 4)}
        cls.inform_task = {
            'kind': 'inform', 'unit': cls.unit_finance, 'user': cls.env['res.users'], 'deadline': False}

    @classmethod
    def _get_employee(cls, user):
        return cls.env['hr.employee'].search([('user_id', '=', user.id)])

    def _create_assigned(self, *tasks, **values):
        """Register a document and let the leader assign it: to unit_culture as lead if nothing else is said."""
        document = self._create_registered(**values)
        document.with_user(self.leader)._assign(list(tasks) or [self.lead_task], "Xử lý đúng hạn")
        document.invalidate_recordset()
        return document

    def _get_activities(self, document, user=None):
        activities = self.env['mail.activity'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id)])
        return activities.filtered(lambda activity: not user or activity.user_id == user)

    def _get_events(self, document):
        return self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.document'), ('res_id', '=', document.id)], order='id').mapped('event_type')
