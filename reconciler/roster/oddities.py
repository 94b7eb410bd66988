"""What is odd in a roster that can be read: values that are listed nowhere, ids without zeros."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice

import polars as pl

from reconciler.errors import MOST_LOOKED_AT, Diagnostic, Location, finder_of_slips, slip_of
from reconciler.frames import Organization, distinct
from reconciler.roster.read import RosterFile
from reconciler.roster.settings import ActiveMapping, Columns, RosterSettings

SHOWN = 5
MOST_BORNE = 100_000
"""An attribute with more values than these, such as an address, is nothing that several bear."""
SEPARATORS = ";|,/"
SAYS = {"location": "no brand, franchise or region", "role": "no department"}


def values_borne(roster: pl.DataFrame) -> Callable[[str], pl.Series]:
    """Gives the different values of an attribute in a roster; they are looked for once."""

    @cache
    def borne(attribute: str) -> pl.Series:
        column = roster[attribute]
        return distinct(column.explode() if column.dtype == pl.List else column)

    return borne


def oddities(
    file: RosterFile,
    roster: pl.DataFrame,
    settings: RosterSettings,
    organization: Organization,
    *,
    borne: Callable[[str], pl.Series],
    files: tuple[str, str],
) -> list[Diagnostic]:
    """What nobody would hear of else, as a value that is nowhere listed selects nobody.

    Args:
        file: As it was read.
        roster: What was made of it, row by row.
        settings: Which column says what.
        organization: Which locations and roles it lists.
        borne: From ``values_borne`` by the rows.
        files: How findings name the workspace's file and the organization's.
    """
    workspace, shown_as = (Location(name) for name in files)
    listed = {"location": organization.locations, "role": organization.roles}
    return [
        *(
            found
            for attribute, known in listed.items()
            if known and attribute in roster.columns
            for found in _unlisted(roster, attribute, known, borne(attribute), shown_as)
        ),
        *_separators(roster, settings.columns, organization, borne, workspace),
        *_statuses(file, roster, settings.columns.active, workspace),
    ]


def _unlisted(
    roster: pl.DataFrame, attribute: str, known: Collection[str], borne: pl.Series, at: Location
) -> Iterator[Diagnostic]:
    """The values of active people that the organization has not, in one finding."""
    odd = sorted(set(borne) - set(known))
    if not odd:
        return
    active = roster.filter(pl.col("activity") == "active")
    values, people = _counted(active[attribute], odd)
    if not values:
        return
    meant = _meant((one for one, _ in values), known)
    first = sorted(values, key=lambda one: one[0] not in meant)
    told = _told(first, meant.get)
    yield Diagnostic(
        at,
        f"Unknown {attribute}",
        f"{_have(people)} a {attribute} that does not stand under `{attribute}s`: {told}. The "
        f"organization gives {SAYS[attribute]} by it. Correct the roster, or add it there, with "
        "`{}` where there is nothing to say.",
    )


def _meant(values: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """What the first values are for a slip of the pen, as many as are shown."""
    slip = finder_of_slips(known)
    found = ((one, slip(one)) for one in islice(values, MOST_LOOKED_AT))
    return dict(islice(((one, meant) for one, meant in found if meant is not None), SHOWN))


def _separators(
    roster: pl.DataFrame,
    columns: Columns,
    organization: Organization,
    values: Callable[[str], pl.Series],
    at: Location,
) -> Iterator[Diagnostic]:
    """One question for each attribute whose cells look as if they were separated otherwise."""
    for attribute, mapping in columns.attributes.items():
        if mapping.column is None:
            continue
        borne = values(attribute)
        listed = sorted(organization.values(attribute))
        if not listed and len(borne) > MOST_BORNE:
            continue
        odd = borne.filter(borne.str.contains(f"[{SEPARATORS}]"))
        odd = odd.filter(~odd.is_in(listed)).bottom_k(MOST_LOOKED_AT).sort()
        if odd.is_empty():
            continue
        ours = mapping.separator
        several = _parted(odd, ours, pl.Series(listed) if listed else borne)
        if not listed and len(several) == 1:
            several = []  # a value of its own, it may be, and there is no list to put it in
        unused = ours is not None and roster[attribute].list.len().max() == 1
        if not several and not unused:
            continue
        value = several[0] if several else odd[0]
        why = f"roster.columns.{attribute}: {value!r} is one value as it is read"
        if ours is None:
            why += ", and there is no `separator` for its column."
        elif unused:
            why += f", and no cell holds the `separator` {ours!r}."
        else:
            why += f", as `separator` is {ours!r}."
        yield Diagnostic(at, "Odd separator", f"{why} Is `separator` right?")


def _parted(values: pl.Series, ours: str | None, known: pl.Series) -> list[str]:
    """Those in which another separator stands between values that are known."""
    divided = [
        (value, [part.strip() for part in value.split(other)])
        for value in values
        for other in SEPARATORS
        if other in value and other not in (ours or "")
    ]
    parts = pl.Series([part for _, several in divided for part in several], dtype=pl.String)
    borne = set(parts.filter(parts.is_in(known.implode())))
    return [value for value, several in divided if borne.issuperset(several)]


def _statuses(
    file: RosterFile, roster: pl.DataFrame, active: ActiveMapping | None, at: Location
) -> Iterator[Diagnostic]:
    """The statuses that tell nothing (P5), the most frequent first; the empty ones apart."""
    is_unknown = roster["activity"] == "unknown"
    if active is None or not is_unknown.any():
        return
    statuses = file.frame[active.column].filter(is_unknown)
    values, people = _counted(statuses, None)
    if not people:
        return
    listed = (*active.is_, *active.is_not)
    told = _told(values, lambda one: slip_of(one, listed))
    empty = statuses.null_count()
    none = f" {_have(empty)} none at all (column {active.column!r})." if empty else ""
    yield Diagnostic(
        at,
        "Unknown status",
        f"{_have(people)} a status that stands neither in `is` nor in `is_not` of "
        f"roster.columns.active: {told}.{none}",
    )


def lost_zeros(ids: pl.Series, known: pl.Series, at: Location) -> list[Diagnostic]:
    """Newcomers who would be somebody whom the ledger knows, but for zeros in front (P4).

    Args:
        ids: Those of the roster.
        known: Those of the ledger.
        at: The roster.
    """
    bare = ids.filter(~ids.str.starts_with("0"))
    has_zeros = known.str.starts_with("0")
    if bare.is_empty() or not has_zeros.any():
        return []
    news = bare.to_frame("id").join(known.filter(~has_zeros).to_frame("id"), on="id", how="anti")
    if news.is_empty():
        return []
    zeros = known.filter(has_zeros)
    maybe = zeros.filter(zeros.str.strip_chars_start("0").is_in(news["id"].implode()))
    still = ids.filter(ids.is_in(maybe.implode()))
    lost = maybe.filter(~maybe.is_in(still.implode()))
    if lost.is_empty():
        return []
    first = str(lost.min())
    return [
        Diagnostic(
            at,
            "Ids without their zeros",
            f"{first.lstrip('0')!r} is new, and the ledger knows {first!r}, who is not in this "
            f"roster; so with {len(lost):,} in all. Did leading zeros get lost? An id is text "
            "(P4): to the plan these are other people.",
        )
    ]


def _counted(column: pl.Series, odd: Sequence[str] | None) -> tuple[list[tuple[str, int]], int]:
    """How many rows bear each value (of ``odd``), the most borne first, and how many any."""
    rows = column.alias("value").to_frame().with_row_index("row")
    if column.dtype == pl.List:
        rows = rows.explode("value")
    rows = rows.drop_nulls().with_columns(pl.col("value").cast(pl.String))
    if odd is not None:
        rows = rows.filter(pl.col("value").is_in(list(odd)))
    counts = rows.group_by("value").len().sort(["len", "value"], descending=[True, False])
    return counts.rows(), rows["row"].n_unique()


def _told(values: Sequence[tuple[str, int]], meant: Callable[[str], str | None]) -> str:
    """The first values with their head-counts, and how many more there are."""
    first = [
        f"{value!r} ({number:,}{f', is it {near!r}?' if (near := meant(value)) else ''})"
        for value, number in values[:SHOWN]
    ]
    more = len(values) - SHOWN
    return ", ".join(first) + (f" and {more:,} more" if more > 0 else "")


def _have(number: int) -> str:
    return "1 person has" if number == 1 else f"{number:,} people have"
