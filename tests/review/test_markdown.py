"""A plan as Markdown: what a reviewer must read, of a size that fits, and nobody's name."""

import re
from datetime import UTC, datetime

import pytest

from reconciler.commands.planning import make_plan
from reconciler.review.markdown import COMMENT, SUMMARY, markdown
from reconciler.review.people import pseudonym
from tests.commands.desk import furnish
from tests.review.test_terminal import POLICY

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
KEY = b"a key of sixteen"
PEOPLE = [f"N{number:04}" for number in range(40)]
ROSTER = "id,store,jobs,hired,status\n" + "".join(
    f"{person},{'austin-1' if number % 3 else 'boston-1'},{'cook' if number % 2 else 'server'},2020-01-01,A\n"
    for number, person in enumerate(PEOPLE)
)
NAMING = """\
automations:
  knives-for-N0003:
    description: N0003 asked for it, and N0005@mail too
    assign: course/knife-safety
    target: {trainees: [N0003, N0005, N0007, Nobody]}
    scope: future-and-existing
exemptions:
  leave-N0009:
    target: {trainees: [N0009]}
    from: course/knife-safety
    reason: N0009 is ill
"""


def planned(folder, policy=POLICY, roster=ROSTER):
    return make_plan(furnish(folder, policy=policy, roster=roster), as_of=NOON, no_color=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return planned(tmp_path_factory.mktemp("markdown") / "site")


def told(made, **options):
    options = {"file": "plan.zip", "key": KEY} | options
    return markdown(made.document, made.saved_actions, **options)


PARTS = {
    "the verdict first": "### This plan assigns 46 trainings, for 33 people in all.",
    "four numbers": "| Assign | Remove | Restart | Retake |",
    "and what they are": "| **46** | 0 | 0 | 0 |",
    "as-of": "As of 2026-03-02 12:00 (America/Chicago), for 40 active people.",
    "expiry": "May be applied until 2026-03-03 12:00",
    "the command that applies it": "```sh\nreconciler apply plan.zip\n```",
    "a row per policy": "| `automation.knives` _new_ | Knife safety | 20 | 20 |",
    "an order": "| `assignment.recall` _new_ | Fire safety | 26 | 26 |",
    "a picture": "```mermaid\nflowchart LR\n",
    "with head-counts": '-->|"assign#58; 20"|',
    "an example of why": "- **Assign** Knife safety, by `automation.knives`: ",
    "by the target": "hired before 2000-01-01, or role is cook; ",
    "places": "| austin-1 | 26 |",
    "a table for each policy": "<summary>automation.knives → Knife safety</summary>",
    "reasons": "| Existing | were here before this rule began, so it is not for them | 20 |",
    "an expired exemption": "- 1 exemption has expired",
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_it_tells(made, part):
    assert part in told(made)


def test_the_digest(made):
    assert f"Plan `{made.document.header.digest}`" in told(made)


def test_the_same_plan_is_the_same_text(made):
    assert told(made) == told(made), "D1"


def test_nobody_is_named(made):
    for text in (told(made), told(made, long=True), told(made, key=None)):
        assert not re.search(r"N0\d{3}", text)


def test_nobody_is_named_by_what_policies_say(tmp_path):
    """Their ids, descriptions, reasons and warnings may name people."""
    made = planned(tmp_path / "site", NAMING)
    assert "Nobody" in "".join(made.document.warnings)
    for text in (told(made), told(made, long=True)):
        assert not re.search(r"N0\d{3}|Nobody|is ill|leave", text)
        assert "`automation.knives-for-(somebody)`" in text
        assert "3 named people" not in text or "4 named people" in text
        assert "Unknown trainee" in text


def test_named_people_of_an_edited_target_are_counted(tmp_path):
    made = planned(tmp_path / "site", NAMING)
    edits = [
        {"key": "target.trainees", "before": "M0001", "after": "M0002"},
        {
            "key": "target",
            "before": {"trainees": ["M0003"]},
            "after": {"not": {"trainees": ["M4"]}},
        },
    ]
    document = made.document.model_validate(
        made.document.model_dump()
        | {"automations": [made.document.automations[0].model_dump() | {"edits": edits}]}
    )
    text = markdown(document, made.saved_actions, file="plan.zip", key=KEY)
    assert not re.search(r"M\d", text)
    assert "1 named" in text


def test_a_person_has_one_pseudonym_under_one_key(made):
    text = told(made)
    names = {pseudonym(person, KEY) for person in PEOPLE}
    shown = set(re.findall(r"for example ([A-Z2-7]{4}-[A-Z2-7]{4})", text))
    assert shown
    assert shown <= names
    assert not shown & set(re.findall(r"[A-Z2-7]{4}-[A-Z2-7]{4}", told(made, key=KEY[::-1])))


def test_without_a_key_there_are_no_pseudonyms(made):
    text = told(made, key=None)
    assert "for example" not in text
    assert "Why: examples" in text


def test_small_groups_are_shown_as_such(tmp_path):
    """From one to four people: fewer than 5, wherever they are counted."""
    roster = "".join(ROSTER.splitlines(keepends=True)[:4])
    made = planned(tmp_path / "site", roster=roster)
    text = told(made, long=True)
    assert "fewer than 5 trainings" in text
    assert "for fewer than 5 active people" in text
    assert "for example" not in text
    counts = re.findall(
        r"(?<![\w.#/-])[1-4](?![\w.:;-])",
        re.sub(r"```.*?```|\d{4}-\d\d-\d\d \d\d:\d\d", "", text, flags=re.DOTALL),
    )
    assert [one for one in counts if one] in ([], ["1"]), "the expired exemption is no person"


STATES = {
    "what if": ({"what_if": True}, "**What if:**"),
    "an export": ({"read_only": True}, "**Read only:**"),
    "of a commit": ({"commit": "a" * 40}, "policies at `aaaaaaaaaaaa`"),
}


@pytest.mark.parametrize(("header", "part"), STATES.values(), ids=STATES.keys())
def test_states(made, header, part):
    changed = made.document.header.model_copy(update=header)
    document = made.document.model_copy(update={"header": changed})
    assert part in markdown(document, made.saved_actions, file="plan.zip", key=KEY)


def test_a_plan_of_nothing(tmp_path):
    made = planned(tmp_path / "site", "automations: {}\n")
    assert told(made).startswith("### No changes")
    assert "mermaid" not in told(made)


def many(made, size):
    """The same plan with so many more automations, and texts as long as they get."""
    one = made.document.automations[0]
    long = {"description": "ö & <b>" * 90, "title": "@all | `x`" * 40, "target": "*" * 900}
    automations = [
        one.model_copy(update={"id": f"automation.rule-{n}", "change": "new", **long})
        for n in range(size)
    ]
    warnings = [
        f"policies/a.yaml:{n}:1: Value that nobody bears\n    {'x' * 300}" for n in range(size)
    ]
    return made.document.model_copy(
        update={"automations": tuple(automations), "warnings": tuple(warnings)}
    )


@pytest.mark.parametrize("size", [10, 50, 200, 1000, 5000])
@pytest.mark.parametrize(("long", "limit"), [(False, COMMENT), (True, SUMMARY)])
def test_the_summary_stands_and_the_rest_is_cut(made, size, long, limit):
    document = many(made, size)
    text = markdown(document, made.saved_actions, file="plan.zip", key=KEY, long=long)
    assert len(text.encode()) <= limit
    assert text.startswith("### This plan assigns 46 trainings")
    assert "reconciler apply plan.zip" in text
    assert made.document.header.digest in text
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")
    if not text.endswith("</details>\n"):
        assert "have all of it" in text or "have them" in text


@pytest.mark.parametrize(
    "file", ["plan.zip", "a plan.zip", "it's.zip", "```\n# x", "$(rm -rf).zip"]
)
def test_the_command_is_one_line_that_a_shell_reads_as_it_is(made, file):
    import shlex

    command = re.search(r"```sh\n(.*?)\n```\n", told(made, file=file), re.DOTALL)[1]
    assert "\n" not in command
    assert shlex.split(command)[:2] == ["reconciler", "apply"]
    assert shlex.split(command)[2] == " ".join(file.split())
