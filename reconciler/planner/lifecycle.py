"""What has become of each automation since the last apply (A14, A15)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from pyroaring import BitMap

from reconciler.errors import Diagnostic, InvalidPolicies, Location
from reconciler.policy.model import Automation, OnExit, Scope, Target, canonical
from reconciler.policy.source import Policies, automation_moves
from reconciler.policy.target import (
    NOBODY,
    Aliases,
    Clause,
    attributes_of,
    clause_of,
    document_of,
)
from reconciler.records import AutomationRecord, LedgerState, PastRun, SetKey, gathered


class Change(StrEnum):
    NEW = "new"
    KEPT = "unchanged"
    EDITED = "edited"
    RESUMED = "resumed"
    REPLACED = "new content"


@dataclass(frozen=True, slots=True)
class Rule:
    """An automation in the files beside what the ledger holds of it.

    ``record`` is its record to go on from: none for a new one, and for one that begins anew.
    """

    id: str
    automation: Automation
    content: str
    clause: Clause
    text: Mapping[str, Any]
    change: Change
    record: AutomationRecord | None
    is_open: bool

    @property
    def acts(self) -> bool:
        return self.is_open and not self.automation.paused

    @property
    def is_future_only(self) -> bool:
        return self.automation.scope is Scope.FUTURE_ONLY

    @property
    def was_existing(self) -> bool:
        """Whether it was last applied with the scope future-and-existing."""
        return self.record is not None and (
            self.record.text.get("scope", Scope.FUTURE_ONLY) == Scope.FUTURE_AND_EXISTING
        )

    @property
    def target_edited(self) -> bool:
        return self.record is not None and self.record.text["target"] != self.text["target"]

    def due_edited(self) -> bool:
        """Whether the due text changed, or the window start that it counts from (A9b)."""
        if self.record is None:
            return False
        return _due_text(self.record.text) != _due_text(self.text)

    def old_clause(self, attributes: frozenset[str], aliases: Aliases) -> Clause:
        """The target as last applied; matching nobody where it cannot be evaluated (A5)."""
        assert self.record is not None
        try:
            clause = clause_of(Target.model_validate(self.record.text["target"]), {}, aliases)
        except (ValidationError, KeyError):
            return NOBODY
        return clause if attributes_of(clause) <= attributes | {"hire_date"} else NOBODY


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The automations of a plan. ``retired`` go in this plan; ``past`` went before or now."""

    rules: tuple[Rule, ...]
    retired: tuple[AutomationRecord, ...]
    past: tuple[AutomationRecord, ...]


def on_exit_of(record: AutomationRecord) -> OnExit:
    """The ``on_exit`` of a retired automation (A14)."""
    return OnExit(record.on_exit)


def moves_of(policies: Policies) -> dict[str, str]:
    """Old ids of automations with the new one of each (A15)."""
    moves = automation_moves(policies.moved)
    return {f"automation.{old}": f"automation.{new}" for old, new in moves.items()}


def renamed(ledger: LedgerState, moves: Mapping[str, str]) -> tuple[LedgerState, dict[str, str]]:
    """The ledger as if automations had their new ids already, and the renames that does (A15).

    Raises:
        InvalidPolicies: Both ids of a move are in the ledger.
    """
    known = {record.id for record in ledger.automations}
    effective = {old: new for old, new in moves.items() if old in known}
    several = Counter(effective.values())
    both = [(old, new) for old, new in effective.items() if new in known or several[new] > 1]
    if both:
        raise InvalidPolicies(
            Diagnostic(
                Location("moved"),
                "Two rules would become one",
                f"{old} cannot become {new}: that name has been applied as well, or another rule "
                "becomes it too (A15). Take the entry out of `moved`, or `reconciler state forget` "
                "one of them.",
            )
            for old, new in both
        )
    # A run may be older than a rename that has been applied since.
    past = {serial: _past(run, moves) for serial, run in ledger.past.items()}
    if not effective:
        return (replace(ledger, past=past) if past else ledger), {}
    return replace(
        ledger,
        automations=tuple(
            replace(record, id=effective.get(record.id, record.id)) for record in ledger.automations
        ),
        sets={key.renamed(effective): members for key, members in ledger.sets.items()},
        intents=tuple(
            replace(one, causes=tuple(effective.get(cause, cause) for cause in one.causes))
            for one in ledger.intents
        ),
        past=past,
    ), effective


def _past(run: PastRun, names: Mapping[str, str]) -> PastRun:
    """A run to undo, with automations under the names that they have now."""

    def named(sets: Mapping[SetKey, BitMap]) -> dict[SetKey, BitMap]:
        return gathered((key.renamed(names), members) for key, members in sets.items())

    deeds = (
        replace(deed, causes=tuple(names.get(cause, cause) for cause in deed.causes))
        for deed in run.deeds
    )
    remembered, restored = named(run.remembered), named(run.restored)
    return replace(run, remembered=remembered, restored=restored, deeds=tuple(deeds))


def lifecycle(
    policies: Policies,
    ledger: LedgerState,
    aliases: Aliases,
    *,
    as_of: datetime,
    zone: tzinfo,
) -> Lifecycle:
    """Pair the automations of the files with those of the ledger.

    Raises:
        InvalidPolicies: One retires while a new one has its content (A14).
    """
    records = {(record.id, record.content): record for record in ledger.automations}
    rules = tuple(
        _rule(name, automation, records, policies, aliases, as_of=as_of, zone=zone)
        for name, automation in sorted(policies.automations.items())
        if not automation.retire
    )
    standing = {(rule.id, rule.content) for rule in rules}
    present = {rule.id for rule in rules}
    retired, past = [], []
    for key, record in sorted(records.items()):
        if key in standing:
            continue
        left = replace(record, state="replaced" if record.id in present else "retired")
        if record.state == "live" or left.state != record.state == "retired":
            retired.append(left)
            past.append(left)
        else:
            past.append(record)
    _refuse_silent_rename(rules, retired, policies)
    return Lifecycle(rules, tuple(retired), tuple(past))


def _rule(
    name: str,
    automation: Automation,
    records: Mapping[tuple[str, str], AutomationRecord],
    policies: Policies,
    aliases: Aliases,
    *,
    as_of: datetime,
    zone: tzinfo,
) -> Rule:
    assert automation.assign is not None
    assert automation.target is not None
    owner, content = f"automation.{name}", automation.assign
    clause = clause_of(automation.target, policies.groups, aliases)
    text = {**canonical(automation), "target": document_of(clause)}
    record = records.get((owner, content))
    change = Change.NEW
    if record is None or record.state == "replaced":
        if any(other.id == owner and other.state == "live" for other in records.values()):
            change = Change.REPLACED
        record = None
    else:
        record = replace(record, text=retold(record.text, aliases))
        change = Change.KEPT if record.text == text else Change.EDITED
        change = Change.RESUMED if record.state == "retired" else change
    is_open = automation.window.is_open(as_of, zone)
    return Rule(owner, automation, content, clause, text, change, record, is_open)


def retold(text: Mapping[str, Any], aliases: Aliases) -> Mapping[str, Any]:
    """An applied text with the values that have moved since under their new names (A15)."""
    if not aliases:
        return text
    try:
        clause = clause_of(Target.model_validate(text["target"]), {}, aliases)
    except (ValidationError, KeyError):
        return text
    return {**text, "target": document_of(clause)}


def _due_text(text: Mapping[str, Any]) -> tuple[object, ...]:
    due = text.get("due")
    counts_from_start = isinstance(due, Mapping) and due.get("after") == "window_start"
    return due, text.get("window", {}).get("start") if counts_from_start else None


def _refuse_silent_rename(
    rules: tuple[Rule, ...], retired: list[AutomationRecord], policies: Policies
) -> None:
    def findings() -> Iterator[Diagnostic]:
        for record in retired:
            name = record.id.removeprefix("automation.")
            if record.state != "retired" or name in policies.automations:
                continue
            for rule in rules:
                if rule.change is Change.NEW and rule.content == record.content:
                    new = rule.id.removeprefix("automation.")
                    yield Diagnostic(
                        policies.places.get(("automations", new), Location(new)),
                        "A rename without `moved`",
                        f"{record.id} has gone and {rule.id} with the same content "
                        f"{rule.content} is new (A14). If it is the same rule, add "
                        f"`moved: [{{from: {record.id}, to: {rule.id}}}]`; if not, keep "
                        f"`{name}: {{retire: true}}` under `automations`.",
                    )

    if found := list(findings()):
        raise InvalidPolicies(found)
