"""A GitLab on this machine: as much of its public API as is called, held to what it documents."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlencode

from tests.hosting.description import Description
from tests.hosting.loopback import Heard, Reply

OPENAPI = Path(__file__).parent / "gitlab.openapi.json"

NOT_FOUND = Reply(404, {"message": "404 Not found"})
FORBIDDEN = Reply(403, {"message": "403 Forbidden"})
STATES = ("pending", "running", "success", "failed", "canceled", "skipped")


@dataclass(frozen=True)
class Bearer:
    """Whose a token is, and what it may do."""

    id: int
    writes: bool = True


@dataclass
class GitLabService:
    """Merge requests and issues of one project, their notes, and statuses of commits."""

    bearers: dict[str, Bearer] = field(default_factory=dict)  # by token
    requests: dict[int, str] = field(default_factory=dict)  # number to the commit of its head
    notes: list[dict] = field(default_factory=list)
    statuses: list[tuple[str, dict]] = field(default_factory=list)  # commit, and what was sent
    issues: list[dict] | None = field(default_factory=list)  # None where they are turned off
    remarks: list[tuple[int, str]] = field(default_factory=list)  # number of an issue, and a note
    broken: list[str] = field(default_factory=list)  # calls that GitLab does not document
    per_page: int = 100
    projects: tuple[str, ...] = ("77", "acme/stores/training")
    description: Description = field(default_factory=lambda: Description(OPENAPI))

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
            return Reply(401, {"message": "401 Unauthorized"})
        match heard.path.removeprefix("/api/v4/").split("/"):
            case ["user"]:
                return Reply(200, {"id": bearer.id, "username": "x"})
            case ["projects", project, *_] if unquote(project) not in self.projects:
                return Reply(404, {"message": "404 Project Not Found"})
            case ["projects", _, "merge_requests", number, *rest] if int(number) in self.requests:
                return self._request(heard, bearer, int(number), rest)
            case ["projects", _, "issues", *rest] if self.issues is not None:
                return self._issues(heard, bearer, rest)
            case ["projects", _, "statuses", commit]:
                return self._status(heard, bearer, commit)
        return NOT_FOUND

    def _request(self, heard, bearer, number, rest):
        if not rest:
            return Reply(200, {"iid": number, "sha": self.requests[number]})
        if heard.method == "GET":
            return self._page(heard, self.notes)
        if not bearer.writes:
            return FORBIDDEN
        if heard.method == "POST":
            self.add(heard.body["body"], bearer.id)
            return Reply(201, self.notes[-1])
        found = next((one for one in self.notes if one["id"] == int(rest[1])), None)
        if found is None:
            return Reply(404, {"message": "404 Note Not Found"})
        if heard.method == "DELETE":
            self.notes.remove(found)
            return Reply(204)
        found.update(heard.body)
        return Reply(200, found)

    def _issues(self, heard, bearer, rest):
        if heard.method == "GET":
            assert heard.query["state"] == "opened"
            author = int(heard.query["author_id"])
            wanted = [one for one in self.issues if one["state"] == "opened"]
            return self._page(heard, [one for one in wanted if one["author"]["id"] == author])
        if not bearer.writes:
            return FORBIDDEN
        if not rest:
            return Reply(201, self.open(heard.body, bearer.id))
        found = next((one for one in self.issues if one["iid"] == int(rest[0])), None)
        if found is None:
            return Reply(404, {"message": "404 Issue Not Found"})
        if rest[1:] == ["notes"]:
            self.remarks.append((found["iid"], heard.body["body"]))
            return Reply(201, self.note(heard.body["body"], bearer.id))
        sent = dict(heard.body)
        if sent.pop("state_event", None) == "close":
            sent["state"] = "closed"
        found.update(sent)
        return Reply(200, found)

    def _page(self, heard, found):
        assert heard.query["sort"] == "asc"
        page, size = int(heard.query.get("page", 1)), self.per_page
        headers = {}
        if len(found) > page * size:
            query = urlencode({**heard.query, "page": page + 1})
            following = f"http://{heard.headers['Host']}{heard.path}?{query}"
            headers["Link"] = f'<{following}>; rel="next"'
        return Reply(200, found[(page - 1) * size : page * size], headers)

    def _status(self, heard, bearer, commit):
        if not bearer.writes:
            return FORBIDDEN
        if commit not in self.requests.values():
            return Reply(404, {"message": "404 Commit Not Found"})
        if heard.body["state"] not in STATES:
            return Reply(400, {"error": "state does not have a valid value"})
        self.statuses.append((commit, heard.body))
        return Reply(201, {"id": 1, "sha": commit, "status": heard.body["state"]})

    def add(self, body: str, author: int) -> None:
        """Write a note under a merge request, as anybody may."""
        self.notes.append(self.note(body, author))

    def note(self, body: str, author: int) -> dict:
        number = max([0, *(one["id"] for one in self.notes)]) + 1
        return {"id": number, "body": body, "author": {"id": author}, "system": False}

    def open(self, sent: dict, author: int) -> dict:
        """Open an issue, as anybody may."""
        number = len(self.issues) + 100
        made = {
            "id": number, "iid": number, "title": sent["title"], "state": "opened",
            "description": sent.get("description"), "author": {"id": author},
        }  # fmt: skip
        self.issues.append(made)
        return made
