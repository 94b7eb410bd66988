"""Write a saved plan into its pull or merge request, with the status of the commit."""

import re
from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def comment(
    file: Annotated[
        Path | None, typer.Argument(help="A plan that `plan -o` saved, if it made one.")
    ] = None,
    directory: Directory = Path(),
    github: Annotated[bool, typer.Option("--github", help="On GitHub; GITHUB_TOKEN.")] = False,
    gitlab: Annotated[bool, typer.Option("--gitlab", help="On GitLab; GITLAB_TOKEN.")] = False,
    repository: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="Without: the pipeline's.")
    ] = None,
    number: Annotated[
        int | None, typer.Option(help="The pull or merge request. Without: the pipeline's.")
    ] = None,
    commit: Annotated[
        str | None, typer.Option(metavar="SHA", help="What was planned. Without: the pipeline's.")
    ] = None,
    ended: Annotated[
        int | None, typer.Option(metavar="STATUS", help="The exit status of `plan`.")
    ] = None,
    name: Annotated[str, typer.Option(help="Tells several plans for one request apart.")] = "plan",
    no_color: NoColor = False,
) -> None:
    """Write a saved plan into its pull or merge request: one comment, and the commit's status.

    The comment is written anew by each run. The status is green only where the plan could be
    applied. With --ended, also a plan that was not made is told.

    Example: reconciler comment --github plan.zip
    """
    import os

    from reconciler.commands.commenting import Outcome, tell
    from reconciler.errors import WrongUse
    from reconciler.hosting.environment import Asked, Kind

    if github is gitlab:
        raise WrongUse("Where to? Give --github or --gitlab.")
    if not NAME.fullmatch(name):
        raise WrongUse(f"--name: {name!r}. Write up to 40 small letters, digits and hyphens.")
    told = tell(
        Outcome(file and directory / file, ended),
        Kind.GITHUB if github else Kind.GITLAB,
        Asked(repository, number, commit),
        os.environ,
        name=name,
    )
    console(no_color=no_color).print(told, markup=False, soft_wrap=True)
