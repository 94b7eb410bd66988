"""The rows of a plan as two tables: its people, each once, and its actions, which name them.

What a decision says of all its rows stands in the document. So a row has the number of its decision
and that of its person, both ascending, of which Parquet keeps the differences: little, and quickly.
"""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from reconciler.documents.parquet import Parquet, frame_from
from reconciler.frames import INSTANT, numbered
from reconciler.planner.attribution import BECAUSE, because
from reconciler.planner.plan import Plan
from reconciler.planner.rows import Saying, said_by

GROUP_ROWS = 1 << 24
ARROW = pl.CompatLevel.oldest()
LARGEST_LIST = 1 << 30
"""Bytes of the different values of a column in one group; beyond, they are written row by row."""
MOST_ROWS = 100_000_000
ALWAYS_ROWS = 5_000_000
MOST_ROWS_PER_BYTE = 64
"""Of a table, from ``ALWAYS_ROWS`` on, so that a small file does not become a large table.

Measured: one row for a million people, twelve where each rule is for all of them.
"""

Kinds = Mapping[str, pl.DataType | type[pl.DataType]]
PEOPLE: Kinds = {"trainee": pl.String, "location": pl.String}
ACTIONS: Kinds = {
    "decision": pl.UInt32,
    "person": pl.UInt32,
    "due": INSTANT,
    "because": BECAUSE,
}
DUES = pa.timestamp("us", tz="UTC")
NAMES = BECAUSE.categories.to_arrow(compat_level=ARROW)
ATTRIBUTIONS = pa.dictionary(pa.int8(), NAMES.type)
TEXTS = ("trainee", "location", "because")
FEW = TEXTS[1:]
"""Of which many rows have the same."""
MAY_BE_EMPTY = ("location", "due")


class Tables(NamedTuple):
    """The people in the order of their ids; the actions by decision, then by person."""

    people: pa.Table
    actions: pa.Table


class Packed(NamedTuple):
    """Both tables as they are saved."""

    people: bytes | memoryview
    actions: bytes | memoryview


class OtherRows(ValueError):
    """The tables are whole, and not those of the decisions."""


def tables_of(plan: Plan) -> Tables:
    """What a plan file holds of everybody and of every action."""
    people, several = plan.people, plan.rows
    lengths = [len(rows.ranks) for rows in several]
    numbers = [np.array([number], dtype=np.uint32) for number in range(len(several))]
    located = plan.world.index.written("location", people.positions)
    return Tables(
        _table(
            trainee=people.ids.to_arrow(compat_level=ARROW),
            location=_listed(located),
        ),
        _table(
            decision=_in_runs(lengths, numbers, pa.uint32()),
            person=pa.chunked_array([pa.array(rows.ranks) for rows in several], pa.uint32()),
            due=_in_runs(lengths, [rows.due.astype("datetime64[us]") for rows in several], DUES),
            because=_in_runs(lengths, because(several, plan.attributions, people), ATTRIBUTIONS),
        ),
    )


def _table(**columns: pa.Array | pa.ChunkedArray) -> pa.Table:
    # Where nothing can be missing, Parquet need not say of each row that nothing is.
    schema = pa.schema(
        pa.field(name, column.type, nullable=column.null_count > 0)
        for name, column in columns.items()
    )
    return pa.Table.from_arrays(list(columns.values()), schema=schema)


def _listed(column: pl.Series) -> pa.Array:
    """A column of texts as numbers in the list of the different ones, which are in order."""
    places, texts = numbered(column)
    order = np.append(texts.rank("ordinal").to_numpy(), 0) - 1  # behind the last is null
    smallest = np.min_scalar_type(-len(texts) - 1)
    numbers = order.astype(smallest)[places]
    return pa.DictionaryArray.from_arrays(
        pa.array(numbers, mask=numbers < 0 if column.null_count() else None),
        texts.sort().to_arrow(compat_level=ARROW),
        safe=False,  # the numbers were made for this list
    )


def _in_runs(
    lengths: Sequence[int], values: Sequence[NDArray[Any]], kind: pa.DataType
) -> pa.ChunkedArray:
    """A column of which each decision has one value for all of its rows, or one for each.

    Runs of the same value share their memory. Many small arrays, for the system gives the memory
    of a large one in large pages, and looks for those too long.
    """
    pairs = list(zip(lengths, values, strict=True))
    runs: dict[bytes, pa.Array] = {}
    for length, some in sorted(pairs, key=_length, reverse=True):
        if len(some) == 1 and some.tobytes() not in runs:
            runs[some.tobytes()] = _array(np.repeat(some, length), kind)
    chunks = [
        runs[some.tobytes()][:length] if len(some) == 1 else _array(some, kind)
        for length, some in pairs
    ]
    return pa.chunked_array(chunks, kind)


def _length(pair: tuple[int, NDArray[Any]]) -> int:
    return pair[0]


def _array(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    if kind == ATTRIBUTIONS:
        return pa.DictionaryArray.from_arrays(pa.array(values), NAMES, safe=False)
    return pa.array(values, kind)


def as_parquet(tables: Tables) -> Packed:
    """Both tables as they are saved."""
    return Packed(
        _written(tables.people, listed=["location"], compression="lz4"),
        # Nothing in it is said twice: where differences are kept there is nothing to compress.
        _written(tables.actions, listed=["due", "because"], compression="none"),
    )


def _written(table: pa.Table, *, listed: Sequence[str], compression: str) -> memoryview:
    from pyarrow.parquet import write_table  # noqa: PLC0415 most commands write none

    told = {
        field.name: "DELTA_BINARY_PACKED" if pa.types.is_integer(field.type) else "PLAIN"
        for field in table.schema
        if field.name not in listed
    }
    file = BytesIO()
    write_table(
        table,
        file,
        row_group_size=GROUP_ROWS,
        compression=compression,
        write_statistics=False,
        store_schema=False,
        use_dictionary=list(listed),
        column_encoding=told,
        dictionary_pagesize_limit=LARGEST_LIST,
    )
    return file.getbuffer()


def read_rows(packed: Packed, decisions: Sequence[Saying], sizes: Sequence[int]) -> pl.DataFrame:
    """The rows of a plan file.

    Args:
        packed: Its tables.
        decisions: Those that are not blocked.
        sizes: For how many trainees each of them is.

    Raises:
        ValueError: A table is damaged, or is none.
        OSError: It cannot be read.
        OtherRows: They are not those of the decisions.
    """
    files = [Parquet(BytesIO(part), few=FEW) for part in packed]
    for file, part, kinds in zip(files, packed, (PEOPLE, ACTIONS), strict=True):
        most = min(MOST_ROWS, max(ALWAYS_ROWS, MOST_ROWS_PER_BYTE * len(part)))
        if file.rows > most or sorted(file.names) != sorted(kinds):
            raise OtherRows
    if min(sizes, default=0) < 0 or files[1].rows != sum(sizes) or files[0].rows > files[1].rows:
        raise OtherRows
    people, actions = (
        _typed(file.read(list(kinds)), kinds)
        for file, kinds in zip(files, (PEOPLE, ACTIONS), strict=True)
    )
    _check_people(people["trainee"])
    _check_persons(actions, len(people), sizes)
    return _joined(decisions, people, actions)


def _typed(read: pl.DataFrame, kinds: Kinds) -> pl.DataFrame:
    """A table as read, its texts of the kinds that they have here."""
    texts = [name for name, kind in read.schema.items() if kind in (pl.String, pl.Categorical)]
    frame = read.cast({name: kinds[name] for name in texts if name in TEXTS})
    empty = [name for name in frame.columns if frame[name].null_count()]
    if dict(frame.schema) != dict(kinds) or set(empty) - set(MAY_BE_EMPTY):
        raise OtherRows
    return frame


def _check_people(trainees: pl.Series) -> None:
    if not (trainees[1:] > trainees[:-1]).all():
        raise OtherRows


def _check_persons(actions: pl.DataFrame, people: int, sizes: Sequence[int]) -> None:
    """Require that each decision has its rows, for different people, and each person some."""
    numbers, persons = actions["decision"].to_numpy(), actions["person"].to_numpy()
    expected = np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)
    beyond = len(persons) and persons.max() >= people
    if beyond or not np.array_equal(numbers, expected):
        raise OtherRows
    ascend = persons[1:] > persons[:-1]
    begin = np.cumsum(sizes, dtype=np.int64)[:-1]
    ascend[begin[(begin > 0) & (begin < len(persons))] - 1] = True
    is_told = np.zeros(people, dtype=np.bool_)
    is_told[persons] = True
    if not (ascend.all() and is_told.all()):
        raise OtherRows


def rows_in(tables: Tables, decisions: Iterable[Saying]) -> pl.DataFrame:
    """The same rows of a plan that was not saved."""
    people, actions = (
        _typed(frame_from(table), kinds)
        for table, kinds in zip(tables, (PEOPLE, ACTIONS), strict=True)
    )
    return _joined(list(decisions), people, actions)


def _joined(
    decisions: Sequence[Saying], people: pl.DataFrame, actions: pl.DataFrame
) -> pl.DataFrame:
    """The planner's ACTIONS without positions, with whose doing each is, and where."""
    numbers, persons = actions["decision"], actions["person"]
    return pl.DataFrame(
        {
            "decision": numbers,
            "trainee": people["trainee"].gather(persons),
            **said_by(decisions, numbers.to_numpy()),
            "due": actions["due"],
            "because": actions["because"],
            "location": people["location"].gather(persons),
        }
    )
