"""The steps of history and export: what is asked for, and where it goes."""

from collections.abc import Iterator
from pathlib import Path

from reconciler.documents.whole import written_whole
from reconciler.errors import WrongUse
from reconciler.ledger.evidence import Question
from reconciler.ledger.ledger import Ledger
from reconciler.review.history import csv_lines, json_lines


def question(
    trainee: str | None, content: str | None, automation: str | None, run: int | None
) -> Question:
    """What was typed; a name alone is an automation's."""
    rule = automation if automation is None or "." in automation else f"automation.{automation}"
    return Question(trainee=trainee, content=content, automation=rule, run=run)


def exported(ledger: Ledger, asked: Question, *, csv: bool) -> Iterator[str]:
    acts = ledger.acts(asked)
    return csv_lines(acts) if csv else json_lines(ledger, acts)


def write_lines(path: Path, lines: Iterator[str]) -> None:
    """Write a new file, whole or not at all; one that is there is not written over.

    Raises:
        WrongUse: It is there already, or cannot be written.
    """
    try:
        if path.exists() or path.is_symlink():
            raise WrongUse(f"{path} is there already. Name another file.")
        with written_whole(path) as file:
            file.writelines(line.encode() for line in lines)
    except OSError as failure:
        raise WrongUse(f"{path} cannot be written: {failure.strerror}.") from failure
