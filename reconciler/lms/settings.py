"""The `lms` section of reconciler.yaml: one model for each kind of LMS."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.documents.model import Document
from reconciler.documents.scalars import Prose


class LocalSettings(Document):
    """The embedded LMS: one SQLite file, made by `reconciler lms init`."""

    adapter: Literal["local"] = Field(description="The embedded LMS.")
    path: Prose = Field(
        ".reconciler/lms.db", description="Its file, relative to the workspace folder."
    )


class ExportSettings(Document):
    """What another LMS exported, as files. It can be planned from, and not be written."""

    adapter: Literal["export"] = Field(description="Files that an LMS exports, to be read only.")
    catalog: Prose = Field("catalog.yaml", description="The courses and modules, as YAML.")
    enrollments: Prose = Field(description="The enrollments, as CSV or Parquet.")
    progress: Prose | None = Field(
        None, description="The progress of each course in a module, as CSV or Parquet."
    )


LmsSettings = Annotated[
    LocalSettings | ExportSettings,
    Field(discriminator="adapter", description="The LMS that holds the enrollments."),
]
