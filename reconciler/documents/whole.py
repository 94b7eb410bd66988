"""Files written as a whole or not at all: where the disk is full, what was there before stays."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import IO


def write_whole(path: Path, data: bytes) -> None:
    """Write a file; another of this name stays as it is until all is written.

    Raises:
        OSError: It cannot be written.
    """
    with written_whole(path) as file:
        file.write(data)


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which takes its name once the block has ended well.

    A device gets all of it at the end, for it has no places to go back to; a file in a folder that
    may not be written is written as it is.

    Raises:
        OSError: It cannot be written.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        whole = BytesIO()
        yield whole
        path.write_bytes(whole.getbuffer())
        return
    if not os.access(target.parent, os.W_OK):
        with path.open("wb") as file:
            yield file
        return
    beside = target.with_name(f".{secrets.token_hex(8)}.new")
    try:
        with beside.open("xb") as file:
            if target.exists():
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
