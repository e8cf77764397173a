from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.civic_retention.const import PENDING_STATES

from ..const import KEEPERS, MENDING_ACTS


class CivicWorkfile(models.Model):
    """A file that was handed over: in the agency archive it is delivered; what the historical archive keeps never changes here."""

    _inherit = 'civic.workfile'

    state = fields.Selection(
        selection_add=[('transferred', "Handed over to the historical archive"), ('destroyed',)],
        ondelete={'transferred': 'set default'})
    transfer_line_ids = fields.One2many('civic.transfer.line', 'workfile_id', "Transfers", readonly=True)
    archived_by = fields.Char("Kept by", readonly=True, copy=False)
    archived_as = fields.Char("Archival Package", readonly=True, copy=False)
    transferred_on = fields.Date("Handed Over on", readonly=True, copy=False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'archived_by', 'archived_as', 'transferred_on'}

    @api.model
    def _get_acts_by_state(self):
        acts = super()._get_acts_by_state()
        acts['delivered'] = set(acts['delivered']) | {'hand_over'}
        acts['transferred'] = set()
        return acts

    @api.model
    def _get_transitions(self):
        transitions = super()._get_transitions()
        transitions['delivered'] = {**transitions.get('delivered', {}), 'transferred': ('hand_over', KEEPERS)}
        return transitions

    def _check_may_change(self, act):
        """What the archive returned is mended where it lies: delivered it stays, and all other refusals stand."""
        mending = self._filter_returned() if act in MENDING_ACTS else self.browse()
        super(CivicWorkfile, self - mending)._check_may_change(act)
        if mending:
            mending._check_not_held()
            mending._check_not_listed(act)

    def _filter_returned(self):
        """Return the delivered files that an archive returned and that are not kept by it since."""
        delivered = self.filtered(lambda workfile: workfile.state == 'delivered')
        if not delivered:
            return delivered
        # sudo: whoever mends it
        lines = self.env['civic.transfer.line'].sudo().search([
            ('workfile_id', 'in', delivered.ids), ('level', '=', 'historical'), ('state', '!=', 'dropped')], order='id')
        last = {line.workfile_id.id: line for line in lines}
        return delivered.filtered(lambda workfile: workfile.id in last and (
            last[workfile.id].state == 'returned' or last[workfile.id].transfer_id.state in ('draft', 'council')
            and last[workfile.id].transfer_id.previous_id))

    def _hand_over(self, line):
        """Lock the file in favour of the archive that keeps it (as superuser)."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        keeper, values = line.transfer_id.keeper_id.name, {'archived_as': line.aip_name}
        if line.level == 'unit':
            self._move_to('delivered', delivered_on=today, archived_by=keeper, **values)
        else:
            self._move_to('transferred', transferred_on=today, archived_by=keeper, **values)
            documents = self.entry_ids.document_id.filtered(lambda document: not document.is_transferred)
            documents._write_by_system({'is_transferred': True})
        self.env['civic.journal.entry']._append('transfer', self, detail={
            'act': 'hand_over', 'level': line.level, 'archive': keeper, 'package': line.aip_name, 'sha256': line.sha256})

    def _explain_no_candidate(self, level):
        """Return for each file why it cannot be put on the list of a transfer."""
        wanted = 'closed' if level == 'unit' else 'delivered'
        labels = dict(self._fields['state']._description_selection(self.env))
        # sudo: which transfer has it is told to whoever asks
        taken = {line.workfile_id.id: line.transfer_id.name for line in self.env['civic.transfer.line'].sudo().search([
            ('workfile_id', 'in', self.ids), ('level', '=', level), ('state', 'not in', ('returned', 'dropped'))])}
        listed = set(self.env['civic.disposition.line'].sudo().search([
            ('workfile_id', 'in', self.ids), ('state', '!=', 'kept'), ('disposition_id.state', 'in', PENDING_STATES)]).workfile_id.ids)
        reasons = []
        for workfile in self:
            name = workfile.display_name
            if workfile.is_held:
                reasons.append(workfile._get_held_message(workfile.hold_names))
            elif workfile.id in taken:
                reasons.append(self.env._("“%(file)s” is on the list of %(transfer)s.", file=name, transfer=taken[workfile.id]))
            elif workfile.id in listed:
                reasons.append(self.env._("“%s” is considered for destruction: until that is decided it is locked.", name))
            elif workfile.state != wanted:
                reasons.append(self.env._(
                    "“%(file)s” is “%(state)s”; what is handed over is “%(expected)s”.", file=name, state=labels[workfile.state],
                    expected=labels[wanted]))
            else:
                reasons.append(self.env._(
                    "“%s” is not kept permanently: only permanent files go to the historical archive.", name))
        return reasons


class CivicDocument(models.Model):
    """A document in a file that the historical archive keeps: what is read here stays what is kept there."""

    _inherit = 'civic.document'

    is_transferred = fields.Boolean("Kept by the Historical Archive", readonly=True, copy=False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'is_transferred'}

    def _check_frozen(self, vals):
        super()._check_frozen(vals)
        if self._get_journalled_fields().intersection(vals):
            self._check_not_transferred()

    def _check_content_role(self, role, derived_from=None):
        super()._check_content_role(role, derived_from)
        self._check_not_transferred()

    def _check_not_transferred(self):
        for document in self:
            if document.is_transferred:
                raise UserError(self.env._(
                    "“%s” was handed over to the historical archive: it does not change here any more.", document.display_name))
