from odoo import api, models


class CivicCachedMixin(models.AbstractModel):
    """Few rows, read all the time and seldom changed: methods keep them in the registry (``ormcache``), a change forgets it."""

    _name = 'civic.cached.mixin'
    _description = "Kept in the Registry's Cache"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
