from datetime import datetime, time, timedelta

import pytz

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.civic_base.const import DEFAULT_TZ
from odoo.addons.civic_report.tools.layout import Column, Row

from ..const import ACTIVE_ASSIGNMENT_STATES


class CivicFormHandoverBook(models.AbstractModel):
    """Sổ chuyển giao văn bản đến: who was handed what, to be signed for (Decree 30/2020, Art. 23.3).

    The decree has no form for it: the columns are those in use before it.
    """

    _name = 'civic.form.handover_book'
    _inherit = ['civic.form.follow_up_book']
    _description = "Handover Book"

    _form_sequence = 30
    _form_landscape = False

    @api.model
    def _get_title(self, options):
        return self.env._("Handover book of incoming documents")

    @api.model
    def _get_legal_basis(self):
        return self.env._("No form of Decree 30/2020/NĐ-CP; Article 23.3 asks for the receiver's signature")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Date handed over"), 1.2, 'date'),
            Column(self.env._("Arrival number"), 0.9, align='center'),
            Column(self.env._("Receiving unit or person"), 3),
            Column(self.env._("Signed for"), 2),
            Column(self.env._("Remarks"), 2),
        ]

    @api.model
    def _get_assignment_domain(self, options):
        domain = Domain('company_id', '=', options['company'].id) & Domain('state', 'in', ACTIVE_ASSIGNMENT_STATES)
        if options['date_from']:
            domain &= Domain('assigned_at', '>=', self._get_start_of_day(options['date_from']))
        if options['date_to']:
            domain &= Domain('assigned_at', '<', self._get_start_of_day(options['date_to'] + timedelta(days=1)))
        return domain

    @api.model
    def _get_start_of_day(self, day):
        """Return the first moment of a day of the agency, in UTC."""
        local = pytz.timezone(DEFAULT_TZ).localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _iter_rows(self, options):
        kinds = dict(self.env['civic.assignment']._fields['kind']._description_selection(self.env))
        assignments = self.env['civic.assignment']
        for batch in self._iter_batches(assignments, self._get_assignment_domain(options), 'assigned_at, id'):
            for assignment in batch:
                # sudo: the number alone, of a document whose assignment the user may read
                document = assignment.sudo().document_id
                yield Row((
                    document._get_local_date(assignment.assigned_at),
                    document.register_label or '',
                    assignment._get_holder_name(),
                    assignment._get_receipt(),
                    kinds[assignment.kind],
                ))
