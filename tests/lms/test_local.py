import os
import sqlite3
import threading
from contextlib import closing
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import Exit, LmsUnfit, WrongUse
from reconciler.frames import WRITES, Content
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.learning import complete
from reconciler.lms.local.show import of_trainee, summary
from reconciler.lms.local.tables import APPLICATION, FORMAT
from tests.lms.contract import (
    EVERYTHING,
    FIRE,
    JULY,
    JUNE,
    KNIFE,
    MAY,
    ONBOARDING,
    REFRESHER,
    LmsContract,
    everything,
    results,
    statuses,
    writes,
)
from tests.lms.contract_effects import LmsCredits, LmsReassigns, LmsWithdraws
from tests.lms.school import execute, learned, new_lms


@pytest.fixture
def lms(tmp_path):
    return new_lms(tmp_path)


@pytest.fixture
def learn(lms):
    return partial(learned, lms.path)


class TestLocalLms(LmsContract, LmsReassigns, LmsCredits, LmsWithdraws):
    @pytest.fixture
    def blind(self, lms):
        lms.path.unlink()
        return lms


def test_contents_are_read_whole(lms):
    assert lms.catalog() == {
        FIRE: Content(FIRE, "Fire drill"),
        KNIFE: Content(KNIFE, "Knife safety", 3, 20),
        ONBOARDING: Content(ONBOARDING, "Onboarding", 2, courses=(KNIFE, FIRE)),
        REFRESHER: Content(REFRESHER, "Refresher", courses=(KNIFE,)),
    }


def test_nobody_has_an_account_in_a_new_lms(lms):
    assert lms.accounts() == frozenset()


def test_a_refused_row_makes_no_account(lms):
    lms.assign(writes(("ada", "course/none-such")))
    assert lms.accounts() == frozenset()


def test_instants_before_1970_are_cut_downwards(lms):
    early = MAY.replace(year=1969, microsecond=500_000)
    lms.assign(writes(("ada", KNIFE), assigned=early))

    assert lms.holdings([KNIFE])["assigned"].to_list() == [early.replace(microsecond=0)]


# What an unfit file is, and what the message says of it.
UNFIT = {
    "missing": (lambda path: path.unlink(), "no local LMS at"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "cannot be opened"),
    "no database": (lambda path: path.write_bytes(b"trainee,content\n" * 99), "cannot be opened"),
    "an empty file": (lambda path: path.write_bytes(b""), "no local LMS"),
    "another database": (lambda path: execute(path, "PRAGMA application_id = 7"), "no local LMS"),
    "another format": (
        lambda path: execute(path, f"PRAGMA user_version = {FORMAT + 1}"),
        f"has format {FORMAT + 1}",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), UNFIT.values(), ids=UNFIT.keys())
def test_an_unfit_file_is_told_with_the_way_out(lms, spoil, message):
    spoil(lms.path)

    calls = [lambda: LocalLms(lms.path), lms.catalog, lms.accounts]
    calls += [lambda: lms.holdings([KNIFE]), lambda: lms.assign(writes(("ada", KNIFE)))]
    for call in calls:
        with pytest.raises(LmsUnfit, match=message) as error:
            call()
        assert "reconciler lms init" in str(error.value)
        assert error.value.status == Exit.UNFIT


def test_a_damaged_file_is_no_traceback(lms):
    lms.assign(writes(*((f"E{number}", KNIFE) for number in range(20_000))))
    with lms.path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(8192) * 20)

    with pytest.raises(LmsUnfit):
        lms.holdings(EVERYTHING)
    with pytest.raises(LmsUnfit):
        lms.assign(writes(*((f"N{number}", KNIFE) for number in range(20_000))))


NO_TEXT = {"bytes": b"\x02\x12ada", "nothing": b"\x02\x00ada", "a number": b"\x02\x03ada"}


@pytest.mark.parametrize("instead", NO_TEXT.values(), ids=NO_TEXT.keys())
def test_an_id_that_is_no_text_is_damage(lms, instead):
    """The table takes none, so only a damaged file has one."""
    lms.assign(writes(("ada", KNIFE)))
    execute(lms.path, "PRAGMA journal_mode = DELETE")
    whole, text = lms.path.read_bytes(), b"\x02\x13ada"
    assert whole.count(text) == 1, "the head of its row: how long it is, a text of three letters"
    lms.path.write_bytes(whole.replace(text, instead))
    with pytest.raises(LmsUnfit, match=r"(than a text as id\)|malformed)\. Restore it from"):
        lms.accounts()


@pytest.mark.parametrize(
    "change",
    [
        "content SET title = x'00'", "content SET version = 'new'",
        "content SET minutes = 'long'", "module_course SET course = CAST(course AS BLOB)",
    ],
)  # fmt: skip
def test_a_catalog_of_something_else_is_damage(lms, change):
    """Only a file whose tables were altered has such values."""
    with closing(sqlite3.connect(lms.path)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_master SET sql = replace(sql, 'STRICT,', '')")
        database.execute("UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '')")
    execute(lms.path, f"UPDATE {change}")
    with pytest.raises(LmsUnfit, match=r"in the catalog\). Restore it from a backup"):
        lms.catalog()


def test_a_file_that_another_program_writes_fails_and_may_be_tried_again(lms, monkeypatch):
    monkeypatch.setattr("reconciler.lms.local.database.BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(lms.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = lms.assign(writes(("ada", KNIFE), ("bob", KNIFE)))
        assert statuses(lms) == {}

    assert set(results(outcomes).values()) == {"failed"}
    assert "locked" in outcomes["detail"][0]
    assert set(results(lms.assign(writes(("ada", KNIFE)))).values()) == {"done"}


def test_a_write_that_breaks_off_leaves_nothing(lms):
    execute(
        lms.path,
        "CREATE TRIGGER stop BEFORE INSERT ON progress BEGIN SELECT raise(ABORT, 'stop'); END",
    )
    outcomes = lms.assign(writes(("ada", KNIFE), ("ada", ONBOARDING)))

    assert set(results(outcomes).values()) == {"failed"}
    assert statuses(lms) == {}
    assert lms.accounts() == frozenset()


def test_threads_write_one_after_the_other(lms):
    rows = [writes(*((f"{name}{n}", KNIFE) for n in range(500))) for name in "abcd"]
    threads = [threading.Thread(target=lms.assign, args=(part,)) for part in rows]
    readers = [threading.Thread(target=lms.holdings, args=([KNIFE],)) for _ in range(4)]
    for thread in (*threads, *readers):
        thread.start()
    for thread in (*threads, *readers):
        thread.join()

    assert lms.holdings([KNIFE]).height == 2000
    assert execute(lms.path, "PRAGMA integrity_check") == [("ok",)]


# D3 below the program: no statement takes away what was ever completed.
LOSSES = {
    "delete": "DELETE FROM enrollment WHERE trainee = 'ada'",
    "delete all": "DELETE FROM enrollment",
    "delete progress": "DELETE FROM progress",
    "forget the instant": "UPDATE enrollment SET status = 'not_started', completed = NULL",
    "forget the progress": "UPDATE progress SET status = 'not_started', completed = NULL",
    "completed at no time": "UPDATE enrollment SET status = 'completed' WHERE trainee = 'bob'",
    "no status": "UPDATE enrollment SET status = 'done'",
}


@pytest.mark.parametrize("statement", LOSSES.values(), ids=LOSSES.keys())
def test_the_file_itself_keeps_what_was_completed(lms, learn, statement):
    lms.assign(writes(("ada", ONBOARDING), ("bob", ONBOARDING)))
    learn("ada", ONBOARDING, "completed")
    before = everything(lms)

    with pytest.raises(sqlite3.IntegrityError):
        execute(lms.path, statement)
    assert everything(lms) == before


def test_what_is_opened_by_hand_is_withdrawn_as_well(lms, learn):
    lms.assign(writes(("ada", KNIFE)))
    learn("ada", KNIFE, "completed")
    before = everything(lms)
    execute(lms.path, "UPDATE enrollment SET status = 'not_started', version = 4, due = NULL")

    assert results(lms.remove(writes(("ada", KNIFE), status="not_started"))) == {
        ("ada", KNIFE): "done"
    }
    assert everything(lms) == before
    assert execute(lms.path, "SELECT * FROM enrollment_history") == []


def test_a_course_completed_in_a_module_outlives_its_removal(lms, learn):
    lms.assign(writes(("ada", ONBOARDING)))
    learn("ada", ONBOARDING, "in_progress")
    complete(lms.path, "ada", ONBOARDING, course=KNIFE, at=JUNE)

    outcomes = lms.remove(writes(("ada", ONBOARDING), status="in_progress"))
    assert results(outcomes) == {("ada", ONBOARDING): "done"}
    assert lms.holdings([ONBOARDING]).is_empty()
    found = lms.progress([ONBOARDING])
    assert found.drop("module").rows() == [("ada", KNIFE, "completed", 3, JUNE, 3)]


PAIRS = st.tuples(
    st.sampled_from(["ada", "bob", "cleo"]), st.sampled_from([*EVERYTHING, "course/x"])
)
SEEN = st.sampled_from(["not_started", "in_progress", "completed", None])
DUE = st.sampled_from([JUNE, JULY, None])
STEPS = st.one_of(
    st.tuples(st.just("assign"), PAIRS, DUE, st.none()),
    st.tuples(st.just("reschedule"), PAIRS, DUE, st.none()),
    st.tuples(st.just("remove"), PAIRS, st.none(), SEEN),
    st.tuples(st.just("learn"), PAIRS, st.none(), SEEN.filter(bool)),
)


@given(steps=st.lists(st.lists(STEPS, min_size=1, max_size=5), max_size=6))
@settings(max_examples=25, deadline=None)
def test_any_history_is_what_one_row_at_a_time_would_give(tmp_path_factory, steps):
    lms = new_lms(tmp_path_factory.mktemp("lms"))
    held = {}
    for batch in steps:
        verb = batch[0][0]
        asked = {pair: (due, seen) for kind, pair, due, seen in batch if kind == verb}
        wanted = {pair: one_at_a_time(held, verb, pair, *asked[pair]) for pair in asked}
        if verb == "learn":
            for pair, (_, status) in asked.items():
                learned(lms.path, *pair, status)
            continue
        rows = [(*pair, MAY, due, seen) for pair, (due, seen) in asked.items()]
        assert (
            results(
                getattr(lms, verb)(WRITES.of(*((*row, None, None, None, None) for row in rows)))
            )
            == wanted
        )
    found = {row[:2]: (row[2], row[5]) for row in lms.holdings(EVERYTHING).rows()}
    assert found == held
    modules = {who for who, content in held if content == ONBOARDING}
    assert set(lms.progress([ONBOARDING])["trainee"]) == modules


def one_at_a_time(held, verb, pair, due, seen):
    """What the contract says of one row, with ``held`` as pair to (status, due)."""
    status, old = held.get(pair, (None, None))
    if verb == "learn":
        if status not in (None, "completed"):
            held[pair] = (seen, old)
    elif pair[1] not in EVERYTHING:
        return "refused"
    elif verb == "assign":
        held.setdefault(pair, ("not_started", due))
        return "already" if status else "done"
    elif verb == "reschedule":
        if status in (None, "completed"):
            return "skipped"
        held[pair] = (status, due)
        return "already" if old == due else "done"
    elif status in (None, "completed"):
        return "refused" if status else "already"
    elif status != seen:
        return "skipped"
    else:
        del held[pair]
        return "done"
    return None


def test_the_summary_counts_by_status(lms, learn):
    lms.assign(writes(("ada", KNIFE), ("bob", KNIFE), ("cleo", KNIFE), ("ada", ONBOARDING)))
    learn("ada", KNIFE, "completed")
    learn("bob", KNIFE, "in_progress")

    found = summary(lms)
    assert found.columns == [
        "content", "title", "version", "not_started", "in_progress", "completed",
    ]  # fmt: skip
    assert found.rows() == [
        (FIRE, "Fire drill", 1, 0, 0, 0),
        (KNIFE, "Knife safety", 3, 1, 1, 1),
        (ONBOARDING, "Onboarding", 2, 1, 0, 0),
        (REFRESHER, "Refresher", 1, 0, 0, 0),
    ]


def test_a_trainee_is_shown_with_the_courses_of_a_module_in_order(lms):
    lms.assign(writes(("ada", KNIFE), ("ada", ONBOARDING), ("bob", FIRE)))

    shown = of_trainee(lms, "ada")
    assert shown.enrollments.select("content", "due").rows() == [(KNIFE, JULY), (ONBOARDING, JULY)]
    assert shown.progress["course"].to_list() == [KNIFE, FIRE]
    assert of_trainee(lms, "bob").progress.is_empty()


def test_an_unknown_trainee_is_told_with_the_nearest(lms):
    lms.assign(writes(("E1042", KNIFE)))

    with pytest.raises(WrongUse, match="Did you mean 'E1042'"):
        of_trainee(lms, "E1024")


def test_a_format_is_told_apart_from_other_programs():
    assert APPLICATION.to_bytes(4, "big") == b"RLMS"
