from collections import Counter
from datetime import date

from odoo.tests import BaseCase, tagged

from odoo.addons.civic_document.tools.content import inspect
from odoo.addons.civic_document.tools.secrecy import find_secrecy_mark, find_secrecy_mark_in_name

from ..demo import city, subjects, writer
from ..tools import papers

TODAY = date(2026, 11, 20)


@tagged('post_install', '-at_install')
class TestWriter(BaseCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.letters = writer.write_city(TODAY)

    def test_the_same_day_gives_the_same_city(self):
        self.assertEqual(self.letters, writer.write_city(TODAY))

    def test_every_state_is_there(self):
        states = Counter(letter.state for letter in self.letters if letter.direction == 'incoming')
        self.assertEqual(
            set(states), {'draft', 'registered', 'assigned', 'handling', 'done', 'returned', 'cancelled'})
        self.assertGreater(sum(states.values()), 170)
        self.assertGreater(states['done'], states['handling'])

    def test_letters_come_in_the_order_of_their_days(self):
        days = [letter.day for letter in self.letters]
        self.assertEqual(days, sorted(days))
        self.assertLessEqual(days[-1], TODAY)
        self.assertTrue(all(day.weekday() < 5 for day in days))

    def test_nobody_writes_to_itself_or_after_its_end(self):
        for letter in self.letters:
            issuer = city.ISSUERS[letter.issuer]
            if letter.direction == 'incoming':
                self.assertNotEqual(letter.issuer, letter.agency)
                self.assertLessEqual(letter.paper.date, letter.day)
            else:
                self.assertEqual(letter.issuer, letter.agency)
            self.assertTrue(not issuer.valid_from or issuer.valid_from <= letter.paper.date)
            self.assertTrue(not issuer.valid_to or letter.paper.date <= issuer.valid_to)

    def test_a_deadline_is_a_working_day_after_arrival(self):
        for letter in self.letters:
            if letter.deadline:
                self.assertGreater(letter.deadline, letter.day)
                self.assertLess(letter.deadline.weekday(), 5)

    def test_some_open_work_is_overdue_and_some_is_not(self):
        late = [letter.deadline < TODAY for letter in self.letters if letter.state in ('assigned', 'handling')]
        self.assertIn(True, late)
        self.assertIn(False, late)

    def test_no_reference_is_given_twice_by_one_issuer(self):
        references = Counter((letter.issuer, letter.paper.reference, letter.paper.date.year) for letter in self.letters)
        self.assertEqual([reference for reference, count in references.items() if count > 1], [])

    def test_a_file_has_the_name_of_its_reference(self):
        letter = self.letters[0]
        self.assertEqual(letter.filename, letter.paper.reference.replace('/', '_') + '.pdf')

    def test_nothing_bears_a_mark_of_state_secrecy(self):
        for letter in self.letters:
            paper = letter.paper
            self.assertFalse(find_secrecy_mark_in_name(paper.subject), paper.subject)
            lines = [item if isinstance(item, str) else str(item[1]) for item in paper.body]
            self.assertFalse(find_secrecy_mark('\n'.join(lines)), letter.key)
            self.assertFalse(find_secrecy_mark('\n'.join((letter.instruction, letter.result, letter.reason))))

    def test_no_slot_is_left_open(self):
        for letter in self.letters:
            text = f'{letter.paper.subject} {letter.paper.body} {letter.paper.bases}'
            self.assertNotRegex(text, r'[{}]')

    def test_papers_pass_the_check_of_uploads(self):
        by_type = {letter.paper.type_name: letter for letter in self.letters}
        self.assertGreater(len(by_type), 12)
        for letter in by_type.values():
            report = inspect(papers.paper(letter.paper), letter.filename, max_bytes=10_000_000, max_pages=50)
            self.assertFalse(list(report.problems), letter.key)
            self.assertIn(letter.paper.reference, report.text)

    def test_fields_of_work_have_a_unit_in_every_agency_that_gets_them(self):
        fields = {topic.key for topic in subjects.FIELDS}
        self.assertEqual(len(fields), 12)
        for agency, units in city.UNITS.items():
            self.assertLessEqual({name for unit in units for name in unit.fields}, fields)
            headed = {person.unit for person in city.PEOPLE if person.agency == agency and person.heads}
            self.assertEqual([unit.key for unit in units if unit.fields and unit.key not in headed], [])

    def test_a_small_city_has_every_agency(self):
        letters = writer.write_city(TODAY, scale=0.05)
        self.assertEqual({letter.agency for letter in letters}, {agency.key for agency in city.AGENCIES})
        self.assertLess(len(letters), len(self.letters) / 4)
