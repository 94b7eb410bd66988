"""Makes the example company: the same people, contents and enrollments, byte for byte, every time.

Run as ``python examples/restaurant/generate.py [FOLDER]``. Nobody in it exists.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from company import (
    AGES,
    BRANDS,
    COURSES,
    DAYS_TO_COMPLETE,
    ENROLLMENTS,
    HISTORY,
    JOBS,
    LAST_EVENT,
    LEADERS,
    MODULES,
    OLD_CODE,
    PARENT,
    PROGRESS,
    RARE,
    ROSTER,
    SITES,
    TODAY,
    ZONE,
)

SEED = 20261123


@dataclass(frozen=True, slots=True)
class Content:
    title: str
    published: tuple[date, ...]
    minutes: str = ""
    courses: tuple[str, ...] = ()

    def version(self, day: date) -> int:
        return 1 + sum(published <= day for published in self.published)


@dataclass(frozen=True, slots=True)
class Post:
    stores: tuple[str, ...]
    roles: tuple[str, ...]
    hired: date

    @property
    def labels(self) -> frozenset[str]:
        """All that a line of HISTORY may call the person by."""
        departments = {JOBS[role][0] for role in self.roles}
        while parents := {PARENT[part] for part in departments if part in PARENT} - departments:
            departments |= parents
        brands = {SITES[store][0] for store in self.stores}
        prefixes = {store.rsplit("-", 1)[0] + "-" for store in self.stores}
        return frozenset({"all", *self.roles, *departments, *brands, *prefixes})


@dataclass(frozen=True, slots=True)
class Enrollment:
    trainee: str
    content: str
    status: str
    version: int
    assigned: datetime
    due: datetime
    completed: datetime | None


def read_contents() -> dict[str, Content]:
    contents = {}
    for line in COURSES.strip().splitlines():
        words, _, days = line.partition("|")
        name, minutes, title = words.split(maxsplit=2)
        contents[f"course/{name}"] = Content(title.strip(), published(days), minutes)
    for entry in MODULES.strip().replace("\n    =", " =").splitlines():
        head, *courses = entry.split("=")
        words, _, days = head.partition("|")
        name, title = words.split(maxsplit=1)
        parts = tuple(" ".join(courses).split())
        contents[f"module/{name}"] = Content(title.strip(), published(days), courses=parts)
    return contents


def published(days: str) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, days.split()))


def drawn(random: Random, spans: Iterable[Sequence[int]], *, weight: int) -> int:
    """A number from one of the spans, each from its first to its second number."""
    rows = list(spans)
    first, last, *_ = random.choices(rows, [row[weight] for row in rows])[0]
    return random.randint(first, last)


def make_posts(random: Random) -> list[Post]:
    posts = []
    for index, (store, (brand, *_)) in enumerate(SITES.items()):
        size = 30 + (index // 2 % 7) * (1 if index % 2 else -1)
        crew = [role for role in JOBS if role not in LEADERS]
        weights = [int(JOBS[role][1 + BRANDS.index(brand)]) for role in crew]
        drawn_crew = random.choices(crew, weights, k=size - len(LEADERS))
        posts += [make_post(random, store, role) for role in (*LEADERS, *drawn_crew)]
    return sorted(posts, key=lambda post: post.hired)


def make_post(random: Random, store: str, role: str) -> Post:
    age = drawn(random, AGES, weight=2 if role in LEADERS else 3)
    stores, roles = [store], [role]
    if random.randrange(100) < (15 if role == "general-manager" else 5):
        region = SITES[store][2].split(",")[0]
        near = [other for other in SITES if region in SITES[other][2] and other != store]
        stores.append(random.choice(near))
    if (second := JOBS[role][4]) != "-" and random.randrange(100) < 9:
        roles.append(second)
    return Post(tuple(stores), tuple(roles), TODAY - timedelta(days=age))


def number(random: Random, posts: Iterable[Post]) -> dict[str, Post]:
    """Give employee numbers in the order of hiring, with gaps for those who have left."""
    people, last = {}, 0
    for post in posts:
        last += random.randint(1, 8)
        people[f"E{last:05}"] = post
    return people


def roster_rows(random: Random, people: dict[str, Post]) -> Iterator[list[str]]:
    settled = [trainee for trainee, post in people.items() if post.hired < date(2026, 10, 1)]
    chosen = iter(random.sample(settled, sum(RARE.values())))
    rare = {trait: {next(chosen) for _ in range(count)} for trait, count in RARE.items()}
    code = dict.fromkeys(rare["terminated"], "T") | dict.fromkeys(rare["on leave"], "LOA")
    code |= dict.fromkeys(rare["no status"], "")
    for trainee, post in people.items():
        language = "es" if random.randrange(100) < 22 else "en"
        old, new = OLD_CODE.get(post.stores[0], ("", ""))
        yield [
            trainee,
            "|".join(post.stores),
            "|".join(new if role == old else role for role in post.roles),
            "" if trainee in rare["no language"] else language,
            "" if trainee in rare["no hire date"] else f"{post.hired:%m/%d/%Y}",
            code.get(trainee, "A"),
        ]


def make_enrollments(
    random: Random, people: dict[str, Post], contents: dict[str, Content]
) -> Iterator[Enrollment]:
    history = [line.split() for line in HISTORY.strip().splitlines()]
    for trainee, post in people.items():
        labels, held = post.labels, set()
        for content, audience, since, share, days in history:
            lucky = random.randrange(100) < int(share)
            if audience not in labels or content in held or not lucky:
                continue
            offered = max(post.hired, date.fromisoformat(since))
            assigned = at_work(random, offered + timedelta(days=random.choice((0, 0, 1, 2, 5, 9))))
            if assigned < LAST_EVENT:
                held.add(content)
                version = contents[content].version(assigned.date())
                last = due(assigned, int(days))
                made = Enrollment(trainee, content, "", version, assigned, last, None)
                yield lived(random, made, contents[content])


def at_work(random: Random, day: date) -> datetime:
    return datetime.combine(day, time(15), UTC) + timedelta(seconds=random.randrange(6 * 3600))


def due(assigned: datetime, days: int) -> datetime:
    day = assigned.astimezone(ZONE).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59, 59), ZONE).astimezone(UTC)


def lived(random: Random, made: Enrollment, content: Content) -> Enrollment:
    """Let the time since the assignment pass: most complete it, some are slow, a few never do."""
    days = drawn(random, DAYS_TO_COMPLETE, weight=2)
    needed = timedelta(days=days, seconds=random.randrange(6 * 3600))
    fate, passed = random.randrange(100), LAST_EVENT - made.assigned
    if fate < 3 or passed < needed / 2:
        return replace(made, status="not_started")
    if fate < 7 or passed < needed:
        return replace(made, status="in_progress")
    done = made.assigned + needed
    return replace(made, status="completed", completed=done, version=content.version(done.date()))


def progress_rows(
    random: Random, enrollments: Iterable[Enrollment], contents: dict[str, Content]
) -> Iterator[list[str]]:
    """The courses of each module in progress: some completed, one begun, the others to come."""
    for module in enrollments:
        courses = contents[module.content].courses
        if not courses or module.status != "in_progress":
            continue
        begun = random.randrange(len(courses))
        pace = min(LAST_EVENT - module.assigned, timedelta(days=60)) // (len(courses) + 1)
        for index, name in enumerate(courses):
            completed = module.assigned + pace * (index + 1) if index < begun else None
            status = (
                "completed" if completed else "in_progress" if index == begun else "not_started"
            )
            course = contents[f"course/{name}"]
            version = course.version((completed or module.assigned).date())
            names = [module.trainee, module.content, f"course/{name}"]
            yield [*names, status, str(version), instant(completed)]


def instant(value: datetime | None) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if value else ""


def enrollment_rows(enrollments: Iterable[Enrollment]) -> Iterator[list[str]]:
    for one in enrollments:
        instants = [instant(value) for value in (one.assigned, one.due, one.completed)]
        yield [one.trainee, one.content, one.status, str(one.version), *instants]


def organization_lines() -> Iterator[str]:
    yield "# Which location belongs to whom, and which role to which department (P2)."
    yield "locations:"
    for store, (brand, franchise, regions) in SITES.items():
        owner = "" if franchise == "-" else f"franchise: {franchise}, "
        listed = regions.replace(",", ", ")
        yield f"  {store}: {{brand: {brand}, {owner}regions: [{listed}]}}"
    yield "roles:"
    yield "  cook: {department: kitchen}  # what Houston's payroll still calls a line-cook"
    for role, (department, *_) in JOBS.items():
        yield f"  {role}: {{department: {department}}}"
    yield "departments:"
    for department, parent in PARENT.items():
        yield f"  {department}: {{parent: {parent}}}"


def catalog_lines(contents: dict[str, Content]) -> Iterator[str]:
    yield "# What the learning management system offers. A module is an ordered list of courses."
    for kind in ("course", "module"):
        yield f"{kind}s:"
        for name, content in contents.items():
            if name.startswith(kind):
                more = f"minutes: {content.minutes}"
                if content.courses:
                    more = f"courses: [{', '.join(content.courses)}]"
                title = f'"{content.title}"'
                version = content.version(TODAY)
                yield f"  {name.partition('/')[2]}: {{title: {title}, version: {version}, {more}}}"


def write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def write_rows(path: Path, columns: str, rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split())
        writer.writerows(rows)


def generate(folder: Path) -> None:
    random, contents = Random(SEED), read_contents()
    people = number(random, make_posts(random))
    roster = list(roster_rows(random, people))
    enrollments = list(make_enrollments(random, people, contents))
    progress = progress_rows(random, enrollments, contents)
    write_lines(folder / "organization.yaml", organization_lines())
    write_lines(folder / "catalog.yaml", catalog_lines(contents))
    write_rows(folder / "roster.csv", ROSTER, roster)
    write_rows(folder / "enrollments.csv", ENROLLMENTS, enrollment_rows(enrollments))
    write_rows(folder / "progress.csv", PROGRESS, progress)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
