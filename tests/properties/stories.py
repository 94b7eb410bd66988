"""The words in which the tables of cases tell what happens to a workplace."""

from operator import methodcaller

from tests.properties.workplace import CHICAGO, Workplace

EXISTING_TOO = {"scope": "future-and-existing"}
MARCH_FIRST = {"window": {"start": "2026-03-01"}}
EVERYBODY = {"everyone": "true"}
COOKS = {"target": {"role": ["cook", "server"]}}


def does(method, *values, **named):
    return methodcaller(method, *values, **named)


def hire(trainee, role="cook", **values):
    return does("hire", trainee, role=role, **values)


def said(**keys):
    """The automation is edited."""
    return lambda workplace: workplace.section("automations")["knife"].update(keys)


def wrote(section, name, **rule):
    return lambda workplace: workplace.section(section).update({name: rule})


def deleted(workplace):
    workplace.gone["knife"] = workplace.section("automations").pop("knife")


def back(workplace):
    workplace.section("automations")["knife"] = workplace.gone.pop("knife")


def renamed(workplace):
    rules = workplace.section("automations")
    rules["blades"] = rules.pop("knife")
    workplace.policy["moved"] = [{"from": "automation.knife", "to": "automation.blades"}]


def moved(old, new):
    return lambda workplace: workplace.policy.update(moved=[{"from": old, "to": new}])


def let(**fields):
    def change(workplace):
        for name, value in fields.items():
            setattr(workplace, name, value)

    return change


apply = does("apply")
tomorrow = does("wait", days=1)
take_away = does("take_away", "ann")


def lived(keys, steps):
    rule = {"assign": "course/knife", "target": {"role": "cook"}, **keys}
    workplace = Workplace(policy={"automations": {"knife": rule}})
    for step in steps:
        step(workplace)
    return workplace


GIVEN = (hire("ann"), apply, tomorrow)
OTHER = {"assign": "course/knife", "target": EVERYBODY, **EXISTING_TOO}


def assign(day=None):
    return {"ann": ("assign", day)}


def acted(workplace):
    return {
        trainee: (action.kind, action.due and f"{action.due.astimezone(CHICAGO):%Y-%m-%d}")
        for (trainee, _), action in workplace.plan().actions.items()
    }
