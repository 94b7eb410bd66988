"""The base of every model of a file that people write."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class OddKey(ValueError):
    """A key means nothing, which a validator of something around it found.

    ``path`` leads to the key from where the validator stands.
    """

    def __init__(self, message: str, *path: str) -> None:
        self.path = path
        super().__init__(message)


class Document(BaseModel):
    """A node of a file. Unknown keys are errors, and nothing changes after parsing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    meant: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Keys that people write here for one of its own whose letters are others."""
