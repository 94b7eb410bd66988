"""Lives through docs/tour.md: writes its files, runs its commands, compares what they say.

A block that names a file is written to it; in a block of the console each line that begins with a
dollar sign is a command, and the lines below it are what it says. ``GOLDEN=write`` rewrites those.
"""

import os
import re
import shlex
from pathlib import Path

from reconciler.__main__ import run

TOUR = Path(__file__).parent.parent / "docs" / "tour.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)

DRAWN = re.compile("(lineage |^Plan )[0-9a-f]{12,16}")
"""What is another one for each ledger, or for each version of the program: shown as three dots."""


def test_the_tour(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    text = TOUR.read_text(encoding="utf-8")
    lived = BLOCK.sub(lambda block: live(block, capfd), text)
    if os.environ.get("GOLDEN") == "write":
        TOUR.write_text(lived, encoding="utf-8")
    assert lived == text


def live(block, capfd):
    """Do what one block says, and give the block with what was said then."""
    kind, file, body = block.groups()
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(body, encoding="utf-8")
    if kind != "console":
        return block.group()
    said = COMMAND.sub(lambda command: f"$ {command[1]}\n{answer(command[1], capfd)}", body)
    return f"```console\n{said}```"


def answer(command, capfd):
    """What a command says, on both streams, with the exit status where that is not 0."""
    program, *arguments = shlex.split(command)
    assert program == "reconciler", command
    capfd.readouterr()
    status = run(arguments)
    out, err = capfd.readouterr()
    lines = [DRAWN.sub(r"\1…", line.rstrip()) for line in (out + err).splitlines()]
    told = "".join(f"{line}\n" for line in lines)
    return told + (f"(exit status {status})\n" if status else "")


def test_every_command_of_the_lms_is_on_the_tour():
    blocks = BLOCK.findall(TOUR.read_text(encoding="utf-8"))
    commands = [one for *_, body in blocks for one, _ in COMMAND.findall(body)]

    words = {tuple(shlex.split(command)[1:3]) for command in commands}
    wanted = ("init", "load", "publish", "start", "complete", "show")
    assert {("lms", word) for word in wanted} <= words
