"""The desk at which the tests of the commands sit."""

import shutil

import pytest

from tests.commands.desk import Desk, furnish


@pytest.fixture
def bare(tmp_path, capsys):
    """A desk in an empty folder."""
    return Desk(tmp_path, capsys)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory):
    """The small workspace, made once and copied for each test."""
    return furnish(tmp_path_factory.mktemp("furnished") / "work space")


@pytest.fixture
def desk(furnished, tmp_path, capsys):
    """A desk in a small workspace, with a ledger and an LMS."""
    folder = tmp_path / furnished.name
    shutil.copytree(furnished, folder)
    return Desk(folder, capsys)


@pytest.fixture
def saved(desk):
    """A plan of the desk's workspace, saved now."""
    path = desk.folder / "plan.zip"
    assert desk.types("plan", "-o", path).status == 0
    return path
