from odoo import api, models
from odoo.fields import Domain


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


class ReportRegisterBook(models.AbstractModel):
    """The printed register book: ten columns and a cover (Decree 30/2020, Annex IV, forms I and VI)."""

    _name = 'report.civic_document.report_register_book'
    _description = "Register Book"

    @api.model
    def _get_report_values(self, docids, data=None):
        registers = self.env['civic.register'].browse(docids)
        return {
            'doc_ids': docids,
            'doc_model': 'civic.register',
            'docs': registers,
            'books': [self._prepare_book(register, Domain.TRUE) for register in registers],
        }

    @api.model
    def _prepare_book(self, register, domain, date_from=None, date_to=None):
        """Return the register, its lines in the order of the numbers, and what stands on the cover."""
        register.check_access('read')
        entries = self.env['civic.register.entry'].search(
            Domain('register_id', '=', register.id) & domain, order='number')
        values = entries._prepare_book_values()
        return {
            'register': register,
            'rows': [values[entry.id] for entry in entries],
            'date_from': date_from or entries[:1].number_date,
            'date_to': date_to or entries[-1:].number_date,
            'number_from': entries[:1].number_label,
            'number_to': entries[-1:].number_label,
        }


class ReportRegisterBookPeriod(models.AbstractModel):
    """A part of the register book."""

    _name = 'report.civic_document.report_register_book_period'
    _inherit = ['report.civic_document.report_register_book']
    _description = "Register Book of a Period"

    @api.model
    def _get_report_values(self, docids, data=None):
        wizards = self.env['civic.register.book.wizard'].browse(docids)
        return {
            'doc_ids': docids,
            'doc_model': 'civic.register.book.wizard',
            'docs': wizards,
            'books': [
                self._prepare_book(wizard.register_id, wizard._get_entry_domain(), wizard.date_from, wizard.date_to)
                for wizard in wizards
            ],
        }
