"""The desk at which the tests of the commands sit."""

import pytest

from tests.commands.desk import Desk, furnish


@pytest.fixture
def bare(tmp_path, capsys):
    """A desk in an empty folder."""
    return Desk(tmp_path, capsys)


@pytest.fixture
def desk(tmp_path, capsys):
    """A desk in a small workspace, with a ledger and an LMS."""
    return Desk(furnish(tmp_path / "work space"), capsys)
