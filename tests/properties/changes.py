"""What may happen to a workplace between two applies, one change at a time."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st

from tests.properties.rules import (
    PARTS,
    automations,
    dues,
    exemptions,
    hired,
    orders,
    reassignments,
    removals,
    renewing,
    rows,
    targets,
    windows,
)
from tests.properties.workplace import CATALOG, Workplace

GROUPS = ("crew", "leads")
UNLISTED = {"role": ["cook;server"], "location": ["austin-1;austin-2"]}
"""What a changed separator makes of two values (A4d)."""
PROGRESS_MADE = ("in_progress", "in_progress", "completed", "completed")
ORDERS = {"assignments": orders, "reassignments": reassignments, "removals": removals}
IDS = [f"t{number:02}" for number in range(1, 13)]


def hire_somebody(draw: Callable, workplace: Workplace) -> None:
    """A new row, or an old id that appears again."""
    absent = [trainee for trainee in IDS if trainee not in workplace.people]
    if absent:
        trainee = absent[0] if draw(st.booleans()) else draw(st.sampled_from(absent))
        workplace.people[trainee] = draw(rows(workplace.as_of))


def _somebody(draw: Callable, workplace: Workplace) -> str | None:
    """Rather one of those who hold something than any other."""
    people = sorted(workplace.people)
    holding = sorted({trainee for trainee, _ in _given(workplace)} & set(people))
    if holding and draw(st.booleans()):
        return draw(st.sampled_from(holding))
    return draw(st.sampled_from(people)) if people else None


def _given(workplace: Workplace) -> list[tuple[str, str]]:
    """The enrollments that the ledger says were given."""
    ids = workplace.ledger.trainees
    return sorted(
        {
            (ids[number], key.content)
            for key, members in workplace.ledger.sets.items()
            if key.kind == "gave"
            for number in members
        }
    )


def _enrollment(draw: Callable, workplace: Workplace) -> tuple[str, str] | None:
    """Rather one that was given than a foreign one."""
    given = [key for key in _given(workplace) if key in workplace.holdings]
    if given and draw(st.integers(0, 3)):
        return draw(st.sampled_from(given))
    return draw(st.sampled_from(sorted(workplace.holdings))) if workplace.holdings else None


def transfer(draw: Callable, workplace: Workplace) -> None:
    if trainee := _somebody(draw, workplace):
        now = draw(rows(workplace.as_of))
        kept = {key: workplace.people[trainee][key] for key in ("activity", "hire_date")}
        workplace.people[trainee] = {**now, **kept}


def turn(draw: Callable, workplace: Workplace) -> None:
    if trainee := _somebody(draw, workplace):
        activity = draw(st.sampled_from(["inactive", "unknown", "active"]))
        workplace.people[trainee] = {**workplace.people[trainee], "activity": activity}


def feed_gap(draw: Callable, workplace: Workplace) -> None:
    if trainee := _somebody(draw, workplace):
        workplace.drop(trainee)


def empty_attribute(draw: Callable, workplace: Workplace) -> None:
    """A broken feed: one attribute of one trainee, or of all, is empty or as no list has it."""
    names = ["role", "location", "badge", "shift", "hire_date", "brand"]
    name, trainee = draw(st.sampled_from(names)), _somebody(draw, workplace)
    value = draw(st.sampled_from([None, UNLISTED.get(name)]))
    everybody = draw(st.booleans())
    for each, row in workplace.people.items():
        if everybody or each == trainee:
            workplace.people[each] = {**row, name: value}


def change_hire_date(draw: Callable, workplace: Workplace) -> None:
    if trainee := _somebody(draw, workplace):
        days = draw(st.sampled_from([-400, -10, -1, 0, 2]))
        row = workplace.people[trainee]
        workplace.people[trainee] = {**row, "hire_date": hired(workplace.as_of, days)}


def move_location(draw: Callable, workplace: Workplace) -> None:
    """A location goes to other regions, and its people with it (P2)."""
    location = draw(st.sampled_from(["austin-1", "austin-2", "boise-1"]))
    regions = draw(st.sampled_from([("south",), ("west",), ("south", "texas"), ()]))
    organization = workplace.organization
    workplace.organization = replace(
        organization, regions={**organization.regions, location: regions}
    )


def learn(draw: Callable, workplace: Workplace) -> None:
    if enrollment := _enrollment(draw, workplace):
        trainee, content = enrollment
        status = draw(st.sampled_from([*PROGRESS_MADE, "unknown", "not_started"]))
        workplace.learn(trainee, status, content, _course(draw, workplace, trainee, content))


def _course(draw: Callable, workplace: Workplace, trainee: str, content: str) -> str | None:
    """One course of a module, or all of it."""
    inside = list(workplace.lms.learned(trainee, content))
    return draw(st.sampled_from(inside)) if inside and draw(st.booleans()) else None


def publish(draw: Callable, workplace: Workplace) -> None:
    """A new version; of a module perhaps with a course more or less."""
    content = draw(st.sampled_from(sorted(CATALOG)))
    courses = workplace.lms.catalog[content].courses
    if courses and draw(st.booleans()):
        fixed = tuple(f"course/{name}" for name in PARTS[content])
        courses = draw(st.sampled_from([fixed, (*fixed, "course/extra"), fixed[::-1]]))
    workplace.publish(content, courses or None)


def take_away(draw: Callable, workplace: Workplace) -> None:
    if enrollment := _enrollment(draw, workplace):
        workplace.take_away(*enrollment)


def enroll(draw: Callable, workplace: Workplace) -> None:
    """By hand; rather what was given and removed, so that it appears again."""
    lost = [key for key in _given(workplace) if key not in workplace.holdings]
    if lost and draw(st.booleans()):
        workplace.enroll(*draw(st.sampled_from(lost)))
    elif workplace.known():
        trainee = draw(st.sampled_from(workplace.known()))
        content = draw(st.sampled_from(sorted(CATALOG)))
        if (trainee, content) not in workplace.holdings:
            workplace.enroll(trainee, content)


def add_automation(draw: Callable, workplace: Workplace) -> None:
    if len(workplace.section("automations")) < 4:
        rule = draw(automations(workplace.known(), GROUPS))
        workplace.section("automations")[workplace.name()] = rule


def _rule(draw: Callable, workplace: Workplace) -> str | None:
    names = sorted(workplace.section("automations"))
    return draw(st.sampled_from(names)) if names else None


def edit_automation(draw: Callable, workplace: Workplace) -> None:
    """One or two keys get other values, drawn as for a new automation."""
    if name := _rule(draw, workplace):
        old = workplace.section("automations")[name]
        new = draw(automations(workplace.known(), GROUPS))
        keys = ["target", "target", "scope", "on_exit", "on_removed", "late_rows", "assign"]
        for key in draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2)):
            old = {**old, key: new[key]}
        workplace.section("automations")[name] = old


def edit_renewing(draw: Callable, workplace: Workplace) -> None:
    if name := _rule(draw, workplace):
        old = workplace.section("automations")[name]
        rest = {key: old[key] for key in old if key not in ("renew", "on_new_version")}
        workplace.section("automations")[name] = rest | draw(renewing())


def edit_times(draw: Callable, workplace: Workplace) -> None:
    if name := _rule(draw, workplace):
        old = workplace.section("automations")[name]
        window = old.get("window", {}) if draw(st.booleans()) else draw(windows())
        due = draw(dues(window))
        rest = {key: value for key, value in old.items() if key not in ("window", "due")}
        workplace.section("automations")[name] = (
            rest | ({"window": window} if window else {}) | ({"due": due} if due else {})
        )


def toggle(key: str) -> Callable:
    """Set or lift ``paused`` or ``retire``."""

    def change(draw: Callable, workplace: Workplace) -> None:
        if name := _rule(draw, workplace):
            old = workplace.section("automations")[name]
            flag = "false" if old.get(key) == "true" else "true"
            workplace.section("automations")[name] = {**old, key: flag}

    return change


def delete_automation(draw: Callable, workplace: Workplace) -> None:
    """Gone from the files; kept aside, so that it may come back as it was (A14)."""
    if name := _rule(draw, workplace):
        workplace.gone[name] = workplace.section("automations").pop(name)


def bring_back(draw: Callable, workplace: Workplace) -> None:
    if workplace.gone:
        name = draw(st.sampled_from(sorted(workplace.gone)))
        workplace.section("automations")[name] = workplace.gone.pop(name)


def rename(draw: Callable, workplace: Workplace) -> None:
    if name := _rule(draw, workplace):
        new = workplace.name()
        workplace.section("automations")[new] = workplace.section("automations").pop(name)
        entry = {"from": f"automation.{name}", "to": f"automation.{new}"}
        workplace.policy.setdefault("moved", []).append(entry)


def move_value(draw: Callable, workplace: Workplace) -> None:
    old, new = draw(
        st.sampled_from(
            [
                ("role.cook", "role.line-cook"),
                ("region.south", "region.texas"),
                ("badge.red", "badge.blue"),
            ]
        )
    )
    moved = workplace.policy.setdefault("moved", [])
    if not any(entry["from"] == old for entry in moved):
        moved.append({"from": old, "to": new})


def forget_move(draw: Callable, workplace: Workplace) -> None:
    if moved := workplace.policy.get("moved"):
        moved.pop(draw(st.integers(0, len(moved) - 1)))


def add_order(draw: Callable, workplace: Workplace) -> None:
    section = draw(st.sampled_from(sorted(ORDERS)))
    rule = draw(ORDERS[section](workplace.known(), GROUPS))
    workplace.section(section)[workplace.name()] = rule


def _order(draw: Callable, workplace: Workplace) -> tuple[str, str] | None:
    written = [(section, name) for section in sorted(ORDERS) for name in workplace.section(section)]
    return draw(st.sampled_from(sorted(written))) if written else None


def edit_order(draw: Callable, workplace: Workplace) -> None:
    """A recorded order finishes as recorded, whatever its text says now (M4)."""
    if order := _order(draw, workplace):
        section, name = order
        workplace.section(section)[name] = draw(ORDERS[section](workplace.known(), GROUPS))


def delete_order(draw: Callable, workplace: Workplace) -> None:
    if order := _order(draw, workplace):
        section, name = order
        workplace.section(section).pop(name)


def exempt(draw: Callable, workplace: Workplace) -> None:
    names = sorted(workplace.section("automations"))
    rule = draw(exemptions(workplace.known(), GROUPS, names))
    workplace.section("exemptions")[workplace.name()] = rule


def lift_exemption(draw: Callable, workplace: Workplace) -> None:
    if names := sorted(workplace.section("exemptions")):
        workplace.section("exemptions").pop(draw(st.sampled_from(names)))


def edit_group(draw: Callable, workplace: Workplace) -> None:
    name = draw(st.sampled_from(GROUPS))
    usable = ("crew",) if name == "leads" else ()
    workplace.section("groups")[name] = draw(targets(workplace.known(), usable))


WORLD_CHANGES = [
    hire_somebody,
    transfer,
    turn,
    feed_gap,
    empty_attribute,
    change_hire_date,
    move_location,
    learn,
    learn,
    learn,
    publish,
    take_away,
    take_away,
    enroll,
]

POLICY_CHANGES = [
    edit_automation,
    edit_automation,
    edit_times,
    edit_times,
    edit_renewing,
    add_automation,
    add_order,
    add_order,
    add_order,
    exempt,
    toggle("paused"),
    toggle("retire"),
    delete_automation,
    bring_back,
    rename,
    move_value,
    forget_move,
    edit_order,
    delete_order,
    exempt,
    lift_exemption,
    edit_group,
]
