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


def pairs(path: Path) -> pl.Series:
    """The hashes of the assignments in a plan or in a peer's output, sorted, each pair once.

    Hashes of 64 bits stand for the pairs: sorting 12 million pairs of texts takes minutes.
    """
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            rows = pl.read_parquet(BytesIO(archive.read("actions.parquet")))
        rows = rows.filter(pl.col("action") == "assign")
    else:
        rows = pl.read_parquet(path)
    texts = rows.select(pl.col("trainee", "content").cast(pl.String))
    return texts.hash_rows(seed=1).unique().sort()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        found = pairs(Path(name))
        digest = hashlib.sha256(found.to_numpy().tobytes()).hexdigest()
        print(json.dumps({"pairs": len(found), "digest": digest}))
