"""The rules and the people that the stories about decisions and guards are told with."""

from tests.builders import scene

EXISTING = {"scope": "future-and-existing"}
GOES = {**EXISTING, "on_exit": "remove"}
SPARES = {**EXISTING, "on_exit": "remove-not-started"}
LEFT = "ann role=server"


def two(*lines, **second):
    """Two automations with one content: ``knife`` for cooks, ``blades`` for bakers."""
    first = {"assign": "course/knife", "target": {"role": "cook"}, **GOES}
    other = {"assign": "course/knife", "target": {"role": "baker"}, **GOES, **second}
    return scene(*lines, rules={"automations": {"knife": first, "blades": other}})


def order(target, **keys):
    return {"assign": "course/knife", "target": target, **keys}


def cooks(number, *, first=1, role="cook", at="austin-1"):
    return [f"e{n:02} role={role} location={at}" for n in range(first, first + number)]


def crew(number, **keys):
    """So many cooks with knives that the rule gave them, who lose them with their role."""
    return scene(*cooks(number), **GOES, **keys).apply()


def breached(story):
    made = story.plan()
    return {
        (one.guard.kind, one.guard.policy, one.guard.unit)
        for one in made.guarded.findings
        if one.is_breached
    }


def lift(**keys):
    said = {"guard": "remove", "policy": "all", "unit": "all", "ceiling": "100%"}
    return {**said, "reason": "meant", "until": "2026-12-31", **keys}
