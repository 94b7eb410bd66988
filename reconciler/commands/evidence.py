"""The steps of history and export: what is asked for, and where it goes."""

from collections.abc import Collection, Iterator
from pathlib import Path

from reconciler.documents.whole import written_whole
from reconciler.errors import NotFit, ServiceTrouble, WrongUse, did_you_mean, probably_meant
from reconciler.ledger.evidence import Question
from reconciler.ledger.ledger import Ledger
from reconciler.policy.source import survey_policies
from reconciler.policy.walk import written_orders
from reconciler.review.history import csv_lines, json_lines
from reconciler.workspace import Workspace


def question(
    trainee: str | None, content: str | None, automation: str | None, run: int | None
) -> Question:
    """What was typed; a name alone is an automation's."""
    rule = automation if automation is None or "." in automation else f"automation.{automation}"
    return Question(trainee=trainee, content=content, automation=rule, run=run)


def check_names(asked: Question, workspace: Workspace, ledger: Ledger) -> None:
    """That what is asked for is something: nothing was done for a misspelt name.

    Raises:
        WrongUse: Nobody knows that content, or that rule.
    """
    if asked.content is None and asked.automation is None:
        return
    contents, owners = ledger.knows()
    if asked.content is not None and asked.content not in contents:
        offered = contents | _offered(workspace)
        if asked.content not in offered:
            raise WrongUse(_unknown_content(asked.content, offered))
    if asked.automation is not None and asked.automation not in owners:
        written = owners | _written(workspace)
        if asked.automation not in written:
            hint = did_you_mean(asked.automation, written)
            raise WrongUse(
                f"Neither ledger nor policies know {asked.automation!r}."
                + (hint or " `reconciler state list` lists the rules.")
            )


def namesakes(asked: Question, ledger: Ledger) -> list[str]:
    """What else was called as the rule that is asked for, as sentences (A15b)."""
    name = asked.automation
    return [
        f"{other} was called {name} until run {run}: "
        f"`--automation {other.removeprefix('automation.')}` tells of it alone."
        for other, run in (ledger.once_called(name) if name is not None else {}).items()
    ]


def _unknown_content(content: str, known: Collection[str]) -> str:
    by_name = {one if "/" in content else one.partition("/")[2]: one for one in sorted(known)}
    meant = probably_meant(content, by_name)
    hint = f"Did you mean {by_name[meant]!r}?" if meant else "`reconciler lms show` lists all."
    return f"Neither ledger nor LMS knows {content!r}. {hint}"


def _offered(workspace: Workspace) -> frozenset[str]:
    """What the LMS offers; nothing where it cannot be asked, for the ledger tells the past."""
    try:
        return frozenset(workspace.lms().catalog())
    except (NotFit, ServiceTrouble):
        return frozenset()


def _written(workspace: Workspace) -> frozenset[str]:
    """The rules and orders that stand in the files, valid or not."""
    policies = survey_policies(workspace.root, workspace.policies).legible
    return frozenset(
        {f"automation.{name}" for name in policies.automations} | {*written_orders(policies)}
    )


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
