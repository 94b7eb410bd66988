"""A plan file taken apart and put together anew, as somebody would who alters it."""

import zipfile
from io import BytesIO

from reconciler.review.saved import _seal

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


def as_table(frame):
    """The bytes of a table."""
    table = BytesIO()
    frame.write_parquet(table)
    return table.getvalue()
