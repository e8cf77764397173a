import random
import tempfile

from odoo.tests import TransactionCase, tagged

from odoo.addons.civic_document.tools.ocr import read_scanned_page
from odoo.addons.civic_document.tools.reading import find_document_starts, read_document
from odoo.addons.civic_document.tools.words import read_text_pages

from ..tools import scans
from ..tools.accuracy import measure

TEST_SEED = 1009


@tagged('post_install', '-at_install')
class TestReadingAccuracy(TransactionCase):
    """A small sample of what `./civic bench reading` measures, with floors: a change that reads worse fails here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.types = cls.env['civic.document']._get_readable_types()

    def _measure(self, count, kind):
        papers = scans.samples(count, TEST_SEED, scanned=1 if kind == 'scan' else 0)
        return measure(papers, self.types)[kind]

    def test_papers_with_a_text_layer(self):
        for name, (right, empty, wrong) in self._measure(60, 'text').items():
            with self.subTest(name):
                self.assertGreaterEqual(right / 60, 0.95, f"{name}: {empty} empty, {wrong} wrong")

    def test_bad_scans(self):
        table = self._measure(8, 'scan')
        for name, floor in (
            ('reference', 6), ('issue_date', 7), ('type', 7), ('issuer', 5), ('subject', 4), ('signer_name', 4),
            ('signer_position', 4), ('urgency', 7),
        ):
            with self.subTest(name):
                right, empty, wrong = table[name]
                self.assertGreaterEqual(right, floor, f"{name}: {empty} empty, {wrong} wrong of 8")

    def test_the_same_seed_gives_the_same_papers(self):
        first, second = (scans.samples(4, TEST_SEED) for _time in range(2))
        self.assertEqual([sample.truth for sample in first], [sample.truth for sample in second])
        self.assertEqual(first[1].raw, second[1].raw)
        self.assertNotEqual([sample.truth for sample in scans.samples(4, TEST_SEED + 1)], [sample.truth for sample in first])

    def _read(self, raw, numbers):
        with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
            file.write(raw)
            file.flush()
            return [read_scanned_page(file.name, number) for number in numbers]

    def test_scribble_gives_no_suggestions(self):
        pages = self._read(scans.scribble(random.Random(3)), [1])
        found = read_document(pages, self.types)
        self.assertEqual(found, {})

    def test_a_page_of_another_layout_gives_few_suggestions_and_no_wrong_ones(self):
        """A letter of the Party: number with a dash, no national title."""
        party = scans.party_paper()
        with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
            file.write(party)
            file.flush()
            found = read_document(list(read_text_pages(file.name, 1, 1).values()), self.types)
        self.assertNotIn('reference', found)
        self.assertNotIn('issuer', found)
        self.assertLessEqual(
            {name: item.value for name, item in found.items()}.items() - {'language': 'vi'}.items(),
            {'issue_date': scans.PARTY_DATE, 'signer_name': "Nguyễn Văn Bình", 'signer_position': "Phó Bí thư"}.items())

    def test_two_papers_in_one_file(self):
        first, second = (sample.pdf for sample in scans.samples(2, 12, scanned=0))
        pages = []
        for raw in (first, second):
            with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
                file.write(raw)
                file.flush()
                for page in read_text_pages(file.name, 1, 9).values():
                    page.number = len(pages) + 1
                    pages.append(page)
        with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
            file.write(first)
            file.flush()
            length = len(read_text_pages(file.name, 1, 9))
        self.assertEqual(find_document_starts(pages), [length + 1])
