"""What was done, for people and for programs: the journal of the ledger with its evidence."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from rich.console import Console
from rich.markup import escape

from reconciler.frames import INSTANT
from reconciler.ledger.evidence import Act, Notice, RunEvidence
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.verify import Proof
from reconciler.review.tables import moment
from reconciler.review.words import count, drifted

Group = tuple[str, str, str, tuple[str, ...]]


def show_history(
    acts: Iterable[Act],
    notices: Iterable[Notice],
    zone: ZoneInfo,
    console: Console,
    *,
    runs: Iterable[RunEvidence],
    by_trainee: bool,
) -> None:
    """Print what was done, run by run; row by row where one trainee was asked for.

    ``runs`` are told in any case, the first first: one that sent nothing may have noted who was
    here before a rule began.
    """
    last: int | None = None
    groups: dict[Group, Counter[str]] = {}
    quiet = {run.serial: run for run in runs}
    for act in acts:
        if act.run.serial != last:
            _show_groups(groups, console)
            groups = {}
            _show_quiet(quiet, zone, console, before=act.run.serial)
            quiet.pop(act.run.serial, None)
            _show_run(act.run, zone, console)
            last = act.run.serial
        if by_trainee:
            _show_rows(act, zone, console)
        else:
            group = (act.content, act.action, act.effect, _causes(act))
            results = dict(act.rows["result"].value_counts().iter_rows())
            groups.setdefault(group, Counter()).update(results)
    _show_groups(groups, console)
    if last is None and not quiet:
        console.print("Nothing of that kind was done.")
    _show_quiet(quiet, zone, console)
    for at, kind, told in notices:
        said = ", ".join(f"{key} {value}" for key, value in told.items())
        console.print(escape(f"\n{moment(at, zone)}  {kind}: {said}"))


def _show_quiet(
    runs: dict[int, RunEvidence], zone: ZoneInfo, console: Console, *, before: int | None = None
) -> None:
    """Print the runs that sent nothing, up to another one, and take them out."""
    for serial in [one for one in runs if before is None or one < before]:
        _show_run(runs.pop(serial), zone, console)
        console.print("  nothing was sent; what rules say and whom they are for was noted")


def _show_run(run: RunEvidence, zone: ZoneInfo, console: Console) -> None:
    where = f" ({run.address})" if run.address else ""
    larger = run.approved if run.approved != run.digest else None
    undoes = "" if run.undoes is None else f", undoes run {run.undoes}"
    approved = f", of the approved plan {larger[:12]}" if larger else ""
    commit = f", commit {run.commit[:12]}" if run.commit else ""
    console.print(
        f"\n[bold]Run {run.serial}[/bold]  as of {moment(run.as_of, zone)}, "
        + escape(
            f"by {run.by or 'somebody'}{where}, plan {run.digest[:12]}{approved}{commit}{undoes}"
        )
    )
    if run.drift:
        console.print(f"  before it others had changed enrollments: {drifted(run.drift)}")


def _show_groups(groups: dict[Group, Counter[str]], console: Console) -> None:
    for (content, action, effect, causes), results in groups.items():
        told = ", ".join(f"{number:,} {result}" for result, number in sorted(results.items()))
        people = count(results.total(), "person", "people")
        line = f"  {action} ({effect})  {content}  {people}: {told}"
        console.print(escape(f"{line}\n    for {', '.join(causes)}"))


def _show_rows(act: Act, zone: ZoneInfo, console: Console) -> None:
    for row in act.rows.iter_rows(named=True):
        due = f", due {moment(row['due'], zone)}" if row["due"] else ""
        detail = f" ({row['detail']})" if row["detail"] else ""
        console.print(
            escape(
                f"  {moment(act.sent, zone)}  {act.action} ({act.effect})  {act.content}{due}: "
                f"{row['result']}{detail}\n    for {', '.join(_causes(act))}{_held(row, zone)}"
            )
        )
        for cause in act.causes if act.run.undoes is None else ():
            digest = act.run.texts.get(cause, "")
            console.print(escape(f"    text of {cause}: {digest[:12] or 'not kept'}"))


def _causes(act: Act) -> tuple[str, ...]:
    """For which rules, by their names of then; with the present ones, where they have others."""
    return tuple(
        f"{cause} (now {act.renamed[cause]})" if cause in act.renamed else cause
        for cause in act.causes
    )


def _held(row: dict[str, Any], zone: ZoneInfo) -> str:
    if row["held_status"] is None:
        return ""
    instants = {name: row[f"held_{name}"] for name in ("assigned", "due", "completed")}
    told = "".join(f", {name} {moment(at, zone)}" for name, at in instants.items() if at)
    ours = f"; {row['remembered']}" if row["remembered"] else ""
    return f"\n    held before: {row['held_status']}, version {row['held_version']}{told}{ours}"


def csv_lines(acts: Iterable[Act]) -> Iterator[str]:
    """One row for each enrollment that was touched, as CSV, in parts."""
    header = True
    for act in acts:
        yield _flat(act).write_csv(include_header=header, datetime_format="%Y-%m-%dT%H:%M:%SZ")
        header = False


def json_lines(ledger: Ledger, acts: Iterable[Act]) -> Iterator[str]:
    """The texts of the rules, the runs, and one line for each enrollment that was touched."""
    for digest, text in sorted(ledger.texts().items()):
        yield _line({"kind": "text", "digest": digest, "text": text})
    for run in ledger.run_evidence().values():
        told = {
            "run": run.serial,
            "as_of": f"{run.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "plan": run.digest,
            "approved": run.approved,
            "commit": run.commit,
            "by": run.by,
            "address": run.address,
            "tool_version": run.tool_version,
            "undoes": run.undoes,
            "texts": dict(run.texts),
            "drift": dict(run.drift),
        }
        yield _line({"kind": "run", **told})
    for at, kind, notice in ledger.notices():
        yield _line({"kind": kind, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", **notice})
    for act in acts:
        stamped = pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = _flat(act).with_columns(stamped)
        yield rows.select(pl.lit("row").alias("kind"), pl.all()).write_ndjson()


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n"


def _flat(act: Act) -> pl.DataFrame:
    run = act.run
    texts = {cause: run.texts[cause] for cause in act.causes if cause in run.texts}
    before = {
        "run": pl.lit(run.serial),
        "entry": pl.lit(act.entry),
        "sent": pl.lit(act.sent, INSTANT),
        "trainee": pl.col("trainee"),
        "content": pl.lit(act.content),
        "action": pl.lit(act.action),
        "effect": pl.lit(act.effect),
        "causes": pl.lit(" ".join(act.causes)),
        "result": pl.col("result"),
        "detail": pl.col("detail"),
        "assigned": pl.lit(act.assigned, INSTANT),
    }
    rest = pl.exclude("trainee", "result", "detail")
    after = {
        "as_of": pl.lit(run.as_of, INSTANT),
        "plan": pl.lit(run.digest),
        "approved": pl.lit(run.approved, pl.String),
        "commit": pl.lit(run.commit, pl.String),
        "by": pl.lit(run.by),
        "address": pl.lit(run.address),
        "texts": pl.lit(" ".join(f"{cause}={digest}" for cause, digest in texts.items())),
    }
    named = [value.alias(name) for name, value in before.items()]
    return act.rows.select(*named, rest, *(value.alias(name) for name, value in after.items()))


def show_proof(proof: Proof, console: Console) -> None:
    """Print whether the log is whole, and its last hash, which may be kept elsewhere."""
    if proof.broken:
        console.print(f"[red]The log is broken:[/red] {escape(proof.broken)}")
        console.print(f"  {count(proof.entries, 'entry', 'entries')} before it hold.")
        return
    console.print(f"The log is whole: {count(proof.entries, 'entry', 'entries')}.")
    console.print(f"  Its last hash is {proof.head}. Keep it elsewhere, and later: --head HASH")
