from odoo import api, fields, models


class CivicRouteStep(models.Model):
    _inherit = 'civic.route.step'

    files_document = fields.Boolean(
        "Puts It into the File", help="When the step is done, the document goes into the open work files of what it "
                                      "answers or concerns.")

    @api.model
    def _get_content_fields(self):
        return [*super()._get_content_fields(), 'files_document']


class CivicRouteTask(models.Model):
    """A step that is done can put the document into its work file."""

    _inherit = 'civic.route.task'

    def _run_batch(self, outcome, comment, step, principals):
        result = super()._run_batch(outcome, comment, step, principals)
        filing = self.filtered(lambda task: task.sudo().step_id.files_document and task.state == 'done')
        if filing:
            filing.document_id._file_automatically()
        return result
