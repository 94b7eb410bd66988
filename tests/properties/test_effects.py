"""What is predicted of every write is what the local LMS then holds (R, C, V, D3)."""

import os
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.frames import Capabilities
from tests.properties.strategies import applied, live_on, make_valid, workplaces
from tests.properties.twins import Twins, local_lms

WORLDS = int(os.environ.get("WORLDS", "60"))
LOCAL = [Capabilities(creates_accounts=True)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("twins")


@settings(max_examples=max(WORLDS // 3, 1), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_predicted_is_what_the_lms_holds(data, folder):
    make = partial(Twins, local=local_lms(folder))
    workplace = data.draw(workplaces(make=make, capabilities=LOCAL))
    for _ in range(data.draw(st.integers(1, 4))):
        make_valid(workplace)
        assert_same(workplace)
        applied(data.draw, workplace)
        assert_same(workplace)
        live_on(data.draw, workplace)


def assert_same(workplace):
    local, modules = workplace.local, [c for c in workplace.lms.catalog if c.startswith("module/")]
    assert local.catalog() == workplace.lms.catalog
    assert rows(local.holdings(workplace.lms.catalog)) == rows(workplace.lms.holdings())
    assert rows(local.progress(modules)) == rows(workplace.lms.progress())


def rows(frame):
    """By their keys, which come first."""
    return sorted(frame.rows(), key=lambda row: row[:3])
