"""What an apply makes of each automation before its first write to the LMS (A3 to A5, A9, A14)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import ValidationError

from reconciler.policy.model import Automation, RelativeDue, Scope, Target, Window, canonical
from reconciler.records import AutomationRecord
from tests.properties.naive_people import Person, all_attributes_asked, matches
from tests.properties.naive_scene import Scene

OPEN = ("not_started", "in_progress")


@dataclass(frozen=True)
class Standing:
    """An automation of the files as it stands in one plan.

    ``redue``: whose due date an edit has yet to move, before it is asked who needs it (A9b).
    """

    id: str
    content: str
    rule: Automation
    is_open: bool
    started: datetime | None
    baseline: frozenset[str]
    redue: frozenset[str]

    @property
    def acts(self) -> bool:
        return self.is_open and not self.rule.paused


def standings_of(scene: Scene) -> list[Standing]:
    return [_standing(owner, rule, scene) for owner, rule in sorted(scene.live.items())]


def _standing(owner: str, rule: Automation, scene: Scene) -> Standing:
    record = scene.memory.automations.get((owner, rule.assign))
    if record is not None and record.state == "replaced":
        record = None  # changed back, it begins anew (A14)
    is_open = rule.window.is_open(scene.as_of, scene.zone)
    acts = is_open and not rule.paused
    started, baseline = _beginning(owner, rule, record, scene, acts=acts)
    return Standing(
        id=owner,
        content=rule.assign,
        rule=rule,
        is_open=is_open,
        started=started,
        baseline=baseline,
        redue=_redue(owner, rule, record, scene),
    )


def _beginning(
    owner: str, rule: Automation, record: AutomationRecord | None, scene: Scene, *, acts: bool
) -> tuple[datetime | None, frozenset[str]]:
    """The effective start and the baseline after this apply (A4b)."""
    nobody: frozenset[str] = frozenset()
    if rule.scope is Scope.FUTURE_AND_EXISTING:
        return None, nobody
    if record is not None and record.text.get("scope") == Scope.FUTURE_AND_EXISTING:
        return (scene.as_of, _existing(rule, scene)) if acts else (None, nobody)  # A5c
    if record is None or record.started is None:
        if not acts:
            return None, nobody
        first = _window_starts(rule, scene)
        return scene.as_of, _without_hired_from(first, _existing(rule, scene), scene)  # A3c
    baseline = scene.memory.members("baseline", owner, rule.assign)
    baseline |= _joining_by_edit(owner, rule, record, scene)
    if rule.late_rows == "existing":
        baseline |= _late_rows(rule, record.started, scene)
    return record.started, frozenset(
        trainee
        for trainee in baseline
        if not is_shown_out(rule.target, scene.people[trainee], scene)
    )


def _existing(rule: Automation, scene: Scene) -> frozenset[str]:
    """Audience, undecided active and all of unknown activity (A3c)."""
    return frozenset(
        person.id
        for person in scene.people.values()
        if person.activity == "unknown"
        or (person.activity == "active" and _may_match(rule.target, person, scene))
    )


def _may_match(target: Target, person: Person, scene: Scene) -> bool:
    """Whether a target selects somebody or may, emptied attributes being open (A4a)."""
    return matches(target, person, scene.reading, doubt=True) is not False


def _window_starts(rule: Automation, scene: Scene) -> date:
    opens = rule.window.opens(scene.zone)
    return scene.day(scene.as_of if opens is None else opens)


def _without_hired_from(first: date, trainees: Iterable[str], scene: Scene) -> frozenset[str]:
    return frozenset(
        trainee
        for trainee in trainees
        if (hired := scene.people[trainee].hired) is None or hired < first
    )


def _joining_by_edit(
    owner: str, rule: Automation, record: AutomationRecord, scene: Scene
) -> frozenset[str]:
    """Who joins the baseline because the target was edited (A5, A5a, A5b)."""
    old = _old_target(record, scene)
    if old is not None and scene.clause(old) == scene.clause(rule.target):
        return frozenset()
    joining = set()
    for person in scene.people.values():
        matched = old is not None and scene.verdict(old, person) is True
        if person.activity == "unknown" or (
            person.activity == "active" and _may_match(rule.target, person, scene) and not matched
        ):
            joining.add(person.id)
    joining -= scene.memory.members("gave", owner, rule.assign)
    return _without_hired_from(scene.day(record.present), joining, scene)


def _old_target(record: AutomationRecord, scene: Scene) -> Target | None:
    """The target as last applied; None where it can no longer be evaluated (A5)."""
    try:
        target = Target.model_validate(record.text["target"])
    except ValidationError:
        return None
    return target if all_attributes_asked(target) <= scene.reading.attributes else None


def _late_rows(rule: Automation, started: datetime, scene: Scene) -> frozenset[str]:
    """Who is first seen after the start though hired before it (A3d)."""
    return frozenset(
        person.id
        for person in scene.people.values()
        if person.activity == "active"
        and not person.seen
        and person.hired is not None
        and person.hired < scene.day(started)
        and scene.verdict(rule.target, person) is not False
    )


def is_shown_out(target: Target, person: Person, scene: Scene) -> bool:
    """Whether the roster shows somebody as inactive or decidedly not matching (A4, A12)."""
    return person.activity == "inactive" or (
        person.activity == "active" and matches(target, person, scene.reading, doubt=True) is False
    )


def has_left(standing: Standing, person: Person, scene: Scene) -> bool:
    """Whether somebody has exited a live automation (A12); the unknown never do (P5)."""
    return not standing.rule.paused and is_shown_out(standing.rule.target, person, scene)


def _redue(
    owner: str, rule: Automation, record: AutomationRecord | None, scene: Scene
) -> frozenset[str]:
    """Whose due dates an edit has yet to move (A9b)."""
    if record is None:
        return frozenset()
    pending = scene.memory.members("redue", owner, rule.assign)
    if rule.due is None or not rule.due.update_existing or not _due_edited(rule, record, scene):
        return pending
    return pending | {
        trainee
        for trainee in scene.memory.members("gave", owner, rule.assign)
        if scene.holdings.get((trainee, rule.assign), {}).get("status") in OPEN
    }


def _due_edited(rule: Automation, record: AutomationRecord, scene: Scene) -> bool:
    if canonical(rule).get("due") != record.text.get("due"):
        return True
    if not isinstance(rule.due, RelativeDue) or rule.due.after != "window_start":
        return False
    old = Window.model_validate(record.text.get("window", {}))
    return old.opens(scene.zone) != rule.window.opens(scene.zone)


def wants(standing: Standing, person: Person, scene: Scene) -> bool:
    """Whether an automation wants its content for somebody, acting or not (A2, A6a)."""
    return would_want(standing, person, scene) and not scene.bound(
        person, standing.content, standing.id
    )


def would_want(standing: Standing, person: Person, scene: Scene) -> bool:
    """Whether it wants it, or would but for what a removal binds (M3)."""
    if standing.rule.scope is Scope.FUTURE_ONLY and standing.started is None:
        return False
    return (
        person.activity == "active"
        and scene.verdict(standing.rule.target, person) is True
        and person.id not in standing.baseline
        and not scene.exempt(person, standing.content, standing.id)
    )


def freed(standing: Standing, scene: Scene) -> frozenset[str]:
    """Whom a removal no longer binds against an automation, seen not matching it (M3)."""
    before = scene.memory.members("freed", standing.id, standing.content)
    return before | frozenset(
        trainee
        for trainee in scene.taken(standing.content)
        if is_shown_out(standing.rule.target, scene.people[trainee], scene)
    )
