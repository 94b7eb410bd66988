"""What the places where changes are reviewed have in common: requests, issues, conclusions."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class State(Enum):
    """How a plan ended, for the commit that it was made from. Only the first is green."""

    GOOD = "good"
    BAD = "bad"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the status of a commit says; ``link`` leads to the pipeline's run."""

    state: State
    summary: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A pull or merge request as the pipeline that looks at it knows it.

    Attributes:
        repository: ``owner/name``; with GitLab also the number of the project.
        number: As people see it.
        commit: The commit that was planned; None where a person asks for the present one.
        checkouts: Under which commits a plan may have been made for it: itself, its merge.
        link: The pipeline's run.
        pipeline: Its number, where the status belongs to it.
    """

    repository: str
    number: int
    commit: str | None
    checkouts: frozenset[str] = frozenset()
    link: str | None = None
    pipeline: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A repository whose issues are told of a pipeline's run, which ``link`` leads to."""

    repository: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of ours, or one that may be."""

    number: int
    text: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Issue:
    """An open issue of ours, or one that may be."""

    number: int
    title: str
    text: str
    mine: bool


class Host(Protocol):
    """One pull or merge request, and what can be done there."""

    @property
    def longest(self) -> int:
        """How many bytes a comment may surely have."""

    def head(self) -> str:
        """The commit that the request stands at now."""

    def comments(self) -> Iterator[Comment]:
        """All comments, the oldest first."""

    def add(self, text: str) -> None:
        """Write a comment; it may be there though OutcomeUnknown is raised."""

    def edit(self, number: int, text: str) -> bool:
        """Write a comment anew; False where it is not there any more."""

    def remove(self, number: int) -> None:
        """Take a comment away, where it is still there."""

    def conclude(self, commit: str, conclusion: Conclusion, *, name: str) -> None:
        """Set the status of a commit under a name."""


class Tracker(Protocol):
    """The issues of one repository, and what can be done there."""

    @property
    def longest(self) -> int:
        """How many bytes the text of an issue may surely have."""

    def issues(self) -> Iterator[Issue]:
        """The open ones, the oldest first."""

    def open(self, title: str, text: str) -> None:
        """Open one; it may be there though OutcomeUnknown is raised."""

    def rewrite(self, number: int, title: str, text: str) -> bool:
        """Write one anew; False where it is not there any more."""

    def remark(self, number: int, text: str) -> None:
        """Write below it, which those who follow it hear of."""

    def close(self, number: int) -> bool:
        """Close one; False where it is not there any more."""
