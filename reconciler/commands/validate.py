"""Check the workspace and all policies; every finding at once, with its place."""

from pathlib import Path

from reconciler.commands.options import Directory, NoColor, console


def validate(directory: Directory = Path(), no_color: NoColor = False) -> None:
    """Check the workspace and all policies; every finding at once, with its place.

    Roster, organization and LMS are read to check names and values against them; what cannot be
    read is said, and the rest is checked.

    Example: reconciler validate -C workspace
    """
    from rich.markup import escape

    from reconciler.commands.clock import now
    from reconciler.commands.waiting import waiting
    from reconciler.observation import validate as check
    from reconciler.policy.walk import written_orders
    from reconciler.review.words import count
    from reconciler.workspace import open_workspace

    workspace = open_workspace(directory)
    with waiting(no_color=no_color) as stage:
        policies, warnings = check(workspace, as_of=now(), stage=stage)
    out = console(no_color=no_color)
    for warning in warnings:
        out.print(f"[yellow]warning[/yellow] {escape(warning)}", soft_wrap=True)
    rules, orders = count(len(policies.automations), "automation"), len(written_orders(policies))
    files = count(len(policies.files), "file")
    out.print(f"[green]Valid:[/green] {rules} and {count(orders, 'order')} in {files}.")
