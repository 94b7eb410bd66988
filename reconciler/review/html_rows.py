"""The table of actions of a report: columns of numbers, and what the numbers stand for."""

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from reconciler.review.deeds import deed, targets, titles, why
from reconciler.review.model import AutomationReport, DecisionReport, PlanDocument
from reconciler.review.words import SCOPES

MOST_ROWS = 100_000
"""Of the actions that a report lists. More would be slow to open; the plan file has them all."""


def table_data(document: PlanDocument, actions: pl.DataFrame) -> dict[str, Any]:
    """The rows of a report, those that lose something first; ``of`` is rows per decision.

    Every other column is a number in a list of different values in order, so that a browser sorts
    numbers; -1 stands for none.
    """
    carried = [one for one in document.decisions if one.blocked is None]
    order = sorted(range(len(carried)), key=lambda number: not deed(carried[number].action).loses)
    rows = _in_order(carried, order, actions)
    zone = ZoneInfo(document.header.timezone)
    due = rows["due"].dt.convert_time_zone(str(zone)).dt.strftime("%Y-%m-%d %H:%M")
    where = rows["location"] if "location" in rows.columns else pl.Series([None] * len(rows))
    trainees, who = _coded(rows["trainee"])
    places, at = _coded(where.cast(pl.String))
    dues, until = _coded(due)
    return {
        "trainees": trainees,
        "who": who,
        "places": places,
        "where": at,
        "dues": dues,
        "due": until,
        "of": _lengths([carried[number].trainees for number in order]),
        "decisions": list(_told([carried[number] for number in order], document)),
        "total": len(actions),
        "asOf": f"{document.header.as_of.astimezone(zone):%Y-%m-%dT%H:%M:%S}",
    }


def _in_order(
    carried: list[DecisionReport], order: list[int], actions: pl.DataFrame
) -> pl.DataFrame:
    """The first rows of the decisions in another order."""
    starts, total = [], 0
    for one in carried:
        starts.append(total)
        total += one.trainees
    parts, left = [actions.head(0)], MOST_ROWS
    for number in order:
        part = actions.slice(starts[number], min(left, carried[number].trainees))
        parts.append(part)
        left -= len(part)
    return pl.concat(parts)


def _lengths(sizes: list[int]) -> list[int]:
    result, left = [], MOST_ROWS
    for size in sizes:
        result.append(min(size, left))
        left -= result[-1]
    return result


def _coded(values: pl.Series) -> tuple[list[str], list[int]]:
    different = values.drop_nulls().unique().sort()
    names = different.to_list()
    if not names:
        return [], [-1] * len(values)
    codes = values.to_frame("value").join(
        different.to_frame("value").with_row_index("code"),
        on="value",
        how="left",
        maintain_order="left",
    )["code"]
    return names, codes.cast(pl.Int32).fill_null(-1).to_list()


def _told(decisions: list[DecisionReport], document: PlanDocument) -> Iterator[dict[str, Any]]:
    called = titles(document)
    automations = {one.id: one for one in document.automations}
    wanted = targets(document)
    for one in decisions:
        yield {
            "content": one.content,
            "title": called.get(one.content, one.content),
            "action": one.action,
            "label": deed(one.action).title,
            "loses": deed(one.action).loses,
            "why": why(one.action, one.effect),
            "causes": [
                {
                    "id": cause,
                    "target": wanted.get(cause, ""),
                    **_rule(automations.get(cause)),
                }
                for cause in one.causes
            ],
        }


def _rule(one: AutomationReport | None) -> dict[str, str]:
    if one is None:
        return {"scope": "", "said": ""}
    said = f"{one.description.rstrip('.')}." if one.description else ""
    return {"scope": f"{SCOPES[one.scope].capitalize()}.", "said": said}


def as_script_data(data: dict[str, Any]) -> str:
    """JSON that may stand in a script element, whatever is in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
