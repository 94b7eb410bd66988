import pytest
from pydantic import TypeAdapter, ValidationError

from reconciler.errors import LmsUnfit
from reconciler.lms.export import ExportLms
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.load import create
from reconciler.lms.open import open_lms
from reconciler.lms.settings import ExportSettings, LmsSettings, LocalSettings

SETTINGS = TypeAdapter(LmsSettings)
CATALOG = "courses: {fire: {title: Fire drill}}\n"


def test_the_local_lms_lies_in_the_workspace(tmp_path):
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    create(tmp_path / ".reconciler" / "lms.db", catalog=tmp_path / "catalog.yaml")

    lms = open_lms(SETTINGS.validate_python({"adapter": "local"}), tmp_path)
    assert isinstance(lms, LocalLms)
    assert list(lms.catalog()) == ["course/fire"]


def test_a_local_lms_is_never_made_by_opening(tmp_path):
    with pytest.raises(LmsUnfit, match="reconciler lms init"):
        open_lms(LocalSettings(adapter="local", path="lms.db"), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_export_lies_in_the_workspace(tmp_path):
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    header = "trainee,content,status,version,assigned,due,completed\n"
    (tmp_path / "held.csv").write_text(header + "ada,course/fire,not_started,1,,,\n")

    settings = SETTINGS.validate_python({"adapter": "export", "enrollments": "held.csv"})
    lms = open_lms(settings, tmp_path)
    assert isinstance(lms, ExportLms)
    assert lms.holdings(["course/fire"])["trainee"].to_list() == ["ada"]


# What may not be written under `lms`.
WRONG = {
    "no adapter": {"path": "lms.db"},
    "unknown adapter": {"adapter": "moodle"},
    "unknown key": {"adapter": "local", "paths": "lms.db"},
    "a key of the other": {"adapter": "local", "enrollments": "held.csv"},
    "an export of nothing": {"adapter": "export"},
    "an empty path": {"adapter": "local", "path": " "},
}


@pytest.mark.parametrize("written", WRONG.values(), ids=WRONG.keys())
def test_settings_that_are_refused(written):
    with pytest.raises(ValidationError):
        SETTINGS.validate_python(written)


@pytest.mark.parametrize("model", [LocalSettings, ExportSettings])
def test_every_key_is_described(model):
    assert all(field.description for field in model.model_fields.values())
