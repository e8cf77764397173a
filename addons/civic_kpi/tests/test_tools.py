from fractions import Fraction

from odoo.tests import BaseCase

from odoo.addons.civic_kpi.tools.figures import add_up, calculate, divide, judge, parse_formula, show


class TestFigures(BaseCase):

    def test_rounding_is_half_up_and_only_for_show(self):
        """79.95 shows as 80.0 and still misses 80: 1599 of 2000 = 79.95 %."""
        value = divide(1599, 2000, 'percent')
        self.assertEqual(show(value), '80,0')
        self.assertEqual(judge(value, 80, 'higher', 'percent'), 'near')
        self.assertEqual(show(Fraction(5, 2), 0), '3')
        self.assertEqual(show(Fraction(1, 8) * 10), '1,3')          # 1.25: half goes up, not to the even digit
        self.assertEqual(judge(divide(1600, 2000, 'percent'), 80, 'higher', 'percent'), 'pass')

    def test_nothing_to_measure_is_neither_zero_nor_hundred(self):
        self.assertIsNone(divide(0, 0, 'percent'))
        self.assertIsNone(divide(0, 0, 'average'))
        self.assertEqual(divide(0, 0, 'count'), 0)
        self.assertEqual(judge(None, 80, 'higher', 'percent'), 'none')

    def test_near_is_within_five_points_or_a_tenth(self):
        self.assertEqual(judge(Fraction(75), 80, 'higher', 'percent'), 'near')
        self.assertEqual(judge(Fraction(7499, 100), 80, 'higher', 'percent'), 'fail')
        self.assertEqual(judge(Fraction(11), 10, 'lower', 'count'), 'near')
        self.assertEqual(judge(Fraction(12), 10, 'lower', 'count'), 'fail')
        self.assertEqual(judge(Fraction(10), 10, 'lower', 'count'), 'pass')

    def test_formulas_add_up_measures(self):
        self.assertEqual(parse_formula(' due_late +due_open'), ('due_late', 'due_open'))
        self.assertEqual(add_up(('due_late', 'due_open'), {'due_late': 6, 'due_open': 15}), 21)

    def test_columns_are_computed_from_columns(self):
        """100 * 1 / 3 is kept exact; by zero, or of what has no number, there is none; nothing but arithmetic is taken."""
        self.assertEqual(calculate('100 * A / (A + B)', {'A': 1, 'B': 2}), Fraction(100, 3))
        self.assertEqual(calculate('-A + 2', {'A': 1}), 1)
        self.assertIsNone(calculate('A / B', {'A': 1, 'B': 0}))
        self.assertIsNone(calculate('A - B', {'A': 1, 'B': None}))
        for formula in ('', 'A +', 'A ** 2', 'C', 'A.real', 'f(A)', '1.5', '"x"'):
            with self.subTest(formula), self.assertRaises(ValueError):
                calculate(formula, {'A': 1})
