"""`lms load` and `lms publish`: what the local LMS offers."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console


def load(
    catalog: Annotated[Path, typer.Argument(help="The courses and modules, as YAML.")] = Path(
        "catalog.yaml"
    ),
    directory: Directory = Path(),
    no_color: NoColor = False,
) -> None:
    """Take a catalog file over into the local LMS: what is new, changed or gone in it.

    A higher version publishes a content again; so does a changed list of courses of a module.

    Example: reconciler lms load catalog.yaml
    """
    from reconciler.lms.local.publishing import load_catalog
    from reconciler.review.school import show_changes
    from reconciler.workspace import local_lms_path, open_workspace

    path = local_lms_path(open_workspace(directory))
    show_changes(load_catalog(path, directory / catalog), console(no_color=no_color))


def publish(
    content: Annotated[str, typer.Argument(help="course/NAME or module/NAME.")],
    directory: Directory = Path(),
    courses: Annotated[
        str | None,
        typer.Option(help="A module's courses from now on, in order.", metavar="COURSE,COURSE"),
    ] = None,
    no_color: NoColor = False,
) -> None:
    """Publish a new version of a course or a module. Who has not completed it sees it at once (V1).

    Example: reconciler lms publish module/allergens --courses basics,labels
    """
    from reconciler.lms.catalog import course_id
    from reconciler.lms.local import publishing
    from reconciler.workspace import local_lms_path, open_workspace

    path = local_lms_path(open_workspace(directory))
    names = None if courses is None else filter(None, map(str.strip, courses.split(",")))
    several = None if names is None else [course_id(name) for name in names]
    version = publishing.publish(path, content, courses=several)
    console(no_color=no_color).print(f"Published {content}, version {version}.")
