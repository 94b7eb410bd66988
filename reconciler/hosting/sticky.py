"""One comment that is found again by a hidden mark, and written anew instead of repeated."""

from reconciler.errors import OutcomeUnknown
from reconciler.hosting.model import Comment, Host

FENCE = "```"
CUT = "_The rest is left out: a comment cannot be longer. The saved plan has all of it._"


def mark(name: str) -> str:
    """What stands, unseen, at the head of the comment of one name."""
    return f"<!-- reconciler: {name} -->"


def stick(host: Host, text: str, *, name: str) -> None:
    """Make a text the one comment of a name.

    A comment counts as it only if it begins with the mark and is ours: whoever else writes the
    mark could later put other words into a comment that people take for the plan.

    Raises:
        ServiceTrouble: It could not be written.
    """
    whole = fitting(f"{mark(name)}\n{text}", host.longest)
    found = _found(host, name)
    if not any(host.edit(comment.number, whole) for comment in found[:1]):
        _add_once(host, whole, name=name)
    for repeated in found[1:]:
        host.remove(repeated.number)


def call(host: Host, text: str, *, name: str) -> None:
    """Write the comment of a name as a new one, at the end, so that people hear of it.

    Raises:
        ServiceTrouble: It could not be written.
    """
    before = _found(host, name)
    host.add(fitting(f"{mark(name)}\n{text}", host.longest))
    for comment in before:
        host.remove(comment.number)


def withdraw(host: Host, *, name: str) -> None:
    """Take the comment of a name away, where there is one.

    Raises:
        ServiceTrouble: It could not be taken away.
    """
    for comment in _found(host, name):
        host.remove(comment.number)


def _found(host: Host, name: str) -> list[Comment]:
    own = (comment for comment in host.comments() if comment.mine)
    return [comment for comment in own if comment.text.startswith(mark(name))]


def _add_once(host: Host, whole: str, *, name: str) -> None:
    try:
        host.add(whole)
    except OutcomeUnknown:
        if not _found(host, name):
            host.add(whole)


def fitting(text: str, longest: int) -> str:
    """A text of so many bytes at most, cut between two paragraphs, and said to be cut."""
    data = text.encode(errors="replace")
    if len(data) <= longest:
        return data.decode()
    room = longest - len(f"\n{FENCE}\n\n{CUT}\n")
    kept = data[:room].decode(errors="ignore")
    whole = kept[: kept.rfind("\n\n")] if "\n\n" in kept else kept
    is_open = whole.count(f"\n{FENCE}") % 2 == 1
    return f"{whole}\n{FENCE if is_open else ''}\n\n{CUT}\n"
