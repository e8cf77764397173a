from odoo.tests import tagged

from .hoot import HootCase


@tagged('post_install', '-at_install')
class TestHoot(HootCase):

    def test_unit(self):
        self._run_suite('@civic_incoming')
