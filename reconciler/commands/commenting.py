"""The steps of a comment: what became of the plan, whose commit it is, what is written where."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.commands.clock import now
from reconciler.commands.drifting import load_drift
from reconciler.errors import Exit, StalePlan, WrongUse
from reconciler.hosting.environment import Asked, Kind, opened, opened_issues
from reconciler.hosting.model import Conclusion, Host, Place, Request, State, Tracker
from reconciler.hosting.sticky import keep_open, settle, stick
from reconciler.rest import Clockwork
from reconciler.review.drift_views import drift_markdown, drift_verdict
from reconciler.review.markdown import markdown
from reconciler.review.model import PlanDocument
from reconciler.review.people import few_of, key_from
from reconciler.review.saved import load_plan
from reconciler.review.words import local, verdict

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
WHO = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
NOT_MADE = {
    Exit.ERROR: (State.BROKEN, "The plan was not made: an error, which the pipeline's log tells."),
    Exit.INVALID: (State.BAD, "The policies or the workspace file are not valid."),
    Exit.STALE: (State.BAD, "What it is to be compared with has changed; the log says how."),
    Exit.LOCKED: (State.BROKEN, "An apply was at work."),
    Exit.UNFIT: (State.BROKEN, "Roster, LMS or ledger are not fit to plan from."),
}
NOT_APPLIED = {
    Exit.ERROR: "The plan was not applied: an error, which the pipeline's log tells.",
    Exit.STALE: "What the plan was made from changed before it was applied. Nothing was written.",
    Exit.PARTLY: "The plan was applied in part. The next plan and apply do the rest.",
    Exit.LOCKED: "Another apply was at work. Nothing was written.",
}
NOT_LOOKED = {
    Exit.INVALID: "The policies or the workspace file are not valid.",
    Exit.LOCKED: "An apply was at work.",
    Exit.UNFIT: "Roster, LMS or ledger are not fit, or nothing was applied yet.",
}
APPLYING = (Exit.STALE, Exit.PARTLY, Exit.LOCKED)
"""With which exit statuses an apply ends, and no `plan` that has saved one."""
CUT_OFF = (State.BROKEN, "The plan was not made: its run was cut off.")
SHOWN = (None, Exit.OK, Exit.CHANGES, Exit.HELD, Exit.UNFIT)
"""With which exit statuses of ``plan`` there is a plan to show, or may be one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan: the file that it was saved to, and how `plan` or `apply` ended."""

    file: Path | None
    ended: int | None


@dataclass(frozen=True, slots=True)
class Called:
    """Under which name it is told; whether in an issue of its own, and who is called to look."""

    name: str = "plan"
    issue: bool = False
    who: str | None = None


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is told: ``reason`` without numbers, and the commit that it is about, where known."""

    text: str
    state: State
    summary: str
    reason: str
    commit: str | None = None


def tell(
    outcome: Outcome,
    kind: Kind,
    asked: Asked,
    environment: Mapping[str, str],
    *,
    called: Called = Called(),
    clockwork: Clockwork = Clockwork(),
) -> str:
    """Write what became of a plan to where people look, and say what was written.

    Raises:
        WrongUse: It is not clear what to tell, or where.
        StalePlan: The plan has expired, or is of another commit.
        ServiceTrouble: It could not be written.
    """
    _check(asked, called)
    telling = _telling(outcome, environment, to_look=called.issue)
    if called.issue:
        with opened_issues(kind, asked, environment, clockwork=clockwork) as (tracker, place):
            return _tell_issue(tracker, place, telling, called)
    with opened(kind, asked, environment, clockwork=clockwork) as (host, request):
        return _tell_request(host, request, telling, called.name)


def _check(asked: Asked, called: Called) -> None:
    if not NAME.fullmatch(called.name):
        raise WrongUse(f"--name: {called.name!r}. Write up to 40 small letters, digits, hyphens.")
    if called.who and (not called.issue or not WHO.fullmatch(called.who)):
        raise WrongUse(f"--mention: {called.who!r}. With --issue, a name: @acme/training.")
    if called.issue and (asked.number is not None or asked.commit is not None):
        raise WrongUse("--issue is for runs without a request: leave --number and --commit away.")


def _tell_request(host: Host, request: Request, telling: _Telling, name: str) -> str:
    """The comment goes first: green without anything to look at would be worse than neither."""
    head = host.head()
    commit = request.commit or head
    _check_commit(telling, request, commit)
    if head == commit:
        stick(host, telling.text + _run(request), name=name)
    conclusion = Conclusion(telling.state, telling.summary, request.link)
    host.conclude(commit, conclusion, name=name)
    color = "green" if telling.state is State.GOOD else "red"
    status = f"the status reconciler/{name}, {color}, of commit {commit[:12]}"
    if head != commit:
        return (
            f"Wrote {status} alone: request {request.number} stands at {head[:12]} by now, and "
            "its comment is for that commit's run."
        )
    return f"Wrote the comment in request {request.number} of {request.repository}, and {status}."


def _tell_issue(tracker: Tracker, place: Place, telling: _Telling, called: Called) -> str:
    """One issue while somebody must look; it is closed when nobody must."""
    if telling.state is State.GOOD:
        was_open = settle(tracker, f"{telling.summary}{_run(place)}", name=called.name)
        done = "its issue is closed" if was_open else "no issue is open"
        return f"Nothing to look at: {done} in {place.repository}."
    who = f"@{called.who.removeprefix('@')}, please look.\n\n" if called.who else ""
    title = f"reconciler/{called.name}: {telling.reason.rstrip('.')}"
    keep_open(tracker, title, f"{who}{telling.text}{_run(place)}", name=called.name)
    return f"Wrote the issue {title!r} in {place.repository}."


def _telling(outcome: Outcome, environment: Mapping[str, str], *, to_look: bool) -> _Telling:
    file, ended = outcome.file, outcome.ended
    if file is None and ended is None:
        raise WrongUse("What about? Name a saved plan, or say with --ended how `plan` ended.")
    if file is not None and file.suffix == ".json":
        return _telling_drift(file, ended)
    is_saved = file is not None and _is_there(file)
    applying = is_saved and (ended in APPLYING or (to_look and ended == Exit.ERROR))
    if ended is not None and (applying or ended == Exit.PARTLY):
        summary = NOT_APPLIED[Exit(ended)]
        return _Telling(f"### Not applied\n\n{summary}\n", State.BAD, summary, summary)
    if ended not in SHOWN or (ended == Exit.UNFIT and not is_saved):
        assert ended is not None
        return _not_made(ended)
    if file is None:
        raise WrongUse(f"`plan` ended with {ended}, so there is a plan: name its file.")
    document, actions = load_plan(file)
    if document.header.expires < now():
        expired = local(document.header.expires, document.header.timezone)
        raise StalePlan(f"{file}: this plan has expired, at {expired}. Plan again.")
    state, stands, reason = _concluded(document, ended)
    text = markdown(document, actions, file=file.name, key=key_from(environment), to_look=to_look)
    summary = f"{reason} {verdict(document.totals.model_dump(), few_of)}".strip()
    notice = f"> **{reason}**\n\n" if reason and not stands else ""
    return _Telling(notice + text, state, summary, reason, document.header.commit)


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError as failure:
        raise WrongUse(f"{file}: this cannot be read: {failure.strerror}.") from failure


def _telling_drift(file: Path, ended: int | None) -> _Telling:
    if ended not in (None, Exit.OK, Exit.CHANGES):
        reason = {int(status): told for status, told in NOT_LOOKED.items()}.get(ended)
        summary = f"{reason or 'An error.'} The pipeline's log tells more."
        told = "Nobody could look for drift"
        return _Telling(f"### {told}\n\n{summary}\n", State.BROKEN, summary, told)
    report = load_drift(file)
    state = State.BAD if report.findings else State.GOOD
    said = drift_verdict(report, few_of)
    return _Telling(drift_markdown(report), state, said, "Somebody changed what the LMS held")


def _not_made(ended: int) -> _Telling:
    known = {int(status): told for status, told in NOT_MADE.items()}
    state, summary = known.get(ended, CUT_OFF)
    text = f"### No plan\n\n{summary} Nobody knows yet what would be done.\n"
    return _Telling(text, state, summary, summary)


def _concluded(document: PlanDocument, ended: int | None) -> tuple[State, bool, str]:
    """What a plan is for the commit, and why; and whether the plan's own text says so."""
    if not document.fit or ended == Exit.UNFIT:
        return State.BAD, not document.fit, "The roster is not fit to plan from."
    if document.held != "nothing":
        return State.BAD, True, "Held by a guard."
    if ended == Exit.HELD:
        return State.BAD, False, "Outside of the standing approval."
    if document.header.what_if:
        return State.BAD, True, "What if, not to be applied."
    if document.header.read_only:
        return State.GOOD, True, "To look at: an export is never written."
    return State.GOOD, True, ""


def _check_commit(telling: _Telling, request: Request, commit: str) -> None:
    if telling.commit and telling.commit not in request.checkouts | {commit}:
        raise StalePlan(
            f"This plan was made at commit {telling.commit[:12]}, and not at {commit[:12]}, whose "
            "status it would set. Plan again."
        )


def _run(place: Request | Place) -> str:
    return f"\n\n[The run of the pipeline]({place.link})\n" if place.link else ""
