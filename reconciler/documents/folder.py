"""Every YAML file of a folder, as sources."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from reconciler.documents.source import Source, survey_file
from reconciler.errors import Diagnostic, Location

FilePath: TypeAlias = Path
"""For those who pass a path on and must not touch files themselves."""

ENDINGS = (".yaml", ".yml")


def survey_folder(root: Path, folder: Path) -> tuple[list[Source], list[Diagnostic]]:
    """Read the YAML files of a folder and of the folders in it, hidden ones left out.

    Args:
        root: What a relative ``folder`` is relative to, and what files are shown relative to.
        folder: As the workspace names it.
    """
    top = root / folder
    shown = _shown(top, root)
    if not top.is_dir():
        what = "is no folder" if top.exists() else "is not there"
        detail = (
            f"The folder of policies {what}. Make it, or correct 'policies' in reconciler.yaml."
        )
        return [], [Diagnostic(Location(shown), "No policies folder", detail)]
    findings: list[Diagnostic] = []
    sources: list[Source] = []
    for path in sorted(_files(top, root, findings), key=lambda path: path.as_posix()):
        source, found = survey_file(path, _shown(path, root), first="automations:")
        sources.append(source)
        findings += found
    return sources, findings


def _files(top: Path, root: Path, findings: list[Diagnostic]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        at = Location(_shown(Path(error.filename), root))
        detail = f"The folder cannot be listed: {error.strerror}. Change its rights."
        findings.append(Diagnostic(at, "Not readable", detail))

    seen: set[tuple[int, int]] = set()
    for folder, inner, names in os.walk(top, onerror=unreadable, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:  # a link that leads back, or twice to one place
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in names:
            if name.lower().endswith(ENDINGS) and not name.startswith("."):
                yield Path(folder, name)


def _shown(path: Path, root: Path) -> str:
    text = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
    return text.encode(errors="replace").decode()  # a name that is no UTF-8 can be shown
