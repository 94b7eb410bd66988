"""A plan as a report for browsers: one file that needs no network and no other file."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from reconciler.review.html_rows import as_script_data, table_data
from reconciler.review.html_view import view
from reconciler.review.model import PlanDocument


def html(document: PlanDocument, actions: pl.DataFrame, *, file: str) -> str:
    """Write a plan as one HTML file. Unlike a comment it has the ids of people in it.

    Args:
        document: The plan in numbers.
        actions: Its rows, as a plan file holds them.
        file: What the plan file is called, for the command that applies it.
    """
    style, script = _part("report.css"), _part("report.js")
    return _environment().get_template("report.html").render(
        **view(document, actions, file=file),
        data=Markup(as_script_data(table_data(document, actions))),  # noqa: S704 escaped in there
        style=Markup(style),  # noqa: S704 our own file
        script=Markup(script),  # noqa: S704 our own file
        policy=_content_security_policy(style, script),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_part),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda number: f"{number:,}"
    return environment


def _part(name: str) -> str:
    return (files("reconciler.review") / "templates" / name).read_text(encoding="utf-8")


def _content_security_policy(style: str, script: str) -> str:
    """Allow this style and this script, and nothing else from anywhere."""

    def hashed(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; script-src 'sha256-{hashed(script)}'; "
        f"style-src 'sha256-{hashed(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
