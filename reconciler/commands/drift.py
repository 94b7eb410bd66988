"""Show what others changed in the LMS since the last apply. Changes nothing, anywhere."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, Every, Json, NoColor, console, say


def drift(
    directory: Directory = Path(),
    content: Annotated[
        list[str] | None,
        typer.Option("--content", help="Look only at this course or module; may be repeated."),
    ] = None,
    json: Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="For a page that many read: it names nobody.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Keep it here, as JSON.")
    ] = None,
    every: Every = False,
    no_color: NoColor = False,
) -> int:
    """Show what others changed in the LMS since the last apply. Changes nothing, anywhere.

    By class: missing, extra, changed due date, reopened; and what the next plan does about it. What
    people learn is no drift. The exit status is 2 where there is any, and 0 where there is none.

    Example: reconciler drift --content course/knife-safety
    """
    from reconciler.commands.drifting import find_drift
    from reconciler.commands.showing import check_options, put
    from reconciler.errors import Exit
    from reconciler.review.drift_views import drift_markdown, show_drift

    check_options(json=json, markdown=markdown, html=False, long=False, output=None)
    report = find_drift(directory, content or (), no_color=no_color)
    if output is not None:
        put(report.model_dump_json(indent=2) + "\n", directory / output)
    if json:
        say(report.model_dump_json(indent=2))
    elif markdown:
        say(drift_markdown(report))
    else:
        show_drift(report, console(no_color=no_color), every_name=every)
    return Exit.CHANGES if report.findings else Exit.OK
