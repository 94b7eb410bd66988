"""Only reads the inputs, roster and enrollments, into data frames: no plan can be faster.

``python -m benchmarks.bare WORLD``.
"""

import sys
from pathlib import Path

import polars as pl

if __name__ == "__main__":
    for name in ("roster.parquet", "enrollments.parquet"):
        pl.read_parquet(Path(sys.argv[1]) / name)
