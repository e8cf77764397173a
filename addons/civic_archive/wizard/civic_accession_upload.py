import os
import shutil
import tempfile

from odoo import fields, models
from odoo.exceptions import UserError


class CivicAccessionUpload(models.TransientModel):
    """Package files that a person brings; larger ones come by transport."""

    _name = 'civic.accession.upload'
    _description = "Take Packages in"

    accession_id = fields.Many2one('civic.accession', required=True, readonly=True)
    attachment_ids = fields.Many2many('ir.attachment', string="Package Files (ZIP)")

    def action_confirm(self):
        """Take each file into quarantine; what is refused is said, the others are taken."""
        self.ensure_one()
        if not self.attachment_ids:
            raise UserError(self.env._("Choose the package files."))
        # sudo: the files belong to this form, which is the person's own
        problems = []
        spool = self.env['civic.archive.store']._get_spool()
        for attachment in self.attachment_ids.sudo().sorted('id'):
            descriptor, copy = tempfile.mkstemp(dir=spool, prefix='.upload-')
            try:
                with open(descriptor, 'wb') as output:
                    if attachment.store_fname:
                        with open(attachment._full_path(attachment.store_fname), 'rb') as stream:
                            shutil.copyfileobj(stream, output, 1 << 20)
                    else:
                        output.write(attachment.raw or b'')
                self.accession_id._receive(copy, attachment.name)
            except (UserError, OSError) as error:
                os.unlink(copy)
                problems.append(str(error) if isinstance(error, UserError) else f'{attachment.name}: {error.strerror}')
        if len(problems) == len(self.attachment_ids):
            raise UserError('\n'.join(problems))
        self.attachment_ids.sudo().unlink()
        done = {'type': 'ir.actions.act_window_close'}
        if problems:
            return {'type': 'ir.actions.client', 'tag': 'display_notification', 'params': {
                'type': 'warning', 'sticky': True, 'title': self.env._("Not taken in"), 'message': '\n'.join(problems), 'next': done}}
        return done
