"""`init`: from an empty folder to an empty plan, by the steps that it prints."""

import pytest

from reconciler.version import VERSION

STEPS = (("lms", "init"), ("validate",), ("plan",))


def test_init_and_the_steps_that_it_prints(bare):
    said = bare.types("init")
    assert said.status == 0
    for step in STEPS:
        assert f"`reconciler {' '.join(step)}`" in " ".join(said.out.split())

    bare.write("roster.csv", "employee_number\n0042\nNO\n")
    for step in STEPS:
        answer = bare.types(*step)
        assert (answer.status, answer.err) == (0, ""), step
    assert "2 active people" in answer.out

    assert bare.types("apply", "--auto-approve").status == 0
    assert bare.types("plan", "--detailed-exitcode").status == 0


def test_who_comes_after_init_is_assigned(bare):
    bare.types("init")
    bare.write("roster.csv", "employee_number\nE1\n")
    bare.types("lms", "init")
    bare.types("apply", "--auto-approve")

    bare.write("roster.csv", "employee_number\nE1\nE2\n")
    plan = bare.types("plan", "--all")
    assert "assigns 1 training" in plan.out
    assert "E2" in plan.out


def test_init_writes_a_lineage_a_gitignore_and_hints_for_editors(bare):
    bare.types("init")

    assert "\nlineage: " in (bare.folder / "reconciler.yaml").read_text()
    assert ".reconciler/" in (bare.folder / ".gitignore").read_text()
    assert (bare.folder / "schemas/policy.schema.json").exists()
    for name in ("reconciler.yaml", "policies/first.yaml"):
        assert "yaml-language-server: $schema=" in (bare.folder / name).read_text()


def test_what_init_writes_is_formatted(bare):
    bare.types("init")
    assert bare.types("fmt", "--check").status == 0


@pytest.mark.parametrize("name", ["reconciler.yaml", "policies/first.yaml", ".gitignore"])
def test_init_overwrites_nothing(bare, name):
    path = bare.write(name, "mine\n")
    answer = bare.types("init")

    assert answer.status == 1
    assert name in answer.err
    assert path.read_text() == "mine\n"
    assert [file.name for file in bare.folder.rglob("*") if file.is_file()] == [path.name]


def test_init_makes_the_folder(bare):
    answer = bare.says("init", "-C", bare.folder / "new" / "deep")
    assert answer.status == 0
    assert (bare.folder / "new/deep/reconciler.yaml").exists()


PIPELINES = (".github/workflows/review.yml", ".github/workflows/apply.yml")
SHARED = ("ci/inputs.sh", "ci/requirements.txt")


def test_pipelines_with_a_new_workspace(bare):
    answer = bare.types("init", "--ci", "github")
    assert answer.status == 0
    assert "docs/review.md" in answer.out
    for name in ("reconciler.yaml", *PIPELINES, *SHARED):
        assert (bare.folder / name).exists()
    assert not (bare.folder / ".gitlab-ci.yml").exists()
    assert f"\nreconciler=={VERSION}\n" in (bare.folder / "ci/requirements.txt").read_text()


def test_pipelines_beside_a_workspace(desk):
    before = desk.files()
    assert desk.types("init", "--ci", "gitlab").status == 0
    added = desk.files().keys() - before.keys()
    assert {str(path) for path in added} == {
        ".gitlab-ci.yml", "ci/inputs.sh", "ci/requirements.txt",
    }  # fmt: skip
    assert {path: data for path, data in desk.files().items() if path in before} == before


@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines_overwrite_nothing(bare, name):
    bare.write(name, "mine\n")
    before = bare.files()
    answer = bare.types("init", "--ci", "github")
    assert answer.status == 1
    assert f"{name} is there already, and is not written over. Move it away first" in answer.err
    assert bare.files() == before


@pytest.mark.parametrize("name", SHARED)
def test_pipelines_of_another_host_keep_what_both_share(bare, name):
    bare.write(name, "mine\n")
    answer = bare.types("init", "--ci", "gitlab")
    assert answer.status == 0
    assert f"Left as they are: {name}." in answer.out
    assert (bare.folder / name).read_text() == "mine\n"
    assert all((bare.folder / one).exists() for one in (".gitlab-ci.yml", *SHARED))


def test_pipelines_stand_at_the_top_of_the_repository(bare):
    (bare.folder / ".git").mkdir()
    answer = bare.says("init", "--ci", "github", "-C", bare.folder / "training")
    assert answer.status == 1
    assert "at the top of the repository" in answer.err
    assert not (bare.folder / "training").exists()
    assert bare.types("init", "--ci", "github").status == 0


def test_pipelines_where_nothing_can_be_written(desk):
    desk.write("ci", "a file, no folder\n")
    answer = desk.types("init", "--ci", "github")
    assert answer.status == 1
    assert "nothing can be written here" in answer.err


def test_pipelines_of_an_unknown_host(bare):
    answer = bare.types("init", "--ci", "jenkins")
    assert answer.status == 1
    assert "'github'" in answer.err
