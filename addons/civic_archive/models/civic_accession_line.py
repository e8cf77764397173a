import shutil
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import format_datetime

from odoo.addons.civic_document.tools.content import inspect
from odoo.addons.civic_document.tools.secrecy import find_secrecy_mark
from odoo.addons.civic_package.tools import convert, premis
from odoo.addons.civic_package.tools.findings import PackageError
from odoo.addons.civic_package.tools.sources import open_source
from odoo.addons.civic_package.tools.validate import validate
from odoo.addons.civic_package.tools.writer import SOFTWARE
from odoo.addons.civic_signature.tools.checking import validate as check_signatures

from ..const import ACCESS_MODES, CONDITIONS, CONFIDENCE_LEVELS, LANGUAGES, MAINTENANCE
from ..tools import clamd
from ..tools.store import StoreFailed, bring, digest_of
from .civic_archive_import import parse_day
from .civic_archive_store import get_setting

# What is checked, in that order; each is a job of its own, so that a kill costs one step and never half of it.
STEPS = [
    ('virus', "Virus check"),
    ('structure', "Structure and checksums"),
    ('signature', "Digital signatures"),
    ('format', "File formats"),
    ('metadata', "Metadata"),
]
NEXT = dict(zip([key for key, _label in STEPS], [*[key for key, _label in STEPS][1:], 'done'], strict=True))
EVENTS = {
    'virus': 'virus_check', 'structure': 'validation', 'signature': 'signature_validation', 'format': 'format_identification',
    'metadata': 'metadata_extraction',
}
# The words of the Library of Congress' list of event types for those of the journal.
PREMIS_TYPES = {
    'quarantine': 'quarantine', 'virus_check': 'virus check', 'validation': 'validation', 'unquarantine': 'unquarantine',
    'signature_validation': 'digital signature validation', 'format_identification': 'format identification',
    'metadata_extraction': 'metadata extraction', 'appraisal': 'appraisal', 'approval': 'accession', 'migration': 'migration',
    'fixity_check': 'fixity check', 'replication': 'replication', 'accession': 'ingestion',
}
MAX_FINDINGS = 500              # of one step; a broken package of 70 000 files is not read line by line


def as_premis_event(entry, **words):
    """Return a line of the journal as an event of PREMIS; what ran by the clock was done by the program."""
    by_clock = entry.user_id.id == SUPERUSER_ID
    return premis.Event(
        PREMIS_TYPES[entry.event_type], entry.event_at.replace(tzinfo=timezone.utc), outcome=entry.outcome,
        note=(entry.detail or '')[:2000],
        agents=(('software', SOFTWARE, 'executing program') if by_clock else ('person', entry.agent, 'implementer'),), **words)


class CivicAccessionLine(models.Model):
    """One package of an accession: in quarantine, checked step by step, accepted or returned, kept."""

    _name = 'civic.accession.line'
    _description = "Package of an Accession"
    _inherit = ['civic.journal.mixin', 'civic.reason.mixin']
    _order = 'accession_id desc, id'
    _civic_reason_methods = ('_return',)

    accession_id = fields.Many2one('civic.accession', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='accession_id.company_id', store=True, precompute=True, index=True, string="Archive")
    giver_company_id = fields.Many2one(
        related='accession_id.giver_company_id', store=True, precompute=True, index='btree_not_null', export_string_translation=False)
    name = fields.Char("File Name", required=True, readonly=True)
    sha256 = fields.Char("SHA-256", required=True, readonly=True)
    size = fields.Float("Size (bytes)", readonly=True, digits=(20, 0))
    objid = fields.Char("Package Identifier", readonly=True)
    package_kind = fields.Char("Kind of Package", readonly=True)
    file_code = fields.Char(readonly=True)
    title = fields.Char(readonly=True)
    document_count = fields.Integer("Documents", readonly=True)
    file_count = fields.Integer("Number of Files", readonly=True)
    values = fields.Json(readonly=True, export_string_translation=False)
    state = fields.Selection([
        ('quarantined', "In quarantine"), ('passed', "Passed"), ('failed', "Not passed"), ('accepted', "Accepted"),
        ('returned', "Returned"), ('kept', "Kept")], required=True, readonly=True, default='quarantined')
    step = fields.Selection([*STEPS, ('done', "All checked")], "Next Check", required=True, readonly=True, default='virus')
    message = fields.Char("Holding It Up", readonly=True)
    finding_ids = fields.One2many('civic.accession.finding', 'line_id', "Findings", readonly=True)
    error_count = fields.Integer("Errors", readonly=True)
    warning_count = fields.Integer("Warnings", readonly=True)
    decided_by_id = fields.Many2one('res.users', "Decided by", readonly=True, ondelete='restrict')
    decided_at = fields.Datetime(readonly=True)
    reason = fields.Text("Reason of Return", readonly=True)
    mends_id = fields.Many2one('civic.accession.line', "Mends", readonly=True, index='btree_not_null', ondelete='restrict')
    root_id = fields.Many2one(
        'civic.accession.line', "First Submission", readonly=True, index='btree_not_null', ondelete='restrict',
        help="Figures count a file once, however often it comes.")
    aip_id = fields.Many2one('civic.aip', "Archival Package", readonly=True, index='btree_not_null', ondelete='restrict')

    _once = models.UniqueIndex(
        "(company_id, sha256) WHERE state <> 'returned'", "The archive has this package already.")
    _list_idx = models.Index('(accession_id, state)')

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Packages come in through the quarantine only."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("Packages are accepted and returned by their buttons."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A package that came in leaves its line."))

    # === QUARANTINE === #

    @api.model
    def _get_quarantine(self):
        folder = self.env['civic.archive.store']._get_spool() / 'quarantine'
        folder.mkdir(exist_ok=True)
        return folder

    @api.model
    def _get_place(self, company, sha256):
        """Where a package lies in quarantine; two archives may have the same bytes, and each empties its own."""
        return self._get_quarantine() / f'{company.id}-{sha256}.zip'

    def _get_path(self):
        self.ensure_one()
        path = self._get_place(self.company_id, self.sha256)
        if not path.exists():
            raise UserError(self.env._("“%s” is not in the quarantine any more.", self.name))
        return path

    @api.model
    def _quarantine(self, accession, path, name):
        """Bring the file into quarantine and make its line. The same bytes come once, unless they were returned."""
        try:
            sha256, size = digest_of(path)
        except OSError as error:
            raise UserError(self.env._(
                "“%(name)s” cannot be read: %(reason)s", name=name,
                reason=self.env['civic.archive.store']._get_problem(error))) from None
        # sudo: a package that another accession has counts, too
        known = self.sudo().search([
            ('company_id', '=', accession.company_id.id), ('sha256', '=', sha256)], order='id desc', limit=1)
        if known.state == 'returned':
            raise UserError(self.env._(
                "“%(name)s” was returned with %(accession)s and comes back unchanged: %(reason)s",
                name=name, accession=known.accession_id.name, reason=known.reason))
        if known:
            raise UserError(self.env._(
                "“%(name)s” is there already: %(accession)s.", name=name, accession=known.accession_id.name))
        try:
            bring(path, self._get_place(accession.company_id, sha256))
        except StoreFailed as error:
            raise UserError(self.env._("“%(name)s” cannot be taken in now. %(reason)s", name=name,
                                       reason=self.env['civic.archive.store']._get_problem(error))) from None
        line = self.sudo().create({
            'accession_id': accession.id, 'name': name, 'sha256': sha256, 'size': size}).sudo(self.env.su)
        self.env['civic.journal.entry']._append('quarantine', line, detail={'sha256': sha256, 'size': size})
        line._ask_for_step()
        self.env.cr.postcommit.add(lambda: Path(path).unlink(missing_ok=True))
        return line

    # === CHECKS === #

    def _ask_for_step(self):
        for line in self.sudo():
            line.with_delay(
                description=f"{line.name}: {line.step}", identity_key=f'civic.accession.line:{line.id}:{line.step}')._job_check()

    def _job_check(self):
        """Make the next check and ask for the one after. A job that was killed makes the same check again."""
        self.ensure_one()
        if self.state == 'quarantined' and self.step != 'done' and self._check_step():
            if self.step == 'done':
                self._conclude()
            else:
                self._ask_for_step()

    def _check_step(self):
        """Make the check that is next, write down what it found; return whether the line may go on."""
        step = self.step
        try:
            findings, detail, hold = getattr(self, f'_check_{step}')()
        except OSError as error:
            if error.errno is None:
                raise
            findings, detail = [], {}
            hold = self.env._(
                "The check could not be made: %s It is made again later.", self.env['civic.archive.store']._get_problem(error))
        if hold:
            # sudo: lines are closed to writing
            self.sudo().write({'message': hold})
            self.env['civic.journal.entry']._append(EVENTS[step], self, outcome='failure', detail={'reason': hold})
            return False
        errors = sum(finding['severity'] == 'error' for finding in findings)
        warnings = sum(finding['severity'] == 'warning' for finding in findings)
        self.finding_ids.sudo().filtered(lambda finding: finding.step == step).unlink()
        self.env['civic.accession.finding'].sudo().create([
            {'line_id': self.id, 'step': step, **finding} for finding in findings[:MAX_FINDINGS]])
        stops = step in ('virus', 'structure') and errors
        self.sudo().write({
            'step': 'done' if stops else NEXT[step], 'message': False,
            'error_count': self.error_count + errors, 'warning_count': self.warning_count + warnings})
        self.env['civic.journal.entry']._append(
            EVENTS[step], self, outcome='failure' if errors else 'success',
            detail={**detail, 'errors': errors, 'warnings': warnings})
        return True

    def _conclude(self):
        self.sudo().write({'state': 'failed' if self.error_count else 'passed'})

    def action_check_again(self):
        """Make all checks anew, as after a scanner came back or a certificate was entered."""
        self._check_keeper()
        for line in self:
            if line.state not in ('quarantined', 'passed', 'failed'):
                raise UserError(self.env._("“%s” is decided.", line.name))
            line.finding_ids.sudo().unlink()
            line.sudo().write({'state': 'quarantined', 'step': 'virus', 'error_count': 0, 'warning_count': 0, 'message': False})
            line._ask_for_step()

    def _check_virus(self):
        """Rule 25: without a verdict nothing goes on, unless the archive has said that it has no scanner."""
        address = get_setting('clamd')
        if not address:
            if self.env['civic.rule.value']._get('archive.virus_check_required', company=self.company_id):
                return [], {}, self.env._("No virus scanner is configured (clamd): nothing leaves the quarantine unscanned.")
            return [self._finding('warning', 'AV0', self.env._("Not scanned: the archive works without a scanner."))], {}, None
        try:
            engine = clamd.version(address)
            found = ''
            with open(self._get_path(), 'rb') as stream:
                found = clamd.scan(address, stream)
            place = self.name
            if not found:
                # the scanner may not look into large archives: each file is shown to it by itself
                found, place = self._scan_files(address)
        except clamd.ScanFailed as error:
            return [], {}, {
                'unreachable': self.env._("The virus scanner does not answer. The check is made again later."),
                'too_large': self.env._("The virus scanner does not take files of this size: raise StreamMaxLength of clamd."),
            }.get(error.code, self.env._("The virus scanner gave no verdict: %s", error))
        if found:
            return [self._finding('error', 'AV1', self.env._("The scanner found %s.", found), place)], {'engine': engine}, None
        return [], {'engine': engine}, None

    def _scan_files(self, address):
        try:
            with open_source(str(self._get_path())) as source:
                for path in source.files:
                    with source.open(path) as stream:
                        found = clamd.scan(address, stream)
                    if found:
                        return found, path
        except (PackageError, OSError, ValueError, RuntimeError, EOFError):
            return '', ''                               # what cannot be opened is named by the next check
        return '', ''

    def _get_package_rules(self):
        """Return the words for ``validate``: rules of the archive's own, where a higher room knows some."""
        return {}

    def _check_structure(self):
        """Rules 21, 22: container, METS, checksums and the circular, by civic_package; everything that is wrong is named."""
        report = validate(str(self._get_path()), **self._get_package_rules())
        lang = 'vi' if (self.env.lang or '').startswith('vi') else 'en'
        findings = [
            self._finding(finding.severity, finding.rule, finding.text(lang), finding.location)
            for finding in report.findings if finding.severity in ('error', 'warning')]
        values = {'objid': report.objid, 'package_kind': report.kind, 'file_count': report.files}
        if report.valid:
            with open_source(str(self._get_path())) as source:
                content = convert.Reader(source).content(report.kind)
            values.update(
                file_code=content.values.get('fileCode') or content.values.get('arcFileCode'),
                title=(content.values.get('title') or '')[:1000], document_count=len(content.documents), values=content.values)
        self.sudo().write(values)
        return findings, {'rules': len(report.outcomes), 'kind': report.kind}, None

    def _iter_contents(self):
        """Yield (path in the package, path of a temporary copy) of what was packed; one copy at a time."""
        spool = self.env['civic.archive.store']._get_spool()
        with open_source(str(self._get_path())) as source, tempfile.TemporaryDirectory(dir=spool, prefix='.check-') as folder:
            for path in source.files:
                if '/data/' not in path or path.endswith('.fetch.txt'):
                    continue
                copy = Path(folder, 'content' + Path(path).suffix.lower()[:10])
                with source.open(path) as stream, open(copy, 'wb') as output:
                    shutil.copyfileobj(stream, output, 1 << 20)
                yield path, str(copy)
                copy.unlink()

    def _check_signature(self):
        """Integrity and chain of the signatures of each PDF; an unsigned file is told, not refused."""
        material = self.env['civic.trust.anchor']._get_validation_material()
        arrived = self.create_date.replace(tzinfo=timezone.utc)
        findings, signed = [], 0
        for path, copy in self._iter_contents():
            with open(copy, 'rb') as stream:
                if stream.read(5) != b'%PDF-':
                    continue
            found = check_signatures(copy, moment=arrived, **material)
            if found['signatures']:
                signed += 1
            if found['state'] == 'failed':
                findings.append(self._finding('warning', 'SIG3', self.env._("The digital signatures cannot be read."), path))
            elif found['state'] == 'invalid':
                findings.append(self._finding('error', 'SIG1', self.env._("A digital signature is not valid."), path))
            elif found['state'] == 'warning':
                findings.append(self._finding('warning', 'SIG2', self.env._("A digital signature is valid with reservations."), path))
        return findings, {'signed': signed}, None

    def _check_format(self):
        """PRONOM identifiers, and what the archive's policy says of each."""
        policies = self.env['civic.format.policy']
        findings, formats = [], {}
        for path, copy in self._iter_contents():
            report = inspect(copy, Path(path).name, max_bytes=1 << 50, max_pages=1 << 30, text_pages=0)
            puid = report.puid or 'UNKNOWN'
            formats[puid] = formats.get(puid, 0) + 1
            policy = policies._get_for(report.puid, self.company_id)
            if {'encrypted', 'corrupt', 'unreadable'} & set(report.problems):
                findings.append(self._finding(
                    'error', 'FMT4', self.env._("The file is damaged or protected: nobody could read it later."), path))
            if policy.status == 'refused':
                findings.append(self._finding(
                    'error', 'FMT1', self.env._("The format %s is not accepted.", policy.display_name), path))
            elif policy.status == 'at_risk':
                findings.append(self._finding(
                    'warning', 'FMT2', self.env._("The format %s is at risk: it is to be migrated.", policy.display_name), path))
            elif not policy:
                findings.append(self._finding(
                    'warning', 'FMT3', self.env._("The format policy does not know %s.", report.format_name or puid), path))
        self.sudo().write({'values': {**(self.values or {}), 'formats': formats}})
        return findings, {'formats': formats}, None

    def _check_metadata(self):
        """What only the archive knows: permanence, codes that are taken, what mends what."""
        values, findings = self.values or {}, []

        def error(rule, message):
            findings.append(self._finding('error', rule, message))

        historical = self.company_id.agency_level == 'archives'
        if historical and values.get('maintenance') not in (None, '01'):
            label = dict(MAINTENANCE).get(values['maintenance'], values['maintenance'])
            error('META1', self.env._("Historical archives take permanent records only, not “%s”.", label))
        if values.get('mode') == '03':
            error('META2', self.env._("State secrets stay outside networked systems."))
        if any(find_secrecy_mark(str(values.get(name) or '')) for name in ('title', 'description', 'keyword')):
            error('META2', self.env._("The description bears a mark of state secrecy."))
        # sudo: what is kept counts, whoever sees it
        if self.objid and self.env['civic.aip'].sudo().search_count(
            [('company_id', '=', self.company_id.id), ('name', '=', self.objid)], limit=1,
        ):
            error('META3', self.env._("The archive keeps a package with this identifier."))
        code = self._get_reference_code()
        if code and self.env['civic.archive.description'].sudo().search_count(
            [('fonds_id', '=', self.accession_id.fonds_id.id), ('reference_code', '=', code)], limit=1,
        ):
            error('META3', self.env._("The fonds has a file with the code “%s” already.", code))
        twin = self.sudo().search([
            ('accession_id', '=', self.accession_id.id), ('file_code', '=', self.file_code), ('id', '<', self.id),
            ('state', '!=', 'returned')], limit=1) if self.file_code else self.browse()
        if twin:
            error('META4', self.env._("“%s” of this accession has the same file code.", twin.name))
        previous = self.accession_id.previous_id
        if previous:
            mended = previous.sudo().line_ids.filtered(
                lambda line: line.state == 'returned' and (line.file_code == self.file_code or line.name == self.name))[:1]
            if mended:
                self.sudo().write({'mends_id': mended.id, 'root_id': (mended.root_id or mended).id})
            else:
                error('META5', self.env._("A mending accession brings what was returned with %s, and nothing else.", previous.name))
        agency_code = self.accession_id.agency_id.sudo()._get_organ_code()
        if agency_code and self.file_code and not self.file_code.startswith(f'{agency_code}.'):
            findings.append(self._finding('warning', 'META6', self.env._(
                "The file code does not begin with the code of the agency (%s).", agency_code)))
        return findings, {'file': self.file_code or ''}, None

    def _get_reference_code(self):
        """The code under which the file is described: that of the file, as the agency gave it."""
        return self.file_code or ''

    def _finding(self, severity, rule, message, location=''):
        return {'severity': severity, 'rule': rule, 'message': message, 'location': (location or '')[:400]}

    # === DECISION === #

    def _check_keeper(self):
        self.check_access('read')
        if not self.env.su:
            if not self.env.user.has_group('civic_base.group_archivist'):
                raise AccessError(self.env._("Only archivists decide about packages."))
            if self.company_id - self.env.companies:
                raise AccessError(self.env._("These packages are decided by the archive that receives them."))

    def _lock(self):
        """Hold the packages and their accessions: who decides and who submits do not miss each other."""
        try:
            # sudo: who may decide may lock
            self.sudo().lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(self.env._("Someone else is deciding about these packages at this moment. Open them again.")) from None
        self.sudo().accession_id._hold()
        self.invalidate_recordset()

    def _decide(self, state, allowed, **values):
        self._check_keeper()
        self._lock()
        labels = dict(self._fields['state']._description_selection(self.env))
        for line in self:
            if line.accession_id.state != 'received':
                raise UserError(self.env._(
                    "“%s” is not being processed: its packages stay as they were decided.", line.accession_id.display_name))
            if line.state in ('accepted', 'returned', 'kept') and line.decided_by_id:
                raise UserError(self.env._(
                    "“%(package)s” was decided by %(person)s at %(time)s: %(state)s.", package=line.name,
                    person=line.decided_by_id.name, time=format_datetime(self.env, line.decided_at), state=labels[line.state]))
            if line.state not in allowed:
                raise UserError(self.env._("“%(package)s” is “%(state)s”.", package=line.name, state=labels[line.state]))
        self.sudo().write({'state': state, 'decided_by_id': self.env.uid, 'decided_at': fields.Datetime.now(), **values})

    def action_accept(self):
        """Accept the packages; only those that passed every check."""
        self._decide('accepted', ('passed',), reason=False)
        self.env['civic.journal.entry']._append('appraisal', self, detail={'decision': 'accepted'})

    def action_return(self):
        """Ask why the packages are returned."""
        self._check_keeper()
        return self._open_reason_wizard('_return', self.env._("Return the Packages"))

    def _return(self, reason):
        self._decide('returned', ('passed', 'failed'), reason=reason)
        self.env['civic.journal.entry']._append('return', self, detail={'reason': reason})
        for line in self:
            path = self._get_place(line.company_id, line.sha256)
            self.env.cr.postcommit.add(lambda path=path: path.unlink(missing_ok=True))

    def action_undo(self):
        """Take an acceptance back, as long as it is not put before the leader."""
        self._check_keeper()
        self._lock()
        for line in self:
            if line.state != 'accepted' or line.accession_id.state != 'received':
                raise UserError(self.env._("Only an acceptance that is not submitted yet is taken back."))
        self.sudo().write({'state': 'passed', 'decided_by_id': False, 'decided_at': False})
        self.env['civic.journal.entry']._append('appraisal', self, detail={'decision': 'undone'})

    # === KEEPING === #

    def _job_keep(self):
        """Turn the accepted package into an AIP, describe it, and have it stored. Nothing of it is there, or all is:
        a kill before the end of the transaction leaves the line as it was, and the job is done again.
        """
        self.ensure_one()
        if self.state != 'accepted' or self.accession_id.state != 'approved':
            return
        self.lock_for_update(allow_referencing=True)
        accession = self.accession_id
        fonds = accession.fonds_id
        fonds._check_destination()
        source = self._get_path()
        if digest_of(source)[0] != self.sha256:
            raise UserError(self.env._("“%s” changed while it was in quarantine.", self.name))
        try:
            with self.env.cr.savepoint(), tempfile.TemporaryDirectory(
                dir=self.env['civic.archive.store']._get_spool(), prefix='.aip-',
            ) as folder:
                objid, path = self._make_aip(source, folder)
                unit = self._describe()
                aip = self.env['civic.aip'].sudo()._keep(
                    str(path), fonds, name=objid, description=unit,
                    kind='documents' if 'tailieu' in (self.package_kind or '') else 'file')
        except (StoreFailed, OSError) as error:
            reason = self.env['civic.archive.store']._get_problem(error)
            self.write({'message': self.env._("It could not be stored: %s It is tried again later.", reason)})
            self.env['civic.journal.entry']._append('packaging', self, outcome='failure', detail={'reason': reason})
            return
        self.write({'state': 'kept', 'aip_id': aip.id, 'message': False})
        self.env['civic.journal.entry']._append('unquarantine', self, detail={'aip': objid})
        self.env['civic.journal.entry']._append('packaging', aip, detail={'source': self.objid, 'outcome': objid})
        self.env.cr.postcommit.add(lambda path=source: path.unlink(missing_ok=True))
        accession._finish()

    def _make_aip(self, source, folder):
        """Return identifier and path of the AIP made of the package (rule 23); one that is an AIP already stays as it is."""
        if self.package_kind and self.package_kind.startswith('AIP'):
            path = Path(folder, 'aip.zip')
            shutil.copyfile(source, path)
            return self.objid, path
        accession = self.accession_id
        approved = datetime.combine(accession.approved_on, datetime.min.time(), timezone.utc)
        built = convert.sip_to_aip(
            str(source), str(Path(folder, 'aip.zip')), when=max(approved, self._get_last_moment()),
            archive_code=accession.company_id.organ_code or accession.company_id.abbreviation or '',
            approver=accession.approver_id.login, decision=accession.name, fonds=accession.fonds_id.code,
            events=self._get_premis_events())
        return built.objid, built.path

    def _get_journal_lines(self):
        return self.env['civic.journal.entry'].sudo().search(
            [('res_model', '=', self._name), ('res_id', '=', self.id)], order='id')

    def _get_last_moment(self):
        return self._get_journal_lines()[-1:].event_at.replace(tzinfo=timezone.utc)

    def _get_premis_events(self):
        """Return what happened to the package in this archive, from the journal, as events of PREMIS."""
        return [as_premis_event(entry) for entry in self._get_journal_lines() if entry.event_type in PREMIS_TYPES]

    def _describe(self):
        """Make the description of the file and of its documents from what the package says of them."""
        fonds = self.accession_id.fonds_id
        units = self.env['civic.archive.description'].sudo()
        values = self.values or {}
        file = units.create({
            'fonds_id': fonds.id, 'parent_id': fonds.root_id.id, 'level': 'file',
            'reference_code': self._get_reference_code() or self.objid, 'title': values.get('title') or self.name,
            **self._get_unit_values(values), 'document_count': self.document_count,
            'custodial_history': self.env._(
                "Accession %(code)s, %(agency)s", code=self.accession_id.name, agency=self.accession_id.agency_id.name)})
        rows = []
        for ordinal, (place, document) in enumerate(self._iter_documents(self._get_path(), self.package_kind), start=1):
            described = document.values
            rows.append({
                'fonds_id': fonds.id, 'parent_id': file.id, 'level': 'item', 'sequence': ordinal,
                'reference_code': described.get('docCode') or described.get('arcDocCode') or f'{file.reference_code}.{ordinal:07d}',
                'title': described.get('subject') or described.get('title') or Path(place).stem,
                'creator': described.get('organName'), **self._get_unit_values(described)})
        units.create(rows)
        return file

    @api.model
    def _iter_documents(self, path, kind):
        """Yield (path of the description, document) of each document in the package at ``path``."""
        with open_source(str(path)) as source:
            reader = convert.Reader(source)
            for description, files in reader.content(kind).documents:
                yield description.path, reader.document(description, files)[1]

    def _iter_described(self):
        """Yield the documents of the package: from quarantine, or from what is kept; none of one that was returned."""
        self.ensure_one()
        if self.aip_id:
            with tempfile.NamedTemporaryFile(dir=self.env['civic.archive.store']._get_spool(), prefix='.export-') as copy:
                self.aip_id._fetch(copy.name)
                yield from (document for _place, document in self._iter_documents(copy.name, self.package_kind.replace('SIP', 'AIP')))
        elif self.state != 'returned':
            yield from (document for _place, document in self._iter_documents(self._get_path(), self.package_kind))

    def _get_unit_values(self, values):
        """Return the fields of a description for those of a package; what has no code of ours stays out."""
        def known(name, selection, fallback=False):
            return values.get(name) if values.get(name) in dict(selection) else fallback

        def number(name):
            return int(values[name]) if str(values.get(name) or '').isdecimal() else 0

        dates = [parse_day(str(values.get(name) or ''), is_end=name == 'endDate') for name in ('startDate', 'endDate', 'issuedDate')]
        start, end, issued = dates
        language = values.get('language')
        language = language[0] if isinstance(language, list) and language else language
        return {
            'date_from': start or issued or False, 'date_to': end or issued or False,
            'access_mode': known('mode', ACCESS_MODES, '02'), 'maintenance': known('maintenance', MAINTENANCE, '01'),
            'language': language if language in dict(LANGUAGES) else '01',
            'condition': known('format', CONDITIONS), 'confidence_level': known('confidenceLevel', CONFIDENCE_LEVELS),
            'paper_file_code': values.get('paperFileCode') or False, 'keywords': values.get('keyword') or False,
            'sheet_count': number('numberOfPaper'), 'page_count': number('numberOfPage'), 'note': values.get('description') or False,
        }

    @api.model
    def _cron_retry(self):
        """Ask again for checks and conversions that were held up or whose jobs are gone."""
        lines = self.sudo().search([('state', '=', 'quarantined')])
        lines._ask_for_step()
        for line in self.sudo().search([('state', '=', 'accepted'), ('accession_id.state', '=', 'approved')]):
            line.with_delay(identity_key=f'civic.accession.line.keep:{line.id}')._job_keep()
        self._sweep()
        self.env['civic.archive.store']._sweep()

    @api.model
    def _sweep(self):
        """Remove from quarantine what no line names: its transaction never ended."""
        limit = time.time() - 86400
        for path in self._get_quarantine().iterdir():
            if path.stat().st_mtime < limit and not self.sudo().search_count([
                ('sha256', '=', path.stem.rpartition('-')[2]), ('state', 'in', ('quarantined', 'passed', 'failed', 'accepted'))], limit=1,
            ):
                path.unlink(missing_ok=True)


class CivicAccessionFinding(models.Model):
    """What a check found in a package: rule, place, and words for a person."""

    _name = 'civic.accession.finding'
    _description = "Finding in a Package"
    _order = 'line_id, severity, id'
    _rec_name = 'rule'

    line_id = fields.Many2one('civic.accession.line', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='line_id.company_id', store=True, precompute=True, index=True, string="Archive")
    giver_company_id = fields.Many2one(
        related='line_id.giver_company_id', store=True, precompute=True, index='btree_not_null', export_string_translation=False)
    step = fields.Selection(STEPS, "Check", required=True, readonly=True)
    severity = fields.Selection([('error', "Error"), ('warning', "Warning")], required=True, readonly=True)
    rule = fields.Char(readonly=True)
    location = fields.Char("Place in the Package", readonly=True)
    message = fields.Text(readonly=True)
