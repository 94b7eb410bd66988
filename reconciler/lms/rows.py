"""Enrollments and progress from files: their columns, what a row may say, and what it means."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from reconciler.enrollments import DATED
from reconciler.errors import did_you_mean
from reconciler.frames import HOLDINGS, INSTANT, PROGRESS, STATUS, Content, distinct, is_clean
from reconciler.lms.files import SHOWN, Faults, Table, fault

ENROLLMENT_COLUMNS = tuple(HOLDINGS.schema)
DATED_COLUMNS = ("status", *DATED)
PROGRESS_COLUMNS = tuple(PROGRESS.schema)
MAY_BE_MISSING = ("completed_version",)
ENROLLED = ("assigned", "due", "completed")
INSTANT_FORMATS = ("%+", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%dT%H:%M:%S%#z")
WANTED = {pl.Int64: "whole numbers", INSTANT: "instants (Datetime)"}
INSTANT_HINT = "Write it with an offset, as 2026-03-31T09:00:00Z."


class Rule(NamedTuple):
    """What a row must not be: the rows that are, and what to say of one, given as a mapping.

    With a ``key`` the mapping also has ``first``: the line of the first row with the same key.
    """

    summary: str
    broken: pl.Expr
    detail: Callable[[Mapping[str, object]], str]
    key: tuple[str, ...] = ()


def enrollments_of(
    table: Table, *, catalog: Mapping[str, Content], statuses: Collection[str], unique: bool
) -> tuple[pl.DataFrame, Faults]:
    """Read a table of enrollments as HOLDINGS, with what is wrong with its rows.

    Args:
        table: As read from a file.
        catalog: The contents that there are.
        statuses: Those that a row may have.
        unique: Look for repeated rows too, which takes as long as all the rest.

    Returns:
        The enrollments, in the order of the table, ``content`` as String or Categorical; rows at
        fault are among them.
    """
    typed, faults = _typed(table, HOLDINGS.schema)
    if faults.count:
        return typed, faults
    rules = [
        *_plain_rules(statuses),
        *_dated_rules(typed, table.rows, instants=ENROLLED),
        _known("content", typed, known=catalog),
        *([_unique(typed, ("trainee", "content"))] if unique else []),
    ]
    return typed, _broken(table, typed, rules)


def dated_of(table: Table) -> tuple[pl.DataFrame, Faults]:
    """Read a table of DATED_COLUMNS as DATED, with what is wrong with its rows."""
    typed, faults = _typed(table, {name: HOLDINGS.schema[name] for name in DATED_COLUMNS})
    if faults.count:
        return typed, faults
    faults = _broken(table, typed, _dated_rules(typed, table.rows, instants=ENROLLED))
    return typed.select(DATED), faults


def progress_of(
    table: Table,
    *,
    catalog: Mapping[str, Content],
    statuses: Collection[str],
    former: bool = False,
) -> tuple[pl.DataFrame, Faults]:
    """Read a table of progress as PROGRESS, with what is wrong with its rows.

    With ``former`` it may tell of courses that a module has lost.
    """
    typed, faults = _typed(table, PROGRESS.schema)
    if faults.count:
        return typed, faults
    modules = {id_: content for id_, content in catalog.items() if content.is_module}
    rules = [
        *_plain_rules(statuses),
        *_dated_rules(typed, table.rows, instants=("completed",)),
        _known("module", typed, known=modules),
        *([] if former else [_listed(typed, modules)]),
        _unique(typed, ("trainee", "module", "course")),
    ]
    return typed, _broken(table, typed, rules)


def matched(table: Table, *, progress: pl.DataFrame, holdings: pl.DataFrame) -> Faults:
    """What is wrong with progress beside the enrollments that it belongs to."""
    beside = holdings.select("trainee", module=pl.col("content").cast(pl.String), held="status")
    joined = progress.join(beside, on=("trainee", "module"), how="left", maintain_order="left")
    open_course = (pl.col("held") == "completed") & (pl.col("status") != "completed")
    rules = [
        Rule(
            "No enrollment",
            pl.col("held").is_null(),
            lambda row: f"{row['trainee']} has no enrollment in {row['module']}.",
        ),
        Rule(
            "Contradiction",
            open_course.fill_null(value=False),
            lambda row: f"{row['module']} is completed, and {row['course']} in it is not.",
        ),
    ]
    return _broken(table, joined, rules)


def whole_progress(
    holdings: pl.DataFrame, *, progress: pl.DataFrame | None, catalog: Mapping[str, Content]
) -> pl.DataFrame:
    """One row for each course of each enrollment in a module, as PROGRESS.

    Where ``progress`` says nothing of a course, it is as its module: completed if that is, and
    not started otherwise; a completion that an open retake has kept is the course's too. A
    completion of an untold version is of the one that the course carries.
    """
    courses = pl.DataFrame(
        [
            (content.id, course, catalog[course].version)
            for content in catalog.values()
            for course in content.courses
        ],
        schema={"module": pl.String, "course": pl.String, "newest": pl.Int64},
        orient="row",
    )
    enrolled = holdings.select(
        "trainee", "status", "completed", module=pl.col("content").cast(pl.String)
    )
    expected = enrolled.join(courses, on="module")
    if progress is None:
        progress = PROGRESS.of()
    told = expected.join(progress, on=PROGRESS.key, how="left", suffix="_told")
    untold = pl.col("status_told").is_null()
    derived = (
        pl.when(pl.col("status") == "in_progress")
        .then(pl.lit("not_started", dtype=STATUS))
        .otherwise("status")
    )
    completed = pl.when(untold).then("completed").otherwise("completed_told")
    return PROGRESS.cast(
        told.select(
            *PROGRESS.key,
            status=pl.coalesce("status_told", derived),
            version=pl.coalesce("version", "newest"),
            completed=completed,
            completed_version=pl.when(completed.is_not_null()).then(
                pl.coalesce("completed_version", "version", "newest")
            ),
        )
    )


def _typed(
    table: Table, schema: Mapping[str, pl.DataType | type[pl.DataType]]
) -> tuple[pl.DataFrame, Faults]:
    """The rows with their types; null where a value cannot be read, which is no fault yet."""
    columns: dict[str, pl.Expr] = {}
    faults = Faults()
    for name, kind in schema.items():
        read = _read(table.rows[name], kind)
        if read is None:
            found = table.rows.schema[name]
            detail = f"{name!r} is {found}. Export it as {WANTED.get(kind, 'text')}."
            faults += fault(table.file, "Wrong type of column", detail)
        else:
            columns[name] = read
    return table.rows.select(**columns), faults


def _read(column: pl.Series, kind: pl.DataType | type[pl.DataType]) -> pl.Expr | None:
    """How to read a column as its type; None where its own type does not fit."""
    value, given = pl.col(column.name), column.dtype
    texts = isinstance(given, pl.String | pl.Categorical | pl.Enum | pl.Null)
    if kind == STATUS:
        return value.cast(STATUS, strict=False) if texts else None
    if kind == pl.Int64:
        # By way of text, for a category would give its number among the categories.
        number = value.cast(pl.String) if texts else value
        return number.cast(pl.Int64, strict=False) if texts or given.is_integer() else None
    if kind == INSTANT:
        return _instant(value, given)
    if texts or given.is_integer():
        return _clean(column)
    return None


def _instant(value: pl.Expr, given: pl.DataType) -> pl.Expr | None:
    if isinstance(given, pl.Null):
        return value.cast(INSTANT)
    if isinstance(given, pl.String):
        read = pl.coalesce(
            value.str.strip_chars().str.to_datetime(form, strict=False, time_unit="us")
            for form in INSTANT_FORMATS
        )
        return pl.when(read.dt.year().is_between(1, 9999)).then(read).cast(INSTANT)
    if isinstance(given, pl.Datetime):
        zoned = value.dt.convert_time_zone("UTC") if given.time_zone else value
        return zoned.dt.replace_time_zone("UTC").cast(INSTANT)
    return None


def _clean(column: pl.Series) -> pl.Expr:
    """Trimmed and in NFC (P4), at the least cost: of categories only the distinct are looked at."""
    text = pl.col(column.name).cast(pl.String)
    if isinstance(column.dtype, pl.Categorical):
        if is_clean(distinct(column)):
            return pl.col(column.name) if column.name in HOLDINGS.few else text
    elif isinstance(column.dtype, pl.String) and is_clean(_heads(column)):
        return text
    return text.str.strip_chars().str.normalize("NFC")


def _heads(column: pl.Series) -> pl.Series:
    """The first of each run of equal values that stand together."""
    return column.rle().struct.field("value")


def _plain_rules(statuses: Collection[str]) -> list[Rule]:
    allowed = [status for status in STATUS.categories if status in statuses]
    words = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
    return [
        Rule(
            "Empty trainee",
            pl.col("trainee").is_null() | (pl.col("trainee") == ""),
            lambda _: "Every row names a trainee by the id that the roster uses.",
        ),
        Rule(
            "Unknown status",
            pl.col("status").is_null() | ~pl.col("status").is_in(allowed),
            lambda row: f"{row['raw_status']!r} is no status; write {words}.",
        ),
    ]


def _dated_rules(typed: pl.DataFrame, raw: pl.DataFrame, *, instants: Iterable[str]) -> list[Rule]:
    def unread(name: str) -> pl.Series:
        given = raw[name].is_not_null()
        if isinstance(raw.schema[name], pl.String):
            given &= raw[name].str.strip_chars() != ""
        return given & typed[name].is_null()

    versions = [name for name in ("version", "completed_version") if name in typed.columns]
    return [
        *(_version_rule(name, unread(name)) for name in versions),
        Rule(
            "Completed at no time",
            (pl.col("status") == "completed").fill_null(value=False)
            & pl.col("completed").is_null()
            & ~pl.lit(unread("completed")),
            lambda _: "The status is completed, and 'completed' is empty. Give the instant.",
        ),
        *(_instant_rule(name, unread(name)) for name in instants),
    ]


def _version_rule(name: str, broken: pl.Series) -> Rule:
    return Rule(
        "Not a version",
        pl.lit(broken) | (pl.col(name) < 1).fill_null(value=False),
        lambda row: f"{row[f'raw_{name}']!r} is no version; write a number from 1 on.",
    )


def _instant_rule(name: str, broken: pl.Series) -> Rule:
    return Rule(
        "Not an instant",
        pl.lit(broken),
        lambda row: f"{name}: {row[f'raw_{name}']!r} is none. {INSTANT_HINT}",
    )


def _known(name: str, typed: pl.DataFrame, *, known: Mapping[str, Content]) -> Rule:
    found = set(distinct(typed[name]))
    return Rule(
        f"Unknown {name}",
        pl.col(name).is_in(sorted(found - known.keys())) | pl.col(name).is_null(),
        lambda row: f"{row[name]!r} is not in the catalog.{did_you_mean(str(row[name]), known)}",
    )


def _listed(typed: pl.DataFrame, modules: Mapping[str, Content]) -> Rule:
    pair = pl.concat_str("module", "course", separator="\n")
    odd = [
        f"{module}\n{course}"
        for module, course in typed.select("module", "course").unique().drop_nulls().rows()
        if module in modules and course not in modules[module].courses
    ]
    return Rule(
        "Unknown course",
        (pair.is_in(odd) | pl.col("course").is_null()),
        lambda row: (
            f"{row['course']!r} is no course of {row['module']}."
            + did_you_mean(str(row["course"]), _courses(modules, row["module"]))
        ),
    )


def _courses(modules: Mapping[str, Content], module: object) -> tuple[str, ...]:
    content = modules.get(str(module))
    return content.courses if content else ()


def _unique(typed: pl.DataFrame, key: tuple[str, ...]) -> Rule:
    """That no two rows have one key. Hashes are compared first, which costs least."""
    hashed = pl.sum_horizontal(
        pl.col(name).hash(seed) * (2 * seed + 1) for seed, name in enumerate(key, 1)
    )
    if typed.select(hashed.n_unique()).item() == typed.height:
        again = pl.lit(value=False)
    else:
        again = ~pl.struct(key).is_first_distinct()
    return Rule(
        "Duplicate row",
        again,
        lambda row: (
            f"{' and '.join(str(row[name]) for name in key)} stand in row {row['first']} too."
        ),
        key,
    )


def _broken(table: Table, typed: pl.DataFrame, rules: Sequence[Rule]) -> Faults:
    counts = typed.select(
        rule.broken.sum().alias(str(number)) for number, rule in enumerate(rules)
    ).row(0)
    faults = Faults()
    for rule, count in zip(rules, counts, strict=True):
        if count:
            faults += _described(table, typed, rule=rule, count=count)
    return faults


def _described(table: Table, typed: pl.DataFrame, *, rule: Rule, count: int) -> Faults:
    positions = typed.select(broken=rule.broken)["broken"].arg_true().head(SHOWN).to_list()
    raw = table.rows[positions].select(pl.all().cast(pl.String).name.prefix("raw_"))
    rows = pl.concat([typed[positions], raw], how="horizontal").iter_rows(named=True)
    firsts = _firsts(typed, positions, key=rule.key) if rule.key else positions
    lines = table.lines([*positions, *firsts])
    findings = Faults()
    for row, line, first in zip(rows, lines, lines[len(positions) :], strict=False):
        detail = rule.detail({**row, "first": first})
        findings += fault(table.file, rule.summary, detail, line=line)
    return Faults(count, findings.first)


def _firsts(typed: pl.DataFrame, positions: Sequence[int], *, key: tuple[str, ...]) -> list[int]:
    """For each of these rows, the position of the first row with the same key."""
    every = typed.select(*key).with_row_index("position")
    first = every.group_by(key).agg(pl.col("position").min())
    some = every[list(positions)].select(key)
    return some.join(first, on=key, how="left", nulls_equal=True, maintain_order="left")[
        "position"
    ].to_list()
