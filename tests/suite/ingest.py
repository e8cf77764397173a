"""The way of a package into the archive, in real transactions, by processes that are killed: imported by a shell of Odoo.

Each act is a transaction of its own, as the buttons and the queue make them. A child of the shell (fork) does them; it can be
told to kill itself (-9) at the n-th point. A point is: a file of the archive is about to be opened for writing, renamed, linked,
removed or brought to the disk, or a transaction is about to be committed, or has just been.
"""
import functools
import hashlib
import os
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path

from odoo import SUPERUSER_ID, api, sql_db
from odoo.exceptions import UserError
from odoo.sql_db import Cursor
from odoo.tests.common import new_test_user

from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_package.tests.common import make_package
from odoo.addons.civic_package.tools.validate import validate
from odoo.addons.civic_package.tools.writer import build

MEDIA = ('m1', 'm2')
WRITING = os.O_WRONLY | os.O_RDWR


def found(town):
    """Make an archives centre with its people, fonds and media, and commit it."""
    env = town.env
    office, centre = env['res.company'].create([
        {'name': "UBND Thành phố Hoa Phượng", 'abbreviation': "UBND", 'agency_level': 'city'},
        {'name': "Trung tâm Lưu trữ lịch sử Hoa Phượng", 'abbreviation': "TTLT", 'agency_level': 'archives'}])
    unit = env['hr.department'].create({'name': "Phòng Bảo quản", 'company_id': centre.id})
    for login, role in (('keeper', 'archivist'), ('keeper2', 'archivist'), ('head', 'leader')):
        user = new_test_user(
            env, f'ingest_{login}', groups=f'civic_base.group_{role}', name=f"Ingest {login}", password=f'ingest_{login}',
            company_id=centre.id, company_ids=[(6, 0, centre.ids)], tz='Asia/Ho_Chi_Minh', lang='en_US')
        env['hr.employee'].create({
            'name': user.name, 'user_id': user.id, 'department_id': unit.id, 'company_id': centre.id})
    fonds = env['civic.fonds'].create({
        'code': 'H99', 'name': "Phông UBND Thành phố Hoa Phượng", 'creator_id': office.partner_id.id,
        'company_id': centre.id, 'year_from': 1976, 'year_to': 2020})
    env['civic.fonds.source'].create({'company_id': centre.id, 'agency_id': office.partner_id.id, 'fonds_id': fonds.id})
    for code in MEDIA:
        (town.root / code).mkdir(parents=True, exist_ok=True)
    env['civic.archive.store'].create([{'name': code, 'code': code, 'company_id': centre.id} for code in MEDIA])._look()
    env.cr.commit()


class Town:
    """The centre, and how processes act on it. ``inbox`` is where packages arrive."""

    def __init__(self, env, root, inbox):
        self.env, self.registry = env, env.registry
        self.root, self.inbox = Path(root), Path(inbox)
        self.spool = env['civic.archive.store']._get_spool()

    # === packages === #

    def make_sip(self, name):
        package = make_package('SIP_hoso', count=2)
        for number, document in enumerate(package.documents, start=1):
            document.files[0].source = make_pdf(f"To so {number} {name}")
        package.values['fileCode'], package.seed = f'H99.2026.{name}', name
        return Path(build(package, self.inbox / f'{name}.zip').path)

    # === processes === #

    def in_child(self, work, stop_at=0, room=None):
        """Have a child do the work; return (whether it was killed, what it says).

        :param int stop_at: the point at which it kills itself; 0: nowhere
        :param int room: the largest file that it can write, in bytes; what a full disk says is what this says
        """
        said = self.root / 'said'
        said.write_text('')
        pid = os.fork()
        if not pid:
            try:
                sql_db._Pool = None                     # the connections are the parent's
                self.registry._db = sql_db.db_connect(self.registry.db_name)
                if room:
                    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
                if stop_at:
                    self._arm(stop_at, said)
                said.write_text(str(work() or ''))
                os._exit(0)
            except UserError as error:
                said.write_text(f'refused: {error}')
                os._exit(0)
            except BaseException:
                said.write_text(traceback.format_exc()[-3000:])
                os._exit(1)
        _pid, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert killed or status == 0, said.read_text()
        return killed, said.read_text()

    def _arm(self, stop_at, said):
        """Kill this process at the n-th point, after saying which that is."""
        places = tuple(map(str, (self.spool, self.inbox, *(self.root / code for code in MEDIA))))
        passed = 0

        def point(name):
            nonlocal passed
            passed += 1
            if passed == stop_at:
                descriptor = os.open(said, os.O_WRONLY)
                os.write(descriptor, name.encode())
                os.kill(os.getpid(), signal.SIGKILL)

        def audit(event, args):
            if event == 'open':
                path, mode, flags = args
                if isinstance(path, str | os.PathLike) and (flags or 0) & WRITING and str(path).startswith(places):
                    point(f'open {path}')
            elif event in ('os.rename', 'os.remove', 'os.link', 'os.rmdir') and any(
                isinstance(part, str | os.PathLike) and str(part).startswith(places) for part in args
            ):
                point(f'{event} {args[0]}')

        def fsync(descriptor, real=os.fsync):
            point(f"fsync {os.readlink(f'/proc/self/fd/{descriptor}')}")
            real(descriptor)

        def commit(cursor, real=Cursor.commit):
            point('before commit')
            real(cursor)
            point('after commit')

        os.fsync, Cursor.commit = fsync, commit
        sys.addaudithook(audit)

    def act(self, login, work):
        """Do one act in a transaction of its own, as that person; return what it returns."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'lang': 'en_US'})
            if login:
                user = env['res.users'].search([('login', '=', f'ingest_{login}')])
                env = api.Environment(cr, user.id, {'lang': 'en_US', 'allowed_company_ids': user.company_id.ids})
            return work(env)

    # === the way of a package === #

    def go_on(self, name, until=None):
        """Do what is left to be done for the package of that name, from wherever it stands."""
        for step in (self._register, self._answer, self._receive, self._check, self._accept, self._submit, self._approve,
                     self._keep, self._copy):
            step(name)
            if until == step.__name__:
                return

    def accession(self, env, name):
        return env['civic.accession'].search([('title', '=', name)])

    def line(self, env, name):
        return self.accession(env, name).line_ids

    def _register(self, name):
        def register(env):
            if not self.accession(env, name):
                fonds = env['civic.fonds'].search([('company_id', '=', env.company.id), ('code', '=', 'H99')])
                env['civic.accession'].create({
                    'company_id': env.company.id, 'agency_id': fonds.creator_id.id, 'fonds_id': fonds.id, 'title': name})
        self.act('keeper', register)

    def _when(self, name, state, login, method):
        def move(env):
            accession = self.accession(env, name)
            if accession.state == state:
                getattr(accession, method)()
        self.act(login, move)

    def _answer(self, name):
        self._when(name, 'registered', 'keeper', 'action_answer')

    def _receive(self, name):
        def receive(env):
            if not self.line(env, name):
                self.accession(env, name)._receive(str(self.inbox / f'{name}.zip'), f'{name}.zip')
        self.act('keeper', receive)

    def _check(self, name):
        for _step in range(6):
            self.act(None, lambda env: self.line(env, name)._job_check())

    def _accept(self, name):
        def accept(env):
            if self.line(env, name).state == 'passed':
                self.line(env, name).action_accept()
        self.act('keeper', accept)

    def _submit(self, name):
        self._when(name, 'received', 'keeper', 'action_submit')

    def _approve(self, name):
        self._when(name, 'decided', 'head', 'action_approve')

    def _keep(self, name):
        self.act(None, lambda env: self.line(env, name)._job_keep())

    def _copy(self, name):
        for number in range(len(MEDIA)):
            self.act(None, lambda env, number=number: self.line(env, name).aip_id.copy_ids[number]._job_write())

    # === what must always hold === #

    def look(self, name, sha256, whole=False):
        """Say what is wrong with the package's traces in database, spool and media."""
        return self.act(None, functools.partial(self._look, name, sha256, whole))

    def _look(self, name, sha256, whole, env):
        wrong = []

        def want(right, text):
            if not right:
                wrong.append(text)

        line = self.line(env, name)
        inbox = self.inbox / f'{name}.zip'
        code = f'H99.2026.{name}'
        units = env['civic.archive.description'].search([('reference_code', '=like', f'{code}%')])
        aips = env['civic.aip'].search([('description_id', 'in', units.ids)])
        want(len(line) <= 1, "two lines")
        if not line:
            want(_digest(inbox) == sha256, "lost before it came in")
        elif line.state != 'kept':
            want(_digest(line._get_place(line.company_id, sha256)) == sha256, "lost in quarantine")
        if line.state == 'kept':
            want(aips == line.aip_id and len(aips) == 1, "kept, but not one package")
            want(units.mapped('level').count('file') == 1 and units.mapped('level').count('item') == 2, "not described as a whole")
        else:
            want(not aips and not units, "half kept")
        for copy in aips.copy_ids:
            found = _digest(self.root / copy.store_id.code / copy.key)
            want(found in (None, aips.sha256), f"half a file on {copy.store_id.code}")
            want(copy.state != 'good' or found == aips.sha256, f"said to be good, but is not: {copy.store_id.code}")
        if aips and aips.state != 'stored':
            want(aips._get_spooled() and _digest(aips._get_spooled()) == aips.sha256, "lost in the spool")
        if whole:
            want(line.state == 'kept' and line.accession_id.state == 'done', f"not completed: {line.state}, {line.accession_id.state}")
            want(aips.state == 'stored' and aips.copy_ids.mapped('state') == ['good', 'good'], f"not stored: {aips.state}")
            report = validate(str(self.root / 'm1' / aips.key))
            want(report.valid, "what is kept is no valid package")
            events = env['civic.journal.entry'].search([
                '|', '&', ('res_model', '=', line._name), ('res_id', '=', line.id),
                '&', ('res_model', '=', 'civic.aip'), ('res_id', '=', aips.id)]).mapped('event_type')
            for event, count in (
                ('quarantine', 1), ('virus_check', 1), ('validation', 1), ('appraisal', 1), ('accession', 1), ('packaging', 1),
                ('unquarantine', 1), ('replication', 2),
            ):
                want(events.count(event) == count, f"{events.count(event)} times {event} in the journal")
        return wrong

    def leftovers(self):
        """Sweep as the nightly job does, a day later; return what lies about that belongs to nothing."""
        for path in [*self.spool.rglob('*'), *self.root.rglob('.writing-*')]:
            os.utime(path, (1, 1))
        self.act(None, lambda env: env['civic.accession.line']._cron_retry())
        return [str(path) for path in self.spool.rglob('*') if path.name != 'quarantine'] + [
            str(path) for path in self.root.rglob('.writing-*')]


def _digest(path):
    path = Path(path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def kill_at_every_point(town, say, first=1):
    """Walk packages in, each killed one point later than the one before, and go on; return how many points there were."""
    number = first - 1
    while True:
        number += 1
        name = f'K{number:03d}'
        sha256 = _digest(town.make_sip(name))
        killed, where = town.in_child(lambda name=name: town.go_on(name), stop_at=number)
        for whole in (False, True):
            wrong = town.look(name, sha256, whole)
            assert not wrong, f"{'in the end' if whole else 'after the kill'} at point {number} ({where}): {wrong}"
            if not whole:
                town.in_child(lambda name=name: town.go_on(name))
        say(f'{number} {where}')
        if not killed:
            return number - 1


def fill_the_disk(town):
    """Have no room at each place where a package is written, then room again; return what was said there."""
    name, said = 'F001', {}
    town.inbox = Path(tempfile.mkdtemp(dir='/dev/shm'))     # on another device: it must be copied
    sha256 = _digest(town.make_sip(name))
    for before, step in (('_answer', '_receive'), ('_approve', '_keep'), ('_keep', '_copy')):
        town.go_on(name, until=before)
        _killed, refusal = town.in_child(lambda step=step: getattr(town, step)(name), room=1000)
        line = town.act(None, lambda env: {
            'message': town.line(env, name).message, 'copies': town.line(env, name).aip_id.copy_ids.mapped('message')})
        said[step] = refusal or ' '.join(filter(None, [line['message'], *line['copies']]))
        wrong = town.look(name, sha256)
        assert not wrong, f'no room at {step}: {wrong}'
    town.go_on(name)
    wrong = town.look(name, sha256, whole=False)
    assert not wrong, wrong
    state = town.act(None, lambda env: town.line(env, name).aip_id.state)
    town.inbox.rmdir()                                      # what came in is gone from there
    return {'said': said, 'state': state, 'left': [str(path) for path in town.root.rglob('.writing-*')]}


def lose_a_medium(town):
    """Have the second medium go away while its copy is being written, then come back."""
    name = 'U001'
    sha256 = _digest(town.make_sip(name))
    town.go_on(name, until='_keep')
    medium, away = town.root / 'm2', town.root / 'away'

    def write():
        def fsync(descriptor, real=os.fsync):
            real(descriptor)
            if '/m2/' in os.readlink(f'/proc/self/fd/{descriptor}'):
                medium.rename(away)
        os.fsync = fsync
        town._copy(name)

    town.in_child(write)
    message = town.act(None, lambda env: town.line(env, name).aip_id.copy_ids[1].message)
    wrong = town.look(name, sha256)
    away.rename(medium)
    town.go_on(name)
    return {
        'message': message, 'wrong': wrong + town.look(name, sha256),
        'state': town.act(None, lambda env: town.line(env, name).aip_id.state)}
