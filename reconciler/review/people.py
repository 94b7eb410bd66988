"""What may be told of people where many read along: counts that are not small, and pseudonyms."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

import polars as pl

from reconciler.errors import WrongUse
from reconciler.review.model import PlanDocument
from reconciler.review.words import count

FEWEST = 5
"""A group of fewer people is shown as such: who knows them would know who is meant."""

KEY = "RECONCILER_PSEUDONYM_KEY"
SHORTEST_KEY = 16
SHORTEST_PIECE = 4
SOMEBODY = "(somebody)"
TOKEN, PIECE = re.compile(r"[\w.@+-]+"), re.compile(r"[^\W_]+")


def few(number: int) -> str:
    """A head-count; from one to four: fewer than 5."""
    return f"{number:,}" if number == 0 or number >= FEWEST else f"fewer than {FEWEST}"


def few_of(number: int, singular: str, plural: str | None = None) -> str:
    """A head-count with its noun."""
    if 0 < number < FEWEST:
        return f"{few(number)} {plural or singular + 's'}"
    return count(number, singular, plural)


def key_from(environment: Mapping[str, str]) -> bytes | None:
    """The key of the pseudonyms; None where there is none, and so no pseudonyms.

    Raises:
        WrongUse: It is so short that trying all ids would find the person.
    """
    key = environment.get(KEY, "").strip().encode(errors="surrogateescape")
    if key and len(key) < SHORTEST_KEY:
        raise WrongUse(
            f"{KEY} has {len(key)} characters; with so short a key a pseudonym can be guessed. "
            f"Give it {SHORTEST_KEY} or more, at random: `openssl rand -hex 24`."
        )
    return key or None


def pseudonym(trainee: str, key: bytes) -> str:
    """The same name for the same person under the same key, and no way back."""
    digest = hmac.digest(key, trainee.encode(), hashlib.sha256)
    letters = base64.b32encode(digest)[:8].decode()
    return f"{letters[:4]}-{letters[4:]}"


def without_ids(document: PlanDocument, trainees: pl.Series) -> Callable[[str], str]:
    """Make a function that takes the ids of these trainees out of a text of the document.

    Policies, their names and what is said about them may name people; the rows of the plan say who
    is one. A piece of a word counts from four characters on, so that `retrain-E1042` tells nobody.
    """
    text = document.model_dump_json()
    words = set(TOKEN.findall(text))
    pieces = {piece for piece in PIECE.findall(text) if len(piece) >= SHORTEST_PIECE}
    wanted = pl.Series(sorted(words | pieces), dtype=pl.String)
    known = frozenset(wanted.filter(wanted.is_in(trainees.unique().implode())))

    def hide(found: re.Match[str]) -> str:
        return SOMEBODY if found[0] in known else found[0]

    def tell(text: str) -> str:
        return PIECE.sub(hide, TOKEN.sub(hide, text)) if known else text

    return tell
