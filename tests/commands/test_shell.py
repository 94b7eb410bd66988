"""Whatever shell it is typed in: closed outputs, no home, other encodings, narrow and dumb terminals,
pipes and folders where files are wanted (promise 8)."""

import ctypes
import json
import os
import re
import shutil
import signal
from contextlib import contextmanager

import pytest

from tests.commands.desk import typed

MACHINE = re.compile(r"Traceback|This is a bug|\[Errno|Exception ignored")
BOUND_SET_DROP, OVERRIDE, READ_SEARCH = 24, 1, 2


# the story: what the surroundings are, beside what is usual
SURROUNDINGS = {
    "no home": {"without": ("HOME",)},
    "nothing in the environment": {"without": tuple(os.environ)},
    "no folder for temporary files": {"TMPDIR": "/nowhere", "HOME": "/nowhere"},
    "a locale without UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "an output in ASCII": {"PYTHONIOENCODING": "ascii"},
    "a dumb terminal of one column": {"TERM": "dumb", "COLUMNS": "1"},
    "columns that are no number": {"TERM": "", "COLUMNS": "-3", "LINES": "x"},
    "no standard input": {"shell": 'exec "$@" <&-'},
}


@pytest.mark.parametrize("surroundings", SURROUNDINGS.values(), ids=SURROUNDINGS.keys())
def test_a_plan_is_shown_in_any_surroundings(desk, surroundings):
    answer = typed(desk, "plan", **surroundings)
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert b"This plan assigns 3 trainings" in answer.stdout


# the story: which outputs are closed, what is typed, the status
CLOSED = {
    "standard output": (">&-", ["plan", "--detailed-exitcode"], 2),
    "standard error": ("2>&-", ["plan", "--as-of", "never"], 1),
    "all three": ("<&- >&- 2>&-", ["apply", "--auto-approve"], 0),
    "the version to nobody": (">&-", ["version"], 0),
}


@pytest.mark.parametrize(("closed", "arguments", "status"), CLOSED.values(), ids=CLOSED.keys())
def test_closed_outputs(desk, closed, arguments, status):
    answer = typed(desk, *arguments, shell=f'exec "$@" {closed}')
    assert answer.returncode == status
    assert not MACHINE.search(answer.stderr.decode())
    assert desk.types("state", "verify").status == 0, "nothing was written over the ledger"
    assert len(desk.enrolled()) == (3 if "apply" in arguments else 0)


@pytest.mark.parametrize("command", ["plan", "validate", "fmt", "state list"])
def test_a_folder_that_was_deleted(desk, command):
    shell = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    answer = typed(desk, *command.split(), shell=shell)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert b"The folder that you are in is not there any more." in answer.stderr


def test_an_apply_that_nobody_reads_is_carried_out(desk):
    """`apply | head -1` has no end that depends on who reads how fast."""
    answer = typed(desk, "apply", "--auto-approve", shell='{ "$@"; echo "ended $?" >&2; } | :')
    assert b"ended 0" in answer.stderr
    assert len(desk.enrolled()) == 3


def test_what_programs_read_is_utf_8_in_any_locale(desk):
    desk.replace("catalog.yaml", "Knife safety", "Sécurité des couteaux")
    assert desk.types("lms", "init", "--replace").status == 0
    answer = typed(desk, "plan", "--json", PYTHONIOENCODING="ascii")
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert (
        json.loads(answer.stdout.decode("utf-8"))["automations"][0]["title"]
        == "Sécurité des couteaux"
    )


SIGNS = {
    "where a course matches": (["explain", "E1", "course/knife-safety"], "yes", "✓"),
    "where it does not": (["explain", "E2", "course/knife-safety"], "no", "✗"),
    "where nobody can tell": (["explain", "E4", "course/knife-safety"], "?", "?"),
    "what a rule assigns": (["plan"], "automation.knives -> course/knife-safety", "→"),
}


@pytest.mark.parametrize("encoding", ["cp1252", "latin1", "ascii"])
@pytest.mark.parametrize(("command", "said", "sign"), SIGNS.values(), ids=SIGNS)
def test_our_signs_are_told_in_any_encoding(desk, command, said, sign, encoding):
    """A question mark says *undecided*, and stands for nothing else of ours (P6)."""
    desk.replace("policies/rules.yaml", "{role: cook}", "{role: cook, tenure: {at_least: 1 day}}")
    whole = typed(desk, *command, PYTHONIOENCODING="utf-8").stdout.decode()
    plain = typed(desk, *command, PYTHONIOENCODING=encoding).stdout.decode(encoding)
    assert sign in whole
    assert said in plain
    assert plain.count("?") == whole.count("?")


def test_signs_of_others_are_told_as_good_as_they_can_be(desk):
    desk.replace("policies/rules.yaml", "  knives:", "  knives:\n    description: Kö → 刀")
    plain = typed(desk, "plan", PYTHONIOENCODING="latin1").stdout.decode("latin1")
    assert "Kö -> ?" in plain
    desk.replace("policies/rules.yaml", "role: cook", "group: 刀 → ö")
    answer = typed(desk, "plan", PYTHONIOENCODING="latin1")
    assert answer.returncode == 3
    assert "\\u5200 -> ö" in answer.stderr.decode("latin1")


def test_a_full_device_is_said(desk):
    answer = desk.types("plan", "-o", "/dev/full")
    assert (answer.status, "No space left on device" in answer.err) == (1, True)


def pipe(name):
    def spoil(desk):
        path = desk.folder / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)

    return spoil


def nothing(_):
    pass


# the story: what is in the place of a file, what is typed, the status, and a word of the answer
FILES = {
    "a pipe as plan": (pipe("p.zip"), ["show", "p.zip"], 1, "no regular file"),
    "a pipe to apply": (pipe("p.zip"), ["apply", "p.zip"], 1, "no regular file"),
    "a pipe to stay within": (pipe("p.zip"), ["apply", "--within", "p.zip"], 1, "no regular file"),
    "a pipe to write a plan to": (pipe("p.zip"), ["plan", "-o", "p.zip"], 1, "no regular file"),
    "a pipe to write evidence to": (pipe("p"), ["state", "export", "-o", "p"], 1, "already"),
    "a pipe as workspace file": (pipe("reconciler.yaml"), ["plan"], 3, "no regular file"),
    "a pipe as policies": (pipe("policies/rules.yaml"), ["fmt"], 3, "no regular file"),
    "a pipe as roster": (pipe("roster.csv"), ["plan"], 8, "no regular file"),
    "a pipe as LMS": (pipe("lms.db"), ["lms", "show"], 8, "lms.db"),
    "a pipe as ledger": (pipe("ledger.db"), ["state", "list"], 8, "not a file"),
    "a pipe as catalog": (pipe("catalog.yaml"), ["lms", "init", "--replace"], 3, "no regular file"),
    "a pipe as folder": (pipe("p"), ["plan", "-C", "p"], 3, "No workspace here"),
    "a file as folder": (nothing, ["plan", "-C", "roster.csv"], 3, "No workspace here"),
    "a device without end as plan": (nothing, ["show", "/dev/zero"], 1, "no regular file"),
    "a device without end to apply": (nothing, ["apply", "/dev/zero"], 1, "no regular file"),
    "a folder to write to": (nothing, ["plan", "-o", "policies"], 1, "directory"),
    "a name that is too long": (nothing, ["show", "x" * 300], 1, "too long"),
    "a name too long for evidence": (nothing, ["state", "export", "-o", "x" * 300], 1, "too long"),
    "a name too long for a comment": (
        nothing, ["comment", "--github", "x" * 300, "--ended", "0"], 1, "too long",
    ),
    "a name with a line break": (nothing, ["show", "a\nb.zip"], 1, "no such file"),
    "a name that is no UTF-8": (nothing, ["show", "\udcff.zip"], 1, "no such file"),
    "no name": (nothing, ["show", ""], 1, "directory"),
    "a trainee who is no UTF-8": (nothing, ["state", "history", "--trainee", "\udcff"], 1, "UTF-8"),
    "a rule that is no UTF-8": (nothing, ["state", "show", "\udcff"], 1, "no record"),
}  # fmt: skip


@contextmanager
def no_longer_than(seconds):
    def stop(*_):
        raise AssertionError("it hangs")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@pytest.mark.parametrize(("spoil", "arguments", "status", "word"), FILES.values(), ids=FILES.keys())
def test_what_is_no_file(desk, spoil, arguments, status, word, monkeypatch):
    monkeypatch.chdir(desk.folder)
    spoil(desk)
    where = [] if "-C" in arguments else ["-C", desk.folder]
    with no_longer_than(60):
        answer = desk.says(*arguments, *where)
    assert answer.status == status, answer
    assert word in answer.err
    assert not MACHINE.search(answer.err)


def test_a_workspace_in_a_folder_with_an_odd_name(desk):
    odd = desk.folder.parent / "new\nline [red] %41 ü"
    shutil.move(desk.folder, odd)
    for arguments in (
        ["plan", "-o", "p\n1.zip"],
        ["apply", "p\n1.zip"],
        ["state", "verify"],
        ["fmt", "--check"],
    ):
        assert desk.says(*arguments, "-C", odd).status == 0, arguments


def like_others():
    """Root loses what lets it read everything; others lose nothing."""
    if os.geteuid() == 0:
        for power in (OVERRIDE, READ_SEARCH):
            assert ctypes.CDLL(None).prctl(BOUND_SET_DROP, power) == 0


# the story: what may not be read, what is typed, the status
UNREADABLE = {
    "the workspace file": ("reconciler.yaml", ["plan"], 3),
    "a policy": ("policies/rules.yaml", ["validate"], 3),
    "the folder of policies": ("policies", ["plan"], 3),
    "the roster": ("roster.csv", ["plan"], 8),
    "the ledger": ("ledger.db", ["plan"], 8),
    "the LMS": ("lms.db", ["plan"], 8),
    "a saved plan": ("saved.zip", ["show", "saved.zip"], 1),
}


@pytest.mark.parametrize(
    ("name", "arguments", "status"), UNREADABLE.values(), ids=UNREADABLE.keys()
)
def test_what_may_not_be_read(desk, name, arguments, status):
    assert desk.types("plan", "-o", "saved.zip").status == 0
    path = desk.folder / name
    path.chmod(0)
    try:
        answer = typed(desk, *arguments, options={"preexec_fn": like_others})
    finally:
        path.chmod(0o755)
    assert answer.returncode == status, answer.stderr
    assert name.encode() in answer.stderr
    assert not MACHINE.search(answer.stderr.decode())


WRITING = {
    "complete": ["complete", "E1", "course/knife-safety"],
    "start": ["start", "E1", "course/knife-safety"],
    "publish": ["publish", "module/onboarding"],
    "load": ["load"],
}


@pytest.mark.parametrize("arguments", WRITING.values(), ids=WRITING)
@pytest.mark.parametrize("rights", [0o555, 0o755], ids=["folder too", "file alone"])
def test_an_lms_that_may_not_be_written(desk, arguments, rights):
    desk.types("apply", "--auto-approve")
    desk.replace("catalog.yaml", "Knife safety", "Knives")
    (desk.folder / "lms.db").chmod(0o444)
    desk.folder.chmod(rights)
    answer = typed(desk, "lms", *arguments, options={"preexec_fn": like_others})
    desk.folder.chmod(0o755)
    said = answer.stderr.decode()
    assert (answer.returncode, answer.stdout) == (8, b""), said
    assert "This is a bug" not in said
    assert "rights" in said
