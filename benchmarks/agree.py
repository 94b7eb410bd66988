"""Prints the number and the digest of the distinct pairs (trainee, content) of some outputs.

``python -m benchmarks.agree FILE…``: plans (.zip) and Parquet files; one line of JSON for each.
"""

import hashlib
import json
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import polars as pl


def pairs(path: Path) -> pl.DataFrame:
    """The assignments in a plan or in a peer's output, sorted, each pair once."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            rows = pl.read_parquet(BytesIO(archive.read("actions.parquet")))
        rows = rows.filter(pl.col("action") == "assign")
    else:
        rows = pl.read_parquet(path)
    texts = rows.select(pl.col("trainee", "content").cast(pl.String))
    return texts.unique().sort("trainee", "content")


def digest(found: pl.DataFrame) -> str:
    """SHA-256 over the hashes of the sorted pairs."""
    return hashlib.sha256(found.hash_rows(seed=1).to_numpy().tobytes()).hexdigest()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        found = pairs(Path(name))
        print(json.dumps({"pairs": found.height, "digest": digest(found)}))
