"""Print the JSON Schema of a file, for editors."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, say


class File(StrEnum):
    POLICY = "policy"
    WORKSPACE = "workspace"
    PLAN = "plan"


def schema(
    file: Annotated[File, typer.Argument(help="Of which file.")] = File.POLICY,
    directory: Directory = Path(),  # noqa: ARG001 as every command
    no_color: NoColor = False,  # noqa: ARG001 as every command
) -> None:
    """Print the JSON Schema of a policy file, of the workspace file or of a saved plan.

    Example: reconciler schema policy > schemas/policy.schema.json
    """
    say(schema_text(file))


def schema_text(file: File) -> str:
    """The schema as it stands in ``schemas/``."""
    from reconciler.policy.schema import document_schema, policy_schema
    from reconciler.review.schema import plan_schema
    from reconciler.settings import Settings

    match file:
        case File.POLICY:
            made = policy_schema()
        case File.WORKSPACE:
            made = document_schema(Settings, "reconciler.yaml")
        case File.PLAN:
            made = plan_schema()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
