from odoo import api, fields, models

from .civic_workfile import _BY_SYSTEM


class CivicAccessChange(models.Model):
    _inherit = 'civic.access.change'

    kind = fields.Selection(selection_add=[('workfile', "Readers of a work file")], ondelete={'workfile': 'cascade'})
    workfile_id = fields.Many2one('civic.workfile', "Work File", readonly=True, index='btree_not_null', ondelete='cascade')

    _one_target = models.Constraint(
        'CHECK (num_nonnulls(document_id, user_id, workfile_id) = 1)', "A change of rights is about one record or one person.")

    @api.model
    def _get_target_names(self):
        return [*super()._get_target_names(), 'workfile_id']

    @api.model
    def _get_change_labels(self):
        return {**super()._get_change_labels(), 'user_id': self.env._("File maker")}


class CivicWorkfile(models.Model):
    """Who may read a file, and an alarm when that changes (Decree 30/2020, Annex VI, III.3.c and IV.1.d)."""

    _name = 'civic.workfile'
    _inherit = ['civic.workfile', 'civic.readers.mixin']

    _civic_access_change_field = 'workfile_id'

    access_change_ids = fields.One2many('civic.access.change', 'workfile_id', string="Changes of Access Rights")

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'access_change_ids'}

    @api.model
    def _get_acts_by_state(self):
        acts = super()._get_acts_by_state()
        for state in ('open', 'closed'):
            acts[state].add('restore_readers')
        return acts

    @api.model
    def _get_reader_fields(self):
        return (*super()._get_reader_fields(), 'user_id')

    @api.model
    def _get_effective_readers(self, readers):
        # its maker and those named on it read it whatever its level, and change it
        people = frozenset(readers['user_ids']) | frozenset(readers['user_id'])
        return (*super()._get_effective_readers({**readers, 'user_ids': people}), people)

    def _is_written_by_system(self):
        return super()._is_written_by_system() or self.env.context.get('civic_workfile_token') is _BY_SYSTEM

    def _is_readership_watched(self):
        return self.doc_count > 0           # nobody reads anything in an empty file

    def _restore_readers(self, values, change, reason):
        before = self._read_for_journal(values)
        self._write_by_system(values, 'restore_readers')
        self._journal_changes(values, before, reason=reason, access_change=change.id)
