"""Arithmetic of indicators: formulas, shares, rounding, verdicts; plain Python.

Shares are kept as fractions and compared unrounded; only what is shown is rounded, half up (79,95 → 80,0), as people
round on paper.
"""
import functools
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

# Within so much of its target a share is yellow: percentage points, or a tenth for figures that are no shares.
NEAR_POINTS = 5
NEAR_PART = Fraction(1, 10)


def parse_formula(text):
    """Return the measures that a formula adds up: ``due_late + due_open``."""
    return tuple(word.strip() for word in (text or '').split('+') if word.strip())


def add_up(names, measures):
    """Add up the measures that are named; what was not counted is zero."""
    return sum([measures.get(name, 0) for name in names])


def divide(numerator, denominator, unit):
    """Return the value as a fraction, or None: nothing to measure is neither 0 nor 100 per cent."""
    if unit == 'count':
        return Fraction(numerator)
    if not denominator:
        return None
    return Fraction(numerator, denominator) * (100 if unit == 'percent' else 1)


def show(value, digits=1):
    """Write a value as it is shown: rounded half up, decimal comma."""
    if value is None:
        return ''
    value = Fraction(value)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)).replace('.', ',')


def judge(value, target, direction, unit):
    """Return 'pass', 'near', 'fail', or 'none' without a target: compared unrounded."""
    if value is None or target is None:
        return 'none'
    value, target = Fraction(value), Fraction(str(target))
    missing = target - value if direction == 'higher' else value - target
    if missing <= 0:
        return 'pass'
    near = NEAR_POINTS if unit == 'percent' else abs(target) * NEAR_PART
    return 'near' if missing <= near else 'fail'


@functools.lru_cache(maxsize=16384)     # most figures of a city are alike
def assess(numerator, denominator, unit, direction, target):
    """Return (value, why there is none, verdict) of a figure as it is kept."""
    value = divide(numerator, denominator, unit)
    if value is None:
        return None, 'zero', 'na'
    return float(value), None, judge(value, target, direction, unit)
