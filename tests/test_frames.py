"""The frames that cross modules are checked at the edge."""

import polars as pl
import pytest

from reconciler.errors import FrameMismatch
from reconciler.frames import (
    HOLDINGS,
    OUTCOMES,
    PROGRESS,
    WRITES,
    Content,
    Organization,
    distinct,
    is_clean,
    numbered,
)
from tests.builders import ORGANIZATION, holdings, named

GOOD = holdings("ann knife", "bob knife completed")


def test_a_good_frame_comes_back_with_its_columns_in_order():
    turned = GOOD.select(reversed(GOOD.columns)).with_columns(more=pl.lit(1))

    assert HOLDINGS.check(turned).equals(GOOD)


@named(
    ("frame", "message"),
    {
        "a column is missing": (GOOD.drop("due"), "column due is missing"),
        "of another type": (
            GOOD.with_columns(pl.col("version").cast(pl.String)),
            "column version is String, not Int64",
        ),
        "another zone": (
            GOOD.with_columns(pl.col("due").dt.convert_time_zone("Europe/Berlin")),
            "column due is",
        ),
        "a key repeats": (pl.concat([GOOD, GOOD]), "trainee and content repeat"),
        "a key is empty": (
            GOOD.with_columns(trainee=pl.lit(None, dtype=pl.String)),
            "trainee is empty in some rows",
        ),
        "what is required is empty": (
            GOOD.with_columns(status=pl.lit(None, dtype=GOOD.schema["status"])),
            "status is empty in some rows",
        ),
    },
)
def test_a_bad_frame_is_refused_by_name(frame, message):
    with pytest.raises(FrameMismatch, match=message) as refusal:
        HOLDINGS.check(frame)
    assert str(refusal.value).startswith("enrollments of the LMS: ")


@pytest.mark.parametrize("kind", [HOLDINGS, PROGRESS, WRITES, OUTCOMES], ids=lambda kind: kind.name)
def test_nobody_is_an_empty_frame(kind):
    empty = kind.of()

    assert kind.check(empty).schema == pl.Schema(kind.schema)
    assert set(kind.key) | set(kind.required) <= set(kind.schema)


def test_columns_are_converted():
    texts = GOOD.with_columns(pl.col("status").cast(pl.String), pl.col("version").cast(pl.Int8))

    assert HOLDINGS.cast(texts).equals(GOOD)


def test_a_content_is_a_course_or_a_module():
    assert Content("module/start", "Start").is_module
    assert not Content("course/knife", "Knives").is_module


@named(
    ("attribute", "values"),
    {
        "location": ("location", {"austin-1", "austin-2", "boise-1"}),
        "role": ("role", {"cook", "baker", "server"}),
        "department": ("department", {"kitchen", "floor", "operations"}),
        "brand": ("brand", {"grill", "bakery"}),
        "franchise": ("franchise", {"lone-star"}),
        "region": ("region", {"south", "texas", "west"}),
        "any other": ("shift", set()),
    },
)
def test_the_values_that_the_organization_names(attribute, values):
    """T5."""
    assert ORGANIZATION.values(attribute) == values
    assert Organization().values(attribute) == set()


COLUMNS = {
    "several": ["b", "a", None, "b"],
    "none is empty": ["b", "a", "b"],
    "all are empty": [None, None],
    "the empty text": ["", None, "a"],
    "nobody": [],
}


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical], ids=str)
@pytest.mark.parametrize("texts", COLUMNS.values(), ids=COLUMNS.keys())
def test_each_text_has_a_place_and_none_has_the_one_behind(texts, kind):
    """Of categories others know more texts than a column has."""
    pl.Series(["z", "a", "y"]).cast(pl.Categorical)
    column = pl.Series("role", texts, dtype=pl.String).cast(kind)
    places, known = numbered(column)
    assert (
        sorted(known)
        == sorted(distinct(column))
        == sorted({one for one in texts if one is not None})
    )
    assert [[*known, None][place] for place in places] == texts


@named(
    ("texts", "clean"),
    {
        "clean": (["a", "Zo\u00eb", ""], True),
        "a space before": (["a", " b"], False),
        "a space that is no space": (["a\u00a0"], False),
        "in two parts": (["Zoe\u0308"], False),
        "none": ([], True),
    },
)
def test_what_is_trimmed_and_in_one_form(texts, clean):
    """P4."""
    assert is_clean(pl.Series(texts, dtype=pl.String)) is clean
