from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

PAGE = 40                       # parts that one answer holds


class CivicArchiveDescription(models.Model):
    """The tree of descriptions: fonds, in them series, files and documents; each level when it is opened."""

    _inherit = 'civic.archive.description'

    @api.model
    @api.readonly
    def get_tree(self, parent_id=False, offset=0):
        """Return one page of what stands below a unit, or of the fonds; two queries, however many units there are.

        :return: ``{'nodes': [{'id', 'code', 'label', 'dates', 'level', 'level_label', 'state', 'count'}], 'more': …}``
        """
        if not (parent_id is False or type(parent_id) is int) or type(offset) is not int or offset < 0:
            raise UserError(self.env._("There is no such place in the tree."))
        self.check_access('read')
        units = self.search_fetch(
            Domain('parent_id', '=', parent_id), ['reference_code', 'title', 'level', 'state', 'date_from', 'date_to', 'date_text'],
            order='sequence, reference_code, id', offset=offset, limit=PAGE + 1)
        page = units[:PAGE]
        counts = dict(self._read_group([('parent_id', 'in', page.ids)], ['parent_id'], ['__count']))
        labels = dict(self._fields['level']._description_selection(self.env))
        return {
            'nodes': [{
                'id': unit.id, 'code': unit.reference_code, 'label': unit.title[:300], 'dates': unit._get_dates_label(),
                'level': unit.level, 'level_label': labels[unit.level], 'state': unit.state, 'count': counts.get(unit, 0),
            } for unit in page],
            'more': len(units) > PAGE}

    def _get_dates_label(self):
        """Say when the records are of: the years, or what is known."""
        self.ensure_one()
        years = sorted({day.year for day in (self.date_from, self.date_to) if day})
        return '–'.join(map(str, years)) or self.date_text or ''
