"""Guards at the command line: what is shown, status 4, lifts that work once (G1 to G4)."""

import json
import re
from datetime import timedelta

import pytest

from tests.commands.desk import WITHOUT_BOUNDS
from tests.commands.test_apply import typed_for

PEOPLE = "".join(f"N{n:02},austin-1,cook,2020-01-01,A\n" for n in range(1, 21))
LEFT = PEOPLE.replace("cook", "server", 8)
RULE = """\
automations:
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
    on_exit: remove
"""


@pytest.fixture
def guarded(desk):
    """A desk with the guards that hold where nothing is written, and twenty cooks."""
    desk.replace(
        "reconciler.yaml", WITHOUT_BOUNDS, WITHOUT_BOUNDS[WITHOUT_BOUNDS.index("roster_gate") :]
    )
    desk.write("roster.csv", "id,store,jobs,hired,status\n" + PEOPLE)
    desk.write("policies/rules.yaml", RULE)
    return desk


def lifts_of(answer):
    """The lifts that a held plan proposes, as they can be put into a file."""
    lines = answer.out[answer.out.index("lifts:\n") :].partition("\n\n")[0].splitlines()
    kept = [line[4:].rstrip() for line in lines[1:] if re.match(r" {6,}\S", line)]
    return "\n".join(["lifts:", *kept, ""])


def applied(desk):
    """With a plan of an hour ago: no order may be as old as what it finds (M4)."""
    ago = ("--as-of", typed_for(timedelta(hours=-1)))
    desk.write("policies/lifts.yaml", lifts_of(desk.types("plan", *ago)))
    assert desk.types("plan", *ago, "-o", desk.folder / "plan.zip").status == 0
    assert desk.types("apply", desk.folder / "plan.zip").status == 0
    return desk


def test_a_plan_of_too_much_is_shown_and_not_applied(guarded):
    before = guarded.files()
    answer = guarded.types("plan", "-o", guarded.folder / "plan.zip")
    assert answer.status == 4
    assert "Held by 1 guard: an apply writes nothing." in answer.out
    assert "assigns 20 trainings" in answer.out, "G4: it is shown in full"
    assert re.search(r"assignments\s+all\s+all\s+20\s+5 \(25% of 20\)", answer.out)
    for arguments in (("apply", "--auto-approve"), ("apply", guarded.folder / "plan.zip")):
        refused = guarded.types(*arguments)
        assert refused.status == 4
        assert "Held by 1 guard: nothing was written." in refused.err
    (guarded.folder / "plan.zip").unlink()
    assert guarded.files() == before


def test_the_status_wins_over_that_of_changes(guarded):
    assert guarded.types("plan", "--detailed-exitcode").status == 4
    made = json.loads(guarded.types("plan", "--json").out)
    assert (made["held"], made["totals"]["assign"], made["totals"]["held"]) == ("all", 20, 20)


def test_the_proposed_lift_lets_it_through_once(guarded):
    applied(guarded)
    assert len(guarded.enrolled()) == 20
    assert guarded.types("plan", "--detailed-exitcode").status == 0, "D2"
    more = "".join(f"M{n:02},austin-1,cook,2020-01-01,A\n" for n in range(1, 21))
    guarded.write("roster.csv", "id,store,jobs,hired,status\n" + PEOPLE + more)
    assert guarded.types("plan").status == 4, "G4a: it works once"


def test_a_lift_that_is_too_small_is_told(guarded):
    """G4a: it lets all of its rows through, or none of them."""
    proposed = lifts_of(guarded.types("plan"))
    guarded.write("policies/lifts.yaml", proposed.replace("ceiling: 20", "ceiling: 19"))
    answer = guarded.types("plan")
    assert answer.status == 4
    assert "This lift does not suffice, so nothing goes by it: assign-all-" in answer.out
    guarded.replace("policies/lifts.yaml", "ceiling: 19", "ceiling: 20")
    assert "does not suffice" not in guarded.types("plan").out


def test_who_leaves_all_at_once_is_held(guarded):
    applied(guarded)
    guarded.write("roster.csv", "id,store,jobs,hired,status\n" + LEFT)
    answer = guarded.types("plan")

    assert answer.status == 4
    for unit in ("all", "location.austin-1", "brand.grill", "region.south"):
        assert re.search(rf"removals\s+all\s+{unit}\s+8", answer.out), unit
    guarded.write("policies/more.yaml", lifts_of(answer))
    assert guarded.types("apply", "--auto-approve").status == 0
    assert len(guarded.enrolled()) == 12


def test_hold_removals_applies_the_rest_and_says_so(guarded):
    applied(guarded)
    guarded.replace(
        "reconciler.yaml", "roster_gate:", "guards: {on_breach: hold_removals}\nroster_gate:"
    )
    new = "M1,austin-1,cook,2020-01-01,A\n"
    guarded.write("roster.csv", "id,store,jobs,hired,status\n" + LEFT + new)
    answer = guarded.types("apply", "--auto-approve")

    assert answer.status == 4
    assert "an apply leaves 8 rows and writes the others" in answer.out
    assert "A guard holds 8 rows, which were left." in answer.out
    assert len(guarded.enrolled()) == 21
    assert guarded.types("plan").status == 4


@pytest.mark.parametrize(("ceiling", "status"), [(40, 0), (10, 4)])
def test_of_a_saved_plan_the_guards_of_now_decide(guarded, ceiling, status):
    guarded.replace("reconciler.yaml", "roster_gate:", "guards: {all: {assign: 30}}\nroster_gate:")
    assert guarded.types("plan", "-o", "plan.zip").status == 0
    guarded.replace("reconciler.yaml", "assign: 30", f"assign: {ceiling}")
    assert guarded.types("apply", "plan.zip").status == status
    assert len(guarded.enrolled()) == (0 if status else 20)


def test_explain_says_held(guarded):
    answer = guarded.types("explain", "N01", "course/knife-safety")
    assert answer.status == 0
    assert "a guard holds it" in " ".join(answer.out.split())


WRONG = {
    "no ceiling": ("guards: {all: {assign: many}}", "'many' is no ceiling"),
    "an unknown kind": ("guards: {all: {add: 5}}", "'add'"),
    "an unknown unit": ("guards: {city: {remove: 5}}", "'city'"),
    "a content that nobody has": (
        "guards: {protected: [course/knife-safty]}",
        "Did you mean 'course/knife-safety'?",
    ),
    "another breach": ("guards: {on_breach: warn}", "'warn' is none of hold, hold_removals"),
}


@pytest.mark.parametrize(("text", "word"), WRONG.values(), ids=WRONG)
def test_guards_that_cannot_be_used(guarded, text, word):
    guarded.replace("reconciler.yaml", "roster_gate:", f"{text}\nroster_gate:")
    answer = guarded.types("plan")
    assert answer.status == 3
    assert word in answer.err


ORDERS = {
    # the story: the order, its guard, what is said of whom it holds, and how many these are
    "an assignment": (
        "assignments: {it: {assign: course/fire-safety, target: {role: cook}}}",
        "assign: 3",
        "would be enrolled, but a guard holds it",
        20,
    ),
    "a reassignment": (
        "reassignments: {it: {content: course/knife-safety, completed: retake, target: {role: cook}}}",
        "restart_and_retake: 3",
        "would start over, but a guard holds it",
        4,
    ),
    "a removal": (
        "removals: {it: {content: course/knife-safety, target: {role: cook}}}",
        "remove: 3",
        "would be removed, but a guard holds it",
        16,
    ),
}


@pytest.mark.parametrize(("order", "guard", "said", "number"), ORDERS.values(), ids=ORDERS)
def test_of_an_order_it_is_said_for_whom_a_guard_holds_it(guarded, order, guard, said, number):
    """D4, G4c: in the plan that begins it, and in each later one while the guard holds."""
    applied(guarded)
    for person in range(1, 5):
        guarded.types("lms", "complete", f"N{person:02}", "course/knife-safety")
    guarded.replace(
        "reconciler.yaml",
        "roster_gate:",
        f"guards: {{all: {{{guard}}}, on_breach: hold_removals}}\nroster_gate:",
    )
    guarded.write("policies/order.yaml", order)
    for command in (("plan",), ("apply", "--auto-approve"), ("plan",)):
        answer = guarded.types(*command)
        assert answer.status == 4
        assert f"Held {number} {said}: " in " ".join(answer.out.split())
        assert not re.search("Assigned now|Taken away", answer.out)

    (one,) = json.loads(guarded.types("plan", "--json").out)["orders"]
    assert one["reasons"] == {"held by guard": number}
    assert guarded.types("plan", "-o", guarded.folder / "plan.zip").status == 4
    for form in ("--markdown", "--html"):
        shown = guarded.types("show", guarded.folder / "plan.zip", form).out
        assert said in shown, form


def test_who_goes_and_who_is_held_are_told_apart(guarded):
    """D4, G4c: of one removal, only what is more than a guard of a place lets through is held."""
    guarded.write(
        "roster.csv",
        "id,store,jobs,hired,status\n" + PEOPLE + "B01,boston-1,cook,2020-01-01,A\n",
    )
    applied(guarded)
    limits = "all: {remove: unlimited}, brand: {remove: unlimited}, region: {remove: unlimited}"
    guarded.replace(
        "reconciler.yaml",
        "roster_gate:",
        f"guards: {{{limits}, location: {{remove: 3}}, on_breach: hold_removals}}\nroster_gate:",
    )
    guarded.write("policies/order.yaml", ORDERS["a removal"][0])
    said = " ".join(guarded.types("plan").out.split())

    assert "Taken away 1 B01 " in said
    assert "Held 20 would be removed, but a guard holds it: N01, N02, N03, and 17 more" in said


def test_of_those_who_left_it_is_said_how_many_a_guard_holds(guarded):
    """A12, G4c."""
    applied(guarded)
    guarded.write("roster.csv", "id,store,jobs,hired,status\n" + LEFT)
    assert re.search(r"Removed +8 +have left.*\n +held +8 +of these", guarded.types("plan").out)
    assert guarded.types("plan", "-o", guarded.folder / "plan.zip").status == 4
    for form, text in {
        "--markdown": "| Held | of the removed, by a guard | 8 |",
        "--html": "Held: 8 of the removed, by a guard.",
    }.items():
        assert text in guarded.types("show", guarded.folder / "plan.zip", form).out
