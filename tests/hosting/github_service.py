"""A GitHub on this machine: as much of its public API as comments need, held to its OpenAPI."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.hosting.loopback import Heard, Reply

OPENAPI = Path(__file__).parent / "github.openapi.json"
LONGEST = 65_536
NOON = "2026-11-23T12:00:00Z"
NOT_FOUND = Reply(404, {"message": "Not Found", "status": "404"})
FORBIDDEN = Reply(403, {"message": "Resource not accessible by integration", "status": "403"})


def plain(node):
    """An OpenAPI 3.0 schema as JSON Schema: what may be null is said in another way."""
    if isinstance(node, list):
        return [plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: plain(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made


class Description:
    """What GitHub publishes about its API, to hold calls and answers to."""

    def __init__(self) -> None:
        self.document = plain(json.loads(OPENAPI.read_text(encoding="utf-8")))

    def check(self, heard: Heard, reply: Reply) -> None:
        """Hold one call to it, and the answer where it is a success."""
        operation = self._operation(heard)
        assert heard.headers["Accept"] == "application/vnd.github+json"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", heard.headers["X-GitHub-Api-Version"])
        assert heard.headers["User-Agent"], "GitHub refuses a call without"
        known = {self._resolved(one)["name"] for one in operation["parameters"]}
        assert heard.query.keys() <= known, heard.query
        if "requestBody" in operation:
            self._validate(operation["requestBody"], heard.body)
        else:
            assert heard.body is None
        if reply.status < 300:
            self._validate(operation["responses"][str(reply.status)], reply.data)

    def _operation(self, heard):
        for path, methods in self.document["paths"].items():
            form = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
            if re.fullmatch(form, heard.path) and heard.method.lower() in methods:
                return methods[heard.method.lower()]
        raise AssertionError(f"GitHub has no {heard.method} {heard.path}")

    def _resolved(self, node):
        name = node.get("$ref", "").rpartition("/")[2]
        return self.document["components"]["parameters"][name] if name else node

    def _validate(self, described, data):
        content = described.get("content", {}).get("application/json")
        if content is None:
            return
        schema = {**content["schema"], "components": self.document["components"]}
        found = [error.message for error in Draft202012Validator(schema).iter_errors(data)]
        assert found == [], found


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
    """Pull requests, their comments, statuses of commits, and who may do what."""

    bearers: dict[str, Bearer] = field(default_factory=dict)  # by token
    pulls: dict[int, str] = field(default_factory=dict)  # number to the commit of its head
    comments: list[dict] = field(default_factory=list)
    statuses: list[tuple[str, dict]] = field(default_factory=list)  # commit, and what was sent
    broken: list[str] = field(default_factory=list)  # calls that GitHub does not describe
    per_page: int = 100
    repository: str = "acme/training"
    description: Description = field(default_factory=Description)

    def __call__(self, heard: Heard) -> Reply:
        reply = self._reply(heard)
        try:
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
        if int(parts[0]) not in self.pulls:
            return NOT_FOUND
        if heard.method == "GET":
            return self._page(heard, int(parts[0]))
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
        if len(heard.body["body"]) > LONGEST:
            errors = [{"message": f"Body is too long (maximum is {LONGEST} characters)"}]
            return Reply(422, {"message": "Validation Failed", "errors": errors})
        return Reply(201, write())

    def _page(self, heard, number):
        of_issue = [one for one in self.comments if one["issue_url"].endswith(f"/{number}")]
        size = min(int(heard.query.get("per_page", 30)), self.per_page)
        page = int(heard.query.get("page", 1))
        headers = {}
        if len(of_issue) > page * size:
            following = (
                f"http://{heard.headers['Host']}{heard.path}?per_page={size}&page={page + 1}"
            )
            headers["Link"] = f'<{following}>; rel="next", <{following}>; rel="last"'
        return Reply(200, of_issue[(page - 1) * size : page * size], headers)

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

    def _dated(self):
        number = max([0, *(one["id"] for one in self.comments)]) + 1
        url = f"https://api.github.example/{number}"
        return {"id": number, "node_id": "x", "url": url, "created_at": NOON, "updated_at": NOON}
