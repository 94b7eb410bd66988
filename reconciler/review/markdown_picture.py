"""The picture of a plan in a comment: from policies to trainings, with head-counts (Mermaid)."""

from collections.abc import Callable

from reconciler.review.deeds import deed, titles
from reconciler.review.markdown_parts import Section
from reconciler.review.markdown_text import picture_label
from reconciler.review.model import PlanDocument
from reconciler.review.people import few

LOSS = "stroke:#c2410c,stroke-width:2px"


def picture(document: PlanDocument, hidden: Callable[[str], str], *, most: int) -> Section | None:
    """Draw the ``most`` largest arrows; None for a plan that does nothing to anybody."""
    arrows: dict[tuple[str, str, str], int] = {}
    for one in document.decisions:
        if one.blocked is None:
            for cause in one.causes if document.undo is None else ():
                key = (cause, one.content, one.action)
                arrows[key] = arrows.get(key, 0) + one.trainees
    if not arrows:
        return None
    called = titles(document)
    ordered = sorted(arrows.items(), key=lambda arrow: (-arrow[1], arrow[0]))[:most]
    policies = sorted({cause for (cause, _, _), _ in ordered})
    contents = sorted({content for (_, content, _), _ in ordered})
    lines = ["flowchart LR"]
    for number, cause in enumerate(policies):
        lines.append(f'  p{number}["{picture_label(hidden(cause.removeprefix("automation.")))}"]')
    for number, content in enumerate(contents):
        lines.append(f'  c{number}(["{picture_label(called.get(content, content))}"])')
    losses = []
    for number, ((cause, content, action), people) in enumerate(ordered):
        label = picture_label(f"{deed(action).title.lower()}: {few(people)}")
        lines.append(
            f'  p{policies.index(cause)} -->|"{label}"| c{contents.index(content)}'
        )  # fmt: skip
        if deed(action).loses:
            losses.append(str(number))
    if losses:
        lines.append(f"  linkStyle {','.join(losses)} {LOSS}")
    left = len(arrows) - len(ordered)
    foot = f"{left:,} smaller arrows are not drawn." if left else ""
    drawing = "\n".join(["```mermaid", *lines, "```"])
    return Section("Picture", drawing, (), foot)
