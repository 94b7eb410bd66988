"""The values that somebody bears, and the nearest of them to one that nobody does (T5)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

from reconciler.errors import did_you_mean
from reconciler.policy.model import Move
from reconciler.policy.source import rename_aliases

NEIGHBORS = 50
"""How many values before and after, in order and in order of their ends, are compared."""

MOST_HINTS = 50
"""For how many values a hint is looked for: comparing is slow, and more are not read."""


class Vocabulary:
    """Answers from the values of each attribute, asked for once."""

    def __init__(self, values: Callable[[str], Collection[str]], moved: Iterable[Move]) -> None:
        self._same = _same_values(rename_aliases(moved))
        self._values = cache(lambda attribute: frozenset(values(attribute)))
        self._sorted = cache(self._both_orders)
        self._folded = cache(
            lambda attribute: {one.casefold(): one for one in self._sorted(attribute)[0]}
        )
        self._matches = cache(self._some_match)
        self._hint = cache(self._nearest)
        self._hints_left = MOST_HINTS

    def bears(self, attribute: str, value: str) -> bool:
        """Whether somebody bears the value, under any of its names (A15)."""
        if "*" in value:
            return self._matches(attribute, value)
        same = self._same.get((attribute, value), (value,))
        return any(one in self._values(attribute) for one in same)

    def hint(self, attribute: str, value: str) -> str:
        """The nearest known value as a sentence with a leading space, or nothing."""
        return self._hint(attribute, value.replace("*", ""))

    def _both_orders(self, attribute: str) -> tuple[list[str], list[str]]:
        values = self._values(attribute)
        return sorted(values), sorted(value[::-1] for value in values)

    def _some_match(self, attribute: str, glob: str) -> bool:
        return any(matching(glob, self._values(attribute)))

    def _nearest(self, attribute: str, value: str) -> str:
        if same := self._folded(attribute).get(value.casefold()):
            return f" Did you mean {same!r}?"
        if not self._hints_left:
            return ""
        self._hints_left -= 1
        forward, backward = self._sorted(attribute)
        ends = [end[::-1] for end in _around(backward, value[::-1])]
        return did_you_mean(value, dict.fromkeys([*_around(forward, value), *ends]))


def matching(glob: str, values: Iterable[str]) -> Iterator[str]:
    """The values that a glob selects, in their order; only ``*`` is special in it (P4a).

    Each part is looked for once, where it first comes: to go back and look further would find no
    more, and with many parts might never end.
    """
    first, *middle, last = glob.split("*")
    for value in values:
        if value.startswith(first) and _goes_on(value, len(first), middle, last):
            yield value


def _goes_on(value: str, at: int, middle: Sequence[str], last: str) -> bool:
    """Whether the rest of a value holds these parts in order and ends with the last one."""
    for part in middle:
        found = value.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return value.endswith(last) and len(value) - len(last) >= at


def _around(ordered: Sequence[str], value: str) -> Sequence[str]:
    place = bisect_left(ordered, value)
    return ordered[max(0, place - NEIGHBORS) : place + NEIGHBORS]


def _same_values(aliases: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], list[str]]:
    last: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (attribute, old), new in aliases.items():
        last[attribute, new] += [old, new]
    return {(kind, one): same for (kind, _), same in last.items() for one in same}
