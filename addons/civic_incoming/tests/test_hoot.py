from odoo.tests import HttpCase, tagged


@tagged('post_install', '-at_install')
class TestHoot(HttpCase):

    def test_unit(self):
        """The browser's unit tests of this add-on, and no others."""
        self.browser_js(
            f'/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={self._get_suite_id("@civic_incoming")}',
            '', '', login='admin', timeout=300, success_signal='[HOOT] Test suite succeeded',
            error_checker=lambda message: '[HOOT]' not in message)

    def _get_suite_id(self, name):
        """The id that Hoot gives to a suite: a 32-bit hash of its name."""
        result = 0
        for char in name:
            result = ((result << 5) - result + ord(char)) & 0xFFFFFFFF
        return f'{result:08x}'
