"""Who runs this, and where: from what a pipeline says of itself, or the person at the machine."""

import getpass
import os
import socket
from collections.abc import Mapping

from reconciler.execution.process import this_process
from reconciler.ledger.lease import Holder

# The first that is set. The first of all is the project's own, for pipelines that are not listed.
APPROVED_BY = "RECONCILER_APPROVED_BY"
ACTORS = (
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILDKITE_BUILD_CREATOR",
    "CIRCLE_USERNAME",
    "BUILD_REQUESTEDFOR",
    "BUILD_USER_ID",
)
RUN_ADDRESS = "RECONCILER_RUN_ADDRESS"
ADDRESSES = (RUN_ADDRESS, "CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL")
GITHUB = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")


def holder(environment: Mapping[str, str] = os.environ) -> Holder:
    """The process that runs, as it asks for the lease."""
    return this_process(owner=_runner(environment), address=_address(environment))


def approver(environment: Mapping[str, str] = os.environ) -> str:
    """Who answers for an apply: who approved it, where that is said, else who runs it."""
    return environment.get(APPROVED_BY) or _runner(environment)


def _runner(environment: Mapping[str, str]) -> str:
    actor = next((environment[name] for name in ACTORS if environment.get(name)), None)
    return actor or f"{_user()}@{socket.gethostname()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a number without a name, as in some containers


def _address(environment: Mapping[str, str]) -> str:
    said = next((environment[name] for name in ADDRESSES if environment.get(name)), "")
    server, repository, run = (environment.get(name, "") for name in GITHUB)
    return said or (f"{server}/{repository}/actions/runs/{run}" if run else "")
