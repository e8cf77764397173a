from odoo.tests import tagged

from odoo.addons.civic_incoming.tests.hoot import HootCase


@tagged('post_install', '-at_install')
class TestWorkfileHoot(HootCase):

    def test_unit(self):
        self._run_suite('@civic_workfile')
