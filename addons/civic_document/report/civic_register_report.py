from odoo import api, models


class ReportRegisterProof(models.AbstractModel):
    """Every number accounted for: one page for each register."""

    _name = 'report.civic_document.report_register_proof'
    _description = "Proof of Numbers"

    @api.model
    def _get_report_values(self, docids, data=None):
        registers = self.env['civic.register'].browse(docids)
        registers.check_access('read')
        self.env['civic.register.entry'].check_access('read')
        voids = self.env['civic.register.void'].search([('register_id', 'in', registers.ids)])
        voids_of = {register: self.env['civic.register.void'] for register in registers}
        for void in voids.sorted(lambda void: void.entry_id.number):
            voids_of[void.register_id] |= void
        return {
            'doc_ids': docids,
            'doc_model': 'civic.register',
            'docs': registers,
            'proofs': registers._prove(),
            'voids': voids_of,
        }
