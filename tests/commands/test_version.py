"""`version`."""

from reconciler.version import VERSION


def test_version(bare):
    assert bare.says("version").out == f"reconciler {VERSION}\n"
