"""Parquet files: what is damaged is refused, wherever the damage is, and what is whole is read."""

import os
from contextlib import suppress
from io import BytesIO

import polars as pl
import pytest
from pyarrow.parquet import write_table

from reconciler.documents.parquet import Parquet

FRAME = pl.DataFrame(
    {
        "trainee": [f"E{number % 70:03}" for number in range(200)],
        "content": ["course/a", "course/b", None, "course/a"] * 50,
        "version": list(range(200)),
    }
)


def written(frame, **options):
    file = BytesIO()
    frame.write_parquet(file, **options)
    return file.getvalue()


@pytest.mark.parametrize("compression", ["zstd", "lz4", "snappy", "uncompressed"])
def test_what_is_whole(tmp_path, compression):
    path = tmp_path / "a.parquet"
    path.write_bytes(written(FRAME, compression=compression, row_group_size=40))
    file = Parquet(path)
    assert (file.names, file.rows) == (FRAME.columns, 200)
    assert file.read(FRAME.columns).equals(FRAME)
    assert file.read(["version", "trainee"]).columns == ["version", "trainee"]


def test_few_values_are_categories(tmp_path):
    read = Parquet(BytesIO(written(FRAME)), few=["content", "version", "nowhere"]).read(
        FRAME.columns
    )
    assert [kind == pl.Categorical for kind in read.dtypes] == [False, True, False]
    assert read.with_columns(pl.col("content").cast(pl.String)).equals(FRAME)


def test_a_file_that_is_cut_while_it_is_read(tmp_path):
    """As an export is that is written anew in its place; a mapped one would end the process."""
    path = tmp_path / "a.parquet"
    path.write_bytes(written(pl.concat([FRAME] * 500), compression="uncompressed"))
    file = Parquet(path)
    os.truncate(path, 100)
    with pytest.raises(ValueError, match=r"."):
        file.read(FRAME.columns)


@pytest.mark.parametrize("compression", ["uncompressed", "lz4"])
def test_any_damaged_byte_is_survived(compression):
    """The reader of polars ends the process at some of them."""
    whole = written(FRAME.head(40), compression=compression)
    survived = 0
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= (0xFF, 0x80, 0x01)[place // 3 % 3]
        with suppress(ValueError):
            Parquet(BytesIO(bytes(damaged))).read(FRAME.columns)
            survived += 1
    assert 0 < survived < len(whole) // 3


def test_damaged_notes_of_who_wrote_it(capfd):
    """They are no part of the table; handed on to polars, they would end in a cry."""
    table = FRAME.to_arrow().replace_schema_metadata({b"ARR\xff": b"\xfe"})
    file = BytesIO()
    write_table(table, file)
    assert Parquet(BytesIO(file.getvalue())).read(FRAME.columns).equals(FRAME)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" * 3, b"id,name\n", written(FRAME)[:-9]])
def test_what_is_no_parquet(data):
    with pytest.raises(ValueError, match=r"."):
        Parquet(BytesIO(data))
