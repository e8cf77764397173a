from markupsafe import Markup

from odoo import api, fields, models


class CivicBatchResult(models.TransientModel):
    """What came of an act on many documents: how many went well, and why the others did not."""

    _name = 'civic.batch.result'
    _description = "Result of an Act on Many Documents"

    title = fields.Char(readonly=True)
    problem_count = fields.Integer("Problems", readonly=True)
    problems = fields.Html("What Was Left Out", readonly=True, sanitize=False)

    @api.model
    def _make(self, title, problems):
        """Keep the result.

        :param problems: [(name of the document, why it was left out)]
        """
        rows = Markup().join(
            Markup('<tr><td class="fw-bold pe-3">%s</td><td>%s</td></tr>') % (name, reason) for name, reason in problems)
        return self.create({
            'title': title,
            'problem_count': len(problems),
            'problems': rows and Markup('<table class="table table-sm">%s</table>') % rows,
        })

    def _get_action(self):
        """Return the action that shows the result."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.title,
            'res_model': self._name,
            'res_id': self.id,
            'view_mode': 'form',
            'target': 'new',
        }

    def action_close(self):
        """Close the result; the list behind it is read anew."""
        return {'type': 'ir.actions.act_window_close'}
