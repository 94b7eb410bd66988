"""A plan file taken apart and put together anew, as somebody would who alters it."""

import zipfile
from io import BytesIO

import polars as pl

from reconciler.planner.columns import coded
from reconciler.review.saved import TEXTS, _seal

TEXT, TABLE = "plan.json", "actions.parquet"


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
            archive.comment = _seal(parts[TEXT], parts[TABLE])


def columns_of(actions):
    """The rows of a plan file as ``save_plan`` wants them."""
    texts = {name: coded(actions[name].cast(pl.String)) for name in ("trainee", *TEXTS)}
    return {**actions.to_dict(), **texts}


def as_table(frame):
    """The bytes of a table."""
    table = BytesIO()
    frame.write_parquet(table)
    return table.getvalue()
