"""The options that several commands share, and what they mean."""

import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console

Directory = Annotated[
    Path,
    typer.Option(
        "-C", "--directory", help="Run as if started in this folder.", show_default="here"
    ),
]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colors; NO_COLOR does the same.")]
Json = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]
Every = Annotated[bool, typer.Option("--all", help="Show every rule and name every trainee.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="INSTANT",
        help="Plan for this day or instant (2026-11-23T12:00), in the workspace's time zone.",
    ),
]
Wait = Annotated[
    str | None,
    typer.Option("--wait", metavar="TIME", help="Wait so long for another apply: 30s, 10m, 2h."),
]
SPANS = {"s": "seconds", "m": "minutes", "h": "hours"}


def span(text: str | None) -> timedelta:
    """A time to wait as typed: 30s, 10m, 2h.

    Raises:
        WrongUse: It is none.
    """
    from reconciler.errors import WrongUse

    if text is None:
        return timedelta(0)
    found = re.fullmatch(r"(\d{1,5})([smh])", text.strip())
    if not found:
        raise WrongUse(f"--wait: {text!r} is not a time; write 30s, 10m or 2h.")
    return timedelta(**{SPANS[found[2]]: int(found[1])})


def console(*, no_color: bool, stderr: bool = False) -> "Console":
    """A console that fits where it prints: colors on a terminal, 80 columns in a pipe."""
    from rich.console import Console

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            self.quiet = True
            nobody_reads(sys.stderr if stderr else sys.stdout)

    made = Quiet(stderr=stderr, no_color=True if no_color else None, highlight=False)
    if not made.is_terminal:
        made.width = max(made.width, 80)
    return made


def digits_of(text: str, option: str) -> str:
    """A hash as typed behind an option, or its first digits.

    Raises:
        WrongUse: It is none, or too short to tell it from others.
    """
    from reconciler.errors import WrongUse

    digits = text.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{12,64}", digits):
        raise WrongUse(f"{option}: give a hash, or at least its first 12 digits.")
    return digits


def say(text: str) -> None:
    """Write a text for programs on standard output: in UTF-8, where it could not be told else."""
    line = text if text.endswith("\n") else f"{text}\n"
    try:
        if _can_be_told(text, sys.stdout):
            sys.stdout.write(line)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(line.encode(errors="replace"))
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_reads(sys.stdout)


def _can_be_told(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return not hasattr(stream, "buffer")
    return True


def nobody_reads(stream: TextIO) -> None:
    """Whoever read has seen enough, as `head` has: the rest goes nowhere, and the work goes on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
