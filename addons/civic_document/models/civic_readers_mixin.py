from odoo import SUPERUSER_ID, api, fields, models


class CivicReadersMixin(models.AbstractModel):
    """A record whose readers are watched: whoever changes them raises an alarm (Decree 30/2020, Annex VI, III.3.c).

    The alarm stands on the record until a competent person has decided on the `civic.access.change`. The model
    declares the fields of `_get_reader_fields` and `access_change_ids`, names the field of `civic.access.change` that
    leads to it in `_civic_access_change_field`, and has `_restore_readers(values, change, reason)`, which writes the
    readers of before past the rights of the competent person, with a line in the journal.
    """

    _name = 'civic.readers.mixin'
    _description = "Record Whose Readers Are Watched"

    _civic_access_change_field = None          # the kind of change, and ``_id``

    access_alarm = fields.Text(compute='_compute_access_alarm')

    @api.depends(lambda self: ['access_change_ids.state'] if 'access_change_ids' in self._fields else [])
    @api.depends_context('lang')
    def _compute_access_alarm(self):
        name = self._civic_access_change_field
        # sudo: whoever reads the record is warned; the lines themselves are for those who decide
        changes = self.env['civic.access.change'].sudo().search(
            [(name, 'in', self.ids), ('state', '=', 'open')]).grouped(name)
        for record in self:
            record.access_alarm = "\n".join(
                self.env._("%(person)s: %(change)s", person=change.changed_by_id.name, change=line)
                for change in changes.get(record._origin.sudo(), ())
                for line in (change.description or '').splitlines()) or False

    # === FOR THE MODEL TO ANSWER === #

    @api.model
    def _get_reader_fields(self):
        """Return the names of the fields that decide who reads."""
        return ('access_level', 'unit_id', 'unit_ids', 'user_ids')

    def _is_written_by_system(self):
        """Whether an act writes, which has its own rights and journal, and not a person."""
        return self.env.uid == SUPERUSER_ID

    def _is_readership_watched(self):
        """Whether there is something that others could read by a change."""
        return True

    @api.model
    def _get_effective_readers(self, readers):
        """What of the fields counts, as the record rules read them."""
        units, people = frozenset(readers['unit_id']) | frozenset(readers['unit_ids']), frozenset(readers['user_ids'])
        match readers['access_level']:
            case 'agency':
                return ('agency',)
            case 'unit':
                return ('unit', units, people)
        return ('restricted', people)

    # === RAISING === #

    def write(self, vals):
        if self._is_written_by_system() or set(self._get_reader_fields()).isdisjoint(vals):
            return super().write(vals)
        # sudo: who takes the own right to read away is no longer able to compare
        watched_sudo = self.sudo().filtered(lambda record: record._is_readership_watched())
        before = {record: record._get_readers() for record in watched_sudo}
        result = super().write(vals)
        if before:
            self._note_readers_changed(before)
        return result

    def _note_readers_changed(self, before):
        """Raise an alarm for each record that other people may read now."""
        alarms = []
        for record_sudo, old in before.items():
            new = record_sudo._get_readers()
            if record_sudo._get_effective_readers(old) == record_sudo._get_effective_readers(new):
                continue
            alarms.append({
                'company_id': record_sudo.company_id.id,
                'kind': self._civic_access_change_field.removesuffix('_id'),
                self._civic_access_change_field: record_sudo.id,
                'changes': {name: [old[name], new[name]] for name in old if old[name] != new[name]},
            })
        if alarms:
            self.env['civic.access.change']._raise_alarms(alarms)

    def _get_readers(self):
        self.ensure_one()
        return {name: self._get_reader_value(name) for name in self._get_reader_fields()}

    def _get_reader_value(self, name):
        """The value of the field in the plain form of the alarm: units and people with the names of the day."""
        value = self[name]
        if isinstance(value, models.BaseModel):
            return {str(reader.id): reader.sudo().name for reader in value.sorted('id')}
        return value

    def action_open_access_changes(self):
        """Open the changes of who may read these records."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_document.civic_access_change_action')
        action['domain'] = [(self._civic_access_change_field, 'in', self.ids)]
        action['context'] = {}
        return action
