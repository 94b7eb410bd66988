"""Merge requests on GitLab: their notes, and statuses of commits.

The token is a project's or group's access token with the scope `api` and the role Developer; the
token of a job may neither write notes nor statuses.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from reconciler.hosting.model import Comment, Conclusion, Request, State
from reconciler.hosting.refusals import Reply, changed, explaining
from reconciler.rest import Service

LONGEST_NOTE = 900_000
LONGEST_SUMMARY = 255
STATES = {State.GOOD: "success", State.BAD: "failed", State.BROKEN: "failed"}


class _User(Reply):
    id: int


class _Note(Reply):
    id: int
    body: str
    author: _User


class _MergeRequest(Reply):
    sha: str


@dataclass(frozen=True, slots=True)
class GitLab:
    """One merge request."""

    service: Service
    request: Request
    longest: int = LONGEST_NOTE

    def head(self) -> str:
        with self._explaining():
            path = f"{self._project}/merge_requests/{self.request.number}"
            return _MergeRequest.model_validate(self.service.read(path)).sha

    def comments(self) -> Iterator[Comment]:
        query: dict[str, str | int] = {"per_page": 100, "sort": "asc", "order_by": "created_at"}
        with self._explaining():
            me = user_id(self.service)
            for item in self.service.pages(self._notes, query=query):
                note = _Note.model_validate(item)
                yield Comment(note.id, note.body, mine=note.author.id == me)

    def add(self, text: str) -> None:
        with self._explaining():
            self.service.write("POST", self._notes, {"body": text}, repeatable=False)

    def edit(self, number: int, text: str) -> bool:
        with self._explaining():
            return changed(self.service, "PUT", self._one(number), {"body": text})

    def remove(self, number: int) -> None:
        with self._explaining():
            changed(self.service, "DELETE", self._one(number))

    def conclude(self, commit: str, conclusion: Conclusion, *, name: str) -> None:
        body: dict[str, str | int] = {
            "state": STATES[conclusion.state],
            "description": conclusion.summary[:LONGEST_SUMMARY],
            "name": f"reconciler/{name}",
        }
        if conclusion.link:
            body["target_url"] = conclusion.link
        if self.request.pipeline:
            body["pipeline_id"] = self.request.pipeline
        with self._explaining():
            self.service.write("POST", f"{self._project}/statuses/{commit}", body, repeatable=True)

    @property
    def _project(self) -> str:
        return project_path(self.request.repository)

    @property
    def _notes(self) -> str:
        return f"{self._project}/merge_requests/{self.request.number}/notes"

    def _one(self, number: int) -> str:
        return f"{self._notes}/{number}"

    def _explaining(self) -> AbstractContextManager[None]:
        project, number = self.request.repository, self.request.number
        return meaning(
            missing=f"There is no merge request {number} in project {project}, or GITLAB_TOKEN may "
            "not see it."
        )


def project_path(project: str) -> str:
    """Where a project is, by its number or its whole name."""
    return f"/projects/{quote(project, safe='')}"


def user_id(service: Service) -> int:
    """Who we are.

    Raises:
        ServiceTrouble: It cannot be told.
    """
    return _User.model_validate(service.read("/user")).id


def meaning(*, missing: str, also_forbidden: str = "") -> AbstractContextManager[None]:
    """Say what GitLab's refusals mean for one thing of its."""
    return explaining(
        "GitLab",
        {
            HTTPStatus.UNAUTHORIZED: "GitLab does not accept GITLAB_TOKEN: it is wrong, or has "
            "expired.",
            HTTPStatus.FORBIDDEN: "GITLAB_TOKEN has not the right to do this. It needs the "
            f"scope `api` and the role Developer; the token of a job does not do.{also_forbidden}",
            HTTPStatus.NOT_FOUND: missing,
        },
    )
