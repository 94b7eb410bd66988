"""The trainees of one run as sets: an inverted index from attribute values to positions.

A position is the ledger's number of a trainee; newcomers follow in the order of their ids. So a set
that the ledger stored is a set of positions as it is, and the same roster in another order gives
the same positions (D1).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.frames import ATTRIBUTES, Organization
from reconciler.planner.sets import (
    places_in_order,
    positions_of,
    positions_where,
    sets_by_value,
    union,
    without,
)
from reconciler.policy.target import Aliases
from reconciler.policy.vocabulary import matching
from reconciler.snapshot import Snapshot

MISSING = np.iinfo(np.int32).min
EPOCH = date(1970, 1, 1)
UNSURE = ("inactive", "unknown")
ACTIVE, FILLED = "#active", "#filled"
"""What a census holds beside the values of attributes, none of which can have such a name."""
GIVEN_BY_LOCATION = ("brand", "franchise", "region")


@dataclass(frozen=True)
class Activity:
    """Who is active, inactive and of unknown activity (P5). Nobody else has a position."""

    active: BitMap
    inactive: BitMap
    unknown: BitMap


class Index:
    """The roster of n trainees, absent ones included, as sets of positions 0 … n−1."""

    def __init__(self, snapshot: Snapshot, aliases: Aliases, *, as_of: datetime) -> None:
        known = snapshot.ledger.trainees
        rows = _positioned(snapshot)
        self._rows = rows
        self._aliases = aliases
        self._organization = snapshot.organization
        self.required = snapshot.required
        self.attributes = frozenset(ATTRIBUTES) | snapshot.custom
        self.newcomers = rows.filter(pl.col("position") >= len(known))["trainee"]
        self.ids = pl.concat([known.rename("trainee"), self.newcomers])
        self.size = len(self.ids)
        is_listed = np.zeros(self.size, dtype=bool)
        is_listed[rows["position"].to_numpy()] = True
        self._listed = positions_where(is_listed)
        self.roster = self._listed
        self.activity = self._activity(snapshot, as_of=as_of)
        self.hired = self._hire_days()
        self.hire_known = positions_where(self.hired != MISSING)
        self._own: dict[str, dict[str, BitMap]] = {}
        self._having: dict[tuple[str, str], BitMap] = {}
        self._bearers: dict[tuple[str, str], BitMap] = {}
        self._filled: dict[str, BitMap] = {}
        self._hired_since: dict[int, BitMap] = {}
        self._givers = _givers(snapshot.organization, aliases)
        self.emptied = self._emptied_attributes(snapshot)

    def at(self, snapshot: Snapshot, *, as_of: datetime) -> "Index":
        """The same roster at the as-of of the last apply: who was active then (D5)."""
        other = copy(self)
        if "activity_before" in self._rows.columns or snapshot.inactive_after is not None:
            other.activity = self._activity(snapshot, as_of=as_of, column="activity_before")
        return other

    def _activity(
        self, snapshot: Snapshot, *, as_of: datetime, column: str = "activity"
    ) -> Activity:
        column = column if column in self._rows.columns else "activity"
        inactive, unknown = (self._having_activity(name, column) for name in UNSURE)
        absent = BitMap(range(self.size)) - self.roster
        gone = BitMap()
        if snapshot.inactive_after is not None:
            limit = as_of - timedelta(days=snapshot.inactive_after)
            gone = BitMap(n for n, seen in snapshot.ledger.last_seen.items() if seen <= limit)
            gone &= absent
            if (last := snapshot.ledger.last_as_of) is not None and last <= limit:
                gone |= absent & snapshot.ledger.members("present")
        return Activity(
            active=self.roster - inactive - unknown,
            inactive=inactive | gone,
            unknown=unknown | (absent - gone),
        )

    def _having_activity(self, name: str, column: str) -> BitMap:
        return self._at(self._rows[column] == name)

    def _at(self, rows: pl.Series) -> BitMap:
        """The positions of some rows, given as a mask."""
        return positions_of(self._rows["position"].filter(rows).to_numpy())

    def _hire_days(self) -> NDArray[np.int32]:
        days = np.full(self.size, MISSING, dtype=np.int32)
        column = self._rows["hire_date"].to_physical().fill_null(MISSING)
        days[self._rows["position"].to_numpy()] = column.to_numpy()
        return days

    def _emptied_attributes(self, snapshot: Snapshot) -> dict[str, BitMap]:
        filled = {
            key.owner: who for key, who in snapshot.ledger.sets.items() if key.kind == "filled"
        }
        emptied = {
            attribute: without(who & self.roster, self.decidedly_filled(attribute))
            for attribute, who in filled.items()
            if attribute in self.attributes or attribute == "hire_date"
        }
        return {attribute: who for attribute, who in emptied.items() if who}

    def decidedly_filled(self, attribute: str) -> BitMap:
        """For whom an attribute is filled, or decidedly empty (A4d)."""
        source = source_of(attribute)
        if source is None or attribute in self._rows.columns:
            return self.filled(attribute)
        return self.filled(attribute) | (self.filled(source) - self._bearing_unlisted(source))

    def _bearing_unlisted(self, source: str) -> BitMap:
        """Who bears a location or role that the organization does not list."""
        listed = self._organization.values(source)
        known = {self._aliases.get((source, value), value) for value in listed}
        return union(who for value, who in self.own_sets(source).items() if value not in known)

    @cached_property
    def by_id(self) -> NDArray[np.uint32]:
        """All positions, in the order of the ids."""
        return places_in_order(self.ids)

    def number_of(self, trainee: str) -> int | None:
        """The position of one id."""
        found = self.ids.index_of(trainee)
        return None if found is None else int(found)

    def positions(self, trainees: Collection[str]) -> BitMap:
        """The positions of these ids; unknown ones are left out."""
        wanted = pl.Series(sorted(trainees), dtype=pl.String)
        return positions_of(self.ids.is_in(wanted.implode()).arg_true().to_numpy())

    def having(self, attribute: str, value: str) -> BitMap:
        """Who bears a value that a policy names: it may be a glob (T5)."""
        if "*" not in value:
            return self.bearing(attribute, value)
        key = (attribute, value)
        if key not in self._having:
            borne = self._matching(attribute, value)
            self._having[key] = union(self.bearing(attribute, one) for one in borne)
        return self._having[key]

    def bearing(self, attribute: str, value: str) -> BitMap:
        """Who bears just this value, by roster or organization (P2), sub-departments included (P3).

        A value that has moved stands for its old name (A15).
        """
        key = (attribute, value)
        if key not in self._bearers:
            self._bearers[key] = self._find_bearers(attribute, value)
        return self._bearers[key]

    def filled(self, attribute: str) -> BitMap:
        """For whom an attribute has any value."""
        if attribute not in self._filled:
            self._filled[attribute] = self._find_filled(attribute)
        return self._filled[attribute]

    def _find_filled(self, attribute: str) -> BitMap:
        if attribute == "hire_date":
            return self.hire_known
        own = self._filled_in_roster(attribute)
        source = source_of(attribute)
        givers = self._givers[attribute].values() if source else ()
        if source is None or not givers:
            return own
        sets = self.own_sets(source)
        named = frozenset().union(*givers)
        return BitMap.union(own, *(sets[giver] for giver in named if giver in sets))

    def _filled_in_roster(self, attribute: str) -> BitMap:
        if attribute not in self._rows.columns:
            return BitMap()
        column = self._rows[attribute]
        several = column.dtype == pl.List
        empty = column.is_null() | (column.list.len() == 0) if several else column.is_null()
        return without(self._listed, self._at(empty))

    def undecided_by(self, attribute: str, *, cautious: bool) -> BitMap:
        """Whose emptiness in this attribute leaves comparisons open (P6); cautious: A4 as well."""
        required = attribute in self.required or attribute == "hire_date"
        empty = self.roster - self.filled(attribute) if required else BitMap()
        return empty | self.emptied.get(attribute, BitMap()) if cautious else empty

    def is_emptied(self, attributes: Collection[str]) -> bool:
        """Whether anybody lost a value of these attributes since they were last seen (A4)."""
        return any(attribute in self.emptied for attribute in attributes)

    def hired_on_or_after(self, day: date) -> BitMap:
        """Whose hire date is known and not before ``day``."""
        return self.hired_since(day_number(day))

    def hired_since(self, number: int) -> BitMap:
        """The same for the number of a day, which is more than MISSING."""
        if number not in self._hired_since:
            self._hired_since[number] = positions_where(self.hired >= number)
        return self._hired_since[number]

    def values(self, attribute: str) -> frozenset[str]:
        """All values that some trainee or the organization bears, old names included."""
        here = set(self.own_sets(attribute)) | set(self._organization.values(attribute))
        here |= set(self._givers.get(attribute, ()))
        old = {value for (owner, value), new in self._aliases.items() if owner == attribute}
        return frozenset(here | old)

    def values_of(self, position: int, attribute: str) -> tuple[str, ...]:
        """The values that one trainee bears, by roster and organization, sorted."""
        return tuple(
            sorted(v for v in self._borne(attribute) if position in self.bearing(attribute, v))
        )

    def written(self, attribute: str, positions: NDArray[np.uint32]) -> pl.Series:
        """What the roster says of an attribute for some positions; null for none."""
        rows = self._rows
        if attribute not in rows.columns:
            return pl.Series(attribute, [None], dtype=pl.String).new_from_index(0, len(positions))
        column = rows[attribute]
        if column.dtype == pl.List:
            column = column.list.sort().list.join(" | ").replace("", None)
        row = np.full(self.size, len(column), dtype=np.uint32)
        row[rows["position"].to_numpy()] = np.arange(len(column), dtype=np.uint32)
        return column.extend_constant(None, 1).gather(row[positions])

    def _borne(self, attribute: str) -> Iterator[str]:
        yield from {*self.own_sets(attribute), *self._givers.get(attribute, ())}

    def _matching(self, attribute: str, glob: str) -> list[str]:
        names = matching(glob, self.values(attribute))
        return sorted({self._aliases.get((attribute, name), name) for name in names})

    def _find_bearers(self, attribute: str, value: str) -> BitMap:
        if attribute == "department":
            return self._in_department(value)
        own = self.own_sets(attribute).get(value, BitMap())
        return self._given(attribute, value) | own

    def givers(self, attribute: str, value: str) -> frozenset[str]:
        """The roles or locations by which the organization gives a value or glob (P2, P3)."""
        if source_of(attribute) is None:
            return frozenset()
        named = self._matching(attribute, value) if "*" in value else [value]
        if attribute == "department":
            named = [inner for one in named for inner in self._and_below(one)]
        givers = self._givers[attribute]
        return frozenset().union(*(givers.get(one, frozenset()) for one in named))

    def _in_department(self, department: str) -> BitMap:
        own = self.own_sets("department")
        return union(
            own.get(one, BitMap()) | self._given("department", one)
            for one in self._and_below(department)
        )

    def _and_below(self, department: str) -> set[str]:
        """A department and all that are in it (P3)."""
        open_, seen = [department], {department}
        while open_:
            below = self._givers["parent"].get(open_.pop(), frozenset()) - seen
            seen |= below
            open_ += below
        return seen

    def _given(self, attribute: str, value: str) -> BitMap:
        source = source_of(attribute)
        if source is None:
            return BitMap()
        givers = self._givers[attribute].get(value)
        if not givers:
            return BitMap()
        sets = self.own_sets(source)
        return BitMap.union(BitMap(), *(sets[giver] for giver in givers if giver in sets))

    def own_sets(self, attribute: str) -> dict[str, BitMap]:
        """Who bears each value by the roster itself, values that have moved under their new name.

        Not to be changed in place.
        """
        if attribute not in self._own:
            self._own[attribute] = self._read_own_sets(attribute)
        return self._own[attribute]

    def _read_own_sets(self, attribute: str) -> dict[str, BitMap]:
        if attribute not in self._rows.columns:
            return {}
        positions, values = self._rows["position"], self._rows[attribute]
        has_several = values.dtype == pl.List
        if has_several:
            lengths = values.list.len().fill_null(0).to_numpy()
            positions = pl.Series(np.repeat(positions.to_numpy(), lengths))
            values = values.explode(empty_as_null=False, keep_nulls=False)
        sets = sets_by_value(positions, values, once=not has_several)
        for (owner, old), new in self._aliases.items():
            if owner == attribute and old in sets:
                sets[new] = sets.get(new, BitMap()) | sets.pop(old)
        return sets


def day_number(day: date) -> int:
    """A day as hire dates are kept: counted from 1970-01-01."""
    return (day - EPOCH).days


def source_of(attribute: str) -> str | None:
    """The attribute by whose values the organization gives those of another (P2)."""
    if attribute in GIVEN_BY_LOCATION:
        return "location"
    return "role" if attribute == "department" else None


def _positioned(snapshot: Snapshot) -> pl.DataFrame:
    """The roster's rows with ``position``; newcomers follow in the order of their ids."""
    known = snapshot.ledger.trainees
    rows = snapshot.roster.with_columns(position=pl.Series(snapshot.places()))
    is_new = pl.col("position") == len(known)
    fresh = rows.filter(is_new).drop("position").sort("trainee")
    if fresh.is_empty():
        return rows
    fresh = fresh.with_row_index("position", offset=len(known))
    return pl.concat([rows.filter(~is_new), fresh.select(rows.columns)])


def _givers(
    organization: Organization, aliases: Aliases
) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Attribute to value to the locations or roles that give it; ``parent`` to its departments."""

    def named(attribute: str, value: str) -> str:
        return aliases.get((attribute, value), value)

    pairs: dict[str, list[tuple[str, str, str, str]]] = {
        "brand": [("location", k, "brand", v) for k, v in organization.brand.items()],
        "franchise": [("location", k, "franchise", v) for k, v in organization.franchise.items()],
        "region": [
            ("location", k, "region", v) for k, vs in organization.regions.items() for v in vs
        ],
        "department": [("role", k, "department", v) for k, v in organization.department.items()],
        "parent": [("department", k, "department", v) for k, v in organization.parent.items()],
    }
    givers: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in pairs}
    for name, several in pairs.items():
        for source, giver, attribute, value in several:
            givers[name][named(attribute, value)].add(named(source, giver))
    return {
        name: {value: frozenset(several) for value, several in by_value.items()}
        for name, by_value in givers.items()
    }
