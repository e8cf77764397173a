from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context

from ..const import CONSENT_DOMAIN


class CivicWorkfileSplit(models.TransientModel):
    """Take contents of a file over into another one, or into a new one."""

    _name = 'civic.workfile.split'
    _description = "Division of a Work File"

    entry_ids = fields.Many2many('civic.workfile.entry', string="What Moves", required=True)
    target_id = fields.Many2one('civic.workfile', "Into the File", domain="[('state', '=', 'open')]", help="Empty: into a new file.")
    notation = fields.Char("Number and Notation")
    title = fields.Char()

    def action_confirm(self):
        """Move the contents and open the file that holds them now."""
        self.ensure_one()
        # what the form takes by default is no default of the new file
        entries = self.entry_ids.with_context(clean_context(self.env.context))
        source = entries.workfile_id
        if len(source) != 1:
            raise UserError(self.env._("Choose what shall move; all of it is in one file."))
        target = self.target_id
        if target:
            source._move_entries(entries, target, 'split')
        else:
            if not self.notation or not self.title:
                raise UserError(self.env._("Give number, notation and title of the new file."))
            target = source._split(entries, notation=self.notation, title=self.title)
        return target._get_form_action()


class CivicWorkfileMerge(models.TransientModel):
    """Take the contents of several files over into one of them."""

    _name = 'civic.workfile.merge'
    _description = "Merging of Work Files"

    workfile_ids = fields.Many2many('civic.workfile', string="Files", required=True)
    target_id = fields.Many2one('civic.workfile', "All into", required=True, domain="[('id', 'in', workfile_ids)]")

    def action_confirm(self):
        """Merge the files; those that are empty then go, and the journal keeps what they were."""
        self.ensure_one()
        self.target_id._merge(self.workfile_ids)
        return self.target_id._get_form_action()


class CivicWorkfileReclassify(models.TransientModel):
    """Put files under another line of the plan, or another retention period, with a reason."""

    _name = 'civic.workfile.reclassify'
    _description = "Re-classification of Work Files"

    workfile_ids = fields.Many2many('civic.workfile', string="Files", required=True)
    plan_line_id = fields.Many2one(
        'civic.file.plan.line', "Line of the Plan", domain="[('is_heading', '=', False), ('plan_id.state', '=', 'published')]")
    retention_term_id = fields.Many2one('civic.retention.term', "Retention Period", help="Empty: that of the line.")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Change what was chosen, in all files."""
        self.ensure_one()
        if not self.plan_line_id and not self.retention_term_id:
            raise UserError(self.env._("Choose a line of the plan, or a retention period."))
        self.workfile_ids._reclassify(self.plan_line_id, self.retention_term_id, self.reason)
        return {'type': 'ir.actions.act_window_close'}


class CivicWorkfileExtension(models.TransientModel):
    """The head agrees that files are kept beyond their day of delivery."""

    _name = 'civic.workfile.extension'
    _description = "Keeping of Files beyond Their Day"
    _check_company_auto = True

    workfile_ids = fields.Many2many('civic.workfile', string="Files", required=True, check_company=True)
    company_id = fields.Many2one(related='workfile_ids.company_id')
    date = fields.Date("Until", required=True)
    document_id = fields.Many2one(
        'civic.document', "Consent in Writing", required=True, ondelete='cascade', check_company=True, domain=CONSENT_DOMAIN,
        help="The signed document with the list of the files that are kept.")

    def action_confirm(self):
        """Agree."""
        self.ensure_one()
        self.workfile_ids._extend(self.date, self.document_id)
        return {'type': 'ir.actions.act_window_close'}
