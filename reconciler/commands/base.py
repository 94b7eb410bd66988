"""The policies of the merge base, read from git: what a change is compared with (D5)."""

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import FILE_NAME, Diagnostic, StalePlan, WrongUse
from reconciler.policy.source import Policies, survey_policies
from reconciler.workspace import Workspace

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Base:
    """What stood in the policy files where a branch began.

    Attributes:
        revision: As it was named.
        commit: The merge base.
        policies: What is valid in its files.
        findings: What is not.
        warnings: What to tell beside the plan.
    """

    revision: str
    commit: str
    policies: Policies
    findings: tuple[Diagnostic, ...]
    warnings: tuple[str, ...]


def read_base(workspace: Workspace, revision: str) -> Base:
    """Read the policies at the merge base of a revision and what is checked out.

    Raises:
        WrongUse: There is no repository, no such revision, no merge base, or the files here are
            not those of a commit.
        StalePlan: A policy file that was edited here is gone there.
    """
    root = workspace.root.resolve()
    folder = (root / workspace.policies).resolve()
    top = Path(_answer(root, "rev-parse", "--show-toplevel", refused=_no_repository(root)))
    if not folder.is_relative_to(top):
        raise WrongUse(f"--base: the policies in {folder} are outside of the repository {top}.")
    _refuse_a_dirty_tree(root, folder)
    commit = _merge_base(root, revision)
    warnings = tuple(_deleted_there(root, folder, revision, commit))
    policies, findings = _policies_at(root, top, folder, commit)
    return Base(revision, commit, policies, tuple(findings), warnings)


def _no_repository(root: Path) -> str:
    return (
        f"--base: {root} is in no git repository, so there is nothing to compare with. "
        "Plan without --base, or in a clone."
    )


def _merge_base(root: Path, revision: str) -> str:
    named = _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    if named.returncode:
        raise WrongUse(
            f"--base: git knows no revision {revision!r} here.{_shallow_hint(root)} Fetch it "
            "first, such as `git fetch origin main`, and name it as `origin/main`."
        )
    found = _git(root, "merge-base", named.stdout.decode().strip(), "HEAD")
    if found.returncode:
        raise WrongUse(
            f"--base: {revision} and what is checked out have no commit in common."
            f"{_shallow_hint(root) or ' Is it a branch of this repository?'}"
        )
    return found.stdout.decode().strip()


def _shallow_hint(root: Path) -> str:
    shallow = _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    way_out = " This clone is shallow: `git fetch --unshallow`, or fetch-depth: 0 in a pipeline."
    return way_out if shallow else ""


def _refuse_a_dirty_tree(root: Path, folder: Path) -> None:
    places = (str(folder), str(root / FILE_NAME))
    said = _answer(root, "status", "--porcelain", "--untracked-files=all", "--", *places)
    files = sorted(line[3:] for line in said.splitlines())
    if files:
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""  # noqa: PLR2004 a few
        raise WrongUse(
            f"--base: {', '.join(files[:3])}{more}: not committed, so a plan would be of no "
            "commit. Commit first, or plan without --base."
        )


def _deleted_there(root: Path, folder: Path, revision: str, commit: str) -> Iterator[str]:
    """Policy files that the other side has deleted since the branch began."""
    gone = _answer(
        root, "diff", "--name-only", "--no-renames", "--diff-filter=D", "-z", commit,
        f"{revision}^{{commit}}", "--", str(folder),
    )  # fmt: skip
    for file in sorted(filter(None, gone.split("\0"))):
        place = f":/{file}"
        if not _answer(root, "ls-tree", "--name-only", "--full-tree", "HEAD", "--", file):
            continue
        if _git(root, "diff", "--quiet", commit, "HEAD", "--", place).returncode:
            raise StalePlan(
                f"--base: {file} is edited here and was deleted on {revision} meanwhile. Merge "
                f"{revision} into this branch, settle which of both it is, and plan again."
            )
        yield (
            f"{file} was deleted on {revision} after this branch began. The plan still has it; "
            f"after the merge it is gone. Merge {revision} into this branch to see that."
        )


def _policies_at(
    root: Path, top: Path, folder: Path, commit: str
) -> tuple[Policies, list[Diagnostic]]:
    inside = folder.relative_to(top).as_posix()
    files = _git(top, "ls-tree", "-r", "--name-only", commit, "--", inside).stdout
    if not files.strip():
        return Policies(), []
    archive = _git(top, "archive", "--format=tar", commit, "--", inside)
    if archive.returncode:
        raise WrongUse(f"--base: {archive.stderr.decode(errors='replace').strip()}")
    with tempfile.TemporaryDirectory(prefix="reconciler-base-") as place:
        there = Path(place)
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(there, filter="data")
        beside = there / root.relative_to(top)
        beside.mkdir(parents=True, exist_ok=True)
        policies, findings, _ = survey_policies(beside, Path(os.path.relpath(folder, root)))
        return policies, findings


def _answer(root: Path, *arguments: str, refused: str | None = None) -> str:
    done = _git(root, *arguments)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        raise WrongUse(refused or f"--base: {reason[0]}")
    return done.stdout.decode(errors="replace").rstrip("\n")


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 no shell
            ["git", "-C", str(root), *arguments],  # noqa: S607 git is found as the shell finds it
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError as failure:
        raise WrongUse(f"--base: git cannot be run: {failure.strerror}.") from failure
    except subprocess.TimeoutExpired:
        raise WrongUse("--base: git does not answer. Is the repository on a slow disk?") from None
