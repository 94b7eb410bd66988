"""What goes wrong around an apply, for real: no room, no rights, files that vanish, a clock set back.

``python -m tests.reliability.faults PREPARED``: reads one request a line from standard input and
answers with one line of JSON, as ``tests.reliability.kills`` does, whose apply of 200 actions this is.
"""

import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

# What commands load when they run is loaded here, once for all the forks.
import reconciler.commands.applying
import reconciler.commands.saving
import reconciler.lms.local.adapter  # noqa: F401
from reconciler.__main__ import run
from tests.reliability.kills import at, in_a_process, picture, small_batches

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
VERSION_3 = 0x20080522
FILES = ("ledger.db", "lms.db")
HOUR = timedelta(hours=1)


def told(*arguments, folder):
    """The status of a command, and all that it said."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run([*arguments, "-C", str(folder)])
    return {"status": status, "said": " ".join((out.getvalue() + err.getvalue()).split())}


def disturbed(folder, fault):
    """Run a command while something goes wrong."""
    FAULTS[fault["kind"]](folder, **fault["how"])
    return told(*fault.get("command", ("apply", "plan.zip")), folder=folder)


def followed(folder, commands):
    """What is said afterwards, when all is as it should be."""
    return [told(*command, folder=folder) for command in commands]


def limit_files(folder, size, read_only=()):
    """No file may grow beyond a size, as with a quota; some files are only read."""
    take_rights(folder, 0, read_only)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def fill_disk(folder, left):
    """The file system of the folder has so many bytes left."""
    disk = os.statvfs(folder)
    ballast = disk.f_bavail * disk.f_frsize - left
    with (folder.parent / "ballast").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, ballast))


def take_rights(folder, point, names):
    """From a point on nothing below may be written, by root neither."""
    _be_like_others()
    at(point, lambda: [(folder / name).chmod(0o555) for name in names])
    if not point:
        for name in names:
            (folder / name).chmod(0o555)


def _be_like_others():
    """Rights bind this process, whoever it is."""
    if os.geteuid():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    for power in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        sets[0] &= ~(1 << power)  # in effect
        sets[1] &= ~(1 << power)  # permitted: what access() goes by
    assert libc.capset(header, sets) == 0


def lose(folder, point, name):
    """A file is gone, with what SQLite keeps beside it; it is kept elsewhere."""

    def act():
        (folder / "kept").mkdir()
        for path in folder.glob(f"{name}*"):
            shutil.move(path, folder / "kept" / path.name)

    at(point, act)


def replace(folder, point, name, by):
    """Another file is where one was."""

    def act():
        (folder / "kept").mkdir()
        for path in folder.glob(f"{name}*"):
            shutil.move(path, folder / "kept" / path.name)
        shutil.copy(folder / by, folder / name)

    at(point, act)


def set_back(_, point):
    """The clock of the machine is an hour slow, from a point on."""
    from reconciler.commands import clock as watch

    class Slow(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) - HOUR  # noqa: TID251 the clock itself

    def act():
        watch.datetime = Slow

    at(point, act) if point else act()


FAULTS = {
    "limit": limit_files, "full": fill_disk, "rights": take_rights, "lost": lose,
    "replaced": replace, "clock": set_back, "none": lambda folder: None,
}  # fmt: skip


def put_back(folder, names=FILES):
    """All is as it should be again."""
    (folder.parent / "ballast").unlink(missing_ok=True)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if (folder / "kept").exists():
        for name in names:
            if list((folder / "kept").glob(f"{name}*")):
                for path in folder.glob(f"{name}*"):
                    path.unlink()
        for path in (folder / "kept").iterdir():
            shutil.move(path, folder / path.name)


def answered(request, prepared):
    """One request: a folder, a fault, and the commands after it."""
    folder = Path(request["folder"])
    if request.get("disk"):
        mounted(folder.parent, request["disk"])
    try:
        shutil.copytree(prepared, folder)
        end = {"disturbed": in_a_process(disturbed, folder, request["fault"])}
        if request.get("meanwhile"):
            end["meanwhile"] = in_a_process(followed, folder, request["meanwhile"])
        put_back(folder)
        end["after"] = in_a_process(followed, folder, request.get("after", ()))
        end["picture"] = in_a_process(picture, folder)
        shutil.rmtree(folder)
    finally:
        if request.get("disk"):
            subprocess.run(["umount", str(folder.parent)], check=False)
    return end


def mounted(place, size):
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], check=True)


if __name__ == "__main__":
    small_batches()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answered(json.loads(line), sys.argv[1])) + "\n")
        sys.stdout.flush()
