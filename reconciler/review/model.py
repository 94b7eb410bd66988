"""A plan as a document: what is saved, shown and read by other programs. All numbers, no sets."""

from typing import Any, Literal

from pydantic import Field

from reconciler.planner.actions import Action, Resets, Why
from reconciler.planner.attribution import Attribution
from reconciler.planner.learned import RecordKind
from reconciler.review.dues import DueDates
from reconciler.review.headcount import Headcount
from reconciler.review.model_undo import UndoReport
from reconciler.review.node import Instant, Moment, Part


class Header(Part):
    """What the plan was computed from, and for when."""

    as_of: Instant = Field(description="The instant that the plan is computed for.")
    timezone: str = Field(description="The workspace's time zone.")
    expires: Instant = Field(description="Until when it may be applied (D7).")
    what_if: bool = Field(description="A later as-of has been applied already (D7).")
    read_only: bool = Field(description="The LMS cannot be written, so the plan not applied.")
    tool_version: str = Field(description="The version of the program.")
    lineage: str = Field(description="The ledger that it was planned against (D9).")
    serial: int = Field(description="How many runs that ledger had seen.")
    commit: str | None = Field(None, description="The commit of the policies, where git knows it.")
    inputs: dict[str, dict[str, str | int]] = Field(description="Digest and size of each input.")
    digest: str = Field(description="Over decisions, actions and ledger changes (D1).")
    changes_digest: str = Field(
        description="Its part over people of whom no row tells: in sets of the ledger, blocked."
    )


class Losses(Part):
    """What people are to do again, or lose (R1)."""

    restart: int = Field(0, description="Work in progress begins again: progress is lost.")
    going_on: int = Field(
        0,
        description="Of these, whose work in progress goes on: completed courses in it start over.",
    )
    retake: int = Field(0, description="Completed work is to be done again.")
    removed_in_progress: int = Field(0, description="Work in progress is taken away (R1b).")
    minutes: int = Field(0, description="Of what starts over, as the catalog gives them (R1a).")
    courses: dict[str, int] = Field(
        {}, description="Where only courses of a module start over: which, to trainees."
    )


class Totals(Part):
    """The plan in numbers. ``trainees`` are the different people whom it touches."""

    assign: int = 0
    restore: int = Field(0, description="Of the assignments, those that somebody had removed.")
    losses: Losses = Losses()
    reschedule: int = 0
    remove: int = 0
    withdrawn: int = Field(0, description="Of the removals, retakes that end where they were (D3).")
    blocked: int = Field(0, description="Cannot be carried out; in no other number.")
    held: int = Field(0, description="Of all these but the blocked, those that a guard holds (G4).")
    trainees: int = 0
    new_accounts: int = Field(0, description="Accounts that the LMS makes for them (P8).")
    ledger_changes: int = Field(0, description="Records and sets of the ledger that change.")


class Edit(Part):
    """One key of a rule that says something else than what was last applied."""

    key: str
    before: Any = None
    after: Any = None


class Baseline(Part):
    """Who counts as existing for a future-only automation (A3 to A6)."""

    size: int
    starts: bool = Field(description="Recorded by an apply of this plan.")
    prospective: bool = Field(description="What it would be if the window were open now (A6a).")
    joins: int = 0
    leaves: int = 0


class AutomationReport(Part):
    """One automation of the files."""

    id: str
    content: str
    title: str
    description: str | None = None
    owner: str | None = None
    change: Literal["new", "unchanged", "edited", "resumed", "new content"]
    scope: str = Field(pattern="^(future-only|future-and-existing)$")
    target: str = Field("", description="Whom it is for, in words; no ids of people.")
    window_start: Moment | None = None
    window_end: Moment | None = None
    is_open: bool
    paused: bool
    audience: int = Field(description="Active and matching.")
    reasons: dict[str, int] = Field(description="Reason code to trainees (D4).")
    undecided_by: dict[str, int] = Field(description="Attribute to undecided trainees (P6).")
    baseline: Baseline | None = None
    late_rows: int = Field(0, description="First seen now, hired before it began (A3).")
    becomes_holder: int = Field(0, description="Enrollments found that it holds from now on (A7).")
    foreign: int = Field(0, description="Of the satisfied, not given by the reconciler (A16).")
    blocked: int = Field(0, description="What the LMS cannot do, assignments apart (D6).")
    losses: Losses = Losses()
    why: dict[Why, int] = Field({}, description="Why work starts over, to trainees (A10, A11).")
    credited: dict[int, int] = Field(
        {}, description="Courses credited, to trainees whom it is assigned (C6)."
    )
    courses: int = Field(0, description="The courses of the module.")
    withdrawn: int = Field(0, description="Of the removals, open retakes that end (D3).")
    restores: int = 0
    removes: int = 0
    reschedules: int = 0
    without_due: int = Field(0, description="Assigned without due date: no hire date (A9).")
    due: DueDates | None = Field(None, description="When that is due; null: nothing is.")
    edits: tuple[Edit, ...] = ()


class OrderReport(Part):
    """One order of files or ledger."""

    id: str
    content: str
    title: str
    owner: str | None = Field(None, description="Who answers for it, as the files say.")
    state: Literal["new", "open", "done", "cancelled"]
    target: str = Field("", description="Whom it is for, in words; no ids of people.")
    as_of: Instant
    audience: int
    reasons: dict[str, int]
    undecided_by: dict[str, int]
    chosen: tuple[str, ...] | None = Field(None, description="The chosen courses of a module.")
    losses: Losses = Losses()
    removes: int = Field(0, description="Whom it takes the content from (M3).")
    withdrawn: int = Field(0, description="Of the removals, open retakes that end (D3).")
    credited: dict[int, int] = Field({}, description="Courses credited, to trainees (C6).")
    courses: int = Field(0, description="The courses of the module.")
    due: DueDates | None = Field(None, description="When that is due; null: nothing is.")
    not_started: int = Field(description="Of the audience, who has not started it (M5).")
    in_progress: int = Field(description="Of the audience, who is in progress (M5).")
    completed: int = Field(description="Of the audience, who has completed it (M5).")
    cancelled_rows: int = Field(0, description="Rows that will not be carried out any more (M4).")
    text_changed: bool = Field(False, description="Edited since it was recorded: no effect (M4).")
    is_back: bool = Field(False, description="Cancelled, and in the files again: no effect (M4).")


class PastReport(Part):
    """An automation that has gone from the files, or assigns something else now, and acts (A14)."""

    id: str
    content: str
    state: Literal["retired", "replaced"]
    on_exit: str = Field(pattern="^(keep|remove-not-started|remove)$")
    releases: int
    removes: int


class DecisionReport(Part):
    """One action with one reason for a set of trainees."""

    content: str
    action: str
    effect: str
    causes: tuple[str, ...]
    trainees: int
    assigned: Instant | None = Field(None, description="The assigned instant that is written.")
    blocked: str | None = None
    why: tuple[Why, ...] = Field((), description="What makes work start over (R).")
    status: str | None = Field(None, description="The status that the write depends on.")
    courses: tuple[str, ...] | None = Field(None, description="Which start over; null: all.")
    resets: Resets | None = Field(
        None, description="Which of them do, in a module in progress (R)."
    )
    credited: int = Field(0, description="Courses of a module that are credited (C6).")
    credit_after: Instant | None = Field(
        None, description="Completions up to then give no credit (C7)."
    )
    credit_current: bool = Field(
        False, description="Only completions of the present version give credit (C7)."
    )
    minutes: int = Field(0, description="Of what starts over, for all of them together (R1a).")
    because: dict[str, int] = Field({}, description="Attribution to trainees (D5).")
    held: bool = Field(False, description="Shown, and not carried out: a guard holds it (G4).")

    @property
    def is_carried_out(self) -> bool:
        """Whether an apply of the plan writes it, where no guard holds all of it."""
        return self.blocked is None and not self.held


class GuardReport(Part):
    """One guard: how much of its kind the plan does, and the most that it lets through (G1, G2)."""

    guard: str = Field(description="What it counts: assign, remove, restart, retake, or two.")
    policy: str = Field(description="The automation that it is written in; or all.")
    unit: str = Field(description="ATTRIBUTE.VALUE, a protected content, or all.")
    count: int
    base: int = Field(description="What a share counts from: holdings, or the active roster.")
    limit: str = Field(description="As it is written: 500, or 5%.")
    ceiling: int
    loses_all: bool = Field(False, description="A unit with several holders has none after it.")
    breached: bool
    lifts: tuple[str, ...] = Field((), description="The lifts that let it through (G4a).")


class OverReport(GuardReport):
    """A ceiling of a day that a plan passes, with what was done on that day before."""

    already: int = Field(0, description="Of the count, what was done before (D5).")


class UncoveredReport(Part):
    """Actions of an attribution that is not approved in advance."""

    action: Action = Field(description="What they do.")
    attribution: Attribution = Field(description="Whose doing they are (D5).")
    rows: int = Field(description="How many.")
    causes: tuple[str, ...] = Field(description="The rules behind them.")


class StandingReport(Part):
    """What of a plan the standing approval does not cover; empty where it covers all of it."""

    edited: tuple[str, ...] = Field(
        (), description="Rules whose text an apply would record, and values that move (A15)."
    )
    uncovered: tuple[UncoveredReport, ...] = Field((), description="Actions not approved.")
    over: tuple[OverReport, ...] = Field((), description="Ceilings of the day that it passes.")
    after_undo: bool = Field(
        False, description="Since an undo nothing was applied that somebody has looked at."
    )

    @property
    def covers_all(self) -> bool:
        return not (self.edited or self.uncovered or self.over or self.after_undo)


class RenameReport(Part):
    """A value that all who bore it have left together, for a new one (A3f)."""

    attribute: str
    old: str
    new: str
    trainees: int
    fails: bool = Field(description="A target names the old value: all would leave it.")


class PolicyEdit(Part):
    """One field of a policy that a change edits, groups expanded (D5)."""

    policy: str = Field(description="automation.NAME, an order, exemption.NAME, lift.NAME, moved.")
    key: str = Field(description="The field; empty for the whole of it.")
    before: Any = None
    after: Any = None
    classes: tuple[Literal["widening", "narrowing", "retiming", "retroactive", "cosmetic"], ...] = (
        Field(description="What it does; retroactive: existing people get it.")
    )
    more: int = Field(0, description="Active people whom the target gains today.")
    fewer: int = Field(0, description="Active people whom the target loses today.")


class ChangeReport(Part):
    """What a change of policies does, beside the plan of its merge base (D5)."""

    revision: str = Field(description="What it was compared with, as it was named.")
    base: str = Field(description="The commit of the merge base.")
    is_known: bool = Field(description="Whether the policies there could be planned.")
    does: dict[str, int] = Field(description="Action to rows that the base would not do.")
    prevents: dict[str, int] = Field(description="Action to rows that the base would do.")
    edits: tuple[PolicyEdit, ...]


class LiftReport(Part):
    """One lift of a guard, as it stands in the files (G4a)."""

    id: str
    guard: str
    policy: str
    unit: str
    ceiling: str
    reason: str
    until: str
    state: Literal["needed", "not needed", "used", "expired"]


class ExemptionReport(Part):
    """Who is left out of something, and why (M6)."""

    id: str
    source: str = Field(description="A content, or automation.NAME.")
    reason: str
    until: str | None = None
    expired: bool
    trainees: int = Field(description="Whom it covers today; none once it has expired.")


class LedgerChange(Part):
    """How one set of the ledger changes before the first write to the LMS (D8)."""

    kind: str
    owner: str
    content: str
    add: int
    remove: int
    digest: str | None = Field(
        None, description="Over the ids of these people, for a baseline or an audience (D7b)."
    )


class RecordChange(Part):
    """A record that is put into the ledger before the first write to the LMS (D8)."""

    kind: RecordKind
    id: str
    content: str = Field(description="About which content; empty for a lift.")
    state: str = Field(description="As it is recorded: live, retired, open, cancelled, used.")
    digest: str = Field(description="Over its text; empty for a lift.")


class PlanDocument(Part):
    """Everything about a plan but the names, which are in the table of actions."""

    format_version: Literal[2] = 2
    header: Header
    totals: Totals
    people: Headcount
    automations: tuple[AutomationReport, ...]
    orders: tuple[OrderReport, ...]
    past: tuple[PastReport, ...]
    renamed: dict[str, str]
    decisions: tuple[DecisionReport, ...]
    ledger: tuple[LedgerChange, ...]
    records: tuple[RecordChange, ...] | None = Field(
        None, description="Null: a version made it that kept none, so it is not applied."
    )
    exemptions: tuple[ExemptionReport, ...]
    held: Literal["nothing", "a part", "all"] = Field("nothing", description="By guards (G4).")
    guards: tuple[GuardReport, ...] = ()
    lifts: tuple[LiftReport, ...] = ()
    attribution: dict[str, dict[str, int]] = Field(
        {}, description="Attribution to action to rows; the blocked left out (D5)."
    )
    change: ChangeReport | None = Field(None, description="With `--base`: what the change does.")
    undo: UndoReport | None = Field(None, description="With `--undo`: what becomes of that run.")
    standing: StandingReport | None = Field(
        None, description="What a run without a review may not do of it; null: none may do any."
    )
    fit: bool = Field(True, description="Whether the roster has passed the gate (A3).")
    gate: tuple[GuardReport, ...] = Field((), description="What the roster gate has compared.")
    renames: tuple[RenameReport, ...] = ()
    warnings: tuple[str, ...]

    @property
    def is_stopped(self) -> bool:
        """Whether nothing of it may be applied: for its roster (A3), or for a guard (G4)."""
        return self.held == "all" or not self.fit

    @property
    def is_empty(self) -> bool:
        """Whether an apply would write nothing besides the run (D2)."""
        carried = any(one.is_carried_out for one in self.decisions)
        return not carried and not self.totals.ledger_changes
