"""Explain why one trainee gets one content, or does not."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import AsOf, Directory, NoColor, console


def explain(
    trainee: Annotated[str, typer.Argument(help="The trainee's id.")],
    content: Annotated[str, typer.Argument(help="course/NAME or module/NAME.")],
    directory: Directory = Path(),
    as_of: AsOf = None,
    no_color: NoColor = False,
) -> None:
    """Explain why one trainee gets one content, or does not.

    Example: reconciler explain E00042 course/knife-safety
    """
    from reconciler.commands.planning import make_plan
    from reconciler.documents.scalars import clean
    from reconciler.planner.explain import explain as explained
    from reconciler.review.explanation import show_explanation

    named = clean(content)
    made = make_plan(directory, as_of=as_of, no_color=no_color, also=named)
    answer = explained(made.plan, clean(trainee), named)
    show_explanation(answer, console(no_color=no_color))
