"""One comment, or one issue, found again by a hidden mark and written anew instead of repeated."""

from reconciler.errors import OutcomeUnknown
from reconciler.hosting.model import Comment, Host, Issue, Tracker

FENCE = "```"
CUT = "_The rest is left out: a comment cannot be longer. The saved plan has all of it._"


def mark(name: str) -> str:
    """What stands, unseen, at the head of the comment or issue of one name."""
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


def keep_open(tracker: Tracker, title: str, text: str, *, name: str) -> None:
    """Have one open issue of a name with this text; who follows it hears of another title.

    It is written anew and not repeated; where there is none, or somebody has closed it, one opens.

    Raises:
        ServiceTrouble: It could not be written.
    """
    whole = fitting(f"{mark(name)}\n{text}", tracker.longest)
    found = _open(tracker, name)
    kept = next((one for one in found if tracker.rewrite(one.number, title, whole)), None)
    if kept is None:
        _open_once(tracker, title, whole, name=name)
    elif kept.title != title:
        tracker.remark(kept.number, title)
    for repeated in found:
        if kept is not None and repeated.number > kept.number:
            tracker.close(repeated.number)


def settle(tracker: Tracker, text: str, *, name: str) -> bool:
    """Close the issue of a name, with a last remark; False where none is open.

    Raises:
        ServiceTrouble: It could not be closed.
    """
    found = _open(tracker, name)
    for one in found:
        if tracker.close(one.number):
            tracker.remark(one.number, text)
    return bool(found)


def _open(tracker: Tracker, name: str) -> list[Issue]:
    own = (issue for issue in tracker.issues() if issue.mine)
    return [issue for issue in own if issue.text.startswith(mark(name))]


def _open_once(tracker: Tracker, title: str, whole: str, *, name: str) -> None:
    try:
        tracker.open(title, whole)
    except OutcomeUnknown:
        if not _open(tracker, name):
            tracker.open(title, whole)


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
