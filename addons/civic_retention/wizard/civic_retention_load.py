import base64

from odoo import fields, models


class CivicRetentionLoad(models.TransientModel):
    """Load rules from a CSV file into a draft; rows that cannot be read are listed, the others load."""

    _name = 'civic.retention.load'
    _description = "Load Rules from a File"

    schedule_id = fields.Many2one('civic.retention.schedule', "Schedule", required=True, ondelete='cascade')
    file = fields.Binary("CSV File", attachment=False)
    file_name = fields.Char()
    result = fields.Text(readonly=True)

    def action_load(self):
        """Load the file and show what could not be loaded."""
        self.ensure_one()
        self.schedule_id.check_access('write')
        self.schedule_id._check_is_draft()
        lines, problems = self.schedule_id._read_file(base64.b64decode(self.file or b''))
        before = self.schedule_id.rule_count
        problems += self.schedule_id._load_lines(lines)
        loaded = self.schedule_id.rule_count - before
        self.result = "\n".join([self.env._("%(loaded)s rules loaded, %(problems)s rows not.",
                                            loaded=loaded, problems=len(problems)), *problems])
        self.file = False
        return {'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id, 'views': [(False, 'form')],
                'target': 'new', 'name': self.env._("Load Rules from a File")}
