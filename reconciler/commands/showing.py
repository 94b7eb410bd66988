"""Where what `show` writes goes."""

from pathlib import Path

from reconciler.documents.whole import write_whole
from reconciler.errors import WrongUse

FORMS = (b"<!doctype html>", b"### ", b"{")
"""How a report, a comment and a document begin: what may be written over."""


def check_options(
    *, json: bool, markdown: bool, html: bool, long: bool, output: Path | None
) -> None:
    """Refuse options that do not go together.

    Raises:
        WrongUse: There are such.
    """
    if json + markdown + html > 1:
        raise WrongUse("Give one of --json, --markdown and --html.")
    if long and not markdown:
        raise WrongUse("--long goes with --markdown.")
    if output is not None and not (json or markdown or html):
        raise WrongUse("-o goes with --json, --markdown or --html.")


def put(text: str, path: Path) -> None:
    """Write a text to a file, over an earlier one of its kind and over nothing else.

    Raises:
        WrongUse: Something else is there, or it cannot be written.
    """
    if path.is_fifo() or path.is_socket():
        raise WrongUse(f"{path} is no regular file. Without -o it is written on standard output.")
    try:
        if path.is_file() and path.stat().st_size:
            with path.open("rb") as file:
                if not file.read(20).startswith(FORMS):
                    raise WrongUse(
                        f"{path} is there already and is no report, so it is not written over. "
                        "Name another file."
                    )
        write_whole(path, text.encode())
    except OSError as failure:
        raise WrongUse(f"{path}: this cannot be written: {failure.strerror}.") from failure
