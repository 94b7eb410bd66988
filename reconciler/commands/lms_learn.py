"""`lms start` and `lms complete`: what trainees do in the local LMS."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console

Trainee = Annotated[str, typer.Argument(help="Who, by id.")]
Held = Annotated[str, typer.Argument(metavar="CONTENT", help="course/NAME or module/NAME.")]
Course = Annotated[str | None, typer.Argument(metavar="[COURSE]", help="Of a module: which.")]
At = Annotated[str | None, typer.Option(metavar="INSTANT", help="In the workspace's time zone.")]


def start(
    trainee: Trainee,
    content: Held,
    course: Course = None,
    directory: Directory = Path(),
    at: At = None,
    no_color: NoColor = False,
) -> None:
    """Let a trainee start a course, or in a module one of its courses (without: the next).

    Example: reconciler lms start E00042 module/allergens labels --at 2026-03-31T09:00
    """
    from reconciler.commands.planning import instant_of
    from reconciler.lms.local import learning
    from reconciler.workspace import local_lms_path, open_workspace

    path = local_lms_path(workspace := open_workspace(directory))
    instant = instant_of(at, workspace, option="--at").astimezone(workspace.zone)
    started = learning.start(path, trainee, content, course=course, at=instant)
    console(no_color=no_color).print(f"{trainee} started {started}.")


def complete(
    trainee: Trainee,
    content: Held,
    course: Course = None,
    directory: Directory = Path(),
    at: At = None,
    no_color: NoColor = False,
) -> None:
    """Let a trainee complete a course, or in a module one of its courses (without: all).

    Example: reconciler lms complete E00042 course/knife-safety --at 2026-03-31T09:00
    """
    from reconciler.commands.planning import instant_of
    from reconciler.lms.local import learning
    from reconciler.workspace import local_lms_path, open_workspace

    path = local_lms_path(workspace := open_workspace(directory))
    instant = instant_of(at, workspace, option="--at").astimezone(workspace.zone)
    completed = learning.complete(path, trainee, content, course=course, at=instant)
    console(no_color=no_color).print(f"{trainee} completed {', '.join(completed)}.")
