"""The catalog file: the courses and modules of an LMS that is given as files."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from reconciler.documents.model import Document
from reconciler.documents.scalars import Count, Prose, Text
from reconciler.documents.source import Source, read_source
from reconciler.documents.validation import validated
from reconciler.errors import Diagnostic, Findings, InvalidWorkspace, did_you_mean
from reconciler.frames import Content

NAME = re.compile(r"[^\s/]+")


def _several(value: object) -> object:
    if not value:
        raise ValueError("a module needs at least one course")
    return [value] if isinstance(value, str) else value


Version = Annotated[Count, Field(ge=1)]
Minutes = Annotated[Count, Field(ge=0)]
Courses = Annotated[tuple[Text, ...], BeforeValidator(_several)]


class CatalogCourse(Document):
    """A course of the catalog file."""

    title: Prose = Field(description="What people call it.")
    version: Version = Field(1, description="Grows by one whenever it is published again.")
    minutes: Minutes | None = Field(None, description="How long it takes.")


class CatalogModule(Document):
    """A module of the catalog file: an ordered list of courses."""

    title: Prose = Field(description="What people call it.")
    version: Version = Field(1, description="Grows by one whenever it is published again.")
    minutes: Minutes | None = Field(None, description="How long it takes.")
    courses: Courses = Field(description="Its courses, in order.")


class CatalogFile(Document):
    """Everything that the LMS offers. Names may be written with or without `course/`."""

    courses: dict[Text, CatalogCourse] = Field({}, description="The courses by name.")
    modules: dict[Text, CatalogModule] = Field({}, description="The modules by name.")


def read_catalog(path: Path) -> dict[str, Content]:
    """Read a catalog file: content by id, in the order of the file.

    Raises:
        InvalidWorkspace: With every finding.
    """
    try:
        source = read_source(path, path.as_posix(), first="courses:")
    except Findings as error:
        raise InvalidWorkspace(error.findings) from error
    catalog, findings = validated(CatalogFile, source)
    if catalog is None:
        raise InvalidWorkspace(findings)
    findings = [*_names(catalog, source), *_contents(catalog, source)]
    if findings:
        raise InvalidWorkspace(findings)
    return {content.id: content for content in _offered(catalog)}


def _offered(catalog: CatalogFile) -> Iterator[Content]:
    for name, course in catalog.courses.items():
        yield Content(_id("course", name), course.title, course.version, course.minutes)
    for name, module in catalog.modules.items():
        courses = tuple(_id("course", course) for course in module.courses)
        yield Content(_id("module", name), module.title, module.version, module.minutes, courses)


def _id(kind: str, name: str) -> str:
    return f"{kind}/{name.removeprefix(f'{kind}/')}"


def course_id(name: str) -> str:
    """A course as written where only courses can stand: with or without ``course/``."""
    return name if "/" in name else _id("course", name)


def _names(catalog: CatalogFile, source: Source) -> Iterator[Diagnostic]:
    sections: Mapping[str, tuple[str, Mapping[str, object]]] = {
        "courses": ("course", catalog.courses),
        "modules": ("module", catalog.modules),
    }
    for section, (kind, entries) in sections.items():
        seen: dict[str, str] = {}
        for name in entries:
            at = source.place((section, name))
            if not NAME.fullmatch(name.removeprefix(f"{kind}/")):
                detail = f"{name!r} is no name of a {kind}; write NAME or {kind}/NAME, no spaces."
                yield Diagnostic(at, "Invalid name", detail)
            elif (first := seen.setdefault(_id(kind, name), name)) != name:
                first_at = source.place((section, first))
                detail = f"{name!r} and {first!r} at {first_at} are the same. Keep one of them."
                yield Diagnostic(at, "Duplicate content", detail)


def _contents(catalog: CatalogFile, source: Source) -> Iterator[Diagnostic]:
    courses = {_id("course", name) for name in catalog.courses}
    if not courses:
        detail = "The catalog offers no course. List what the LMS offers under 'courses'."
        yield Diagnostic(source.place(()), "Empty catalog", detail)
    for name, module in catalog.modules.items():
        seen: set[str] = set()
        for position, written in enumerate(module.courses):
            at = source.place(("modules", name, "courses", position))
            course = _id("course", written)
            if course not in courses:
                detail = f"{course} is not among the courses.{did_you_mean(course, courses)}"
                yield Diagnostic(at, "Unknown course", detail)
            elif course in seen:
                detail = f"{course} stands in {_id('module', name)} already. Keep one of them."
                yield Diagnostic(at, "Duplicate course", detail)
            seen.add(course)
