from odoo import api, models


class IrUiMenu(models.Model):
    _inherit = 'ir.ui.menu'

    @api.model
    def load_menus(self, debug):
        """Show the menu *To Assign* to leaders and to those who act for one today.

        Groups cannot say that, and the menus are cached for longer than a day: it is decided anew each time.
        """
        menus = super().load_menus(debug)
        if self.env['civic.document']._is_acting_leader():
            return menus
        # sudo: names of menus are no secret
        hidden = self.env['ir.model.data'].sudo()._xmlid_to_res_id(
            'civic_incoming.civic_incoming_menu_to_assign', raise_if_not_found=False)
        if hidden not in menus:
            return menus
        # the cached dicts are left as they are
        shown = {key: menu for key, menu in menus.items() if key != hidden}
        for key, menu in shown.items():
            if hidden in menu.get('children', ()):
                shown[key] = {**menu, 'children': [child for child in menu['children'] if child != hidden]}
        return shown
