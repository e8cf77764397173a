"""Arithmetic of indicators: formulas, shares, rounding, verdicts; plain Python.

Shares are kept as fractions and compared unrounded; only what is shown is rounded, half up (79,95 → 80,0), as people
round on paper.
"""
import ast
import functools
import operator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

# Within so much of its target a share is yellow: percentage points, or a tenth for figures that are no shares.
NEAR_POINTS = 5
NEAR_PART = Fraction(1, 10)
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def parse_formula(text):
    """Return the measures that a formula adds up: ``due_late + due_open``."""
    return tuple(word.strip() for word in (text or '').split('+') if word.strip())


def add_up(names, measures):
    """Add up the measures that are named; what was not counted is zero."""
    return sum([measures.get(name, 0) for name in names])


def calculate(formula, values):
    """Return the value of arithmetic over names, ``100 * A / B``, or None: by zero, or of what has no number.

    :param dict values: {name: number or None}
    :raise ValueError: it is something else, or names what there is not
    """
    def work(node):
        match node:
            case ast.BinOp(left, symbol, right) if type(symbol) in OPERATORS:
                return OPERATORS[type(symbol)](work(left), work(right))
            case ast.UnaryOp(ast.USub(), operand):
                return -work(operand)
            case ast.Constant(int(value)):
                return Fraction(value)
            case ast.Name(name) if name in values:
                return values[name] if values[name] is None else Fraction(values[name])
        raise ValueError(formula)

    try:
        return work(ast.parse(formula.strip(), mode='eval').body)
    except SyntaxError:
        raise ValueError(formula) from None
    except (TypeError, ZeroDivisionError):      # what has no number cannot be reckoned with
        return None


def divide(numerator, denominator, unit):
    """Return the value as a fraction, or None: nothing to measure is neither 0 nor 100 per cent."""
    if unit == 'count':
        return Fraction(numerator)
    if not denominator:
        return None
    return Fraction(numerator, denominator) * (100 if unit == 'percent' else 1)


def round_half_up(value, digits=1):
    """Round as people do on paper."""
    value = Fraction(value)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def show(value, digits=1):
    """Write a value as it is shown: rounded half up, decimal comma."""
    return '' if value is None else str(round_half_up(value, digits)).replace('.', ',')


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
