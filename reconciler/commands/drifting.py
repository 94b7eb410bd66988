"""The steps of a look for drift: nobody applies meanwhile, a plan, what the last apply has left."""

from collections.abc import Collection
from pathlib import Path

from pydantic import ValidationError

from reconciler.commands.clock import now
from reconciler.commands.planning import make_plan
from reconciler.documents.scalars import clean
from reconciler.errors import StalePlan, WrongUse
from reconciler.execution.lease import Patience, wait_until_free
from reconciler.review.drift import DriftReport, drift_report
from reconciler.workspace import open_workspace


def find_drift(directory: Path, contents: Collection[str], *, no_color: bool) -> DriftReport:
    """Read everything, and compare the LMS with what the last apply has left there.

    Raises:
        LedgerLocked: An apply is at work: nobody can tell its writes from those of others.
        ReconcilerError: Whatever stands in the way of a plan, and what ``drift_report`` raises.
    """
    ledger = open_workspace(directory).ledger()
    wait_until_free(ledger, Patience(), clock=now)
    made = make_plan(directory, as_of=None, no_color=no_color)
    return drift_report(made.plan, ledger.last_apply(), [clean(one) for one in contents])


def load_drift(path: Path) -> DriftReport:
    """Read what `drift -o` has kept.

    Raises:
        WrongUse: The file cannot be read.
        StalePlan: It holds something else.
    """
    try:
        return DriftReport.model_validate_json(path.read_bytes())
    except OSError as failure:
        raise WrongUse(f"{path}: this cannot be read: {failure.strerror}.") from failure
    except ValidationError:
        raise StalePlan(f"{path}: this is nothing that `reconciler drift -o` has kept.") from None
