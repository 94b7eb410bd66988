"""What keeps a changed workplace's policies valid, as `validate` and `plan` would have it."""

from tests.properties.naive_expected import OrdersClash
from tests.properties.naive_people import last_names
from tests.properties.naive_scene import remembered, renamed_owner
from tests.properties.workplace import Workplace, policies_of


def settle(workplace: Workplace) -> None:
    """Take out what names nothing, and say `retire: true` where A14 asks for it."""
    _drop_idle_moves(workplace)
    _keep_contents_apart(workplace)
    _drop_idle_exemptions(workplace)


def _drop_idle_moves(workplace: Workplace) -> None:
    """A `moved` automation has gone from the files, and its new name is in them (A15)."""
    names = {f"automation.{name}" for name in workplace.section("automations")}
    moved = workplace.policy.get("moved", [])
    while idle := [
        entry
        for entry in moved
        if entry["from"] in names
        or (
            entry["to"].startswith("automation.")
            and entry["to"] not in names
            and not any(other["from"] == entry["to"] for other in moved)
        )
    ]:
        moved = [entry for entry in moved if entry not in idle]
    workplace.policy["moved"] = moved


def _keep_contents_apart(workplace: Workplace) -> None:
    """No automation retires in silence while another begins with its content (A14)."""
    rules = workplace.section("automations")
    records = remembered(workplace.ledger, last_names(policies_of(workplace.policy).moved))
    live = {
        key[0].split(".", 1)[1]: key[1]
        for key, each in records.automations.items()
        if each.state == "live"
    }
    for name, content in sorted(live.items()):
        beginning = {
            rule["assign"]
            for other, rule in rules.items()
            if live.get(other) != rule.get("assign") and rule.get("retire") != "true"
        }
        if content not in beginning:
            continue
        if name not in rules:
            rules[name] = {**workplace.gone.pop(name, {}), "retire": "true"}
        elif rules[name]["assign"] != content and rules[name].get("retire") != "true":
            rules[name] = {**rules[name], "assign": content}


def _drop_idle_exemptions(workplace: Workplace) -> None:
    """An exemption names a content, or an automation of the files by an old or new name."""
    renamed = last_names(policies_of(workplace.policy).moved)
    names = {f"automation.{name}" for name in workplace.section("automations")}
    workplace.policy["exemptions"] = {
        name: rule
        for name, rule in workplace.section("exemptions").items()
        if "/" in rule["from"] or renamed_owner(rule["from"], renamed) in names
    }


def part_clashing_orders(workplace: Workplace) -> None:
    """Take out the removals that take what another order gives in the same plan (A8)."""
    try:
        workplace.plan()
    except OrdersClash as clash:
        for order in clash.args[0]:
            workplace.section("removals").pop(order.removeprefix("removal."), None)
        part_clashing_orders(workplace)
