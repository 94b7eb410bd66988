"""Show a saved plan again, as it was when it was made."""

import os
from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, Every, Json, NoColor, console, say


def show(
    file: Annotated[Path, typer.Argument(help="A plan that `plan -o` saved.")],
    directory: Directory = Path(),
    json: Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="For a comment: nobody's name, 60,000 bytes at most.")
    ] = False,
    long: Annotated[
        bool, typer.Option("--long", help="With --markdown: for the summary of a job, 1 MiB.")
    ] = False,
    html: Annotated[
        bool, typer.Option("--html", help="A report in one file, for browsers. It has ids in it.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there.")
    ] = None,
    every: Every = False,
    no_color: NoColor = False,
) -> None:
    """Show a saved plan again, as it was when it was made.

    Example: reconciler show plan.zip --html -o report.html
    """
    from reconciler.commands.showing import check_options, put
    from reconciler.review.saved import load_plan

    check_options(json=json, markdown=markdown, html=html, long=long, output=output)
    document, actions = load_plan(directory / file)
    if json:
        text = document.model_dump_json(indent=2)
    elif markdown:
        from reconciler.review.markdown import markdown as as_markdown
        from reconciler.review.people import key_from

        key = key_from(os.environ)
        text = as_markdown(document, actions, file=file.name, key=key, long=long)
    elif html:
        from reconciler.review.html import html as as_html

        text = as_html(document, actions, file=file.name)
    else:
        from reconciler.review.parts import trainees_in
        from reconciler.review.terminal import show_plan

        out = console(no_color=no_color)
        return show_plan(document, trainees_in(actions), out, every_name=every)
    return put(text, directory / output) if output else say(text)
