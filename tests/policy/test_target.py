"""Targets as clauses: canonical whatever the order, the same after writing and reading (T1, T2, A15)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents.scalars import Duration
from reconciler.policy.model import Target
from reconciler.policy.source import rename_aliases
from reconciler.policy.target import (
    AllOf,
    AnyOf,
    Employed,
    Everyone,
    Hired,
    Not,
    OneOf,
    Trainees,
    attribute_values,
    attributes_of,
    clause_of,
    document_of,
)
from tests.policies import policies_of

COOK, SERVER = OneOf("role", ("cook",)), OneOf("role", ("server",))
SOUTH = OneOf("region", ("south",))

# name: (as written, as a clause)
CASES = {
    "one value": ({"role": "cook"}, COOK),
    "a list are alternatives": ({"role": ["server", "cook"]}, OneOf("role", ("cook", "server"))),
    "a value twice": ({"role": ["cook", "cook"]}, COOK),
    "keys are all required": ({"role": "cook", "region": "south"}, AllOf((SOUTH, COOK))),
    "all": ({"all": [{"role": "cook"}, {"role": "server"}]}, AllOf((COOK, SERVER))),
    "any": ({"any": [{"role": "server"}, {"role": "cook"}]}, AnyOf((COOK, SERVER))),
    "any of one": ({"any": [{"role": "cook"}]}, COOK),
    "all in all": ({"all": [{"all": [{"role": "cook"}]}, {"region": "south"}]}, AllOf((SOUTH, COOK))),
    "the same twice": ({"any": [{"role": "cook"}, {"role": ["cook"]}]}, COOK),
    "not": ({"not": {"role": "cook"}}, Not(COOK)),
    "a group": ({"group": "southern"}, SOUTH),
    "a group of a group": ({"group": "cooks"}, AllOf((SOUTH, COOK))),
    "trainees": ({"trainees": ["E2", "E1", "E2"]}, Trainees(("E1", "E2"))),
    "everyone": ({"everyone": "true"}, Everyone()),
    "hire date": ({"hire_date": {"after": "2026-01-31"}}, Hired("after", date(2026, 1, 31))),
    "tenure": ({"tenure": {"at_least": "90 days"}}, Employed("at_least", Duration(90, "day"))),
    "a custom attribute": ({"language": ["es", "en"]}, OneOf("language", ("en", "es"))),
    "a moved value": ({"role": "chef"}, COOK),
    "the old and the new value": ({"role": ["chef", "cook"]}, COOK),
    "another attribute does not move": ({"brand": "chef"}, OneOf("brand", ("chef",))),
}  # fmt: skip
GROUPS = {
    "southern": Target.model_validate({"region": "south"}),
    "cooks": Target.model_validate({"group": "southern", "role": "cook"}),
}
ALIASES = rename_aliases(policies_of({"moved": [{"from": "role.chef", "to": "role.cook"}]}).moved)


@pytest.mark.parametrize(("written", "clause"), CASES.values(), ids=CASES.keys())
def test_clause(written, clause):
    assert clause_of(Target.model_validate(written), GROUPS, ALIASES) == clause


def test_an_unknown_group_is_the_business_of_check():
    with pytest.raises(KeyError):
        clause_of(Target.model_validate({"group": "none"}), {}, {})


ATTRIBUTES = {
    "none": ({"everyone": "true"}, set()),
    "trainees": ({"trainees": "E1"}, set()),
    "hire date": ({"hire_date": {"after": "2026-01-31"}}, {"hire_date"}),
    "tenure": ({"tenure": {"less_than": "1 year"}}, {"hire_date"}),
    "deep inside": (
        {"any": [{"not": {"role": "x"}}, {"language": "en", "brand": "b"}]},
        {"role", "language", "brand"},
    ),
}


@pytest.mark.parametrize(("written", "attributes"), ATTRIBUTES.values(), ids=ATTRIBUTES.keys())
def test_attributes(written, attributes):
    assert attributes_of(clause_of(Target.model_validate(written), {}, {})) == attributes


def test_attribute_values_are_those_of_the_target_itself():
    target = Target.model_validate({"language": "en", "role": ["b", "a"], "not": {"brand": "c"}})
    assert dict(attribute_values(target)) == {"language": ("en",), "role": ("b", "a")}


NAMES = st.sampled_from(["cook", "0042", "NO", "café", "austin-*"])
DAYS = st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(date.isoformat)
LATER = st.dates(date(2030, 1, 3), date(2040, 1, 1)).map(date.isoformat)
SPANS = st.builds("{} {}".format, st.integers(0, 99), st.sampled_from(["days", "month", "years"]))
LONGER = st.builds("{} years".format, st.integers(100, 120))
LEAVES = st.one_of(
    st.dictionaries(
        st.sampled_from(["role", "region", "language", "trainees"]),
        NAMES | st.lists(NAMES, min_size=1, max_size=3),
        min_size=1,
        max_size=3,
    ),
    st.just({"everyone": "true"}),
    st.just({"group": "southern"}),
    st.fixed_dictionaries({"hire_date": st.fixed_dictionaries({"after": DAYS}, optional={"before": LATER})}),
    st.fixed_dictionaries({"tenure": st.fixed_dictionaries({"at_least": SPANS}, optional={"less_than": LONGER})}),
)  # fmt: skip
TARGETS = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3), min_size=1)
    | st.builds(lambda part, leaf: {**leaf, "not": part}, inner, LEAVES),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(TARGETS)
def test_what_is_written_of_a_clause_reads_as_the_same_clause(written):
    clause = clause_of(Target.model_validate(written), GROUPS, {})
    again = Target.model_validate(document_of(clause))

    assert clause_of(again, {}, {}) == clause, "and no group is left in it"


@settings(max_examples=100, deadline=None)
@given(TARGETS, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_values_is_of_no_account(written, random):
    def shuffled(value):
        if isinstance(value, dict):
            items = random.sample(list(value.items()), len(value))
            return {key: shuffled(inner) for key, inner in items}
        if isinstance(value, list):
            return [shuffled(inner) for inner in random.sample(value, len(value))]
        return value

    one, other = (Target.model_validate(one) for one in (written, shuffled(written)))
    assert clause_of(one, GROUPS, {}) == clause_of(other, GROUPS, {})
