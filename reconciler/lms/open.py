"""From the settings of a workspace to the LMS that they name."""

import os
from pathlib import Path

from reconciler.lms.contract import Lms
from reconciler.lms.settings import ExportSettings, HttpSettings, LocalSettings


def open_lms(settings: LocalSettings | ExportSettings | HttpSettings, root: Path) -> Lms:
    """Open the LMS of a workspace; ``root`` is the folder that its paths are relative to.

    Raises:
        LmsUnfit: The LMS is missing or is not what the settings say.
        WrongUse: Its token is not set.
    """
    # Each adapter brings a library that a command with the other one need not wait for.
    match settings:
        case LocalSettings(path=path):
            from reconciler.lms.local.adapter import LocalLms  # noqa: PLC0415 see above

            return LocalLms(root / path)
        case ExportSettings(catalog=catalog, enrollments=enrollments, progress=progress):
            from reconciler.lms.export import ExportLms  # noqa: PLC0415 see above

            return ExportLms(
                catalog=root / catalog,
                enrollments=root / enrollments,
                progress=None if progress is None else root / progress,
            )
        case HttpSettings():
            from reconciler.lms.http.adapter import opened  # noqa: PLC0415 see above

            return opened(settings, os.environ)
