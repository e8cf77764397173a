from odoo import fields, models

from ..const import REQUIREMENT_STATES


class CivicRequirementAnswer(models.Model):
    """What one room does for one item of Annex VI, and the tests that show it. Data of the room; nobody writes it."""

    _name = 'civic.requirement.answer'
    _description = "Answer to a Requirement"
    _order = 'requirement_id, id'
    _rec_name = 'module'

    requirement_id = fields.Many2one(
        'civic.requirement', required=True, readonly=True, index=True, ondelete='cascade')
    module = fields.Char("Add-on", required=True, readonly=True)
    state = fields.Selection(REQUIREMENT_STATES, string="Status", required=True, readonly=True)
    where = fields.Text("Where It Is Met", required=True, translate=True, readonly=True)
    action_id = fields.Many2one('ir.actions.actions', "Screen", readonly=True, ondelete='set null')
    tests = fields.Text(
        readonly=True, help="One test per line, such as civic_document/tests/test_search.py::TestSearch.test_references.")

    _room_uniq = models.Constraint('UNIQUE (requirement_id, module)', "An add-on answers a requirement once.")
    _shown_by_tests = models.Constraint(
        "CHECK (state = 'planned' OR tests IS NOT NULL)", "What is met, even in part, names the tests that show it.")

    def _filtered_openable(self):
        """Keep the answers with a screen that the user may open; a few queries, however many answers."""
        # sudo: which screen shows an item is no secret; whether the user may open it is asked here
        answers_sudo = self.sudo().filtered('action_id')
        openable = self.browse()
        for type_, of_type in answers_sudo.grouped(lambda answer: answer.action_id.type).items():
            actions_sudo = self.env[type_].sudo().browse(of_type.action_id.ids)
            open_ids = set(actions_sudo.filtered(self._is_openable).ids)
            openable |= of_type.filtered(lambda answer, open_ids=open_ids: answer.action_id.id in open_ids)
        return (self & openable).sudo(False)

    def _is_openable(self, action):
        groups = action.group_ids if 'group_ids' in action._fields else False
        model = self.env.get(action.res_model or '') if 'res_model' in action._fields else None
        return (
            (not groups or bool(groups & self.env.user.all_group_ids))
            and (model is None or model.sudo(False).has_access('read'))
        )

    def _get_action(self):
        """Return the first screen of these answers that the user may open, or False."""
        # sudo: as above
        action_sudo = self._filtered_openable()[:1].sudo().action_id
        return bool(action_sudo) and self.env[action_sudo.type].browse(action_sudo.id)._get_action_dict()
