"""The steps of a comment: what became of the plan, whose commit it is, the comment, the status."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.commands.planning import now
from reconciler.errors import Exit, StalePlan, WrongUse
from reconciler.hosting.environment import Asked, Kind, opened
from reconciler.hosting.model import Conclusion, Request, State
from reconciler.hosting.sticky import stick
from reconciler.rest import Clockwork
from reconciler.review.markdown import markdown
from reconciler.review.model import PlanDocument
from reconciler.review.people import few_of, key_from
from reconciler.review.saved import load_plan
from reconciler.review.words import local, verdict

NOT_MADE = {
    Exit.ERROR: (State.BROKEN, "The plan was not made: an error, which the pipeline's log tells."),
    Exit.INVALID: (State.BAD, "The policies or the workspace file are not valid."),
    Exit.UNFIT: (State.BROKEN, "Roster, LMS or ledger are not fit to plan from."),
}
CUT_OFF = (State.BROKEN, "The plan was not made: its run was cut off.")
SHOWN = (None, Exit.OK, Exit.CHANGES, Exit.HELD, Exit.UNFIT)
"""With which exit statuses of ``plan`` there is a plan to show, or may be one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan: the file that it was saved to, and the exit status of ``plan``."""

    file: Path | None
    ended: int | None


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is told, and the commit that it is about, where the plan names one."""

    text: str
    state: State
    summary: str
    commit: str | None = None


def tell(
    outcome: Outcome,
    kind: Kind,
    asked: Asked,
    environment: Mapping[str, str],
    *,
    name: str,
    clockwork: Clockwork = Clockwork(),
) -> str:
    """Write the comment, then the status, and say what was written.

    The comment goes first: a green status that nobody can look behind would be worse than none.

    Raises:
        WrongUse: It is not clear what to tell, or where.
        StalePlan: The plan has expired, or is of another commit.
        ServiceTrouble: It could not be written.
    """
    telling = _telling(outcome, environment)
    with opened(kind, asked, environment, clockwork=clockwork) as (host, request):
        head = host.head()
        commit = request.commit or head
        _check_commit(telling, request, commit)
        if head == commit:
            stick(host, telling.text + _run(request), name=name)
        conclusion = Conclusion(telling.state, telling.summary, request.link)
        host.conclude(commit, conclusion, name=name)
    status = f"the status reconciler/{name} ({telling.state.value}) of {commit[:12]}"
    if head != commit:
        return (
            f"Wrote {status} alone: request {request.number} stands at {head[:12]} by now, and "
            "its comment is for that commit's run."
        )
    return f"Wrote the comment in request {request.number} of {request.repository}, and {status}."


def _telling(outcome: Outcome, environment: Mapping[str, str]) -> _Telling:
    file, ended = outcome.file, outcome.ended
    if file is None and ended is None:
        raise WrongUse("What about? Name a saved plan, or say with --ended how `plan` ended.")
    if ended not in SHOWN or (ended == Exit.UNFIT and not (file and file.exists())):
        assert ended is not None
        return _not_made(ended)
    if file is None:
        raise WrongUse(f"`plan` ended with {ended}, so there is a plan: name its file.")
    document, actions = load_plan(file)
    if document.header.expires < now():
        expired = local(document.header.expires, document.header.timezone)
        raise StalePlan(f"{file}: this plan has expired, at {expired}. Plan again.")
    state, summary = _concluded(document, ended)
    text = markdown(document, actions, file=file.name, key=key_from(environment))
    return _Telling(text, state, summary, document.header.commit)


def _not_made(ended: int) -> _Telling:
    known = {int(status): told for status, told in NOT_MADE.items()}
    state, summary = known.get(ended, CUT_OFF)
    text = f"### No plan\n\n{summary} Nobody knows yet what this change does.\n"
    return _Telling(text, state, summary)


def _concluded(document: PlanDocument, ended: int | None) -> tuple[State, str]:
    """What a plan is for the commit: green only where it can be applied."""
    summary = verdict(document.totals.model_dump(), few_of)
    if ended == Exit.HELD:
        return State.BAD, f"Held by a guard. {summary}"
    if ended == Exit.UNFIT:
        return State.BAD, f"The roster is not fit to plan from. {summary}"
    if document.header.what_if:
        return State.BAD, f"What if, not to be applied. {summary}"
    if document.header.read_only:
        return State.GOOD, f"To look at: an export is never written. {summary}"
    return State.GOOD, summary


def _check_commit(telling: _Telling, request: Request, commit: str) -> None:
    if telling.commit and telling.commit not in request.checkouts | {commit}:
        raise StalePlan(
            f"This plan was made at commit {telling.commit[:12]}, and not at {commit[:12]}, whose "
            "status it would set. Plan again."
        )


def _run(request: Request) -> str:
    return f"\n\n[The run of the pipeline]({request.link})\n" if request.link else ""
