"""Odoo's click-everywhere over our app: every menu, view, filter and dialog opens, and the console stays clean."""
import odoo.tests

from odoo.addons.base.tests.common import HttpCaseWithUserDemo

APP = 'civic_base.civic_menu_root'
CLICK = "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader').startClickEverywhere('%s');" % APP


class ClickEverywhere:

    def click_everywhere(self, login):
        self.env['res.users'].search([]).write({'tour_enabled': False})
        self.browser_js('/odoo', CLICK, 'odoo.isReady === true', login=login, timeout=1200,
                        success_signal='clickbot test succeeded')


@odoo.tests.tagged('browser', 'slow')
class TestClickEverywhereAsAdmin(ClickEverywhere, odoo.tests.HttpCase):
    allow_end_on_form = True

    def test_every_screen_opens_for_the_administrator(self):
        self.click_everywhere('admin')


@odoo.tests.tagged('browser', 'slow')
class TestClickEverywhereAsSpecialist(ClickEverywhere, HttpCaseWithUserDemo):
    allow_end_on_form = True

    def test_every_screen_opens_for_a_specialist(self):
        self.user_demo.group_ids += self.env.ref('civic_base.group_specialist')
        self.click_everywhere('demo')


@odoo.tests.tagged('browser', 'slow')
class TestClickEverywhereAsOfficer(ClickEverywhere, HttpCaseWithUserDemo):
    """Menus that the administrator does not have: the records office's, the leader's and the head's."""
    allow_end_on_form = True

    def test_every_screen_opens_for_clerk_leader_and_head(self):
        for role in ('clerk', 'leader', 'unit_head', 'archivist', 'manager'):
            self.user_demo.group_ids += self.env.ref(f'civic_base.group_{role}')
        self.click_everywhere('demo')
