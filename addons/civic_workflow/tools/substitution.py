"""Circles of substitutes, without the database."""
from collections.abc import Hashable, Iterable
from datetime import date


def find_circle(edges: Iterable[tuple[Hashable, Hashable, date, date]], first) -> list | None:
    """Return the people of a circle through the edge ``first``, or None.

    An edge says that from one day to another the first person is replaced by the second. A circle counts only if
    there is a day on which all its edges hold.
    """
    begin, end, since, until = first
    if begin == end:
        return [begin, end]
    onward: dict = {}
    for source, target, start, stop in edges:
        onward.setdefault(source, []).append((target, start, stop))
    stack = [([begin, end], since, until)]
    while stack:
        path, since, until = stack.pop()
        for target, start, stop in onward.get(path[-1], ()):
            both = max(since, start), min(until, stop)
            if both[0] > both[1]:
                continue
            if target == begin:
                return [*path, target]
            if target not in path:
                stack.append(([*path, target], *both))
    return None
