"""What a reassignment, a renewal, a new version and a credit mean for one trainee (R, A10, A11, C)."""

import calendar
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciler.documents.scalars import Duration, last_second
from reconciler.frames import Content
from reconciler.policy.model import OnNewVersion, Renew
from tests.properties.naive_scene import Scene

Row = Mapping[str, object]


@dataclass(frozen=True)
class Again:
    """What starts over: the whole content, or, where ``courses`` is given, these of a module."""

    courses: frozenset[str] | None = None


WHOLE = Again()


def united(several: Iterable[Again]) -> Again:
    """The widest: whole before chosen courses, chosen courses united (A8)."""
    several = list(several)
    if WHOLE in several:
        return WHOLE
    return Again(frozenset().union(*(each.courses for each in several)))


def by_order(rule: object, held: Row, learned: Mapping[str, Row], content: Content) -> Again | None:
    """What an order lets start over, with its three words (R, R0a); None where it has no effect."""
    asked = {"in_progress": rule.in_progress == "restart", "completed": rule.completed == "retake"}
    if not asked.get(held["status"]):
        return None
    if rule.courses is None:
        return WHOLE
    chosen = {course for course in content.courses if course.split("/")[1] in rule.courses}
    if held["status"] == "in_progress":
        chosen = {course for course in chosen if _begun(learned.get(course))}
    return Again(frozenset(chosen)) if chosen else None


def _begun(row: Row | None) -> bool:
    return row is not None and row["status"] in ("in_progress", "completed")


def by_new_version(
    words: OnNewVersion | None,
    held: Row,
    learned: Mapping[str, Row],
    catalog: Mapping[str, Content],
) -> Again | None:
    """What a newer version lets start over (A10, V3); None where it has no effect."""
    if words is None or held["status"] not in ("in_progress", "completed"):
        return None
    content = catalog[held["content"]]
    own = newer(content, held)
    if not content.is_module:
        asked = {"in_progress": words.in_progress == "restart"}
        asked["completed"] = words.completed == "retake"
        return WHOLE if own and asked[held["status"]] else None
    changed = {course for course in content.courses if newer(catalog[course], learned.get(course))}
    if held["status"] == "completed":
        if words.completed == "keep":
            return None
        if words.courses == "all":
            return WHOLE if own or changed else None
        return Again(frozenset(changed)) if changed else None
    return _in_progress(words, learned, content.courses, changed, own=own)


def _in_progress(
    words: OnNewVersion,
    learned: Mapping[str, Row],
    courses: Collection[str],
    changed: set[str],
    *,
    own: bool,
) -> Again | None:
    """In a module in progress each word governs the courses of its status (A10)."""
    asked = {
        "in_progress": words.in_progress == "restart",
        "completed": words.completed == "retake",
    }
    governed = {course for course in courses if course in learned}
    governed = {course for course in governed if asked.get(learned[course]["status"])}
    if words.courses == "changed":
        governed &= changed
    elif not own and not governed & changed:
        return None
    if not governed:
        return None
    everything = words.courses == "all" and all(asked.values())
    return WHOLE if everything else Again(frozenset(governed))


def newer(content: Content, row: Row | None) -> bool:
    """Whether something is new to a trainee, or newer than what they have (V3)."""
    if row is None:
        return True
    return row["version"] is not None and content.version > row["version"]


def renewal_day(renew: Renew, completed: datetime, scene: Scene) -> date:
    """Until when a completion counts (A11)."""
    return renew.every.after(scene.day(completed))


def is_due_again(renew: Renew, completed: datetime, scene: Scene) -> bool:
    """Whether as-of has reached completion + every − open (A11)."""
    return days_before(renewal_day(renew, completed, scene), renew.open) <= scene.day(scene.as_of)


def days_before(day: date, span: Duration) -> date:
    """The day so long before another; months and years are cut to the month's last day (P7)."""
    try:
        if span.unit in ("day", "week"):
            return day - timedelta(days=span.number * (7 if span.unit == "week" else 1))
        months = span.number * (12 if span.unit == "year" else 1)
        year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last))
    except (OverflowError, ValueError):
        return date.min


def renewal_due(renew: Renew, completed: datetime, soonest: date, scene: Scene) -> datetime:
    """At the end of the day until which the completion counted, or as soon as may be (A11, A9a)."""
    return last_second(max(renewal_day(renew, completed, scene), soonest), scene.zone)


@dataclass(frozen=True)
class Credit:
    """Which completions give none (C7): those due again by one of these, those of old versions."""

    renewals: tuple[Renew, ...] = ()
    current: bool = False

    def of(
        self, trainee: str, module: Content, scene: Scene
    ) -> dict[str, tuple[datetime, int | None]]:
        """The credited courses of a module, each with its completion (C1, C1a, C2)."""
        return credited(
            trainee, module, scene.courses.values(), counts=lambda row: self._counts(row, scene)
        )

    def _counts(self, row: Row, scene: Scene) -> bool:
        newest = scene.snapshot.catalog[row["course"]].version
        version = row["completed_version"]
        if self.current and version is not None and version < newest:
            return False
        return not any(is_due_again(renew, row["completed"], scene) for renew in self.renewals)

    def after(self, scene: Scene) -> datetime | None:
        """The last second whose completions give none; None where there is no such (C7a)."""
        lasts = []
        for renew in self.renewals:
            day = scene.day(scene.as_of)
            while days_before(renew.every.after(day), renew.open) > scene.day(scene.as_of):
                day -= timedelta(days=1)
            lasts.append(last_second(day, scene.zone))
        return max(lasts, default=None)


def credited(
    trainee: str,
    module: Content,
    rows: Iterable[Row],
    *,
    counts: Callable[[Row], bool] = lambda _: True,
) -> dict[str, tuple[datetime, int | None]]:
    """The latest completion that counts of each course of a module, inside any module (C1)."""
    rows = [row for row in rows if row["trainee"] == trainee and row["completed"] is not None]
    found = {}
    for course in module.courses:
        completions = [
            (row["completed"], row["completed_version"])
            for row in rows
            if row["course"] == course and counts(row)
        ]
        if completions:
            found[course] = max(completions)
    return found
