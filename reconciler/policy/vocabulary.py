"""The values that somebody bears, and the nearest of them to one that nobody does (T5)."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache

from reconciler.errors import did_you_mean
from reconciler.policy.model import Move
from reconciler.policy.source import rename_aliases

MANY = 2000
"""From so many values on, only those with the same first letter are compared for likeness."""

MOST_HINTS = 20
"""How many hints are looked for among many values: comparing is slow, and more are not read."""


class Vocabulary:
    """Answers from the values of each attribute, asked for once."""

    def __init__(self, values: Callable[[str], Collection[str]], moved: Iterable[Move]) -> None:
        self._same = _same_values(rename_aliases(moved))
        self._values = cache(lambda attribute: frozenset(values(attribute)))
        self._lines = cache(lambda attribute: "\n".join(sorted(self._values(attribute))))
        self._folded = cache(
            lambda attribute: {one.casefold(): one for one in sorted(self._values(attribute))}
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

    def _some_match(self, attribute: str, glob: str) -> bool:
        pattern = "[^\n]*".join(map(re.escape, re.split(r"\*+", glob)))
        return re.search(f"^{pattern}$", self._lines(attribute), re.MULTILINE) is not None

    def _nearest(self, attribute: str, value: str) -> str:
        known: Collection[str] = self._values(attribute)
        folded = value.casefold()
        if same := self._folded(attribute).get(folded):
            return f" Did you mean {same!r}?"
        if len(known) > MANY:
            if not self._hints_left:
                return ""
            self._hints_left -= 1
            known = [one for one in known if one[:1].casefold() == folded[:1]]
        return did_you_mean(value, sorted(known))


def _same_values(aliases: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], list[str]]:
    last: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (attribute, old), new in aliases.items():
        last[attribute, new] += [old, new]
    return {(kind, one): same for (kind, _), same in last.items() for one in same}
