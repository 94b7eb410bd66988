"""The command line: every command, and what an error says to the shell."""

import errno
import gc
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import typer

from reconciler.commands.apply import apply
from reconciler.commands.comment import comment
from reconciler.commands.drift import drift
from reconciler.commands.encodings import tell_plainly
from reconciler.commands.explain import explain
from reconciler.commands.fmt import fmt
from reconciler.commands.init import init
from reconciler.commands.lms import lms
from reconciler.commands.options import nobody_reads
from reconciler.commands.plan import plan
from reconciler.commands.schema import schema
from reconciler.commands.show import show
from reconciler.commands.state import state
from reconciler.commands.validate import validate
from reconciler.commands.version import version
from reconciler.errors import Exit, ReconcilerError

INTERRUPTED = 130
"""What the command line library makes of Ctrl-C."""
FEW_CORES = 2
PLAIN = {
    "Input should be a valid integer, unable to parse string as an integer": "write a whole number",
    "Value error, ": "",
}
"""What the command line library says, in plain words."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

app = typer.Typer(
    name="reconciler",
    help="Terraform for training: policies in YAML, a plan to review, an apply of just that.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    init, validate, fmt, plan, show, comment, apply, drift, explain, schema, version,
):  # fmt: skip
    app.command()(command)
app.add_typer(state, name="state")
app.add_typer(lms, name="lms")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; errors are told on standard error."""
    try:
        status = int(app(arguments, standalone_mode=False, prog_name="reconciler") or Exit.OK)
        _flush()
        return _interrupted() if status == INTERRUPTED else status
    except ReconcilerError as error:
        _tell(str(error))
        return error.status
    except typer.TyperException as error:
        # Status 2 means changes here, so wrong use has the status of an error.
        _tell(_typed_wrongly(error))
        return Exit.ERROR
    except typer.Abort:
        _tell("Nothing was done.")
        return Exit.ERROR
    except KeyboardInterrupt:
        return _interrupted()
    except (BrokenPipeError, SystemExit):
        # The library ends so where nobody has read the help to its end, which is no failure.
        nobody_reads(sys.stdout)
        return Exit.OK
    except OSError as error:
        if error.errno in NO_ROOM:
            _tell(f"What there is to say cannot be written: {error.strerror}.")
        elif _is_nowhere():
            _tell("The folder that you are in is not there any more. Change to another one.")
        else:
            return _report_bug()
        return Exit.ERROR
    except Exception:  # noqa: BLE001 the last one: whatever it is, the user gets no traceback
        return _report_bug()


def _typed_wrongly(error: typer.TyperException) -> str:
    message = error.format_message()
    if message.lstrip().startswith("Usage:"):
        return message
    for machine, plain in PLAIN.items():
        message = message.replace(machine, plain)
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "reconciler"
    ended = message.rstrip(".")
    return f"{ended}{'' if ended.endswith('?') else '.'} See `{command} --help`."


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_reads(sys.stdout)


def _tell(text: str) -> None:
    """Write on standard error; a name that is no UTF-8 is told as good as it can be."""
    typer.echo(text.encode(errors="backslashreplace").decode(), err=True)


def _is_nowhere() -> bool:
    """Whether the folder of the shell was deleted."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _interrupted() -> int:
    """By Ctrl-C; an apply that has begun tells by itself what it did."""
    _tell("Interrupted.")
    return Exit.ERROR


def _report_bug() -> int:
    told = traceback.format_exc()
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="reconciler-", suffix=".txt", delete=False, encoding="utf-8"
        ) as report:
            report.write(told)
        said = f"A report was written to {report.name}"
    except OSError as failure:
        said = f"No report of it could be written: {failure.strerror}."
    _tell(f"This is a bug in reconciler. {said}")
    return Exit.ERROR


def _stand_in() -> None:
    """Open what the caller has closed, and let nothing be untold for the caller's encoding.

    A file that got the number of a closed standard error would be written over by complaints.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    sys.stdin = sys.stdin or open(0)  # noqa: SIM115 until the end
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115
    tell_plainly(sys.stdout, otherwise="replace")
    tell_plainly(sys.stderr, otherwise="backslashreplace")


def main() -> None:
    """The entry point of the installed program."""
    _stand_in()
    # One run makes millions of objects that live to its end; looking for rings among them takes
    # a thirtieth of it, and frees next to nothing.
    gc.disable()
    # Reading waits for its turn after every piece; it has little to do then, so it gets one soon.
    sys.setswitchinterval(0.0005)
    # Threads for the algebra of matrices wait busily for work, which is never given here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if (os.cpu_count() or 1) <= FEW_CORES:
        # Threads of our own are at work on both, and those of polars only take turns with them.
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
    status = run()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # Nothing is left to write. Taking all of it apart would take a tenth as long again, and a call
    # that nobody waits for any more, to an LMS that does not answer, would keep the shell waiting.
    os._exit(status)


if __name__ == "__main__":
    main()
