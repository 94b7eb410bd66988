"""What a CSV file seems to have between its columns, where it is not what was said."""

from collections.abc import Sequence

LIKELY = (";", "\t", "|", ",")


def seen_delimiter(header: Sequence[str]) -> str | None:
    """What a header that was read as one column has between its names; None for nothing."""
    if len(header) != 1:
        return None
    return next((one for one in LIKELY if one in header[0]), None)
