"""A table that outgrows memory behaves as one that does not."""
import random
import sqlite3

import pytest

from ..tools import spill
from ..tools.spill import Spill
from ..tools.validate import validate
from .common import build_zip, make_package, read_entries, rewrite


@pytest.mark.parametrize('near', [3, 1000])
def test_it_is_a_dict_that_never_forgets(near):
    chance, table, model = random.Random(7), Spill(near), {}
    for _step in range(500):
        key = f'văn bản {chance.randrange(120)}' if chance.random() < 0.8 else chance.randbytes(2)
        if chance.random() < 0.5:
            model[key] = table[key] = chance.choice([None, True, b'x', (1, 'á', b'y'), 2 ** 60])
        assert (key in table) == (key in model) and table.get(key, 'no') == model.get(key, 'no')
    assert list(table.items()) == list(model.items()) and list(table) == list(model) and len(table) == len(model)
    text = Spill(near)
    for key in ('b', 'ấ', 'a', 'b'):
        text[key] = key
    assert [key for key, _value in text.sorted()] == ['a', 'b', 'ấ']
    with pytest.raises(KeyError):
        assert table['missing']


@pytest.mark.parametrize('near', [2, 1000])
def test_a_set_tells_what_is_new(near):
    table = Spill(near)
    assert [table.add(key) for key in 'abcabcdd'] == [True, True, True, False, False, False, True, False]


def test_what_is_more_than_memory_takes_lies_on_the_disk():
    table = Spill(10)
    for number in range(1000):
        table[number] = number
    assert isinstance(table._far, sqlite3.Connection) and len(table._near) <= 10 and len(table) == 1000
    assert table[3] == 3 and table[999] == 999 and 1000 not in table


def test_a_package_is_judged_the_same_from_disk(tmp_path, monkeypatch):
    """All that is wrong is found in the same order, whether tables are in memory or not."""
    good = build_zip(tmp_path, 'AIP_hoso', documents=make_package('AIP_hoso', 12).documents)

    def spoil(name, content):
        if name.endswith('.003.pdf'):
            return content + b'!'
        return None if name.endswith('.005.pdf') else content

    broken = rewrite(good, spoil)
    expected = [validate(path).as_dict() for path in (good, broken)]
    assert expected[0]['valid'] and not expected[1]['valid'] and len(read_entries(good)) > 30
    monkeypatch.setattr(spill, 'NEAR', 3)
    assert [validate(path).as_dict() for path in (good, broken)] == expected
