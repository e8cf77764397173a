from odoo import models

# Files that mail's manifest names but Debian's package leaves out, because they come without their source.
LEFT_OUT_BY_DEBIAN = {'mail/static/lib/selfie_segmentation/selfie_segmentation.js'}


class IrAsset(models.Model):
    _inherit = 'ir.asset'

    def _get_paths(self, path_def, installed):
        """Leave a script that is not on the disk out of the bundle: each page would log an error for it.

        Where the file exists (an upstream Odoo) nothing changes.
        """
        paths = super()._get_paths(path_def, installed)
        if path_def in LEFT_OUT_BY_DEBIAN:
            return [(path, full_path, modified) for path, full_path, modified in paths if full_path]
        return paths
