"""What the ledger can prove: history, export, verify."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console, say

Trainee = Annotated[str | None, typer.Option("--trainee", metavar="ID", help="Of this trainee.")]
Content = Annotated[str | None, typer.Option("--content", help="Of this course or module.")]
Rule = Annotated[str | None, typer.Option("--automation", metavar="NAME", help="Of this rule.")]
Run = Annotated[int | None, typer.Option("--run", metavar="NUMBER", help="Of this run.")]


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


def history(
    directory: Directory = Path(),
    trainee: Trainee = None,
    content: Content = None,
    automation: Rule = None,
    run: Run = None,
    no_color: NoColor = False,
) -> None:
    """Tell what was done: when, by whom, for which rule, what the LMS said, what it held before.

    Example: reconciler state history --trainee E1042
    """
    from reconciler.commands.evidence import check_names, namesakes, question
    from reconciler.review.history import show_history
    from reconciler.workspace import open_workspace

    workspace = open_workspace(directory)
    ledger, asked = workspace.ledger(), question(trainee, content, automation, run)
    of_runs = (trainee, content, automation) == (None,) * 3
    check_names(asked, workspace, ledger)
    _tell(namesakes(asked, ledger))
    runs = [one for one in ledger.run_evidence().values() if run in (None, one.serial)]
    show_history(
        ledger.acts(asked),
        ledger.notices() if of_runs and run is None else (),
        workspace.zone,
        console(no_color=no_color),
        runs=runs if of_runs else (),
        by_trainee=trainee is not None,
    )


def export(
    directory: Directory = Path(),
    trainee: Trainee = None,
    content: Content = None,
    automation: Rule = None,
    run: Run = None,
    format_: Annotated[Format, typer.Option("--format")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it here.")
    ] = None,
    no_color: NoColor = False,  # noqa: ARG001 as every command
) -> None:
    """Write the evidence of every enrollment that was ever touched, for programs.

    Example: reconciler state export --format jsonl -o evidence.jsonl
    """
    from reconciler.commands.evidence import check_names, exported, namesakes, question, write_lines
    from reconciler.workspace import open_workspace

    workspace = open_workspace(directory)
    ledger, asked = workspace.ledger(), question(trainee, content, automation, run)
    check_names(asked, workspace, ledger)
    _tell(namesakes(asked, ledger))
    lines = exported(ledger, asked, csv=format_ is Format.CSV)
    if output is not None:
        write_lines(directory / output, lines)
        return
    for line in lines:
        say(line)


def _tell(lines: list[str]) -> None:
    """Beside what is asked for, so not in the midst of what a program reads."""
    for line in lines:
        console(no_color=True, stderr=True).print(line, markup=False)


def verify(
    directory: Directory = Path(),
    head: Annotated[
        str | None, typer.Option("--head", metavar="HASH", help="Was the last once; must be there.")
    ] = None,
    no_color: NoColor = False,
) -> int:
    """Prove that the log is whole, or name the first link that is broken (status 8).

    Example: reconciler state verify
    """
    from reconciler.commands.options import digits_of
    from reconciler.errors import Exit
    from reconciler.review.history import show_proof
    from reconciler.workspace import open_workspace

    kept = None if head is None else digits_of(head, "--head")
    proof = open_workspace(directory).ledger().verify(head=kept)
    show_proof(proof, console(no_color=no_color))
    return Exit.UNFIT if proof.broken else Exit.OK
