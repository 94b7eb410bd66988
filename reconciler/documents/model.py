"""The base of every model of a file that people write."""

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A node of a file. Unknown keys are errors, and nothing changes after parsing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
