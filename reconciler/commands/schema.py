"""Print the schema of a file, for editors, or of the protocol of an LMS, for its authors."""

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
    LMS = "lms"

    @property
    def path(self) -> str:
        """Where it stands in the repository, and in a new workspace."""
        form = "openapi" if self is File.LMS else "schema"
        return f"schemas/{self.value}.{form}.json"


def schema(
    file: Annotated[File, typer.Argument(help="Of what.")] = File.POLICY,
    directory: Directory = Path(),  # noqa: ARG001 as every command
    no_color: NoColor = False,  # noqa: ARG001 as every command
) -> None:
    """Print the JSON Schema of a policy file, of the workspace file or of a saved plan.

    With lms: what an LMS over HTTP answers, as an OpenAPI description.

    Example: reconciler schema policy > schemas/policy.schema.json
    """
    say(schema_text(file))


def schema_text(file: File) -> str:
    """The schema as it stands in ``schemas/``."""
    from reconciler.lms.http.openapi import openapi
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
        case File.LMS:
            made = openapi()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
