"""Tables that may outgrow memory: a dict for the package of every day, a temporary file for one of 70 000 files."""
from __future__ import annotations

import marshal
import sqlite3

NEAR = 50_000       # entries of a table in memory
CACHE = 12_288      # kB of its file that SQLite keeps in memory


class Spill:
    """Text, bytes or numbers as keys, plain values, in the order in which they came; nothing is taken out again.

    Once there are more than ``near`` entries, all go to a temporary file of SQLite, which vanishes with the table, and memory
    holds only what came since.
    """

    def __init__(self, near=None):
        self._near, self._far, self._limit, self._asked = {}, None, near or NEAR, (None, self)

    def __setitem__(self, key, value):
        self._near[key] = value
        if len(self._near) > self._limit:
            self._move()

    def get(self, key, default=None):
        value = self._near.get(key, self)
        if value is not self:
            return value
        if self._far is None:
            return default
        if key != self._asked[0]:       # who asks whether it is there often asks for it next
            row = self._far.execute('SELECT value FROM entry WHERE key = ?', (key,)).fetchone()
            self._asked = key, marshal.loads(row[0]) if row else self
        return default if self._asked[1] is self else self._asked[1]

    def __getitem__(self, key):
        value = self.get(key, self)
        if value is self:
            raise KeyError(key)
        return value

    def __contains__(self, key):
        return key in self._near or self._far is not None and self.get(key, self) is not self

    def add(self, key):
        """Use it as a set. :return: whether the key is new."""
        if key in self._near or self._far is not None and key in self:
            return False
        self[key] = True
        return True

    def __len__(self):
        if self._far is None:
            return len(self._near)
        self._move()
        return self._far.execute('SELECT count(*) FROM entry').fetchone()[0]

    def __iter__(self):
        return (key for key, _value in self.items())

    def items(self):
        """Pairs as they came; nothing may be added meanwhile."""
        if self._far is None:
            yield from self._near.items()
            return
        self._move()
        for key, value in self._far.execute('SELECT key, value FROM entry ORDER BY number'):
            yield key, marshal.loads(value)

    def sorted(self):
        """Pairs by their keys."""
        if self._far is None:
            yield from sorted(self._near.items())
            return
        self._move()
        for key, value in self._far.execute('SELECT key, value FROM entry ORDER BY key'):
            yield key, marshal.loads(value)

    def _move(self):
        if self._far is None:
            self._limit = min(self._limit, 4_000)
            self._far = sqlite3.connect('', isolation_level=None, check_same_thread=False)      # '': a temporary file
            self._far.execute('PRAGMA journal_mode = OFF')
            self._far.execute(f'PRAGMA cache_size = -{CACHE}')
            self._far.execute('CREATE TABLE entry (number INTEGER PRIMARY KEY, key UNIQUE, value BLOB)')
        self._far.execute('BEGIN')
        self._far.executemany(
            'INSERT INTO entry (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
            ((key, marshal.dumps(value)) for key, value in self._near.items()))
        self._far.execute('COMMIT')
        self._near.clear()
        self._asked = None, self
