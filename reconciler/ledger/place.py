"""Where a ledger is, from the way its place is written in the workspace file."""

from pathlib import Path

from reconciler.errors import WrongUse

PREFIX = "sqlite:///"


def ledger_path(url: str, root: Path) -> Path:
    """The file that a ledger's URL names; a relative one starts at the workspace's root.

    Raises:
        WrongUse: The URL is not of the form ``sqlite:///PATH``.
    """
    place = url.removeprefix(PREFIX)
    if not url.startswith(PREFIX) or not place or place.startswith(":"):
        scheme = url.partition(":")[0][:20]
        raise WrongUse(
            f"ledger: {scheme!r} does not begin a place that this version can use. "
            "Write it as sqlite:///.reconciler/ledger.db"
        )
    return root / place
