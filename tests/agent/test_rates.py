"""Rates are taken where they are of the recogniser and the thresholds in use; else both are named, and a remedy."""

import re
from pathlib import Path

import pytest
from measured_faces import SFACE, face_bench, written

from agent.desk import vision_config
from agent.errors import SettingsError
from agent.rates import rates_at, rates_of
from agent.settings import Settings
from vision.types import ModelVersion

OTHER = ModelVersion(name="own", sha256="AB" * 32)
FILLED = "put the output of `casework vision bench face --pairs FILE --json` into it"


def test_rates_of_what_is_in_use_are_taken(tmp_path: Path) -> None:
    settings = Settings(face_rates=written(tmp_path / "rates.json"))
    assert rates_at(settings, vision_config(settings)) == face_bench()
    assert rates_at(Settings(), vision_config(Settings())) is None


@pytest.mark.parametrize("where", [{}, {"vision_url": "http://127.0.0.1:1"}])
def test_rates_are_of_the_recogniser_that_the_settings_mean(tmp_path: Path, where: dict[str, str]) -> None:
    own = {"face_model_sha256": OTHER.sha256} | ({} if where else {"face_model": "own.onnx"})
    path = written(tmp_path / "rates.json", model=OTHER)
    settings = Settings(face_rates=path, **where, **own)
    assert rates_of(settings, vision_config(settings)) == face_bench(model=OTHER)
    plain = Settings(face_rates=path, **where)
    with pytest.raises(SettingsError, match="measured with the face recogniser own ABABABABABAB") as raised:
        rates_at(plain, vision_config(plain))
    assert f"{SFACE.sha256[:12]} is in use" in raised.value.what
    assert "FACE_RATES" in raised.value.what
    assert re.search("measure again by `casework vision bench face .* or unset FACE_RATES", raised.value.remedy)


def test_rates_at_other_thresholds_are_refused_with_those_in_use(tmp_path: Path) -> None:
    settings = Settings(face_rates=written(tmp_path / "rates.json"))
    with pytest.raises(SettingsError, match=r"thresholds 0\.43 and 0\.28, and 0\.74 and 0\.62 are in use") as raised:
        rates_at(settings, vision_config(settings, {"face_match": 0.74, "face_mismatch": 0.62}))
    assert "--json --match 0.74 --mismatch 0.62`, or unset FACE_RATES" in raised.value.remedy
    moved = Settings(face_rates=settings.face_rates, face_mismatch_threshold=0.3)
    with pytest.raises(SettingsError, match=r"0\.43 and 0\.3 are in use"):
        rates_at(moved, vision_config(moved))


@pytest.mark.parametrize("text", ["", "{}", "[1]", "face matching\npairs  300\n", '{"auc": NaN}', "\xff"])
def test_a_file_that_holds_something_else_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rates.json"
    path.write_text(text, "latin-1")
    settings = Settings(face_rates=path)
    with pytest.raises(SettingsError, match=f"FACE_RATES '{path}' holds no error rates of faces") as raised:
        rates_of(settings, vision_config(settings))
    assert raised.value.remedy == FILLED


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "gone.json", "no such file"), (tmp_path, "directory")):
        settings = Settings(face_rates=path)
        with pytest.raises(SettingsError, match=why) as raised:
            rates_of(settings, vision_config(settings))
        assert (str(path) in raised.value.what, raised.value.remedy) == (True, "correct FACE_RATES")
