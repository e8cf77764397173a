from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.stamp import Sheet


class CivicLabelFormat(models.Model):
    """A size of labels, on sheets or on a roll. All lengths in millimetres."""

    _name = 'civic.label.format'
    _description = "Label Size"
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    page_width = fields.Float("Width of the Sheet", required=True, default=210)
    page_height = fields.Float("Height of the Sheet", required=True, default=297)
    columns = fields.Integer(required=True, default=1)
    rows = fields.Integer(required=True, default=1)
    width = fields.Float("Width of a Label", required=True)
    height = fields.Float("Height of a Label", required=True)
    margin_left = fields.Float("Left Margin")
    margin_top = fields.Float("Top Margin")
    pitch_x = fields.Float("Step to the Right", help="From the left edge of one label to that of the next. 0: the width.")
    pitch_y = fields.Float("Step Down", help="From the upper edge of one label to that of the next. 0: the height.")

    _counts_check = models.Constraint(
        'CHECK (columns BETWEEN 1 AND 50 AND rows BETWEEN 1 AND 100)', "A sheet has at least one label.")
    _lengths_check = models.Constraint(
        'CHECK (page_width BETWEEN 10 AND 1000 AND page_height BETWEEN 10 AND 1000 AND width >= 10 AND height >= 10 '
        'AND margin_left >= 0 AND margin_top >= 0 AND pitch_x >= 0 AND pitch_y >= 0)',
        "A label is at least 10 mm wide and high, a sheet at most 1 m.")

    @api.constrains(
        'page_width', 'page_height', 'columns', 'rows', 'width', 'height', 'margin_left', 'margin_top', 'pitch_x', 'pitch_y')
    def _check_fits(self):
        for size in self:
            right = size.margin_left + (size.columns - 1) * (size.pitch_x or size.width) + size.width
            low = size.margin_top + (size.rows - 1) * (size.pitch_y or size.height) + size.height
            # half a millimetre: makers round their sizes
            if right > size.page_width + 0.5 or low > size.page_height + 0.5:
                raise ValidationError(self.env._("The labels of “%s” do not fit on the sheet.", size.name))

    def _get_sheet(self):
        self.ensure_one()
        return Sheet(
            self.page_width, self.page_height, self.width, self.height, self.columns, self.rows, self.margin_left,
            self.margin_top, self.pitch_x, self.pitch_y)
