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


def schema(
    file: Annotated[File, typer.Argument(help="Of which file.")] = File.POLICY,
    directory: Directory = Path(),  # noqa: ARG001 as every command
    no_color: NoColor = False,  # noqa: ARG001 as every command
) -> None:
    """Print the JSON Schema of a policy file or of the workspace file, for editors.

    Example: reconciler schema policy > schemas/policy.schema.json
    """
    say(schema_text(file))


def schema_text(file: File) -> str:
    """The schema as it stands in ``schemas/``."""
    from reconciler.policy.schema import document_schema, policy_schema
    from reconciler.settings import Settings

    made = policy_schema() if file is File.POLICY else document_schema(Settings, "reconciler.yaml")
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
