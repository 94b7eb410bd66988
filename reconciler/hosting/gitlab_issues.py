"""Issues on GitLab, for runs without a merge request. The token is as for these."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reconciler.hosting.gitlab import LONGEST_NOTE, meaning, project_path, user_id
from reconciler.hosting.model import Issue
from reconciler.hosting.refusals import Reply, changed
from reconciler.rest import Service


class _Issue(Reply):
    iid: int
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class GitLabIssues:
    """The issues of one project."""

    service: Service
    repository: str
    longest: int = LONGEST_NOTE

    def issues(self) -> Iterator[Issue]:
        with self._explaining():
            query: dict[str, str | int] = {
                "state": "opened", "scope": "all", "author_id": user_id(self.service),
                "order_by": "created_at", "sort": "asc", "per_page": 100,
            }  # fmt: skip
            for item in self.service.pages(self._issues, query=query):
                one = _Issue.model_validate(item)
                yield Issue(one.iid, one.title, one.description or "", mine=True)

    def open(self, title: str, text: str) -> None:
        with self._explaining():
            body = {"title": title, "description": text}
            self.service.write("POST", self._issues, body, repeatable=False)

    def rewrite(self, number: int, title: str, text: str) -> bool:
        with self._explaining():
            body = {"title": title, "description": text}
            return changed(self.service, "PUT", self._one(number), body)

    def remark(self, number: int, text: str) -> None:
        with self._explaining():
            path = f"{self._one(number)}/notes"
            # Said twice is better than not knowing whether anybody was told.
            self.service.write("POST", path, {"body": text}, repeatable=True)

    def close(self, number: int) -> bool:
        with self._explaining():
            return changed(self.service, "PUT", self._one(number), {"state_event": "close"})

    @property
    def _issues(self) -> str:
        return f"{project_path(self.repository)}/issues"

    def _one(self, number: int) -> str:
        return f"{self._issues}/{number}"

    def _explaining(self) -> AbstractContextManager[None]:
        off = "or issues are turned off there (Settings, General, Visibility)"
        return meaning(
            also_forbidden=f" The project is {self.repository}, {off}.",
            missing=f"There is no project {self.repository}, GITLAB_TOKEN may not see it, {off}.",
        )
