"""What may be written in reconciler.yaml, and what is said about the rest."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.source import parse, read_source
from reconciler.documents.validation import validated
from reconciler.errors import FILE_NAME, Findings
from reconciler.settings import KEYS, Settings

SOUND = """\
timezone: America/Chicago
roster: {source: csv, path: roster.csv, columns: {id: id}}
lms: {adapter: local}
"""


def read(folder, text):
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    try:
        return validated(Settings, read_source(folder / FILE_NAME, FILE_NAME))
    except Findings as error:
        return None, list(error.findings)


def test_defaults(tmp_path):
    settings, findings = read(tmp_path, SOUND)
    assert findings == []
    assert settings.policies == "policies"
    assert settings.ledger == "sqlite:///.reconciler/ledger.db"
    assert settings.lineage is None
    assert settings.absent is None
    assert str(settings.plans_expire_after) == "1 day"
    assert settings.lms.path == ".reconciler/lms.db"


def test_all_that_may_be_written(tmp_path):
    settings, findings = read(
        tmp_path,
        SOUND
        + "policies: rules\nattributes: {language: {required: true}}\norganization: o.yaml\n"
        + "ledger: sqlite:///a.db\nlineage: 0042\nabsent: {inactive_after: 90 days}\n"
        + "plans_expire_after: 2 weeks\n",
    )
    assert findings == []
    assert settings.lineage == "0042", "P4: by its text"
    assert settings.attributes["language"].required
    assert str(settings.absent.inactive_after) == "90 days"


# the story: what is written instead, the line of the finding, and a word of it
WRONG = {
    "an unknown key": (SOUND + "ledgr: a\n", 4, "'ledger'"),
    "a folder whose name no system takes": (SOUND + f"policies: {'n' * 300}\n", 4, "too long"),
    "a file whose name no system takes": (SOUND.replace("roster.csv", "é" * 200), 2, "too long"),
    "an unknown time zone": (SOUND.replace("Chicago", "Chcago"), 1, "Chcago"),
    "no time zone": (SOUND.replace("timezone: America/Chicago\n", ""), 1, "timezone"),
    "no such source": (SOUND.replace("csv,", "excel,"), 2, "excel"),
    "no columns": (SOUND.replace(", columns: {id: id}", ""), 2, "columns"),
    "a known column in capitals": (
        SOUND.replace("{id: id}", "{id: id, Role: job}"), 2, "'Role' is no key here. Did you mean 'role'?",
    ),
    "a known column without its dash": (
        SOUND.replace("{id: id}", "{id: id, hiredate: h}"), 2, "Did you mean 'hire_date'?",
    ),
    "the id in capitals": (
        SOUND.replace("{id: id}", "{ID: id}"), 2, "'ID' is no key here. Did you mean 'id'?",
    ),
    "the id in capitals and as it should be": (
        SOUND.replace("{id: id}", "{id: id, ID: id}"), 2, "'ID' is no key here. Did you mean 'id'?",
    ),
    "a key of one's own column that is none": (
        SOUND.replace("{id: id}", "{id: id, team: {colum: a}}"), 2, "'colum' is no key here. Did you mean 'column'?",
    ),
    "a key of another LMS": (
        SOUND.replace("local", "local, address: x"), 3, "'address' is no key here. The keys are adapter, path.",
    ),
    "no time zone behind its key": (
        SOUND.replace("America/Chicago", ""), 1, "write one, or leave it out where it may be.",
    ),
    "no id, and one's own attribute that is a little like it": (
        SOUND.replace("{id: id}", "{side: a}"), 2, "'id' is wanted here",
    ),
    "no id": (SOUND.replace("{id: id}", "{role: job}"), 2, "id"),
    "a constant id": (SOUND.replace("id: id", "id: {constant: a}"), 2, "id"),
    "column and constant": (
        SOUND.replace("{id: id}", "{id: id, role: {column: a, constant: b}}"), 2, "constant",
    ),
    "a column named by a word of the language": (
        SOUND.replace("{id: id}", "{id: id, everyone: all}"), 2, "everyone",
    ),
    "a date without a year": (
        SOUND.replace("{id: id}", '{id: id, hire_date: {column: h, format: "%m/%d"}}'), 2, "%Y",
    ),
    "is and is_not of one value": (
        SOUND.replace("{id: id}", "{id: id, active: {column: s, is: [A], is_not: [A]}}"), 2, "'A'",
    ),
    "an encoding that is none": (SOUND.replace("path:", "encoding: utf-9, path:"), 2, "utf-9"),
    "no such LMS": (SOUND.replace("local", "moodl"), 3, "moodl"),
    "an export without enrollments": (SOUND.replace("local", "export"), 3, "enrollments"),
    "a span that is none": (SOUND + "plans_expire_after: soon\n", 4, "soon"),
    "twice the same key": (SOUND + "timezone: UTC\n", 4, "timezone"),
    "a list": ("- timezone: UTC\n", 1, ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "word"), WRONG.values(), ids=WRONG.keys())
def test_wrong(tmp_path, text, line, word):
    settings, findings = read(tmp_path, text)
    assert settings is None
    assert [finding.at.line for finding in findings] == [line]
    assert findings[0].at.file == FILE_NAME
    assert word in f"{findings[0].summary} {findings[0].detail}"


@pytest.mark.parametrize(
    "columns", ["{Id: a}", "{id: a, ID: b}", "{id: a, Region: b}", "{id: a, all: b}"]
)
def test_a_column_is_told_at_its_key(tmp_path, columns):
    _, (finding,) = read(tmp_path, SOUND.replace("{id: id}", columns))
    key = re.search(r"(\w+): .}", columns)
    line = SOUND.replace("{id: id}", columns).splitlines()[1]
    assert finding.at.column == line.index(key[0]) + 1


@given(
    st.dictionaries(
        st.one_of(st.sampled_from([*KEYS, *map(str.title, KEYS), "ID"]), st.text(max_size=5)),
        st.one_of(st.none(), st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.none())),
        max_size=4,
    )
)
def test_where_nothing_is_read_something_is_found(columns):
    text = SOUND.replace("{id: id}", json.dumps(columns))
    try:
        settings, findings = validated(Settings, parse(text.encode(), FILE_NAME))
    except Findings as error:
        settings, findings = None, list(error.findings)
    assert (settings is None) == bool(findings)


def test_an_error_without_a_finding_is_none():
    with pytest.raises(AssertionError):
        Findings([])


def test_all_findings_at_once(tmp_path):
    _, findings = read(tmp_path, SOUND.replace("Chicago", "x").replace("csv", "y") + "z: 1\n")
    assert [finding.at.line for finding in findings] == [1, 2, 4]


@pytest.mark.parametrize("name", ["language", "grade", "shift", "team", "region-code"])
def test_an_attribute_of_one_s_own(tmp_path, name):
    """P1: it may also be mapped alone, where it is not nearly the name of another key."""
    settings, findings = read(tmp_path, SOUND.replace("{id: id}", f"{{id: id, {name}: c}}"))
    assert (settings.roster.columns.custom, findings) == ({name}, [])


def test_an_attribute_that_is_declared_may_be_called_nearly_as_another(tmp_path):
    text = SOUND.replace("{id: id}", "{id: id, roles: c}")
    assert read(tmp_path, text)[0] is None
    assert read(tmp_path, text + "attributes: {roles: {}}\n")[1] == []
