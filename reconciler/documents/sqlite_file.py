"""The address of a SQLite file: also where it may only be read, as in a checkout of a pipeline."""

import os
from pathlib import Path


def address_of(path: Path) -> str:
    """How SQLite is asked to open a file that is there: it never makes one.

    SQLite writes beside a file that it only reads, unless it is told that nobody changes it. That
    is so where neither file nor folder can be written, unless somebody left a journal there.
    """
    place = path.absolute().as_uri()
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return f"{place}?mode=rw"
    journal = path.with_name(f"{path.name}-wal")
    unfinished = journal.exists() and journal.stat().st_size > 0
    return f"{place}?mode=ro" if unfinished else f"{place}?mode=ro&immutable=1"
