"""A GitLab on this machine: as much of its public API as comments need."""

from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.hosting.loopback import Heard, Reply

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
    """Merge requests of one project, their notes, and statuses of commits."""

    bearers: dict[str, Bearer] = field(default_factory=dict)  # by token
    requests: dict[int, str] = field(default_factory=dict)  # number to the commit of its head
    notes: list[dict] = field(default_factory=list)
    statuses: list[tuple[str, dict]] = field(default_factory=list)  # commit, and what was sent
    per_page: int = 100
    projects: tuple[str, ...] = ("77", "acme/stores/training")

    def __call__(self, heard: Heard) -> Reply:
        bearer = self.bearers.get(heard.headers["Authorization"].removeprefix("Bearer "))
        if bearer is None:
            return Reply(401, {"message": "401 Unauthorized"})
        match heard.path.removeprefix("/api/v4/").split("/"):
            case ["user"]:
                return Reply(200, {"id": bearer.id, "username": "x"})
            case ["projects", project, *_] if unquote(project) not in self.projects:
                return Reply(404, {"message": "404 Project Not Found"})
            case ["projects", _, "merge_requests" | "issues", number, *rest] if (
                int(number) in self.requests
            ):
                return self._request(heard, bearer, int(number), rest)
            case ["projects", _, "statuses", commit]:
                return self._status(heard, bearer, commit)
        return NOT_FOUND

    def _request(self, heard, bearer, number, rest):
        if not rest:
            return Reply(200, {"iid": number, "sha": self.requests[number]})
        if heard.method == "GET":
            return self._page(heard)
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

    def _page(self, heard):
        assert heard.query["sort"] == "asc"
        page, size = int(heard.query.get("page", 1)), self.per_page
        headers = {}
        if len(self.notes) > page * size:
            following = f"http://{heard.headers['Host']}{heard.path}?sort=asc&page={page + 1}"
            headers["Link"] = f'<{following}>; rel="next"'
        return Reply(200, self.notes[(page - 1) * size : page * size], headers)

    def _status(self, heard, bearer, commit):
        if not bearer.writes:
            return FORBIDDEN
        if commit not in self.requests.values():
            return Reply(404, {"message": "404 Commit Not Found"})
        if heard.body["state"] not in STATES:
            return Reply(400, {"error": "state does not have a valid value"})
        self.statuses.append((commit, heard.body))
        return Reply(201, heard.body)

    def add(self, body: str, author: int) -> None:
        """Write a note, as anybody may."""
        number = max([0, *(one["id"] for one in self.notes)]) + 1
        self.notes.append({"id": number, "body": body, "author": {"id": author}, "system": False})
