"""ruff, pylint-odoo and Odoo's own checkers (test_lint): all judge our add-ons alone."""
import inspect
import os
import subprocess
from pathlib import Path
from unittest.mock import patch

from odoo.modules import Manifest
from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name, tagged

from odoo.addons.test_lint.tests import (
    test_dunderinit,
    test_i18n,
    test_index,
    test_jstranslate,
    test_manifests,
    test_naming,
    test_onchange_domains,
    test_orm_import,
    test_override_signatures,
    test_pofile,
    test_routes,
    test_test_holes,
)
from odoo.addons.test_lint.tests.lint_case import LintCase

ROOT = Path(__file__).resolve().parent.parent
OURS = {manifest.parent.name for manifest in (ROOT / 'addons').glob('*/__manifest__.py')}


def test_ruff_and_pylint_odoo():
    result = subprocess.run([ROOT / 'civic', 'lint', '--data', os.environ['CIVIC_DATA']],
                            capture_output=True, text=True, timeout=900, check=False)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr[-1500:]}"


def _is_ours(python_class):
    """Whether the class is ours, and no extension of every model there is: that makes no model of others ours."""
    return getattr(python_class, '_module', None) in OURS and getattr(python_class, '_inherit', None) not in ('base', ['base'])


def _our_models(database):
    """The models that an add-on of ours makes or extends."""
    return {name: model for name, model in Registry(database).items() if any(map(_is_ours, model.mro()))}


class OursAlone:
    """Shows Odoo's checkers our add-ons alone, and turns what they only log into a failure."""

    registry_users = (test_naming, test_override_signatures)

    def setUp(self):
        super().setUp()
        ours = [manifest for manifest in Manifest.all_addon_manifests() if manifest.name in OURS]
        self.assertEqual({manifest.name for manifest in ours}, OURS)
        patches = [patch.object(Manifest, 'all_addon_manifests', staticmethod(lambda: ours))]
        patches += [patch.object(module, 'Registry', _our_models) for module in self.registry_users]
        for patcher in patches:
            patcher.start()
            self.addCleanup(patcher.stop)
        quiet = self.assertNoLogs('odoo.addons.test_lint', level='WARNING')
        quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)


class TestDunderinit(OursAlone, test_dunderinit.TestDunderinit):
    pass


class TestI18n(OursAlone, test_i18n.TestI18n):
    pass


class TestIndex(OursAlone, test_index.TestIndex):

    def fail(self, msg=None):
        """The checker reads the whole registry and knows only `index=`: leave others' fields and real indexes out."""
        if missing := [line for line in str(msg).splitlines() if 'civic.' in line and not self._has_index(line)]:
            super().fail("\n".join(missing))

    def _has_index(self, line):
        """Whether an index that holds every row begins with the column of "model.field (inverse of …)"."""
        model, _dot, column = line.split(' ')[0].rpartition('.')
        self.env.cr.execute("""
            SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
            WHERE indrelid = %s::regclass AND attname = %s AND indpred IS NULL
        """, [self.env[model]._table, column])
        return bool(self.env.cr.rowcount)


class TestJsTranslations(OursAlone, test_jstranslate.TestJsTranslations):
    pass


class TestManifests(OursAlone, test_manifests.ManifestLinter):
    pass


class TestNaming(OursAlone, test_naming.TestNaming):
    pass


class TestOnchangeDomains(OursAlone, test_onchange_domains.TestOnchangeDomains):
    pass


class TestOrmImport(OursAlone, test_orm_import.TestDunderinit):
    pass


class TestOverrideSignatures(OursAlone, test_override_signatures.TestLintOverrideSignatures):
    pass


class TestPofile(OursAlone, test_pofile.PotLinter):
    pass


class TestRoutes(OursAlone, test_routes.RoutesLinter):
    pass


class TestTestHoles(OursAlone, test_test_holes.TestTestHoles):
    pass


def _get_clashes(models):
    """Return "model.method: lower room, higher room" for methods that a room has taken away from a lower one.

    A higher room extends a method (it calls ``super``) or fills in one whose docstring begins with "Hook"; one that merely
    has the same name replaces what the lower room calls, and nobody notices.
    """
    clashes = []
    for name, model in models.items():
        owners = {}
        for layer in reversed([layer for layer in model.mro() if _is_ours(layer) and layer._name == name]):
            for method, function in vars(layer).items():
                code = getattr(inspect.unwrap(function) if callable(function) else function, '__code__', None)
                if code is None or method.startswith('__'):
                    continue
                lower = owners.get(method)
                extends = 'super' in code.co_names or '__class__' in code.co_freevars
                if lower and lower[0] != layer._module and not extends and not (lower[1] or '').startswith("Hook"):
                    clashes.append(f'{name}.{method}: {lower[0]}, {layer._module}')
                owners.setdefault(method, (layer._module, function.__doc__))
    return clashes


@tagged('-at_install', 'post_install')
class TestNameClashes(LintCase):

    def test_no_room_takes_a_method_away_from_a_lower_one(self):
        self.assertEqual(_get_clashes(_our_models(get_db_name())), [])

    def test_a_clash_is_found(self):
        class Lower:
            _name, _module = 'a.model', min(OURS)

            def _get_thread(self):
                """Return the thread."""

            def _fill(self):
                """Hook: fill."""

            def _extend(self):
                """Extend."""

        class Higher(Lower):
            _module = max(OURS)

            def _get_thread(self):
                return 'another thread'

            def _fill(self):
                return 'filled'

            def _extend(self):
                return super()._extend()

        self.assertEqual(_get_clashes({'a.model': Higher}), [f'a.model._get_thread: {min(OURS)}, {max(OURS)}'])
