from odoo import fields, models


class CivicPinMixin(models.AbstractModel):
    """A form whose act opens a key with a PIN.

    The PIN is no stored field: the act is done in the very transaction that brings it, when the form is saved, so that it
    never lies in a table.

    A form has ``_run(pin)``, which does the act once and sets ``is_done``; ``pin`` is None when the key needs none.
    """

    _name = 'civic.pin.mixin'
    _description = "Form with a PIN"

    pin = fields.Char("PIN", compute='_compute_pin', inverse='_inverse_pin', store=False, help="It opens the key and is not kept.")
    is_done = fields.Boolean(readonly=True, export_string_translation=False)

    def _compute_pin(self):
        self.pin = False

    def _inverse_pin(self):
        for form in self:
            if form.pin:
                form._run(form.pin)

    def action_confirm(self):
        """Do the act, if the key needs no PIN; with one it has been done when the form was saved."""
        self.ensure_one()
        if not self.is_done:
            self._run(None)
        return {'type': 'ir.actions.act_window_close'}
