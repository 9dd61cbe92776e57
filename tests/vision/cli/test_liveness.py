"""`casework vision liveness`: what a selfie or clip shows, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from vision.cli import app
from vision.errors import BadImage
from vision.synth.clips import ClipKind

pytestmark = pytest.mark.heavy

runner = CliRunner()


@pytest.fixture(scope="module")
def frozen(recorded: Callable[[ClipKind], bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "frozen.mp4"
    path.write_bytes(recorded("frozen"))
    return path


def test_a_clip_is_told_as_json(frozen: Path) -> None:
    ran = runner.invoke(app, ["liveness", str(frozen), "--challenge", "nod", "--json"])
    assert ran.exit_code == 0, ran.exception
    said = json.loads(ran.stdout)
    assert (said["verdict"], said["repeated"], said["model"]) == ("attack", True, None)
    assert said["challenge"]["asked"] == "nod"


def test_a_clip_is_told_as_a_table(frozen: Path) -> None:
    ran = runner.invoke(app, ["liveness", str(frozen)])
    assert ran.exit_code == 0, ran.exception
    assert all(word in ran.stdout for word in ("attack", "stands still", "one face throughout", "repeated"))


def test_a_still_without_weights_is_not_assessed(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (150, 120, 100)).save(tmp_path / "selfie.png")
    ran = runner.invoke(app, ["liveness", str(tmp_path / "selfie.png"), "--json"])
    assert json.loads(ran.stdout)["verdict"] == "not_assessed"


@pytest.mark.parametrize(("name", "content"), [("gone.mp4", None), ("text.mp4", b"no clip at all, only words")])
def test_what_is_no_capture_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ran = runner.invoke(app, ["liveness", str(tmp_path / name)])
    assert isinstance(ran.exception, BadImage)
    assert name in str(ran.exception)


def test_another_challenge_is_refused(frozen: Path) -> None:
    assert runner.invoke(app, ["liveness", str(frozen), "--challenge", "wink"]).exit_code == 2
