from odoo.tests import HttpCase


class HootCase(HttpCase):
    """Runs the browser's unit tests of one add-on, and no others."""

    def _run_suite(self, name):
        suite = 0
        for char in name:               # the id that Hoot gives to a suite: a 32-bit hash of its name
            suite = ((suite << 5) - suite + ord(char)) & 0xFFFFFFFF
        self.browser_js(
            f'/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite:08x}', '', '', login='admin', timeout=300,
            success_signal='[HOOT] Test suite succeeded', error_checker=lambda message: '[HOOT]' not in message)
