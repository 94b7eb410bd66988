"""The contract, for an LMS behind a real server on this machine; and what servers do wrong."""

from functools import partial

import pytest

from reconciler.lms.http.adapter import HttpLms
from tests.hosting.loopback import Patience, serving
from tests.lms.bridge import SECRET, Bridge, settings_for
from tests.lms.contract import LmsContract
from tests.lms.contract_effects import LmsCredits, LmsReassigns, LmsWithdraws
from tests.lms.school import learned, new_lms


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
def lms(server, patience):
    return opened(server, patience)


@pytest.fixture
def learn(bridge):
    return partial(learned, bridge.lms.path)


def opened(server, patience, **options):
    settings = settings_for(server.address, **{"page_size": 3, "batch_size": 7, **options})
    return HttpLms(settings, token=SECRET, clockwork=patience.clockwork)


class TestHttpLms(LmsContract, LmsReassigns, LmsCredits, LmsWithdraws):
    @pytest.fixture
    def blind(self, lms, bridge):
        bridge.sees = False
        return lms
