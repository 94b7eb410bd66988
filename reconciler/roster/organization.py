"""Reads the organization: what a location, a role or a department says about other attributes."""

from itertools import islice
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from reconciler.documents.model import Document
from reconciler.documents.scalars import Text, Texts
from reconciler.documents.source import Source, Unreadable, read_source
from reconciler.documents.validation import validated
from reconciler.errors import (
    MOST_LOOKED_AT,
    Diagnostic,
    InvalidWorkspace,
    Location,
    finder_of_slips,
)
from reconciler.frames import Organization


class LocationEntry(Document):
    """What belongs to everybody who works at a location (P2)."""

    brand: Text | None = Field(None, description="The brand of the location.")
    franchise: Text | None = Field(None, description="Who runs it; none if the company does.")
    region: Text | None = Field(None, description="Its region, if it is in one only.")
    regions: Texts = Field((), description="The regions that it is in.")

    @model_validator(mode="after")
    def _names_regions_once(self) -> Self:
        if self.region is not None and self.regions:
            raise ValueError("'region' and 'regions' say the same; keep one of them")
        return self


class RoleEntry(Document):
    """What belongs to everybody who holds a role (P2)."""

    department: Text | None = Field(None, description="The department of the role.")


class DepartmentEntry(Document):
    """Where a department stands among the others (P3)."""

    parent: Text | None = Field(None, description="The department that it is a part of.")


class OrganizationFile(Document):
    """The organization, as written."""

    locations: dict[Text, LocationEntry] = Field({}, description="Locations by name.")
    roles: dict[Text, RoleEntry] = Field({}, description="Roles by name.")
    departments: dict[Text, DepartmentEntry] = Field({}, description="Departments by name.")


def read_organization(path: Path, shown_as: str) -> Organization:
    """Read the organization from a YAML file.

    Args:
        path: The file.
        shown_as: How findings name it.

    Raises:
        InvalidWorkspace: With every finding; a cycle among departments is one (P3).
    """
    try:
        source = read_source(path, shown_as, first="locations:")
    except Unreadable as unreadable:
        raise InvalidWorkspace(unreadable.findings) from None
    written, findings = validated(OrganizationFile, source)
    if written is None:
        raise InvalidWorkspace(findings)
    organization = _organization(written)
    if cycles := _cycles(organization, source):
        raise InvalidWorkspace(cycles)
    return organization


def _organization(written: OrganizationFile) -> Organization:
    places = written.locations.items()
    return Organization(
        brand={name: place.brand for name, place in places if place.brand},
        franchise={name: place.franchise for name, place in places if place.franchise},
        regions={
            name: regions
            for name, place in places
            if (regions := place.regions or ((place.region,) if place.region else ()))
        },
        department={
            name: role.department for name, role in written.roles.items() if role.department
        },
        parent={name: unit.parent for name, unit in written.departments.items() if unit.parent},
        locations=frozenset(written.locations),
        roles=frozenset(written.roles),
        departments=frozenset(written.departments),
    )


def _cycles(organization: Organization, source: Source) -> list[Diagnostic]:
    if not organization.parent:
        return []
    import networkx as nx  # noqa: PLC0415 slow to load, and only nested departments need it

    graph = nx.DiGraph(organization.parent.items())
    findings = []
    for cycle in nx.simple_cycles(graph):
        first = cycle.index(min(cycle))
        names = [*cycle[first:], *cycle[:first], cycle[first]]
        findings.append(
            Diagnostic(
                source.place(("departments", names[0], "parent")),
                "Department cycle",
                f"{' → '.join(names)}: each is a part of the next (P3). Take one 'parent' out.",
            )
        )
    return findings


def slips(organization: Organization, shown_as: str) -> list[Diagnostic]:
    """Departments that are no others of the organization but for a slip of the pen (P3).

    That it does not describe a department at all is nothing to tell: it need not describe all.
    """
    known = organization.departments
    slip = finder_of_slips(known)
    named = {*organization.department.values(), *organization.parent.values()}
    return [
        Diagnostic(
            Location(shown_as),
            "Unknown department",
            f"{value!r} stands in a role or another department, and under departments {meant!r}. "
            "Is it the same?",
        )
        for value in islice(sorted(named - known), MOST_LOOKED_AT if known else 0)
        if (meant := slip(value)) is not None
    ]
