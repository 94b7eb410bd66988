"""The command line: every command, and what an error says to the shell."""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence

import typer

from reconciler.commands.apply import apply
from reconciler.commands.explain import explain
from reconciler.commands.fmt import fmt
from reconciler.commands.init import init
from reconciler.commands.lms import lms
from reconciler.commands.plan import plan
from reconciler.commands.schema import schema
from reconciler.commands.show import show
from reconciler.commands.state import state
from reconciler.commands.validate import validate
from reconciler.commands.version import version
from reconciler.errors import Exit, ReconcilerError

app = typer.Typer(
    name="reconciler",
    help="Terraform for training: policies in YAML, a plan to review, an apply of just that.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (init, validate, fmt, plan, show, apply, explain, schema, version):
    app.command()(command)
app.add_typer(state, name="state")
app.add_typer(lms, name="lms")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; errors are told on standard error."""
    try:
        return int(app(arguments, standalone_mode=False, prog_name="reconciler") or Exit.OK)
    except ReconcilerError as error:
        typer.echo(str(error), err=True)
        return error.status
    except typer.TyperException as error:
        # Status 2 means changes here, so wrong use has the status of an error.
        typer.echo(f"{error.format_message()} See `reconciler --help`.", err=True)
        return Exit.ERROR
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("Nothing was done.", err=True)
        return Exit.ERROR
    except BrokenPipeError:
        # Python would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception:  # noqa: BLE001 the last one: whatever it is, the user gets no traceback
        return _report_bug()


def _report_bug() -> int:
    with tempfile.NamedTemporaryFile(
        "w", prefix="reconciler-", suffix=".txt", delete=False, encoding="utf-8"
    ) as report:
        traceback.print_exc(file=report)
    typer.echo(f"This is a bug in reconciler. A report was written to {report.name}", err=True)
    return Exit.ERROR


def main() -> None:
    """The entry point of the installed program."""
    sys.exit(run())


if __name__ == "__main__":
    main()
