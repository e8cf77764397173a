from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from odoo.addons.base.models import ir_asset as base_ir_asset

SCRIPT = 'mail/static/lib/selfie_segmentation/selfie_segmentation.js'


@tagged('post_install', '-at_install')
class TestIrAsset(TransactionCase):

    def _paths(self, files):
        with patch.object(base_ir_asset, '_glob_static_file', lambda pattern: files):
            return self.env['ir.asset']._get_paths(SCRIPT, {'mail'})

    def test_script_left_out_by_debian_is_not_asked_for(self):
        self.assertEqual(self._paths([]), [])

    def test_script_of_an_upstream_odoo_stays(self):
        path = self.env['ir.asset']._get_paths('mail/static/src/core/common/attachment_model.js', {'mail'})[0][1]
        script = path.replace('src/core/common/attachment_model.js', 'lib/selfie_segmentation/selfie_segmentation.js')
        self.assertEqual(self._paths([(script, 1)]), [('/' + SCRIPT, script, 1)])

    def test_another_missing_file_is_still_reported(self):
        missing = 'mail/static/src/no_such_file.js'
        self.assertEqual(self.env['ir.asset']._get_paths(missing, {'mail'}), [(missing, None, None)])

    def test_every_script_of_the_backend_exists(self):
        assets = self.env['ir.asset']._get_asset_paths('web.assets_backend', {})
        self.assertIn('/web/static/src/session.js', [path for path, *_rest in assets])
        self.assertFalse([path for path, full_path, *_rest in assets if full_path is None])
