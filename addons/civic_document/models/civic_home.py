from odoo import api, models
from odoo.exceptions import AccessError

# A pile is counted up to here, so that the screen costs the same whatever the size of the archive.
COUNT_LIMIT = 1000


class CivicHome(models.AbstractModel):
    """What waits for the person, on one screen and in one call.

    The screen has a section per role of the person, and each section has blocks. Rooms extend `_get_sections`
    and `_get_blocks`; a block is a plain dict:

    * ``key``, ``section``, ``title``, ``hint`` (what an empty block says),
    * ``kind``: 'cards' (things to act on), 'figures' (numbers) or 'table' (rows with numbers),
    * ``count`` and ``overdue``: numbers of the whole pile, whatever is shown of it,
    * ``action``: what the title opens: {'xmlid', and optionally 'name', 'domain'},
    * ``items``: the cards, figures or rows.

    Everything is read with the rights of the person who asks.
    """

    _name = 'civic.home'
    _description = "Home Screen"

    @api.model
    @api.readonly
    def get_home(self):
        """Return all that the home screen shows to the user."""
        if not self.env.user.has_group('civic_base.group_specialist'):
            raise AccessError(self.env._("The home screen is for people who have a role in the records system."))
        sections = [
            {'key': key, 'title': title}
            for key, title, groups in self._get_sections()
            if self._has_section(key, groups)
        ]
        keys = {section['key'] for section in sections}
        blocks = [block for block in self._get_blocks(keys) if block['section'] in keys]
        filled = {block['section'] for block in blocks}
        sections = [section for section in sections if section['key'] in filled]
        for section in sections:
            section['count'] = sum(
                block.get('count') or 0 for block in blocks
                if block['section'] == section['key'] and block['kind'] == 'cards')
        return {
            'role': sections[0]['key'] if sections else False,
            'sections': sections,
            'blocks': blocks,
            'limit': COUNT_LIMIT,
            'user': self.env.user.name,
            'unit': self.env.user.civic_unit_id.display_name or "",
        }

    @api.model
    def _get_sections(self):
        """Return (key, title, groups) of every section, the most pressing first."""
        # a title per line: within the tuples the extraction of words would take the keys along
        office = self.env._("Records office")
        waiting = self.env._("Waiting for me")
        unit = self.env._("My unit")
        follow_up = self.env._("Follow-up")
        work = self.env._("My work")
        return [
            ('clerk', office, ('civic_base.group_clerk',)),
            ('leader', waiting, ('civic_base.group_leader',)),
            ('unit_head', unit, ('civic_base.group_unit_head',)),
            ('manager', follow_up, ('civic_base.group_manager', 'civic_base.group_records_admin')),
            ('specialist', work, ('civic_base.group_specialist',)),
        ]

    @api.model
    def _has_section(self, key, groups):
        """Whether the section is the user's: by the role; rooms that let people act for others add them."""
        return any(self.env.user.has_group(group) for group in groups)

    @api.model
    def _get_blocks(self, sections):
        """Return the blocks of the sections, in the order in which they stand on the screen."""
        blocks = []
        if 'clerk' in sections:
            blocks.append(self._prepare_quarantine_block())
        return blocks

    @api.model
    def _prepare_quarantine_block(self):
        held = self._count('civic.quarantine', [('state', '=', 'held')])
        return {
            'key': 'quarantine', 'section': 'clerk', 'kind': 'figures', 'title': self.env._("Files"),
            'items': [self._prepare_figure(
                'quarantine', self.env._("In quarantine"), held, 'civic_document.civic_quarantine_action',
                tone='warning')],
        }

    # === HELPERS === #

    @api.model
    def _count(self, model_name, domain):
        """Count what the user may read, up to the limit of the screen."""
        return self.env[model_name].search_count(domain, limit=COUNT_LIMIT)

    @api.model
    def _prepare_figure(self, key, label, value, xmlid, *, domain=None, tone=''):
        """A number that opens the rows that it counts; the tone colours it when it is not zero."""
        return {
            'key': key, 'label': label, 'value': value, 'tone': tone if value else '',
            'action': self._prepare_action(xmlid, label, domain),
        }

    @api.model
    def _prepare_counted(self, key, label, model_name, domain, xmlid, *, tone=''):
        """The number of rows in a domain, which opens them."""
        return self._prepare_figure(key, label, self._count(model_name, domain), xmlid, domain=domain, tone=tone)

    @api.model
    def _prepare_action(self, xmlid, name=None, domain=None):
        action = {'xmlid': xmlid}
        if domain is not None:
            action.update(name=name, domain=list(domain))
        return action
