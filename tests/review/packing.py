"""A plan file taken apart and put together anew, as somebody would who alters it."""

import zipfile
from io import BytesIO

import polars as pl

from reconciler.review.packed import Packed
from reconciler.review.saved import seal

TEXT, PEOPLE, TABLE = "plan.json", "people.parquet", "actions.parquet"


def unpacked(path):
    """The parts of a plan file by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path, parts, *, sealed, compression=zipfile.ZIP_STORED):
    """Write parts as a plan file; sealed as the program would, or without a seal."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        if sealed:
            archive.comment = seal(parts[TEXT], parts[PEOPLE], parts[TABLE])


def packed_rows(actions):
    """The rows of a plan file as ``save_plan`` wants them."""
    people = actions.select("trainee", "location").unique().sort("trainee")
    number = people.select("trainee").with_row_index("person")
    rows = actions.join(number, on="trainee", maintain_order="left")
    return Packed(
        as_table(people),
        as_table(rows.select("decision", "person", "due", pl.col("because").cast(pl.String))),
    )


def table_in(parts, name):
    """One of the tables of a plan file."""
    return pl.read_parquet(BytesIO(parts[name]))


def as_table(frame):
    """The bytes of a table."""
    table = BytesIO()
    frame.write_parquet(table)
    return table.getvalue()
