from odoo.addons.web.tests.test_js import HOOTCommon, unit_test_error_checker
from odoo.tests import tagged


@tagged('post_install', '-at_install')
class TestHoot(HOOTCommon):

    def test_unit(self):
        """The browser's unit tests of this add-on, and no others."""
        test_id = self._generate_hash('@civic_incoming')
        self.browser_js(
            f'/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={test_id}', '', '', login='admin',
            timeout=300, success_signal='[HOOT] Test suite succeeded', error_checker=unit_test_error_checker)
