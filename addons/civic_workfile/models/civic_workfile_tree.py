import json

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

PAGE = 40                       # children that one answer holds

MODELS = {
    'unit': 'hr.department',
    'plan': 'civic.file.plan.line',
}


class CivicWorkfile(models.Model):
    """The tree of files: years, in them units or headings of the plan, then the files; each level when it is opened."""

    _inherit = 'civic.workfile'

    @api.model
    @api.readonly
    def get_tree(self, path=(), by='plan', offset=0):
        """Return one page of what stands below a place in the tree.

        :param list path: ``[]``, ``[year]`` or ``[year, id of unit or line, …]``; 0 stands for “none”
        :param str by: 'plan' or 'unit'
        :return: ``{'nodes': [{'key', 'label', 'count', 'kind', …}], 'more': whether there is another page}``
        """
        if by not in MODELS or not isinstance(path, (list, tuple)) or not all(type(key) is int for key in path):
            raise UserError(self.env._("There is no such place in the tree."))
        if type(offset) is not int or offset < 0 or len(path) > 30:
            raise UserError(self.env._("There is no such place in the tree."))
        self.check_access('read')
        own = Domain('company_id', '=', self.env.company.id)
        if not path:
            return self._get_tree_years(own, offset)
        own &= Domain('year', '=', path[0])
        if by == 'unit':
            if len(path) == 1:
                return self._get_tree_units(own, offset)
            return self._get_tree_files(own & Domain('unit_id', '=', path[1] or False), offset)
        return self._get_tree_lines(own, path, offset)

    @api.model
    def _get_tree_years(self, own, offset):
        rows = self._read_group(own, ['year'], ['__count'], order='year desc', offset=offset, limit=PAGE + 1)
        return self._page([
            {'key': year, 'kind': 'year', 'label': str(year), 'count': count} for year, count in rows])

    @api.model
    def _get_tree_units(self, own, offset):
        rows = self._read_group(own, ['unit_id'], ['__count'], order='unit_id', offset=offset, limit=PAGE + 1)
        return self._page([
            {'key': unit.id or 0, 'kind': 'unit', 'label': unit.name or self.env._("Without a unit"), 'count': count}
            for unit, count in rows])

    @api.model
    def _get_tree_lines(self, own, path, offset):
        """Headings and files of the plan; below a file of the plan, the work files that were opened from it."""
        Line = self.env['civic.file.plan.line']
        if len(path) > 1 and not path[-1]:
            return self._get_tree_files(own & Domain('plan_line_id', '=', False), offset)
        parent = Line.browse(path[-1]) if len(path) > 1 else Line
        if parent:
            parent = Line.search([('id', '=', parent.id)])
            if not parent.is_heading:
                return self._get_tree_files(own & Domain('plan_line_id', '=', parent.id), offset)
            domain = Domain('parent_id', '=', parent.id)
        else:
            domain = Domain('parent_id', '=', False) & Domain('plan_id.unit_id', '=', False)
        lines = Line.search_fetch(
            domain & Domain('company_id', '=', self.env.company.id) & Domain('year', '=', path[0]),
            ['notation', 'title', 'is_heading', 'parent_path'], order='sequence, id', offset=offset, limit=PAGE + 1)
        counts = dict(self._read_group(own & Domain('plan_line_id', 'in', lines.ids), ['plan_line_id'], ['__count']))
        below = {}
        for heading in lines.filtered('is_heading'):
            below[heading] = self.search_count(own & Domain('plan_line_id.parent_path', '=like', f'{heading.parent_path}%'))
        nodes = [
            {'key': line.id, 'kind': 'heading' if line.is_heading else 'line', 'label': line.display_name,
             'count': below.get(line, counts.get(line, 0))}
            for line in lines]
        if not parent and len(lines) <= PAGE:
            loose = self.search_count(own & Domain('plan_line_id', '=', False))
            if loose:
                nodes.append({'key': 0, 'kind': 'line', 'label': self.env._("Not in the plan"), 'count': loose})
        return {'nodes': nodes[:PAGE] if len(lines) > PAGE else nodes, 'more': len(lines) > PAGE}

    @api.model
    def _get_tree_files(self, domain, offset):
        states = dict(self._fields['state']._description_selection(self.env))
        files = self.search_fetch(
            domain, ['display_name', 'state', 'doc_count'], order='notation, id', offset=offset, limit=PAGE + 1)
        return self._page([
            {'key': workfile.id, 'kind': 'file', 'label': workfile.display_name, 'count': workfile.doc_count,
             'state': workfile.state, 'state_label': states[workfile.state]}
            for workfile in files])

    @api.model
    def _page(self, nodes):
        return {'nodes': nodes[:PAGE], 'more': len(nodes) > PAGE}

    @api.readonly
    def get_timeline(self):
        """Return the acts in the life of the file, the oldest first: when, what, why or where to, by whom."""
        self.ensure_one()
        self.check_access('read')
        entries = self.env['civic.journal.entry'].search(
            [('res_model', '=', self._name), ('res_id', '=', self.id)], order='id', limit=500)
        labels = dict(entries._fields['event_type']._description_selection(self.env))
        return [
            {'id': entry.id, 'at': entry.event_at.isoformat() + 'Z', 'event': entry.event_type,
             'label': labels.get(entry.event_type, entry.event_type), 'note': self._get_timeline_note(entry),
             'agent': entry.user_id.sudo().name or entry.agent, 'failed': entry.outcome != 'success'}
            for entry in entries]

    @api.model
    def _get_timeline_note(self, entry):
        """What a line of the journal says besides the act: the other file, and the reason that was given."""
        facts = json.loads(entry.detail or '{}')
        notes = []
        if facts.get('to_file'):
            notes.append(self.env._("into %s", facts['to_file']))
        if facts.get('from_file'):
            notes.append(self.env._("from %s", facts['from_file']))
        if facts.get('reason'):
            notes.append(facts['reason'])
        return " · ".join(notes)
