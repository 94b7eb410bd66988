"""The contract, for an LMS behind a real server on this machine; and what readings do wrong."""

import json
from functools import partial

import pytest
from ruamel.yaml import YAML

from reconciler.errors import Exit, LmsUnfit
from reconciler.lms.http.openapi import openapi
from reconciler.lms.http.writing import as_rows
from reconciler.lms.settings import HttpSettings
from tests.commands.desk import PROJECT
from tests.hosting.loopback import Reply
from tests.lms.bridge import SECRET, altering, faults, refusal
from tests.lms.contract import FIRE, KNIFE, LmsContract, writes
from tests.lms.contract_effects import LmsCredits, LmsReassigns, LmsWithdraws
from tests.lms.school import learned


@pytest.fixture
def lms(remote):
    return remote


@pytest.fixture
def learn(bridge):
    return partial(learned, bridge.lms.path)


class TestHttpLms(LmsContract, LmsReassigns, LmsCredits, LmsWithdraws):
    @pytest.fixture
    def blind(self, lms, bridge):
        bridge.sees = False
        return lms


PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal")
ALL = writes(*((who, KNIFE) for who in PEOPLE))


def held_by(lms):
    return sorted(lms.holdings([KNIFE])["trainee"])


def columns(**told):
    """Changes columns of a page; a function is applied to each column."""

    def change(data, heard):
        given = data["columns"]
        for name, new in told.items():
            given[name] = new(given[name]) if callable(new) else new
        return data

    return change


def without_rows(data, heard):
    data["columns"] = {name: [] for name in data["columns"]}
    return data


def later_pages(change):
    return lambda data, heard: change(data, heard) if "reading" in heard.query else data


def with_(**told):
    return lambda data, heard: {**data, **told}


def all_but_one(data, heard):
    data["columns"] = {name: column[:-1] for name, column in data["columns"].items()}
    return data


HTML = Reply(raw=b"<html>Down for maintenance</html>")
# What a reading of eight enrollments in pages of three gets, always, and what is said of it.
BLIND = {
    "a page is missing": (later_pages(without_rows), "missing or cut: of 8 rows it gave 0"),
    "the first page is missing": (without_rows, "of 8 rows it gave 0 from 0"),
    "a page is cut": (later_pages(all_but_one), "missing or cut"),
    "another page": (later_pages(with_(first=0)), "gave the rows from 0, not those from"),
    "columns of several lengths": (columns(status=lambda old: old[1:]), "not of one length"),
    "a column is missing": (
        lambda data, _: {**data, "columns": {"trainee": data["columns"]["trainee"]}},
        "columns.content: Field required",
    ),
    "a number for an id": (columns(trainee=lambda old: [7] * len(old)), "valid string"),
    "a status that nobody knows": (
        columns(status=lambda old: ["enrolled"] * len(old)), "'not_started', 'in_progress'",
    ),
    "an instant that is none": (columns(assigned=lambda old: ["soon"] * len(old)), "'soon' is none"),
    "completed at no time": (
        columns(status=lambda old: ["completed"] * len(old)), "'completed' is empty",
    ),
    "a trainee twice": (columns(trainee=lambda old: ["ada"] * len(old)), "ada and course/knife"),
    "what was not asked for": (
        columns(content=lambda old: [FIRE] * len(old)), "showed course/fire as well",
    ),
    "nobody, and no word of what is seen": (lambda *_: [], "Not as the protocol says"),
    "nothing": (lambda *_: None, "Not as the protocol says"),
    "nobody, with lost rights": (with_(scope="own"), "scope 'own'"),
    "a page for people, with 200": (lambda *_: HTML, "something else than data"),
    "an error with 200": (with_(scope=None), "scope: Input should be a valid string"),
    "not allowed": (lambda *_: refusal(403, "not you"), "403 Forbidden. not you"),
    "no session": (lambda *_: refusal(401, "log in"), "401 Unauthorized. log in"),
    "an older state than was written": (with_(revision=1), "shows revision 1, and 3 was asked"),
    "no word of its state": (with_(revision=None), "shows revision none"),
    "a reading that is gone": (later_pages(lambda *_: refusal(410, "gone")), "keep /enrollments still"),
    "another reading each time": (later_pages(with_(reading="x")), "keep /enrollments still"),
    "more rows than could ever be read": (with_(total=10**12), "has 1,000,000,000,000 rows, 3 on"),
    "a number beyond all numbers": (with_(total=2**70), "total: Input should be less than"),
    "another number of rows": (later_pages(with_(total=9)), "missing or cut|still"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BLIND.values(), ids=BLIND.keys())
def test_what_cannot_be_trusted_is_not_read(lms, bridge, server, change, words):
    lms.assign(ALL)
    server.handler = altering(bridge, "/enrollments", change)
    with pytest.raises(LmsUnfit, match=words) as caught:
        lms.holdings([KNIFE])
    assert caught.value.status == Exit.UNFIT
    assert SECRET not in str(caught.value)


PASSING = [
    name for name in BLIND if name.startswith(("a page", "another page", "columns", "an older"))
]


@pytest.mark.parametrize("name", PASSING)
def test_once_is_read_again(lms, bridge, server, patience, name):
    lms.assign(ALL)
    change, once = BLIND[name][0], []

    def first(data, heard):
        if ("reading" in heard.query) is (name != "an older state than was written"):
            once.append(heard)
            if len(once) == 1:
                return change(data, heard)
        return data

    server.handler = altering(bridge, "/enrollments", first)
    assert held_by(lms) == sorted(PEOPLE)
    assert len(patience.slept) >= 1


CATALOGS = {
    "a content is missing": (lambda data, _: {**data, "contents": data["contents"][1:]}, "3 of 4"),
    "empty": (with_(contents=[], total=0), "empty catalog"),
    "a course of a module is missing": (
        lambda data, _: {**data, "contents": data["contents"][2:], "total": 2},
        "module/onboarding has course/knife, which is not in it",
    ),
    "a content twice": (
        lambda data, _: {**data, "contents": [*data["contents"], data["contents"][0]], "total": 5},
        "twice in its catalog",
    ),
    "a name that is none": (
        lambda data, _: {**data, "contents": [{**data["contents"][0], "id": "fire"}], "total": 1},
        "contents.0.id",
    ),
    "rights are lost": (with_(scope="part"), "scope 'part'"),
}


@pytest.mark.parametrize(("change", "words"), CATALOGS.values(), ids=CATALOGS.keys())
def test_a_catalog_that_makes_no_sense(lms, bridge, server, change, words):
    server.handler = altering(bridge, "/catalog", change)
    with pytest.raises(LmsUnfit, match=words):
        lms.catalog()


def test_another_protocol(lms, bridge, server):
    server.handler = altering(bridge, "/", with_(protocol="reconciler-lms/2"))
    with pytest.raises(LmsUnfit, match="speaks 'reconciler-lms/2', and this version"):
        lms.catalog()


def test_a_reading_shows_what_others_have_written(lms, bridge, server):
    """Its revision is asked for anew each time: a cache on the way does not hide a crashed run."""
    assert held_by(lms) == []
    bridge.carry_out("assign", {"key": "theirs", "rows": as_rows(writes(("ada", KNIFE)))})
    held_by(lms)
    assert {heard.query["at_least"] for heard in server.heard if heard.path == "/enrollments"} == {
        "1",
        "2",
    }


DOCUMENT = (PROJECT / "docs/lms-over-http.md").read_text(encoding="utf-8")


def block(language):
    return DOCUMENT.split(f"```{language}\n")[1].split("```")[0]


def test_the_document_shows_messages_as_they_are():
    decoder, text = json.JSONDecoder(), block("json")
    write, end = decoder.raw_decode(text)
    written, _ = decoder.raw_decode(text[end:].lstrip())
    assert faults("Write", write) == faults("Written", written) == []


def test_the_document_shows_the_defaults():
    told = YAML(typ="safe", pure=True).load(block("yaml"))["lms"]
    shown = HttpSettings.model_validate(told)
    assert shown == HttpSettings(adapter="http", address=shown.address)
    assert told.keys() == HttpSettings.model_fields.keys()


def test_the_document_names_every_call():
    for path, methods in openapi()["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {path}" in DOCUMENT or f"`{path}`" in DOCUMENT
    for message in openapi()["components"]["schemas"].values():
        assert message["description"]
