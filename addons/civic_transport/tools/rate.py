"""How often somebody may knock; plain Python, for one process."""
import time
from collections import OrderedDict
from threading import Lock


class RateLimiter:
    """A bucket per name that fills again by itself.

    :param int names: so many are remembered; the one that was quiet longest is forgotten first
    """

    def __init__(self, names=10_000):
        self._names, self._buckets, self._lock = names, OrderedDict(), Lock()

    def take(self, name, per_minute, now=None):
        """Return 0 if it may, else the seconds to wait."""
        now = time.monotonic() if now is None else now
        with self._lock:
            level, since = self._buckets.pop(name, (float(per_minute), now))
            level = min(float(per_minute), level + (now - since) * per_minute / 60)
            allowed = level >= 1
            self._buckets[name] = (level - 1 if allowed else level, now)
            if len(self._buckets) > self._names:
                self._buckets.popitem(last=False)
        return 0 if allowed else max(1, int((1 - level) * 60 / per_minute) + 1)

    def level(self, name, per_minute, now=None):
        """Return whether there is anything left, without taking it."""
        now = time.monotonic() if now is None else now
        level, since = self._buckets.get(name, (float(per_minute), now))
        return level + (now - since) * per_minute / 60 >= 1
