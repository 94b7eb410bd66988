"""Progress: on a terminal, for work that takes longer; in a pipe never, whatever it is told."""

import pytest

PIPES = {"a plain pipe": {}, "a pipe that may have colors": {"FORCE_COLOR": "1"}}


@pytest.fixture
def impatient(monkeypatch):
    """Work takes long from its first moment on."""
    monkeypatch.setattr("reconciler.commands.waiting.PATIENCE", 0.0)


@pytest.mark.parametrize("environment", PIPES.values(), ids=PIPES.keys())
def test_never_in_a_pipe(environment, desk, impatient, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert desk.types("plan").err == ""
    assert desk.types("apply", "--auto-approve").err == ""
