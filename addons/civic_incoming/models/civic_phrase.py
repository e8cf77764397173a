from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.civic_base.tools.text import fold

from ..const import PHRASE_KINDS, PHRASE_SCOPES


class CivicPhrase(models.Model):
    """A sentence that a person writes again and again: picked instead of typed.

    A phrase is a person's own unless it is shared with the unit or the agency. `{unit}` and `{deadline}` in an
    instruction stand for the lead unit and its deadline.
    """

    _name = 'civic.phrase'
    _description = "Saved Phrase"
    _inherit = ['civic.secrecy.mixin', 'civic.shared.mixin']
    _order = 'kind, sequence, id'
    _rec_name = 'text'

    _civic_secrecy_texts = ('text',)
    _civic_secrecy_model = None

    text = fields.Char(string="Phrase", required=True)
    kind = fields.Selection(PHRASE_KINDS, required=True, default='instruction', index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    scope = fields.Selection(PHRASE_SCOPES, string="Shared with", required=True, default='private')
    user_id = fields.Many2one(
        'res.users', string="Owner", default=lambda self: self.env.user, index=True, ondelete='cascade')
    unit_id = fields.Many2one('hr.department', string="Unit", index='btree_not_null', ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', string="Agency", default=lambda self: self.env.company, index='btree_not_null',
        ondelete='cascade', help="Leave empty for every agency.")
    search_key = fields.Char(
        compute='_compute_search_key', store=True, precompute=True, export_string_translation=False)

    _unit_of_shared = models.Constraint(
        "CHECK (scope <> 'unit' OR unit_id IS NOT NULL)", "Name the unit that shares the phrase.")
    _owner_of_private = models.Constraint(
        "CHECK (scope <> 'private' OR user_id IS NOT NULL)", "A private phrase has an owner.")

    @api.depends('text')
    def _compute_search_key(self):
        for phrase in self:
            phrase.search_key = fold(phrase.text)

    @api.model
    def _search_display_name(self, operator, value):
        if operator == 'ilike' and isinstance(value, str):
            return self._get_text_domain(value)
        return super()._search_display_name(operator, value)

    @api.model
    def _get_text_domain(self, text):
        """Phrases that hold each word of the text, however its accents were typed."""
        return Domain.AND(Domain('search_key', 'like', word) for word in fold(text).split())

    # === PICKING === #

    @api.model
    def get_phrases(self, kind, text='', limit=6):
        """The phrases that the user may pick: those used most come first.

        :return: list of dicts with `id` and `text`
        """
        found = self.search_fetch(
            Domain('kind', '=', kind) & self._get_text_domain(text or ''), ['text', 'sequence'], limit=200)
        uses = dict(self.env['civic.phrase.use']._read_group(
            [('phrase_id', 'in', found.ids), ('user_id', '=', self.env.uid)], ['phrase_id'], ['use_count:sum']))
        picked = found.sorted(lambda phrase: (-uses.get(phrase, 0), phrase.sequence, phrase.id))[:max(limit, 0)]
        return [{'id': phrase.id, 'text': phrase.text} for phrase in picked]

    def note_use(self):
        """Count that the user picked the phrases: each person has an order of one's own."""
        self.check_access('read')
        used = self.env['civic.phrase.use'].search([
            ('phrase_id', 'in', self.ids), ('user_id', '=', self.env.uid)])
        for use in used:
            # sudo: the count is kept by the system; it tells only the person what the person did
            use.sudo().use_count += 1
        # sudo: as above
        self.env['civic.phrase.use'].sudo().create([
            {'phrase_id': phrase.id, 'user_id': self.env.uid, 'use_count': 1} for phrase in self - used.phrase_id])
        return True

    @api.model
    def keep_phrase(self, kind, text):
        """Keep what was just typed as a phrase of one's own; a phrase that is there already is not kept twice."""
        text = " ".join((text or '').split())
        if not text:
            raise UserError(self.env._("Type the phrase first, then keep it."))
        phrase = self.search([('kind', '=', kind), ('search_key', '=', fold(text))], limit=1) or self.create({
            'kind': kind, 'text': text})
        return {'id': phrase.id, 'text': phrase.text}
