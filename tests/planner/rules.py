"""The rules that the stories about decisions are told with."""

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
