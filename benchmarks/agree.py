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
        texts = _assigned(path)
    else:
        texts = pl.read_parquet(path).select(pl.col("trainee", "content").cast(pl.String))
    return texts.hash_rows(seed=1).unique().sort()


def _assigned(plan: Path) -> pl.DataFrame:
    """Trainee and content of each assignment in a plan file."""
    with zipfile.ZipFile(plan) as archive:
        text, *tables = (archive.read(one) for one in archive.namelist())
    people, rows = (pl.read_parquet(BytesIO(table)) for table in tables)
    going = [one for one in json.loads(text)["decisions"] if one["blocked"] is None]
    said = pl.DataFrame({name: [one[name] for one in going] for name in ("content", "action")})
    rows = rows.hstack(said[rows["decision"]]).filter(pl.col("action") == "assign")
    return pl.DataFrame(
        {"trainee": people["trainee"].gather(rows["person"]), "content": rows["content"]}
    )


if __name__ == "__main__":
    for name in sys.argv[1:]:
        found = pairs(Path(name))
        digest = hashlib.sha256(found.to_numpy().tobytes()).hexdigest()
        print(json.dumps({"pairs": len(found), "digest": digest}))
