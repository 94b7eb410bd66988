"""The LMS over HTTP that several files test: a bridge, its server, and the adapter before it."""

import pytest

from tests.hosting.loopback import Patience, serving
from tests.lms.bridge import Bridge, opened
from tests.lms.school import new_lms


@pytest.fixture
def bridge(tmp_path):
    made = Bridge(new_lms(tmp_path), batch=20)
    yield made
    assert made.broken == []


@pytest.fixture
def server(bridge):
    with serving(bridge, keep_alive=True) as loopback:
        yield loopback


@pytest.fixture
def patience():
    return Patience()


@pytest.fixture
def remote(server, patience):
    return opened(server, patience)
