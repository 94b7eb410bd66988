"""Starts ledgers and workspaces: what is made once, on purpose (D9)."""

import os
import re
import secrets
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from rich.console import Console

from reconciler.commands.clock import now
from reconciler.commands.schema import File, schema_text
from reconciler.documents.source import survey
from reconciler.documents.whole import write_whole
from reconciler.errors import FILE_NAME, InvalidPolicies, WrongUse
from reconciler.ledger.open import create_ledger, lineage_of
from reconciler.planner.orders import order_text
from reconciler.policy.check import check
from reconciler.policy.source import Policies, read_policies
from reconciler.policy.walk import written_orders
from reconciler.records import OrderRecord
from reconciler.review.words import count
from reconciler.workspace import FORGOTTEN, open_workspace

TEMPLATES = {
    "reconciler.yaml": FILE_NAME,
    "policies/first.yaml": "first.yaml",
    "catalog.yaml": "catalog.yaml",
    ".gitignore": "gitignore",
}


def start_ledger(directory: Path, *, pending: bool, out: Console) -> None:
    """Make a new ledger and write its lineage into the workspace file.

    Args:
        directory: The folder of the workspace.
        pending: Orders in the files are still to be carried out; otherwise they count as done.
        out: Where to say what was done.

    Raises:
        WrongUse: There is a ledger already.
        InvalidPolicies: Orders cannot be recorded from policies that are not valid.
    """
    workspace = open_workspace(directory)
    settings = workspace.settings
    if settings.lineage is None and (known := lineage_of(settings.ledger, workspace.root)):
        raise WrongUse(f"{FORGOTTEN.format(known)} (To start anew all the same, move it away.)")
    policies = read_policies(directory, workspace.policies)
    errors, _ = check(policies)
    if errors:
        raise InvalidPolicies(errors)
    done = [] if pending else list(_orders(policies))
    if not os.access(directory / FILE_NAME, os.W_OK):
        raise WrongUse(f"{directory / FILE_NAME} cannot be written; the ledger is named in it.")
    lineage = secrets.token_hex(8)
    create_ledger(workspace.settings.ledger, workspace.root, lineage=lineage, done_orders=done)
    write_key(directory / FILE_NAME, "lineage", lineage)
    out.print(f"Started a ledger of lineage {lineage}; {FILE_NAME} names it now. Commit that file.")
    if done:
        out.print(f"{count(len(done), 'order')} in the files will not be carried out again.")


def _orders(policies: Policies) -> Iterator[OrderRecord]:
    for owner, order in written_orders(policies).items():
        yield OrderRecord(
            id=owner,
            content=order.content,
            text=order_text(order, policies.groups, {}),
            state="done",
            as_of=now(),
        )


def write_key(path: Path, key: str, value: str) -> None:
    """Put a key into a workspace file, at its end, which stays as it is otherwise.

    Raises:
        WrongUse: It cannot be written; then it is as it was.
    """
    written = re.compile(rf"""["']?{key}["']?\s*:""")
    lines = path.read_bytes().decode("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not written.match(line)]
    end = "\r\n" if kept and kept[0].endswith("\r\n") else "\n"
    if kept and not kept[-1].endswith("\n"):
        kept.append(end)
    text = "".join([*kept, f"{key}: {value}{end}"]).encode("utf-8")
    before, after = survey(path.read_bytes(), path.name), survey(text, path.name)
    by_hand = f"put this line into it by hand: {key}: {value}"
    if after[1] or after[0].data != {**before[0].data, key: value}:
        raise WrongUse(
            f"{path}: {key} is not written on a line of its own. All else is done; {by_hand}"
        )
    try:
        write_whole(path, text)
    except OSError as failure:
        raise WrongUse(
            f"{path} cannot be written: {failure.strerror}. All else is done. Make room, and "
            f"{by_hand}"
        ) from failure


def start_workspace(directory: Path, out: Console) -> None:
    """Write a commented workspace into a folder, with a ledger of its own.

    Raises:
        WrongUse: One of its files is there already.
    """
    files = {path: _template(name) for path, name in TEMPLATES.items()}
    files |= {file.path: schema_text(file) for file in (File.POLICY, File.WORKSPACE)}
    for path in files:
        if (directory / path).exists():
            raise WrongUse(f"{directory / path} is there already. Start in an empty folder.")
    try:
        for path, text in files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
    except OSError as failure:
        raise WrongUse(
            f"{directory}: nothing can be written here: {failure.strerror}."
        ) from failure
    start_ledger(directory, pending=True, out=out)
    out.print(f"Wrote {', '.join(files)}.")
    out.print(
        "Next: put your people into roster.csv and say in reconciler.yaml which column is which, "
        "then `reconciler lms init`, `reconciler validate` and `reconciler plan`."
    )


def _template(name: str) -> str:
    folder = resources.files("reconciler.commands").joinpath("templates")
    return folder.joinpath(name).read_text(encoding="utf-8")
