"""`casework vision fingerprint`: what it tells of a picture is what the columns of the warehouse are filled with."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from PIL import Image
from typer.testing import CliRunner

from vision import decode, face, weights
from vision.cli import app
from vision.consistency.likeness import fingerprints
from vision.errors import VisionUnavailable
from vision.protocol import VisionConfig
from vision.synth import heads
from vision.synth.capture import capture
from vision.synth.documents import Holder, Issue, render

runner = CliRunner()
SERVER = VisionConfig(server_url="http://127.0.0.1:1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document as it was photographed and as it was scanned, a selfie and a letter."""
    folder = tmp_path_factory.mktemp("pictures")
    holder = Holder("KOWALSKI", "ANNA", date(1984, 7, 9), "F", "UTO", "XK4701936")
    page = render(holder, Issue("id_card", 1, date(2021, 3, 4), date(2031, 3, 3)), heads.portrait(3), seed=1)
    for way, seed in (("phone", 5004), ("scan", 1)):
        (folder / f"{way}.jpg").write_bytes(capture(page.rgb, "phone" if way == "phone" else "scan", seed))
    Image.fromarray(heads.selfie(3, 1).astype("uint8")).save(folder / "selfie.png")
    (folder / "letter.jpg").write_text("Dear sir, my number is 4711")
    return folder


def test_a_line_a_file_holds_what_the_columns_hold(folder: Path) -> None:
    names = ["letter.jpg", "phone.jpg", "gone.jpg", "scan.jpg"]
    ran = runner.invoke(app, ["fingerprint", *(str(folder / name) for name in names), "--json"], obj=lambda: SERVER)
    assert (ran.exit_code, ran.stderr) == (2, "")
    letter, phone, gone, scan = (json.loads(line) for line in ran.stdout.splitlines())
    assert [set(each) for each in (letter, gone)] == [{"file", "error", "remedy"}] * 2
    assert "4711" not in ran.stdout
    for name, told in (("phone.jpg", phone), ("scan.jpg", scan)):
        made = fingerprints(decode.still((folder / name).read_bytes()).rgb)
        assert told["file"] == str(folder / name)
        assert (told["image_hash"], told["portrait_hash"]) == (made.background, made.portrait)
        assert told["models"] == [{"name": "yunet", "sha256": weights.PINNED["yunet"].sha256}]
        assert "embedding" not in told
    assert (phone["image_hash_told_by"], scan["image_hash_told_by"]) == ("frame", "pixels")
    assert phone["portrait_hash"] is not None


def test_the_lines_of_selfies_fill_the_face_index(folder: Path, tmp_path: Path) -> None:
    ran = runner.invoke(app, ["fingerprint", str(folder / "selfie.png"), "--embedding", "--json"])
    assert ran.exit_code == 0
    (tmp_path / "kept.jsonl").write_text(ran.stdout)
    sql = "SELECT image_hash::UBIGINT, embedding::FLOAT[128] FROM read_json($1)"
    kept = duckdb.execute(sql, [str(tmp_path / "kept.jsonl")]).fetchone()
    vector = face.describe(decode.still((folder / "selfie.png").read_bytes()).rgb).vector
    assert kept is not None
    assert vector is not None
    assert kept[0] == json.loads(ran.stdout)["image_hash"]
    assert kept[1] == pytest.approx(vector.tolist(), abs=1e-6)
    shown = [each["sha256"] for each in json.loads(ran.stdout)["models"]]
    assert shown == [weights.PINNED[name].sha256 for name in ("yunet", "sface")]


def test_a_table_says_what_the_hash_is_of_and_why_there_is_no_vector(folder: Path) -> None:
    names = [str(folder / name) for name in ("scan.jpg", "letter.jpg")]
    ran = runner.invoke(app, ["fingerprint", *names], env={"COLUMNS": "200"})
    assert ran.exit_code == 2
    assert "the pixels alone" in ran.stdout
    assert len(ran.stderr.splitlines()) == 1
    assert "4711" not in ran.stderr + ran.stdout
    blank = folder / "blank.png"
    Image.new("RGB", (400, 300), (200, 200, 200)).save(blank)
    ran = runner.invoke(app, ["fingerprint", str(blank), "--embedding"], env={"COLUMNS": "200"})
    assert ran.exit_code == 0
    assert "none: no face was found" in ran.stdout
    assert "no face" in ran.stdout.split("embedding")[1]


def test_the_vector_is_made_by_a_server_that_is_named(folder: Path) -> None:
    ran = runner.invoke(app, ["fingerprint", str(folder / "selfie.png"), "--embedding"], obj=lambda: SERVER)
    assert isinstance(ran.exception, VisionUnavailable)
