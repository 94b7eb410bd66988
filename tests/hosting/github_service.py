"""A GitHub on this machine: as much of its public API as is called, held to its OpenAPI."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.hosting.description import Description
from tests.hosting.loopback import Heard, Reply

OPENAPI = Path(__file__).parent / "github.openapi.json"
LONGEST = 65_536
NOON = "2026-11-23T12:00:00Z"
NOT_FOUND = Reply(404, {"message": "Not Found", "status": "404"})
GONE = Reply(410, {"message": "Issues has been disabled in this repository.", "status": "410"})
FORBIDDEN = Reply(403, {"message": "Resource not accessible by integration", "status": "403"})


def user(login, *, number, kind="User"):
    """A user as GitHub shows one: a person, or a bot."""
    words = (
        "avatar_url events_url followers_url following_url gists_url gravatar_id html_url node_id "
        "organizations_url received_events_url repos_url starred_url subscriptions_url url"
    )
    urls = {word: f"https://github.example/{word}" for word in words.split()}
    return {**urls, "login": login, "id": number, "type": kind, "site_admin": False}


@dataclass(frozen=True)
class Bearer:
    """Whose a token is, and what it may do."""

    user: dict
    writes: bool = True
    workflow: bool = False  # made for one run: may not ask who it is


ROBOT = user("github-actions[bot]", number=41898282, kind="Bot")
ANN = user("ann", number=7)


@dataclass
class GitHubService:
    """Pull requests and issues, their comments, statuses of commits, and who may do what."""

    bearers: dict[str, Bearer] = field(default_factory=dict)  # by token
    pulls: dict[int, str] = field(default_factory=dict)  # number to the commit of its head
    comments: list[dict] = field(default_factory=list)
    statuses: list[tuple[str, dict]] = field(default_factory=list)  # commit, and what was sent
    issues: list[dict] | None = field(default_factory=list)  # None where they are turned off
    broken: list[str] = field(default_factory=list)  # calls that GitHub does not describe
    per_page: int = 100
    repository: str = "acme/training"
    description: Description = field(default_factory=lambda: Description(OPENAPI))

    def __call__(self, heard: Heard) -> Reply:
        reply = self._reply(heard)
        try:
            assert heard.headers["Accept"] == "application/vnd.github+json"
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", heard.headers["X-GitHub-Api-Version"])
            assert heard.headers["User-Agent"], "GitHub refuses a call without"
            self.description.check(heard, reply)
        except AssertionError as broken:
            self.broken.append(f"{heard.method} {heard.path}: {broken}")
        return reply

    def _reply(self, heard):
        bearer = self.bearers.get(heard.headers["Authorization"].removeprefix("Bearer "))
        if bearer is None:
            return Reply(401, {"message": "Bad credentials", "status": "401"})
        if heard.path == "/user":
            return FORBIDDEN if bearer.workflow else Reply(200, bearer.user)
        if heard.path == f"/repos/{self.repository}/issues":
            return self._every_issue(heard, bearer)
        owner_and_name, _, rest = heard.path.removeprefix("/repos/").partition("/issues/")
        if rest and owner_and_name == self.repository:
            return self._issues(heard, bearer, rest.split("/"))
        commit = heard.path.removeprefix(f"/repos/{self.repository}/statuses/")
        if commit != heard.path:
            return self._status(heard, bearer, commit)
        number = heard.path.removeprefix(f"/repos/{self.repository}/pulls/")
        if number.isdecimal() and int(number) in self.pulls:
            return Reply(200, {"number": int(number), "head": {"sha": self.pulls[int(number)]}})
        return NOT_FOUND

    def _issues(self, heard, bearer, parts):
        if parts[0] == "comments":
            return self._one(heard, bearer, int(parts[1]))
        found = next((one for one in self.issues or () if one["number"] == int(parts[0])), None)
        if heard.method == "PATCH":
            return self._edit_issue(heard, bearer, found)
        if int(parts[0]) not in self.pulls and found is None:
            return NOT_FOUND
        if heard.method == "GET":
            number = int(parts[0])
            of = [one for one in self.comments if one["issue_url"].endswith(f"/{number}")]
            return self._page(heard, of)
        return self._writing(heard, bearer, lambda: self.add(parts[0], heard.body, bearer.user))

    def _one(self, heard, bearer, number):
        found = next((one for one in self.comments if one["id"] == number), None)
        if found is None:
            return NOT_FOUND
        if heard.method == "DELETE":
            self.comments.remove(found)
            return Reply(204)
        reply = self._writing(heard, bearer, lambda: found.update(heard.body))
        return Reply(200, found) if reply.status == 201 else reply

    def _writing(self, heard: Heard, bearer: Bearer, write: Callable[[], object]) -> Reply:
        if not bearer.writes:
            return FORBIDDEN
        if len(heard.body.get("body", "")) > LONGEST:
            errors = [{"message": f"Body is too long (maximum is {LONGEST} characters)"}]
            return Reply(422, {"message": "Validation Failed", "errors": errors})
        return Reply(201, write())

    def _every_issue(self, heard, bearer):
        if self.issues is None:
            return GONE
        if heard.method == "POST":
            return self._writing(heard, bearer, lambda: self.open(heard.body, bearer.user))
        assert heard.query["state"] == "open"
        wanted = [one for one in self.issues if one["state"] == "open"]
        if "creator" in heard.query:
            wanted = [one for one in wanted if one["user"]["login"] == heard.query["creator"]]
        return self._page(heard, wanted)

    def _edit_issue(self, heard, bearer, found):
        if found is None:
            return Reply(410, {"message": "This issue was deleted", "status": "410"})
        reply = self._writing(heard, bearer, lambda: found.update(heard.body))
        return Reply(200, found) if reply.status == 201 else reply

    def _page(self, heard, found):
        size = min(int(heard.query.get("per_page", 30)), self.per_page)
        page = int(heard.query.get("page", 1))
        headers = {}
        if len(found) > page * size:
            query = urlencode({**heard.query, "per_page": size, "page": page + 1})
            following = f"http://{heard.headers['Host']}{heard.path}?{query}"
            headers["Link"] = f'<{following}>; rel="next", <{following}>; rel="last"'
        return Reply(200, found[(page - 1) * size : page * size], headers)

    def _status(self, heard, bearer, commit):
        if not bearer.writes:
            return FORBIDDEN
        if commit not in self.pulls.values():
            return Reply(422, {"message": f"No commit found for SHA: {commit}", "status": "422"})
        self.statuses.append((commit, heard.body))
        sent = {"target_url": None, **heard.body}
        return Reply(201, {**self._dated(), **sent, "avatar_url": None, "creator": bearer.user})

    def add(self, number: int | str, body: dict, author: dict) -> dict:
        """Write a comment, as anybody may."""
        issue = f"https://api.github.example/repos/{self.repository}/issues/{number}"
        made = {
            **self._dated(), "html_url": issue, "issue_url": issue, "user": author,
            "author_association": "CONTRIBUTOR", "body": body["body"],
        }  # fmt: skip
        self.comments.append(made)
        return made

    def open(self, sent: dict, author: dict, **more: object) -> dict:
        """Open an issue, as anybody may; pull requests are issues as well."""
        assert self.issues is not None
        dated = self._dated()
        url = dated["url"]
        made = {
            **dated, "number": len(self.issues) + 100, "state": "open", "title": sent["title"],
            "body": sent.get("body"), "user": author, "assignee": None, "closed_at": None,
            "comments": 0, "labels": [], "locked": False, "milestone": None, "html_url": url,
            "repository_url": url, "comments_url": url, "events_url": url, "labels_url": url, **more,
        }  # fmt: skip
        self.issues.append(made)
        return made

    def _dated(self):
        number = max([0, *(one["id"] for one in self.comments)]) + 1
        url = f"https://api.github.example/{number}"
        return {"id": number, "node_id": "x", "url": url, "created_at": NOON, "updated_at": NOON}
