"""Mutations of a saved plan: of its document, of its tables, and of the file that holds all."""

import io
import json
import zipfile
from random import Random

import polars as pl

from reconciler.review.saved import DOCUMENT, TABLES, seal
from tests.fuzz.mutate import bytes_mutated, tree_mutated
from tests.fuzz.odd import ODD
from tests.fuzz.tables import parquet_mutated

ODD_VALUES = (None, True, 0, -1, 2**63, 2**70, 1e300, [], {}, [[]], "", *ODD)


def plan_mutated(random: Random, data: bytes) -> bytes:
    """Mostly sealed anew, so that what is behind the seal is read."""
    if random.random() < 0.15:
        return bytes_mutated(random, data, data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in (DOCUMENT, *TABLES)}
    name = DOCUMENT if random.random() < 0.75 else random.choice(TABLES)
    if name == DOCUMENT:
        parts[name] = document_mutated(random, parts[name])
    else:
        parts[name] = parquet_mutated(random, pl.read_parquet(io.BytesIO(parts[name])))
    return _packed(random, parts)


def document_mutated(random: Random, text: bytes) -> bytes:
    """A JSON document with other values, keys and types in it, or other bytes."""
    if random.random() < 0.1:
        return bytes_mutated(random, text, text)
    if random.random() < 0.01:
        return text.replace(
            b'"before": null', b'"before": ' + b"[" * random.choice((150, 100_000)), 1
        )
    document = json.loads(text)
    if random.random() < 0.5:
        document = tree_mutated(random, document, (document,), deepest=100)
    for _ in range(random.choice((1, 1, 3))):
        holder = document
        while isinstance(holder, dict | list) and holder:
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            key = random.choice(keys)
            if not isinstance(holder[key], dict | list) or random.random() < 0.1:
                holder[key] = random.choice(ODD_VALUES)
                break
            holder = holder[key]
    return json.dumps(document).encode()


def _packed(random: Random, whole: dict[str, bytes]) -> bytes:
    packing = random.choice((zipfile.ZIP_STORED,) * 20 + (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        parts = list(whole.items())
        if random.random() < 0.05:
            parts = random.choice(
                (parts[:1], parts[::-1], [*parts, parts[0]], [*parts, ("../x", b"")])
            )
        for name, content in parts:
            archive.writestr(name, content)
        archive.comment = seal(*whole.values())
    return file.getvalue()
