"""An LMS in memory, as plain as can be: what writes do to enrollments and the courses in them."""

from datetime import UTC, datetime

from reconciler.planner.actions import Action

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FRESH = {"status": "not_started", "completed": None, "completed_version": None}


def write(row, decision, held, learned, world):
    """Carry one row of a decision out. Both tables are changed in place.

    Args:
        row: As ACTIONS.
        decision: What it is a row of.
        held: By trainee and content, the columns of HOLDINGS.
        learned: By trainee, module and course, the columns of PROGRESS.
        world: Catalog and capabilities.
    """
    key = row["trainee"], row["content"]
    precision = world.capabilities.precision
    due = row["due"] and row["due"] - (row["due"] - EPOCH) % precision
    match decision.action:
        case Action.ASSIGN:
            assert key not in held, f"A7: {key}"
            held[key] = fresh(row, world) | {"due": due}
            credit(key, decision, held, learned, world)
        case Action.RESTART | Action.RETAKE:
            assert held[key]["status"] == decision.status, f"R: {key}"
            held[key] |= {
                "assigned": row["assigned"],
                "due": due,
                "version": version(key[1], world),
            }
            start_over(key, decision, held, learned, world)
        case Action.RESCHEDULE:
            held[key] |= {"due": due}
        case Action.REMOVE:
            assert held[key]["status"] == decision.status, f"A12: {key}"
            remove(key, held, learned)


def version(content, world):
    return world.catalog[content].version


def fresh(row, world):
    return {
        "trainee": row["trainee"],
        "content": row["content"],
        "status": "not_started",
        "version": version(row["content"], world),
        "assigned": row["assigned"],
        "due": None,
        "completed": None,
    }


def courses_of(key, learned):
    return {course: row for (*owner, course), row in learned.items() if tuple(owner) == key}


def credit(key, decision, held, learned, world):
    """Give the credit of C, and complete what is whole (C4)."""
    trainee, module = key
    for course in world.catalog[module].courses:
        counting = [
            row
            for (who, _, name), row in learned.items()
            if (who, name) == (trainee, course) and counts(row, decision, world)
        ]
        place = {"trainee": trainee, "module": module, "course": course}
        given = max(counting, key=lambda row: row["completed"], default=None)
        learned[trainee, module, course] = place | FRESH | {"version": version(course, world)}
        if given:
            learned[trainee, module, course] |= {
                "status": "completed",
                "version": given["completed_version"],
                "completed": given["completed"],
                "completed_version": given["completed_version"],
            }
    settle(key, held, learned)


def counts(row, decision, world):
    if row["completed"] is None:
        return False
    if decision.credit_after is not None and row["completed"] <= decision.credit_after:
        return False
    newest = version(row["course"], world)
    return not decision.credit_current or (row["completed_version"] or newest) >= newest


def settle(key, held, learned, *, begun="not_started"):
    """What the status of a module is by that of its courses (C4, R0b)."""
    rows = courses_of(key, learned).values()
    if rows and all(row["status"] == "completed" for row in rows):
        held[key] |= {"status": "completed", "completed": max(row["completed"] for row in rows)}
    elif rows and any(row["status"] != "not_started" for row in rows):
        held[key] |= {"status": begun}


def start_over(key, decision, held, learned, world):
    trainee, module = key
    was_completed = held[key]["status"] == "completed"
    held[key]["status"] = "not_started"
    courses = world.catalog[module].courses
    for course in courses:
        place = {"trainee": trainee, "module": module, "course": course}
        row = learned.get((*key, course))
        if row is None or resets(row, decision, course, was_completed=was_completed):
            kept = {name: row[name] for name in ("completed", "completed_version")} if row else {}
            learned[(*key, course)] = place | FRESH | kept | {"version": version(course, world)}
    if decision.courses is not None:
        settle(key, held, learned, begun="in_progress")


def resets(row, decision, course, *, was_completed):
    if decision.courses is None:
        return True
    if course not in decision.courses:
        return False
    both = was_completed or decision.resets == "both"
    return both or row["status"] == decision.resets


def remove(key, held, learned):
    """Take an enrollment away; what was ever completed is as it was last completed (D3)."""
    ever = held[key]["completed"] is not None
    for course, row in courses_of(key, learned).items():
        if row["completed"] is None and not ever:
            del learned[(*key, course)]
        elif row["completed"] is not None:
            learned[(*key, course)] = row | {
                "status": "completed",
                "version": row["completed_version"],
            }
    if ever:
        held[key] |= {"status": "completed"}
    else:
        del held[key]
