"""Everything that can go wrong, said to the person who can put it right.

ReconcilerError            1
├── WrongUse               1  a command that cannot be carried out as it was typed
├── InvalidPolicies        3  the policy files; holds every finding with its place
├── InvalidWorkspace       3  reconciler.yaml or the organization; holds every finding
├── HeldByGuard            4  the plan does more than it may
├── StalePlan              5  planned again, it would be another plan
│   └── Overtaken             something was noted in the ledger since it was read
├── LedgerLocked           7  somebody else applies
│   └── LeaseLost             while this run was paused, somebody else began
├── ServiceTrouble         1  a service over HTTP did not do what it was asked
│   ├── ServiceRefused        it understood, and will not: rights, an unknown number
│   ├── ServiceUnavailable    it cannot be reached, or asks to come back later
│   └── OutcomeUnknown        a write that may have been carried out, or not
└── NotFit                 8  what must be read cannot be trusted
    ├── FrameMismatch         columns are missing, of another type, or repeat a key
    ├── RosterUnfit
    ├── LmsUnfit
    └── LedgerUnfit
"""

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

FILE_NAME = "reconciler.yaml"
"""The workspace's own file, beside which a command looks for all others."""
MOST_COMPARED = 2_000
"""Among more names than these none is compared letter by letter, which is slow."""
MOST_LOOKED_AT = 200
"""Of so many names that are unknown, the nearest are looked for."""
LIKENESS = 0.85
"""How much of both names a slip of the pen leaves as it is."""


class Exit(IntEnum):
    """What a command tells the shell."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    INVALID = 3
    HELD = 4
    STALE = 5
    PARTLY = 6
    LOCKED = 7
    UNFIT = 8


class ReconcilerError(Exception):
    """Base of every error that this package raises on purpose."""

    status = Exit.ERROR


class WrongUse(ReconcilerError):
    """The command cannot be carried out as it was typed."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file. Lines and columns count from 1, as editors do; line 0: the file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One finding. The summary never varies; names, values and the way out go in detail."""

    at: Location
    summary: str
    detail: str

    def __str__(self) -> str:
        return f"{self.at}: {self.summary}\n    {self.detail}"


class Findings(ReconcilerError):
    """Base of the errors that carry every finding of a run, sorted by place.

    ``warnings`` are told behind them: what would be no error by itself.
    """

    status = Exit.INVALID

    def __init__(self, findings: Iterable[Diagnostic], warnings: Iterable[Diagnostic] = ()) -> None:
        self.findings = tuple(sorted(set(findings)))
        assert self.findings, "an error that says nothing helps nobody"
        lines = [*map(str, self.findings), *(f"warning {one}" for one in sorted(set(warnings)))]
        super().__init__("\n".join(lines))


class InvalidPolicies(Findings):
    """The policy files do not say something that can be planned."""


class InvalidWorkspace(Findings):
    """reconciler.yaml, or the organization that it names, cannot be used."""


class HeldByGuard(ReconcilerError):
    """The plan does more than the guards let through (G4)."""

    status = Exit.HELD


class StalePlan(ReconcilerError):
    """The plan does not match what it would be now, or may not be applied any more."""

    status = Exit.STALE


class Overtaken(StalePlan):
    """Something has been noted in the ledger since the plan read it (D7h)."""


class LedgerLocked(ReconcilerError):
    """Somebody else holds the lease of the ledger."""

    status = Exit.LOCKED


class LeaseLost(LedgerLocked):
    """The run no longer holds the lease, so it may write nothing."""


class ServiceTrouble(ReconcilerError):
    """Base: a service over HTTP did not do what it was asked. Holds no secret."""


class ServiceRefused(ServiceTrouble):
    """It understood, and will not do it; asking again changes nothing.

    ``code`` is the HTTP status, and ``reason`` what the service said, if anything. ``maybe_done``:
    an earlier attempt at the same write may have been carried out.
    """

    def __init__(self, text: str, *, code: int, reason: str = "", maybe_done: bool = False) -> None:
        self.code = code
        self.reason = reason
        self.maybe_done = maybe_done
        super().__init__(text)


class ServiceUnavailable(ServiceTrouble):
    """It cannot be reached, answers with nothing that makes sense, or asks to come back later."""


class OutcomeUnknown(ServiceTrouble):
    """A write that may have been carried out, or not: only reading tells."""


class NotFit(ReconcilerError):
    """Base: what must be read cannot be trusted, so nothing is planned from it."""

    status = Exit.UNFIT


class FrameMismatch(NotFit):
    """A table that crosses modules lacks a column, has another type, or repeats a key."""


class RosterUnfit(NotFit):
    """The roster cannot be read, or not all of it."""


class LmsUnfit(NotFit):
    """The LMS cannot be read, or does not show what it should."""


class LedgerUnfit(NotFit):
    """The ledger is missing, of another lineage, or of another format (D9)."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the nearest known name as a sentence with a leading space, or nothing."""
    meant = probably_meant(name, known)
    return "" if meant is None else f" Did you mean {meant!r}?"


def probably_meant(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest to one that is unknown; None where none is near."""
    words: dict[str, str] = {}
    for word in known:
        if abs(len(word) - len(name)) <= max(3, len(name) // 2):
            folded = word.casefold()
            words[folded] = min(word, words.get(folded, word))
    near = difflib.get_close_matches(name.casefold(), words, n=1, cutoff=0.6)
    return words[near[0]] if near else None


def slip_of(name: str, known: Iterable[str]) -> str | None:
    """The known name that a name is but for a slip of the pen: its case, a dash, a letter.

    Numbers are no slip. Letters are compared only where few names are known.
    """
    return finder_of_slips(known)(name)


def finder_of_slips(known: Iterable[str]) -> Callable[[str], str | None]:
    """What tells ``slip_of`` for one name after another, among the same known ones."""
    words = {_letters(word): word for word in sorted(known)}
    compared: dict[str, list[tuple[str, int]]] = defaultdict(list)
    if len(words) <= MOST_COMPARED:
        for word in words:
            compared[_digits(word)].append((word, _kinds(word)))

    def found(name: str) -> str | None:
        typed = _letters(name)
        if typed in words:
            return words[typed]
        kinds = _kinds(typed)
        alike = (
            word
            for word, others in compared.get(_digits(typed), ())
            if (kinds ^ others).bit_count() <= (1 - LIKENESS) * (len(word) + len(typed))
        )
        near = difflib.get_close_matches(typed, alike, n=1, cutoff=LIKENESS)
        return words[near[0]] if near else None

    return found


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name


def _digits(name: str) -> str:
    return "".join(letter for letter in name if letter.isdigit())


def _kinds(name: str) -> int:
    """Which letters are in a name, as bits: names that differ in many of them are not alike."""
    bits = 0
    for letter in name:
        bits |= 1 << ord(letter) % 64
    return bits
