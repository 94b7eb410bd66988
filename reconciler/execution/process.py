"""Which process this is, and whether another one has surely ended."""

import os
from pathlib import Path

from reconciler.ledger.lease import Holder

PROC = Path("/proc")
STARTED = 19
"""The place of the start time among the fields of a process, after its name."""


def this_process(*, owner: str, address: str) -> Holder:
    """A holder that others on this machine can look up; elsewhere nobody can tell."""
    return Holder(owner, address, machine(), process(os.getpid()))


def machine() -> str:
    """A name of this boot of this machine, and of what process numbers mean here; or nothing."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def process(number: int) -> str:
    """A process by its number and its start, for numbers are used again; or nothing."""
    try:
        fields = (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    # A zombie has ended; nobody has asked it how.
    return "" if fields[0] in "ZX" else f"{number} {fields[STARTED]}"


def has_ended(holder: Holder) -> bool:
    """Whether the process of a holder has surely ended: it ran here, and runs no more."""
    if not holder.process or not holder.machine or holder.machine != machine():
        return False
    return process(int(holder.process.split()[0])) != holder.process
