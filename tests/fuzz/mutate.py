"""Mutations: of bytes, of lines, and of trees of texts, lists and mappings, all drawn by a seed."""

import json
import re
from random import Random

from tests.fuzz.odd import MARKS, ODD

TOKEN = re.compile(r"[^\s:,{}\[\]\"'#&*!|>]+")
MANY = 20_000
PLAIN = re.compile(r"[A-Za-z0-9_./%+-]+")


def several(random: Random, most: int) -> range:
    """How often: mostly once, sometimes many times, so that most inputs are nearly right."""
    return range(random.choice((1, 1, 1, 1, 2, 2, 3, most)))


def bytes_mutated(random: Random, data: bytes, other: bytes) -> bytes:
    """Flip, cut, repeat, and splice with another example."""
    made = bytearray(data)
    for _ in several(random, 12):
        at = random.randrange(len(made) + 1)
        length = random.choice((1, 1, 2, 4, 16, 200))
        match random.randrange(7):
            case 0 if at < len(made):
                made[at] ^= 1 << random.randrange(8)
            case 1:
                made[at : at + length] = random.randbytes(length)
            case 2:
                del made[at : at + length]
            case 3:
                made[at:at] = made[at : at + length] * random.choice((1, 2, 50))
            case 4:
                del made[at:]
            case 5:
                start = random.randrange(len(other) + 1)
                made[at : at + length] = other[start : start + length]
            case _:
                made[at : at + 4] = random.choice((0, 1, 127, 2**31 - 1, 2**32 - 1)).to_bytes(
                    4, "little"
                )
    return bytes(made)


def text_mutated(random: Random, text: str, words: tuple[str, ...]) -> str:
    """Lines and words moved, doubled, left out and replaced."""
    for _ in several(random, 10):
        lines = text.split("\n")
        at = random.randrange(len(lines))
        match random.randrange(9):
            case 0:
                lines[at:at] = [lines[at]] * random.choice((1, 1, 30))
            case 1:
                del lines[at]
            case 2:
                other = random.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = random.choice((" ", "  ", "    ", "\t", "- ", "# ", "? ")) + lines[at]
            case 4:
                lines[at] = lines[at][random.randrange(4) :]
            case 5:
                lines[at] = _marked(random, lines[at])
            case 6 if len(lines) > 1:
                lines[at : at + 2] = ["".join(lines[at : at + 2])]
            case _:
                lines[at] = _word_replaced(random, lines[at], words)
        text = random.choice(("\n",) * 40 + ("\r\n", "\r")).join(lines)
    return text


def _marked(random: Random, line: str) -> str:
    at = random.randrange(len(line) + 1)
    mark = random.choice(
        (*MARKS, "&a ", "*a", "!!str ", "!x ", "---\n", "...\n", ": ", ", ", "<<: *a\n")
    )
    return line[:at] + mark + line[at:]


def _word_replaced(random: Random, line: str, words: tuple[str, ...]) -> str:
    found = list(TOKEN.finditer(line))
    if not found:
        return line
    one = random.choice(found)
    return line[: one.start()] + random.choice(random.choice((words, ODD))) + line[one.end() :]


def tree_mutated(
    random: Random, tree: object, others: tuple[object, ...], *, deepest: int = 2000
) -> object:
    """Values replaced, moved, wrapped, doubled and left out; ``others`` is where grafts come from."""
    root = {"": json.loads(json.dumps(tree))}
    for _ in several(random, 8):
        places = list(_places(root))
        most = max(2, min(300, MANY // len(places)))
        holder, key = random.choice(places)
        match random.randrange(8):
            case 0 if holder is not root:
                del holder[key]
            case 1:
                holder[key] = _graft(random, others)
            case 2:
                holder[key] = _wrapped(
                    random, holder[key], random.choice((1, 1, 1, 2, 70, deepest))
                )
            case 3 if isinstance(holder, dict) and holder is not root:
                holder[_word(random, others)] = holder.pop(key)
            case 4 if isinstance(holder, dict) and holder is not root:
                holder[_word(random, others)] = holder[key]
            case 5 if isinstance(holder, list):
                holder *= random.choice((2, 2, most))
            case 6 if isinstance(holder[key], dict):
                holder[key][_word(random, others)] = _graft(random, others)
            case _:
                holder[key] = random.choice((random.choice(ODD), _word(random, others)))
    return root[""]


def _places(node: object):
    """Every holder and key below a node. Iterative: what was wrapped is deep."""
    stack = [node]
    while stack:
        holder = stack.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            yield holder, key
            if isinstance(holder[key], dict | list):
                stack.append(holder[key])


def _graft(random: Random, others: tuple[object, ...]) -> object:
    holder, key = random.choice(list(_places({"": random.choice(others)})))
    return _copied(holder[key])


def _copied(node: object) -> object:
    try:
        return json.loads(json.dumps(node))
    except RecursionError:
        return "deep"


def _word(random: Random, others: tuple[object, ...]) -> str:
    """A key of an example, or a value."""
    holder, key = random.choice(list(_places({"": random.choice(others)})))
    if isinstance(key, str) and key and random.random() < 0.6:
        return key
    value = holder[key]
    return value if isinstance(value, str) else random.choice(ODD)


def _wrapped(random: Random, node: object, depth: int) -> object:
    for _ in range(depth):
        node = random.choice(([node], {random.choice(("all", "any", "not", "x")): node}))
    return node


def as_yaml(random: Random, tree: object) -> str:
    """A tree as YAML, in blocks or in one line; texts plain or in quotes."""
    if random.random() < 0.1:
        return "".join(_flow(tree))
    return "\n".join(_block(random, tree, 0)) + "\n"


def _flow(tree: object):
    """As JSON, which is YAML; iterative for what is nested deeply."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            items = [(_Raw(f"{_scalar(key)}: "), value, _Raw(", ")) for key, value in node.items()]
            parts = [part for item in items for part in item]
            stack += reversed([_Raw("{"), *parts[:-1], _Raw("}")])
        elif isinstance(node, list):
            parts = [part for value in node for part in (value, _Raw(", "))]
            stack += reversed([_Raw("["), *parts[:-1], _Raw("]")])
        else:
            yield node.text if isinstance(node, _Raw) else _scalar(node)


class _Raw:
    def __init__(self, text: str) -> None:
        self.text = text


def _block(random: Random, node: object, level: int):
    if level > 80 or not isinstance(node, dict | list) or not node:
        yield "  " * level + "".join(_flow(node))
        return
    several = node.items() if isinstance(node, dict) else ((None, item) for item in node)
    for key, value in several:
        head = "  " * level + ("-" if key is None else f"{_scalar(key)}:")
        if isinstance(value, dict | list) and value and random.random() < 0.8:
            yield head
            yield from _block(random, value, level + 1)
        else:
            yield f"{head} {''.join(_flow(value))}"


def _scalar(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
