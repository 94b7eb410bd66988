"""Write a saved plan into its pull or merge request, with the status of the commit."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console


def comment(
    file: Annotated[
        Path | None, typer.Argument(help="What `plan -o` saved, if it made a plan; or `drift -o`.")
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
        int | None, typer.Option(metavar="STATUS", help="The exit status of `plan` or `apply`.")
    ] = None,
    issue: Annotated[
        bool, typer.Option("--issue", help="Instead, an issue that is open while one must look.")
    ] = False,
    mention: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --issue: who is to look.")
    ] = None,
    name: Annotated[str, typer.Option(help="Tells several plans for one place apart.")] = "plan",
    no_color: NoColor = False,
) -> None:
    """Write a saved plan into its pull or merge request: one comment, and the commit's status.

    The comment is written anew by each run. The status is green only where the plan could be
    applied. With --ended, also a plan that was not made is told. With --issue, for runs without a
    request: one issue, opened when somebody must look, and closed when nobody must.

    Example: reconciler comment --github plan.zip
    """
    import os

    from reconciler.commands.commenting import Called, Outcome, tell
    from reconciler.errors import WrongUse
    from reconciler.hosting.environment import Asked, Kind

    if github is gitlab:
        raise WrongUse("Where to? Give --github or --gitlab.")
    kind, asked = Kind.GITHUB if github else Kind.GITLAB, Asked(repository, number, commit)
    outcome = Outcome(file and directory / file, ended)
    told = tell(outcome, kind, asked, os.environ, called=Called(name, issue, mention))
    console(no_color=no_color).print(told, markup=False, soft_wrap=True)
