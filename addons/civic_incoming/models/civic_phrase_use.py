from odoo import fields, models


class CivicPhraseUse(models.Model):
    """How often a person picked a phrase; of each person, so that two who pick the same one never meet."""

    _name = 'civic.phrase.use'
    _description = "Use of a Phrase"

    phrase_id = fields.Many2one('civic.phrase', required=True, index=True, ondelete='cascade')
    user_id = fields.Many2one('res.users', required=True, ondelete='cascade')
    use_count = fields.Integer(required=True, default=0)

    _person_uniq = models.UniqueIndex('(user_id, phrase_id)', "The use of a phrase is counted once per person.")
