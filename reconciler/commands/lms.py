"""Make, look at and live in the local LMS."""

import typer

from reconciler.commands.lms_catalog import load, publish
from reconciler.commands.lms_init import init
from reconciler.commands.lms_learn import complete, start
from reconciler.commands.lms_show import show

lms = typer.Typer(help="Make, look at and live in the local LMS.", no_args_is_help=True)
for command in (init, load, publish, start, complete, show):
    lms.command()(command)
