from odoo import api, models


class CivicSecrecyMixin(models.AbstractModel):
    """Texts that go onto a record of ours, such as messages: state secrets are refused, whoever writes them and how."""

    _name = 'civic.secrecy.mixin'
    _description = "Refusal of State Secrets in Texts"

    # The fields that are read, and the one that names the model of the record they go onto; None: the record itself.
    _civic_secrecy_texts = ('subject', 'body')
    _civic_secrecy_model = 'model'

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_civic_secrecy(values, self._get_civic_model(values))
        return super().create(vals_list)

    def write(self, vals):
        if any(vals.get(name) for name in self._civic_secrecy_texts):
            for model in self._get_civic_models():
                self._check_civic_secrecy(vals, model)
        return super().write(vals)

    def _get_civic_models(self):
        return set(self.mapped(self._civic_secrecy_model)) if self._civic_secrecy_model else {self._name}

    def _get_civic_model(self, values):
        if not self._civic_secrecy_model:
            return self._name
        return values.get(self._civic_secrecy_model) or self.env.context.get(f'default_{self._civic_secrecy_model}')

    def _check_civic_secrecy(self, values, model):
        """Refuse values with a mark of state secrecy, if they go onto a record of the suite."""
        if not model or not model.startswith('civic.'):
            return
        documents = self.env['civic.document']
        for name in self._civic_secrecy_texts:
            text = values.get(name, self.env.context.get(f'default_{name}'))
            if text:
                documents._check_secret_text(text, where=self._name, model=model)
