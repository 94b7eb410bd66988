import pytest

from reconciler.errors import Exit, InvalidWorkspace
from reconciler.frames import Organization
from reconciler.roster.organization import read_organization, slips

SKETCH = """
locations:
  austin-1: {brand: ember, franchise: lone-star, regions: [south, texas]}
  austin-2: {region: south}
  austin-9: {}
roles:
  line-cook: {department: kitchen}
  greeter: {}
departments:
  kitchen: {parent: operations}
  NO: {parent: 0042}
"""


def organization(root, text):
    (root / "organization.yaml").write_text(text, encoding="utf-8")
    return read_organization(root / "organization.yaml", "organization.yaml")


def findings(root, text):
    with pytest.raises(InvalidWorkspace) as failure:
        organization(root, text)
    assert failure.value.status == Exit.INVALID
    return failure.value.findings


def test_the_sketch(tmp_path):
    read = organization(tmp_path, SKETCH)

    assert read == Organization(
        brand={"austin-1": "ember"},
        franchise={"austin-1": "lone-star"},
        regions={"austin-1": ("south", "texas"), "austin-2": ("south",)},
        department={"line-cook": "kitchen"},
        parent={"kitchen": "operations", "NO": "0042"},
        locations=frozenset({"austin-1", "austin-2", "austin-9"}),
        roles=frozenset({"line-cook", "greeter"}),
        departments=frozenset({"kitchen", "NO"}),
    )
    assert read.values("department") == {"kitchen", "operations", "NO", "0042"}


def test_an_empty_file(tmp_path):
    assert organization(tmp_path, "") == Organization()


def test_names_are_normalized(tmp_path):
    read = organization(tmp_path, "locations: {Zu\u0308rich: {region: Su\u0308d}}")
    assert read.regions == {"Z\u00fcrich": ("S\u00fcd",)}


CYCLES = {
    # the story: parents, then the cycles in their order
    "itself": ("a: {parent: a}", ["a → a"]),
    "two": ("b: {parent: a}\n  a: {parent: b}", ["a → b → a"]),
    "three, and one beside": (
        "c: {parent: b}\n  b: {parent: d}\n  d: {parent: c}\n  a: {parent: b}",
        ["b → d → c → b"],
    ),
    "two cycles": (
        "a: {parent: b}\n  b: {parent: a}\n  c: {parent: d}\n  d: {parent: c}",
        ["a → b → a", "c → d → c"],
    ),
}


@pytest.mark.parametrize(("parents", "cycles"), CYCLES.values(), ids=CYCLES.keys())
def test_a_cycle_is_named(tmp_path, parents, cycles):
    found = findings(tmp_path, f"departments:\n  {parents}\n")

    assert [finding.summary for finding in found] == ["Department cycle"] * len(cycles), "P3"
    assert [finding.detail.partition(":")[0] for finding in found] == cycles
    assert all(finding.at.line > 1 for finding in found)


BAD = {
    "an unknown key": ("locations:\n  a: {colour: red}\n", 2, "colour"),
    "an unknown section": ("stores:\n  a: {}\n", 1, "stores"),
    "region and regions": ("locations:\n  a: {region: x, regions: [y]}\n", 2, "keep one"),
    "a list of brands": ("locations:\n  a: {brand: [x, y]}\n", 2, "brand"),
    "locations as a list": ("locations: [a, b]\n", 1, "mapping"),
    "no YAML": ("locations: {a: [\n", 2, ""),
    "a location twice": ("locations:\n  a: {}\n  a: {}\n", 3, "already"),
}


@pytest.mark.parametrize(("text", "line", "part"), BAD.values(), ids=BAD.keys())
def test_bad_files(tmp_path, text, line, part):
    (found, *_) = findings(tmp_path, text)

    assert (found.at.file, found.at.line) == ("organization.yaml", line)
    assert part in found.detail


def test_no_file(tmp_path):
    with pytest.raises(InvalidWorkspace, match=r"organization\.yaml"):
        read_organization(tmp_path / "organization.yaml", "organization.yaml")


def test_departments_in_another_spelling():
    """P3: a role or a department may be of one that is nowhere described, but for a slip."""
    written = Organization(
        department={"cook": "kitchn", "server": "floor", "clerk": "elsewhere"},
        parent={"kitchen": "Operations", "floor": "operations"},
        departments=frozenset({"kitchen", "floor", "operations"}),
    )
    found = slips(written, "o.yaml")
    assert [one.detail.partition(" stands")[0] for one in found] == ["'Operations'", "'kitchn'"]
    assert {one.summary for one in found} == {"Unknown department"}
    assert slips(Organization(), "o.yaml") == []
