import shutil
import tempfile
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.civic_package.tools.sources import open_source

from .civic_migration import WAITING


class CivicMigrationLine(models.Model):
    """A file of a migration: from what into what, what the judge says of the result, and what the archivist decided."""

    _name = 'civic.migration.line'
    _description = "File of a Migration"
    _order = 'package_id desc, id'
    _rec_names_search = ['path']

    package_id = fields.Many2one('civic.migration.package', required=True, readonly=True, index=True, ondelete='cascade')
    migration_id = fields.Many2one('civic.migration', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='migration_id.company_id', store=True, precompute=True, index=True, string="Archive")
    path = fields.Char("Path in the Package", required=True, readonly=True)
    name = fields.Char("File Name", compute='_compute_name')
    puid = fields.Char("Format", readonly=True)
    target_puid = fields.Char("New Format", readonly=True)
    verdict = fields.Selection([
        ('good', "Conforms, content kept"), ('doubtful', "Conforms, content differs"), ('bad', "Does not conform"),
        ('failed', "Not converted")], required=True, readonly=True)
    message = fields.Text("Findings", readonly=True)
    checker = fields.Char("Judged by", readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True)
    size = fields.Float("Size (bytes)", readonly=True, digits=(20, 0))
    decision = fields.Selection([
        ('open', "To be decided"), ('accepted', "Accepted"), ('refused', "Refused"), ('none', "Nothing to decide")],
        required=True, readonly=True, default='open')
    decided_by_id = fields.Many2one('res.users', "Decided by", readonly=True, ondelete='restrict')
    decided_at = fields.Datetime(readonly=True)
    is_waiting = fields.Boolean("New File Waits", compute='_compute_is_waiting')

    @api.depends('path')
    def _compute_name(self):
        for line in self:
            line.name = (line.path or '').rpartition('/')[2]

    @api.depends('sha256', 'package_id.state')
    def _compute_is_waiting(self):
        for line in self:
            line.is_waiting = bool(line.sha256) and line.package_id.state in WAITING

    def action_open_original(self):
        """Show the file as the package has it."""
        return self._get_file_action('original')

    def action_open_converted(self):
        """Show the new file that waits for a decision."""
        return self._get_file_action('converted')

    def action_accept(self):
        """Take the new files into the next version of their packages."""
        self._decide('accepted', ('good', 'doubtful'))

    def action_refuse(self):
        """Leave the new files out; the originals stay as they are."""
        self._decide('refused', ('good', 'doubtful', 'bad'))

    def _get_file_action(self, which):
        self.ensure_one()
        return {'type': 'ir.actions.act_url', 'url': f'/civic/archive/migration/{self.id}/{which}', 'target': 'new'}

    def _open_file(self, which):
        """Open the file before ('original') or after ('converted') the conversion, for who decides about it; this leaves a line.

        :return: (binary stream, name of the file)
        :raises UserError: no good copy of the package can be reached; :raises OSError: what was converted waits no more
        """
        self.ensure_one()
        self.check_access('read')
        self.migration_id._check_keeper()
        aip = self.package_id.aip_id
        if which == 'converted':
            name = f"{Path(self.name).stem}.pdf"
            stream = open(self.env['civic.migration']._get_folder() / f'{self.sha256}.pdf', 'rb')
        else:
            name, stream = self.name, tempfile.TemporaryFile()
            with tempfile.TemporaryDirectory(dir=self.env['civic.archive.store']._get_spool(), prefix='.migration-') as folder:
                package = Path(folder, 'aip.zip')
                aip._fetch(package)
                with open_source(str(package)) as source, source.open(self.path) as content:
                    shutil.copyfileobj(content, stream, 1 << 20)
            stream.seek(0)
        self.env['civic.journal.entry']._append('access', aip, detail={'migration': self.migration_id.name, 'file': name, 'state': which})
        return stream, name

    def _decide(self, decision, verdicts):
        self.check_access('read')
        self.migration_id._check_keeper()
        if any(line.verdict not in verdicts for line in self):
            raise UserError(self.env._("A file that was not converted or does not conform is not accepted."))
        if any(line.decision == 'none' or line.migration_id.state not in ('running', 'deciding') for line in self):
            raise UserError(self.env._("There is nothing to decide any more."))
        # sudo: lines are closed to writing
        self.sudo().write({'decision': decision, 'decided_by_id': self.env.uid, 'decided_at': fields.Datetime.now()})
