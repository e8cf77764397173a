import hashlib
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..tools import store
from ..tools.store import FileStore, StoreFailed


@tagged('post_install', '-at_install')
class TestStore(BaseCase):

    def setUp(self):
        super().setUp()
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = Path(holder.name, 'medium')
        self.root.mkdir()
        self.source = Path(holder.name, 'source')
        self.source.write_bytes(os.urandom(3_000_001))
        self.sha256 = hashlib.sha256(self.source.read_bytes()).hexdigest()
        self.place = FileStore(self.root)

    def names(self):
        return sorted(path.name for path in self.root.rglob('*') if path.is_file())

    def test_what_is_written_is_read_back(self):
        self.assertEqual(self.place.write('1/2/urn_uuid.zip', self.source, sha256=self.sha256), 3_000_001)
        self.assertEqual(self.place.digest('1/2/urn_uuid.zip'), (self.sha256, 3_000_001))
        self.assertEqual(list(self.place.iter_keys()), ['1/2/urn_uuid.zip'])
        self.place.delete('1/2/urn_uuid.zip')
        with self.assertRaises(StoreFailed) as caught:
            self.place.digest('1/2/urn_uuid.zip')
        self.assertEqual(caught.exception.code, 'missing')

    def test_keys_cannot_leave_the_medium(self):
        for key in ('../x', 'a/../b', '/etc/passwd', 'a//b', '', '.hidden', 'a/.b', 'a\x00b', 'ă', 'a' * 501):
            with self.subTest(key), self.assertRaises(StoreFailed):
                self.place.write(key, self.source, sha256=self.sha256)

    def test_changed_bytes_never_get_a_name(self):
        with self.assertRaises(StoreFailed) as caught:
            self.place.write('a.zip', self.source, sha256='0' * 64)
        self.assertEqual(caught.exception.code, 'changed')
        self.assertEqual(self.names(), [])

    def test_a_medium_that_is_not_mounted_is_never_made(self):
        place = FileStore(self.root / 'absent')
        for act in (place.check, lambda: place.write('a.zip', self.source, sha256=self.sha256), lambda: place.digest('a.zip')):
            with self.assertRaises(StoreFailed) as caught:
                act()
            self.assertEqual(caught.exception.code, 'unreachable')
        self.assertFalse((self.root / 'absent').exists())

    def run_child(self, code):
        return subprocess.run(
            [sys.executable, '-c', textwrap.dedent(code).format(
                tool=store.__file__, root=str(self.root), source=str(self.source), sha256=self.sha256)],
            capture_output=True, text=True, timeout=60)

    def test_a_full_medium_leaves_nothing_half_written(self):
        """The limit of the size of a file stands for a full disk: writing fails in the middle with the same kind of error."""
        done = self.run_child('''
            import importlib.util, resource, signal
            spec = importlib.util.spec_from_file_location('store', {tool!r})
            store = importlib.util.module_from_spec(spec); spec.loader.exec_module(store)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, 1000000))
            try:
                store.FileStore({root!r}).write('a.zip', {source!r}, sha256={sha256!r})
            except store.StoreFailed as error:
                print(error.code)
        ''')
        self.assertEqual(done.stdout.strip(), 'full', done.stderr)
        self.assertEqual(self.names(), [])

    def test_kill_9_in_the_middle_leaves_no_name_and_is_swept(self):
        done = self.run_child('''
            import importlib.util, os, signal
            spec = importlib.util.spec_from_file_location('store', {tool!r})
            store = importlib.util.module_from_spec(spec); spec.loader.exec_module(store)
            store.os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
            store.FileStore({root!r}).write('a.zip', {source!r}, sha256={sha256!r})
        ''')
        self.assertEqual(done.returncode, -9)
        self.assertEqual(len(self.names()), 1)
        self.assertEqual(list(self.place.iter_keys()), [])
        self.assertEqual(self.place.sweep(), 1)
        self.assertEqual(self.place.write('a.zip', self.source, sha256=self.sha256), 3_000_001)
        self.assertEqual(self.names(), ['a.zip'])

    def test_two_folders_of_one_device_are_one_medium(self):
        other = FileStore(self.root.parent)
        self.assertEqual(self.place.get_medium(), other.get_medium())
