from odoo import api, fields, models

from ..const import LANGUAGE_CODES
from ..tools import ead3


class CivicArchiveDescription(models.Model):
    _inherit = 'civic.archive.description'

    # === FINDING AIDS === #

    def _get_ead_unit(self):
        """Return the unit as the writer of finding aids wants it."""
        self.ensure_one()
        keywords = [word.strip() for word in (self.keywords or '').replace(';', ',').split(',')]
        return {
            'level': self.level, 'code': self.reference_code, 'title': self.title,
            'date_from': self.date_from, 'date_to': self.date_to, 'date_text': self.date_text,
            'extent': self._get_ead_extent(), 'physical': self.extent, 'creator': self.creator,
            'languages': LANGUAGE_CODES[self.language], 'keywords': list(filter(None, keywords)),
            **{key: self[key] for _element, key in ead3.TEXT_ELEMENTS},
        }

    def _get_ead_extent(self):
        for name in ('page_count', 'sheet_count', 'document_count'):
            if self[name]:
                return str(self[name]), self._fields[name]._description_string(self.env)
        return None

    def _write_ead(self, output, public_only=False):
        """Write the finding aid of this unit and all below it that the user may read; return how many units it has."""
        self.ensure_one()
        count = 0

        def units():
            nonlocal count
            hidden = None
            for unit, depth in self._iter_tree():
                if hidden is not None and depth > hidden:
                    continue                            # its parts go with it
                hidden = depth if public_only and not unit._is_public() else None
                if hidden is None:
                    count += 1
                    yield unit._get_ead_unit(), depth

        ead3.write_finding_aid(
            output, units(), record_id=self.reference_code, title=self.title, agency=self.company_id.name,
            created=fields.Datetime.now())
        return count

    @api.model
    def _get_dublin_core(self, unit):
        """Return the pairs of simple Dublin Core of a unit."""
        creator = unit.creator or unit.fonds_id.creator_id.name
        dates = '/'.join(day.isoformat() for day in (unit.date_from, unit.date_to) if day) or unit.date_text
        level = dict(self._fields['level']._description_selection(self.env))[unit.level]
        pairs = [
            ('title', unit.title), ('creator', creator), ('subject', unit.keywords), ('description', unit.scope_content),
            ('publisher', unit.company_id.name), ('date', dates), ('type', level), ('format', unit.extent),
            ('identifier', unit.reference_code), ('source', unit.fonds_id.name),
            *(('language', code) for code in LANGUAGE_CODES[unit.language]),
            ('rights', dict(self._fields['access_mode']._description_selection(self.env))[unit.access_mode]),
        ]
        return [(name, ead3.clean(value)) for name, value in pairs if value]
