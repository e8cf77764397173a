"""Vietnamese is complete and in step with the source: what people see has no English left in it."""
import polib
import pytest

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

from harness import ROOT

ADDONS = sorted(path.parent.name for path in (ROOT / 'addons').glob('*/i18n'))


@pytest.mark.parametrize('addon', ADDONS)
def test_every_term_is_translated(addon):
    folder = ROOT / 'addons' / addon / 'i18n'
    translations = polib.pofile(str(folder / 'vi.po'))
    assert not [entry.msgid for entry in translations if not entry.msgstr or entry.fuzzy]
    template = polib.pofile(str(folder / f'{addon}.pot'))
    assert {entry.msgid for entry in translations} == {entry.msgid for entry in template}


@tagged('post_install', '-at_install')
class TestTerms(TransactionCase):

    def test_the_templates_hold_what_the_source_says(self):
        for addon in ADDONS:
            template = polib.pofile(str(ROOT / 'addons' / addon / 'i18n' / f'{addon}.pot'))
            terms = {row[4] for row in TranslationModuleReader(self.env.cr, modules=[addon], lang=None)}
            with self.subTest(addon):
                known = {entry.msgid for entry in template}
                self.assertEqual(terms - known, set(), "export the template again")
                self.assertEqual(known - terms, set(), "these are no longer said")
