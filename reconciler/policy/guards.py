"""What may be written about guards: ceilings, what lifts one, when a roster is fit, what a run
without a review may do (G1 to G4, A3).
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from reconciler.documents.limit import Ceiling, Limit
from reconciler.documents.model import Document
from reconciler.documents.scalars import Duration, Moment, Prose, Span, Text, Texts

EVERYTHING = "all"
UNITS = ("location", "franchise", "brand", "region")
"""The attributes whose values are units of a guard (G1)."""

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "assign": ("assign",),
        "remove": ("remove",),
        "restart": ("restart",),
        "retake": ("retake",),
        "restart_and_retake": ("restart", "retake"),
    }
)
"""What a guard counts: its kind, and the actions that it is about."""

TAKES_AWAY = ("remove", "restart", "retake", "restart_and_retake")
"""The kinds of which somebody loses something."""


class Guards(Document):
    """The most that one plan may do: a number, or a share such as 5% (G1)."""

    assign: Ceiling | None = Field(None, description="New assignments.")
    remove: Ceiling | None = Field(None, description="Removals.")
    restart: Ceiling | None = Field(None, description="Restarts: progress lost.")
    retake: Ceiling | None = Field(None, description="Retakes: completed work to do again.")
    restart_and_retake: Ceiling | None = Field(None, description="Both of these together.")

    def limits(self) -> Iterator[tuple[str, Limit]]:
        """Each kind with its ceiling, those without one left out."""
        for kind in KINDS:
            limit: Limit | None = getattr(self, kind)
            if limit is not None and not limit.is_unlimited:
                yield kind, limit


DEFAULTS: Mapping[str, Guards] = MappingProxyType(
    {
        EVERYTHING: Guards.model_validate(
            {"assign": "25%", "remove": "5%", "restart_and_retake": "10%"}
        ),
        **{unit: Guards.model_validate({"remove": "20%"}) for unit in UNITS},
    }
)
"""The ceilings that hold where the workspace says nothing (G3)."""


class WorkspaceGuards(Document):
    """The most that one plan may do, in all and in each unit (G1, G3)."""

    all: Guards = Field(Guards(), description="In all.")
    location: Guards = Field(Guards(), description="In each location.")
    franchise: Guards = Field(Guards(), description="In each franchise.")
    brand: Guards = Field(Guards(), description="In each brand.")
    region: Guards = Field(Guards(), description="In each region.")
    protected: Texts = Field((), description="Contents of which nobody loses anything.")
    on_breach: Literal["hold", "hold_removals"] = Field(
        "hold",
        description="Hold the whole apply, or only what is taken away and let the rest go.",
    )

    def of(self, unit: str) -> Guards:
        """The ceilings for ``all`` or for each unit of one attribute, defaults included."""
        written: Guards = getattr(self, unit)
        kept = {kind: limit for kind, limit in written if limit is not None}
        return DEFAULTS[unit].model_copy(update=kept)


def _bounded(limit: Limit) -> Limit:
    if limit.is_unlimited:
        raise ValueError("a lift names its ceiling; 'unlimited' is none")
    return limit


class Lift(Document):
    """Raises one guard's ceiling for one policy, once (G4a)."""

    guard: Literal[
        "assign",
        "remove",
        "restart",
        "retake",
        "restart_and_retake",
        "head_count",
        "empty",
        "renamed",
    ] = Field(description="What the guard counts.")
    policy: Text = Field(description="automation.NAME, an order, or all.")
    unit: Text = Field(description="all, ATTRIBUTE.VALUE such as location.austin-1, or a content.")
    ceiling: Annotated[Ceiling, AfterValidator(_bounded)] = Field(
        description="The most that is let through instead."
    )
    reason: Prose = Field(description="Why, for those who review it.")
    until: Moment = Field(description="A day (to its last instant) or an instant.")


class HeadCounts(Document):
    """How many people may be gone since the last good roster."""

    all: Ceiling | None = Field(None, description="In all; 10% unless it says otherwise.")
    location: Ceiling | None = Field(
        None, description="In each location; 50% unless it says otherwise."
    )


GATE_DEFAULTS: Mapping[str, Limit] = MappingProxyType(
    {"all": Limit(share=1000), "location": Limit(share=5000), "empty": Limit(share=500)}
)
"""What a roster may lack where the workspace says nothing."""


class RosterGate(Document):
    """What makes a roster unfit to plan from (A3): compared with that of the last apply."""

    head_count: HeadCounts = Field(HeadCounts(), description="People who are gone.")
    empty: Ceiling | None = Field(
        None,
        description="People without a value that they had, in any attribute that a target uses; "
        "5% unless it says otherwise.",
    )
    renamed: Literal["fail", "tell"] = Field(
        "fail",
        description="What it means that all who bore a value that a target names bear a new one.",
    )
    age: Span = Field(Duration(7, "day"), description="How old the file may be.")

    @property
    def limits(self) -> dict[str, Limit]:
        """The ceilings in all, in each location, and of values that are gone."""
        written = {
            "all": self.head_count.all,
            "location": self.head_count.location,
            "empty": self.empty,
        }
        return {name: limit or GATE_DEFAULTS[name] for name, limit in written.items()}


class StandingApproval(Document):
    """What a run may do that nobody has reviewed: the nightly one."""

    attributions: tuple[Literal["people", "time", "drift"], ...] = Field(
        ("people", "time"),
        min_length=1,
        description="Whose changes; a change of policy is always reviewed (D5).",
    )
    all: Guards = Field(Guards(), description="The most in one day, in all.")
    location: Guards = Field(Guards(), description="The most in one day in each location.")
    franchise: Guards = Field(Guards(), description="The most in one day in each franchise.")
    brand: Guards = Field(Guards(), description="The most in one day in each brand.")
    region: Guards = Field(Guards(), description="The most in one day in each region.")

    def of(self, unit: str) -> Guards:
        """The ceilings for ``all`` or for each unit of one attribute."""
        found: Guards = getattr(self, unit)
        return found
