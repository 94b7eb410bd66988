"""Writes pipelines that validate, plan, comment and apply, for a company to start from."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from rich.console import Console

from reconciler.errors import WrongUse
from reconciler.hosting.environment import Kind
from reconciler.version import VERSION

SHARED = {"ci/requirements.txt": "ci-requirements.txt", "ci/inputs.sh": "ci-inputs.sh"}
FILES = {
    Kind.GITHUB: {
        ".github/workflows/review.yml": "github-review.yml",
        ".github/workflows/apply.yml": "github-apply.yml",
        ".github/workflows/nightly.yml": "github-nightly.yml",
        ".github/workflows/drift.yml": "github-drift.yml",
        **SHARED,
    },
    Kind.GITLAB: {".gitlab-ci.yml": "gitlab-ci.yml", **SHARED},
}
NEXT = (
    "Next: say in ci/inputs.sh how the roster arrives and in ci/requirements.txt where the program "
    "comes from, then set up environments and tokens as docs/review.md tells."
)


def check_place(directory: Path, kind: Kind) -> None:
    """Refuse a folder into which pipelines cannot be written.

    Raises:
        WrongUse: A pipeline is there already, or the repository begins further up.
    """
    for path in FILES[kind].keys() - SHARED.keys():
        if (directory / path).exists():
            raise WrongUse(
                f"{directory / path} is there already, and is not written over. Move it away first,"
                " and take over from it what you need."
            )
    whole = directory.resolve()
    if not (whole / ".git").exists():
        for parent in whole.parents:
            if (parent / ".git").exists():
                raise WrongUse(
                    f"{directory}: {kind.value} looks for pipelines at the top of the repository, "
                    f"which is {parent}. Start the workspace there."
                )


def write_pipelines(directory: Path, kind: Kind, out: Console) -> None:
    """Write the pipelines of one host. What the pipelines of another share with them is kept.

    Raises:
        WrongUse: They cannot be written there.
    """
    check_place(directory, kind)
    kept = [path for path in SHARED if (directory / path).exists()]
    new = {path: text for path, text in pipelines(kind) if path not in kept}
    try:
        for path, text in new.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
    except OSError as failure:
        raise WrongUse(f"{directory}: nothing can be written here: {failure.strerror}.") from None
    out.print(f"Wrote {', '.join(new)}.")
    if kept:
        out.print(f"Left as they are: {', '.join(kept)}.")
    out.print(NEXT)


def pipelines(kind: Kind) -> Iterator[tuple[str, str]]:
    """The files of one host, each with its text."""
    folder = resources.files("reconciler.commands").joinpath("templates")
    for path, name in FILES[kind].items():
        text = folder.joinpath(name).read_text(encoding="utf-8")
        yield path, text.replace("reconciler==VERSION", f"reconciler=={VERSION}")
