"""Issues on GitHub, for runs without a pull request. The token needs to write issues."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reconciler.hosting.github import LONGEST_COMMENT, User, is_ours, login_of, meaning
from reconciler.hosting.model import Issue
from reconciler.hosting.refusals import Reply, changed
from reconciler.rest import Service


class _Issue(Reply):
    number: int
    title: str
    body: str | None = None
    user: User | None = None
    pull_request: object = None


@dataclass(frozen=True, slots=True)
class GitHubIssues:
    """The issues of one repository, pull requests left out."""

    service: Service
    repository: str
    longest: int = LONGEST_COMMENT

    def issues(self) -> Iterator[Issue]:
        query: dict[str, str | int] = {
            "state": "open", "sort": "created", "direction": "asc", "per_page": 100,
        }  # fmt: skip
        with self._explaining():
            login = login_of(self.service)
            if login is not None:
                query["creator"] = login
            for item in self.service.pages(self._issues, query=query):
                one = _Issue.model_validate(item)
                if one.pull_request is None:
                    mine = is_ours(one.user, login)
                    yield Issue(one.number, one.title, one.body or "", mine=mine)

    def open(self, title: str, text: str) -> None:
        with self._explaining():
            body = {"title": title, "body": text}
            self.service.write("POST", self._issues, body, repeatable=False)

    def rewrite(self, number: int, title: str, text: str) -> bool:
        with self._explaining():
            body = {"title": title, "body": text}
            return changed(self.service, "PATCH", self._one(number), body)

    def remark(self, number: int, text: str) -> None:
        with self._explaining():
            path = f"{self._one(number)}/comments"
            # Said twice is better than not knowing whether anybody was told.
            self.service.write("POST", path, {"body": text}, repeatable=True)

    def close(self, number: int) -> bool:
        with self._explaining():
            body = {"state": "closed", "state_reason": "completed"}
            return changed(self.service, "PATCH", self._one(number), body)

    @property
    def _issues(self) -> str:
        return f"/repos/{self.repository}/issues"

    def _one(self, number: int) -> str:
        return f"{self._issues}/{number}"

    def _explaining(self) -> AbstractContextManager[None]:
        return meaning(
            rights="issues: write",
            missing=f"There is no repository {self.repository}, or GITHUB_TOKEN may not see it.",
            gone=f"Issues are turned off in {self.repository}. Turn them on (Settings, Features), "
            "or tell nobody: leave --issue away.",
            unusable="GitHub cannot use what it was sent.",
        )
