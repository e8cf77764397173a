from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What an entry model or the carry-over may fill in: what letters of one sender share, never what tells them apart.
ENTRY_FIELDS = (
    'issuer_id', 'issuer_name', 'type_id', 'code_notation', 'subject', 'signer_name', 'signer_position', 'urgency',
    'arrival_channel', 'leader_id', 'access_level', 'unit_ids', 'user_ids', 'circulation_mark', 'paper_original',
    'description',
)
MAX_TEXT = 2000


class CivicEntryModel(models.Model):
    """Values that a clerk fills into a draft with one key: letters that come again and again.

    It is private; its owner may share it with the clerks of the agency.
    """

    _name = 'civic.entry.model'
    _inherit = ['civic.secrecy.mixin']
    _description = "Entry Model"
    _order = 'shortcut, name, id'

    _civic_secrecy_texts = ('name',)
    _civic_secrecy_model = None

    name = fields.Char(required=True)
    user_id = fields.Many2one(
        'res.users', string="Owner", required=True, default=lambda self: self.env.uid, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', string="Agency", required=True, default=lambda self: self.env.company, index=True,
        ondelete='cascade')
    shortcut = fields.Integer(string="Key", help="From 1 to 9: Alt and this key fill in the model. 0 for none.")
    is_shared = fields.Boolean(string="Shared", help="All clerks of the agency may use it; only the owner changes it.")
    values = fields.Json()
    summary = fields.Text(string="Fills in", compute='_compute_summary')

    _shortcut_range = models.Constraint(
        'CHECK (shortcut BETWEEN 0 AND 9)', "The key of an entry model is a digit from 1 to 9, or 0 for none.")
    _shortcut_uniq = models.UniqueIndex(
        '(user_id, company_id, shortcut) WHERE shortcut > 0', "You already have an entry model on this key.")

    @api.depends('values')
    @api.depends_context('lang')
    def _compute_summary(self):
        labels = self.env['civic.document'].fields_get(ENTRY_FIELDS, ['string'])
        for model in self:
            model.summary = ", ".join(labels[name]['string'] for name in (model.values or {}) if name in labels)

    @api.constrains('values')
    def _check_values(self):
        Document = self.env['civic.document']
        for model in self:
            values = model.values or {}
            if not isinstance(values, dict) or set(values) - set(ENTRY_FIELDS):
                raise ValidationError(self.env._("An entry model holds only fields that letters of one sender share."))
            for name, value in values.items():
                if not _is_plausible(Document._fields[name].type, value):
                    raise ValidationError(self.env._(
                        "The entry model holds a value that does not fit the field “%s”.", name))
                if isinstance(value, str):
                    Document._check_secret_text(value, where='values', model=model._name)

    @api.constrains('user_id')
    def _check_owner(self):
        for model in self:
            if not self.env.su and model.user_id != self.env.user:
                raise ValidationError(self.env._("An entry model belongs to the person who makes it."))

    @api.model
    def get_entry_models(self):
        """The models of the user, and those shared with the user, ready to be filled into the form.

        :return: list of `{"id", "name", "shortcut", "is_shared", "is_own", "values"}`; a many2one value is
            `{"id", "display_name"}`, and what no longer exists or may not be read is left out
        """
        models_ = self.search_fetch(
            [('company_id', 'in', self.env.companies.ids)],
            ['name', 'shortcut', 'is_shared', 'user_id', 'values'])
        names = self._get_names(models_)
        return [
            {
                'id': model.id,
                'name': model.name,
                # the own key goes before that of a shared model
                'shortcut': model.shortcut,
                'is_shared': model.is_shared,
                'is_own': model.user_id == self.env.user,
                'values': self._resolve(model.values or {}, names),
            }
            for model in models_.sorted(lambda model: (model.user_id != self.env.user, model.shortcut or 10, model.name))
        ]

    @api.model
    def _get_names(self, models_):
        """Return {(model name, id): display name} of all that the models point to, one read per model."""
        Document = self.env['civic.document']
        wanted = {}
        for model in models_:
            for name, value in (model.values or {}).items():
                comodel = Document._fields[name].comodel_name if name in ENTRY_FIELDS else None
                if comodel:
                    wanted.setdefault(comodel, set()).update(value if isinstance(value, list) else [value])
        names = {}
        for comodel, ids in wanted.items():
            found = self.env[comodel].search([('id', 'in', [id_ for id_ in ids if id_])])
            names.update({(comodel, target.id): target.display_name for target in found})
        return names

    @api.model
    def _resolve(self, values, names):
        resolved = {}
        for name, value in values.items():
            comodel = self.env['civic.document']._fields[name].comodel_name
            if not comodel:
                resolved[name] = value
            elif isinstance(value, list):
                resolved[name] = [
                    {'id': id_, 'display_name': names[comodel, id_]} for id_ in value if (comodel, id_) in names]
            elif (comodel, value) in names:
                resolved[name] = {'id': value, 'display_name': names[comodel, value]}
        return resolved

    @api.model
    def save_entry_model(self, name, values, shortcut=0, is_shared=False):
        """Keep the values under the name and key; a model of one's own with the same name or key is replaced."""
        name = (name or '').strip()
        if not name:
            raise UserError(self.env._("Give the entry model a name."))
        vals = {
            'name': name[:80],
            'shortcut': shortcut,
            'is_shared': bool(is_shared),
            'values': {key: value for key, value in (values or {}).items() if value not in (False, '', [], None)},
        }
        own = self.search([('user_id', '=', self.env.uid), ('company_id', '=', self.env.company.id)])
        if shortcut:
            own.filtered(lambda model: model.shortcut == shortcut and model.name != vals['name']).shortcut = 0
        own.flush_recordset(['shortcut'])           # the key is free in the database, too, before it is given again
        same = own.filtered(lambda model: model.name == vals['name'])[:1]
        if same:
            same.write(vals)
        else:
            self.create(vals)
        return self.get_entry_models()


class CivicReturnReason(models.Model):
    """A reason for which documents go back to their sender, chosen with one key (Decree 30/2020, Art. 21.2)."""

    _name = 'civic.return.reason'
    _description = "Reason for Return to the Sender"
    _inherit = ['civic.shared.mixin']
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        'res.company', string="Agency", index='btree_not_null', ondelete='cascade', default=lambda self: self.env.company,
        help="Empty for every agency.")
    active = fields.Boolean(default=True)


class ResUsersSettings(models.Model):
    _inherit = 'res.users.settings'

    civic_carry_fields = fields.Char(
        string="Fields Kept for the Next Document",
        help="Names of the fields whose value the clerk's form fills into the next draft.")

    @api.constrains('civic_carry_fields')
    def _check_civic_carry_fields(self):
        for settings in self:
            names = set(filter(None, (settings.civic_carry_fields or '').split(',')))
            if names - set(ENTRY_FIELDS):
                raise ValidationError(self.env._("These fields cannot be kept for the next document."))


def _is_plausible(kind, value):
    """Whether a value that came over the network can belong to a field of the kind."""
    match kind:
        case 'many2one':
            return isinstance(value, int) and not isinstance(value, bool)
        case 'many2many':
            return isinstance(value, list) and all(type(id_) is int for id_ in value)
        case 'boolean':
            return isinstance(value, bool)
    return isinstance(value, str) and len(value) <= MAX_TEXT
