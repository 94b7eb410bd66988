import pytest

from reconciler.documents.source import parse
from reconciler.documents.validation import validated
from reconciler.roster.settings import RosterSettings
from tests.roster.contract import settings_of

HEAD = "source: csv\npath: roster.csv\ncolumns:\n  id: employee\n"


def test_the_sketch():
    source = parse(
        b"source: csv\npath: roster.csv\ncolumns:\n  id: employee_number\n"
        b'  location: {column: stores, separator: "|"}\n'
        b'  hire_date: {column: start_date, format: "%m/%d/%Y"}\n'
        b"  active: {column: status, is: [A, LOA]}\n  brand: {constant: NO}\n  shift: 2\n",
        "reconciler.yaml",
    )
    settings, findings = validated(RosterSettings, source)

    assert findings == []
    assert (settings.encoding, settings.delimiter) == ("utf-8", ",")
    assert settings.columns.id.column == "employee_number"
    assert list(settings.columns.attributes) == ["location", "brand", "shift"]
    assert settings.columns.attributes["brand"].constant == "NO"
    assert settings.columns.custom == {"shift"}
    assert settings.columns.dates["hire_date"].example == "03/31/2026"
    assert settings.columns.active.is_ == ("A", "LOA")


BAD = {
    # the story: what is added to a good file; the line of the finding, and a part of it
    "no such source": (HEAD.replace("csv", "sql", 1), 1, "none of csv, parquet"),
    "no columns": ("source: csv\npath: x\n", 1, "'columns'"),
    "no id": ("source: csv\npath: x\ncolumns:\n  role: x\n", 3, "'id'"),
    "an unknown key": (HEAD + "sheet: 2\n", 5, "sheet"),
    "no such encoding": (HEAD + "encoding: utf-9\n", 5, "write utf-8"),
    "an encoding of bytes": (HEAD + "encoding: base64\n", 5, "write utf-8"),
    "a long delimiter": (HEAD + "delimiter: ';;'\n", 5, "single character"),
    "a quotation mark as delimiter": (HEAD + "delimiter: '\"'\n", 5, "single character"),
    "a delimiter in Parquet": (
        HEAD.replace("csv", "parquet", 1) + "delimiter: ';'\n",
        1,
        "'delimiter' is for csv",
    ),
    "no whole date": (HEAD + "  hire_date: {column: x, format: '%m/%Y'}\n", 5, "no whole date"),
    "a date without a column": (HEAD + "  hire_date: {format: '%F'}\n", 5, "'column'"),
    "a separator for dates": (HEAD + "  hire_date: {column: x, separator: ';'}\n", 5, "separator"),
    "neither column nor constant": (HEAD + "  role: {separator: ';'}\n", 5, "'column' or"),
    "column and constant": (HEAD + "  role: {column: a, constant: b}\n", 5, "'column' or"),
    "a constant id": (HEAD.replace("employee", "{constant: x}"), 3, "'id' needs a column"),
    "several ids": (
        HEAD.replace("employee", "{column: x, separator: ';'}"),
        3,
        "'id' needs a column",
    ),
    "an empty separator": (HEAD + "  role: {column: a, separator: ''}\n", 5, "separator"),
    "a list of columns": (HEAD + "  role: [a, b]\n", 5, "role"),
    "nobody is active": (HEAD + "  active: {column: a, is_not: [T]}\n", 5, "'is'"),
    "active and inactive": (HEAD + "  active: {column: a, is: [T], is_not: T}\n", 5, "'T' stands"),
    "a word of the language": (HEAD + "  tenure: x\n", 5, "choose another name"),
    "no name": (HEAD + "  hire date: x\n", 5, "Did you mean 'hire_date'"),
}


@pytest.mark.parametrize(("text", "line", "part"), BAD.values(), ids=BAD.keys())
def test_bad_settings(text, line, part):
    settings, findings = validated(RosterSettings, parse(text.encode(), "reconciler.yaml"))

    assert settings is None
    assert [finding.at.line for finding in findings] == [line]
    assert part in findings[0].detail


def test_every_key_is_described():
    schema = RosterSettings.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    for model in models:
        for name, node in model.get("properties", {}).items():
            assert node.get("description"), name


def test_spelled_out_and_short_are_the_same():
    short = settings_of(source="csv", path="x", columns={"id": "a", "hire_date": "b"})
    long = settings_of(
        source="csv",
        path="x",
        columns={"id": {"column": "a"}, "hire_date": {"column": "b", "format": "%Y-%m-%d"}},
    )
    assert short.columns == long.columns
