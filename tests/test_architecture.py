"""Who imports whom, what is pure, how long a file may be (DESIGN.md, "The house")."""

import ast
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parent.parent / "reconciler"
FILES = sorted(ROOT.rglob("*.py"))
LONGEST = 400
SHARED_FOLDERS = {"utils", "common", "helpers", "base", "api", "core"}

FOUNDATION = {"enrollments", "errors", "frames", "records"}
READERS = FOUNDATION | {"documents"}
"""What the packages that read or remember something may use, beside themselves."""

ALLOWED = {
    "background": set(),
    "errors": set(),
    "version": set(),
    "answers": set(),
    "address": {"errors"},
    "rest": {"address", "answers", "errors", "version"},
    "hosting": {"answers", "errors", "rest"},
    "frames": {"errors"},
    "enrollments": {"frames"},
    "records": set(),
    "lookup": set(),
    "snapshot": {"enrollments", "frames", "lookup", "records"},
    "documents": {"errors"},
    "policy": {"documents", "frames", "errors"},
    "planner": FOUNDATION | {"background", "policy", "documents", "lookup", "snapshot"},
    "roster": READERS,
    "lms": READERS | {"address", "answers", "background", "rest"},
    "ledger": READERS,
    "inputs": {"enrollments", "frames", "policy", "snapshot"},
    "settings": {"documents", "policy", "roster", "lms", "ledger", "frames", "errors"},
    "workspace": READERS | {"background", "settings", "roster", "lms", "ledger"},
    "observation": FOUNDATION
    | {"background", "inputs", "lookup", "settings", "snapshot", "policy", "roster", "lms"}
    | {"workspace"},
    "execution": FOUNDATION | {"planner", "lms", "ledger", "version"},
    "review": READERS | {"background", "planner", "policy", "lms", "ledger", "version"},
}
"""A package's own modules, and these; ``commands`` and ``__main__`` may import everything."""

IMPURE = {
    "http", "logging", "os", "pathlib", "random", "requests", "secrets", "shutil", "socket",
    "sqlalchemy", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
READS_FILES = {
    "policy/source.py": "is told which folder of policies to read",
    "policy/format.py": "is told which folder of policies to format, and writes them back",
}
"""Who of the pure side may reach files, by ``documents.folder``, and why."""

CLOCKS = {"now", "today", "utcnow"}
THE_CLOCK = "commands/clock.py"
HOUSE_NAMES = {path.relative_to(ROOT).as_posix(): path for path in FILES}
"""Every file by its place below ``reconciler/``."""


def parsed(name):
    return ast.parse(HOUSE_NAMES[name].read_text(encoding="utf-8"))


def imports(name):
    """The modules that one file imports, wherever in it, by their full names."""
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name}: a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def house(name):
    """The package, or the module beside the packages, that a file belongs to."""
    return name.removesuffix(".py").split("/", maxsplit=1)[0]


def inside(name):
    return {module for module in imports(name) if module.split(".")[0] == "reconciler"}


@pytest.mark.parametrize("name", HOUSE_NAMES)
def test_imports_point_one_way(name):
    if house(name) in {"commands", "__main__", "__init__"}:
        return
    used = {module.split(".")[1] for module in inside(name) if "." in module}
    assert used - {house(name)} <= ALLOWED[house(name)]


@pytest.mark.parametrize("name", HOUSE_NAMES)
def test_the_policy_and_the_planner_are_pure(name):
    if house(name) in {"policy", "planner"}:
        assert {module.split(".")[0] for module in imports(name)} & IMPURE == set()
        reads = "reconciler.documents.folder" in set(imports(name))
        assert reads is (name in READS_FILES)


@pytest.mark.parametrize("name", HOUSE_NAMES)
def test_the_clock_is_read_in_one_place_and_nothing_is_printed(name):
    calls = [node.func for node in ast.walk(parsed(name)) if isinstance(node, ast.Call)]
    assert not [f for f in calls if isinstance(f, ast.Name) and f.id == "print"]
    if name != THE_CLOCK:
        assert not [f for f in calls if isinstance(f, ast.Attribute) and f.attr in CLOCKS]


@pytest.mark.parametrize("name", HOUSE_NAMES)
def test_files_are_short_and_say_what_is_in_them(name):
    text = HOUSE_NAMES[name].read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST
    assert not text or ast.get_docstring(ast.parse(text)), "a module opens with one sentence"


def test_no_folder_is_a_drawer():
    assert not [path for path in ROOT.rglob("*") if path.name in SHARED_FOLDERS]


def test_there_are_no_cycles():
    modules = {
        ".".join(("reconciler", *Path(name).with_suffix("").parts)): name for name in HOUSE_NAMES
    }
    graph = nx.DiGraph(
        (module, used)
        for module, name in modules.items()
        for used in inside(name)
        if used in modules
    )
    assert list(nx.simple_cycles(graph)) == []
