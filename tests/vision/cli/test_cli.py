"""`casework vision`: the keys that scripts rely on, one line a file, and what a bad file does to the others."""

import json
import os
import socket
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from vision import weights
from vision.cli import app
from vision.errors import BadImage, VisionError, VisionUnavailable
from vision.protocol import VisionConfig
from vision.synth.capture import capture, photograph, upload
from vision.synth.documents import Holder, Issue, render
from vision.synth.forge import forge
from vision.synth.portraits import stand_in

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two portraits, a document, a text file and a document under a hostile name."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in (1, 2):
        Image.fromarray(stand_in(number, 320)).save(folder / f"face{number}.png")
    holder = Holder("KOWALSKI", "ANNA", date(1984, 7, 9), "F", "UTO", "XK4701936")
    issue = Issue("id_card", 1, date(2021, 3, 4), date(2031, 3, 3))
    data = capture(render(holder, issue, stand_in(1), seed=1).rgb, "scan", 1)
    (folder / "document.jpg").write_bytes(data)
    (folder / "[red]\x1b[31mname.jpg").write_bytes(data)
    (folder / "letter.jpg").write_text("Dear sir, my number is 4711")
    return folder


def test_match_prints_the_keys_that_scripts_rely_on(folder: Path) -> None:
    ran = runner.invoke(app, ["match", str(folder / "face1.png"), str(folder / "face1.png"), "--json"])
    assert ran.exit_code == 0
    said = json.loads(ran.stdout)
    assert {"similarity", "band", "quality", "faces", "model"} <= set(said)
    assert set(said["faces"]) == {"left", "right"}
    assert said["threshold"] == 0.43
    assert said["model"]["sha256"] == weights.PINNED["sface"].sha256


def test_thresholds_come_from_options_and_then_the_settings(folder: Path) -> None:
    pair = [str(folder / "face1.png"), str(folder / "face2.png"), "--json"]
    by_option = runner.invoke(app, ["match", *pair, "--match", "0.9", "--mismatch", "0.1"])
    assert json.loads(by_option.stdout)["threshold"] == 0.9
    by_setting = runner.invoke(app, ["match", *pair], obj=lambda: VisionConfig(face_match=0.61))
    assert json.loads(by_setting.stdout)["threshold"] == 0.61


def test_match_as_a_table_names_both_pictures(folder: Path) -> None:
    ran = runner.invoke(app, ["match", str(folder / "face1.png"), str(folder / "face2.png")])
    assert ran.exit_code == 0
    assert "face1.png" in ran.stdout
    assert "match from 0.43, mismatch below 0.28" in ran.stdout


def test_match_as_a_table_says_that_two_pictures_are_one_photograph(folder: Path) -> None:
    same, other = (
        runner.invoke(app, ["match", str(folder / "face1.png"), str(folder / name)]).stdout
        for name in ("face1.png", "face2.png")
    )
    assert "both are one photograph" in same
    assert "shared detail" in other
    assert "one photograph" not in other


def test_match_as_a_table_says_which_picture_shows_no_face(folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), "grey").save(tmp_path / "blank.png")
    ran = runner.invoke(app, ["match", str(folder / "face1.png"), str(tmp_path / "blank.png")])
    lines = ran.stdout.splitlines()
    (blank,) = (place for place, line in enumerate(lines) if line.strip(" │").startswith("right"))
    assert "no face was found" in lines[blank + 1]


def test_thresholds_in_the_wrong_order_are_refused(folder: Path) -> None:
    pair = [str(folder / "face1.png"), str(folder / "face2.png")]
    ran = runner.invoke(app, ["match", *pair, "--match", "0.2", "--mismatch", "0.3"])
    assert isinstance(ran.exception, VisionError)
    assert "lies above" in str(ran.exception)
    assert runner.invoke(app, ["match", *pair, "--match", "7"]).exit_code == 2


@pytest.mark.parametrize("name", ["letter.jpg", "gone.jpg"])
def test_match_names_the_picture_that_is_none(folder: Path, name: str) -> None:
    ran = runner.invoke(app, ["match", str(folder / "face1.png"), str(folder / name)])
    assert isinstance(ran.exception, BadImage)
    assert name in str(ran.exception)
    assert "4711" not in str(ran.exception)


def test_inspect_prints_a_line_a_file_and_ends_with_2_after_the_last(folder: Path) -> None:
    names = ["letter.jpg", "document.jpg", "gone.jpg"]
    ran = runner.invoke(app, ["inspect", *(str(folder / name) for name in names), "--json"])
    assert ran.exit_code == 2
    first, second, third = (json.loads(line) for line in ran.stdout.splitlines())
    assert [Path(each["file"]).name for each in (first, second, third)] == names
    assert first["remedy"]
    assert third["error"].endswith("cannot be read: no such file or directory")
    assert ran.stderr == ""
    assert {"verdict", "score", "signals", "reading", "quality", "model"} <= set(second)
    assert second["verdict"] in {"genuine", "forged", "inconclusive"}
    for signal in second["signals"]:
        assert set(signal) == {"code", "severity", "score", "box", "meaning"}
    assert second["reading"]["number"] == "XK4701936"
    assert second["reading"]["mrz"]["valid"]


def test_inspect_tells_how_a_forged_document_looks_edited(tmp_path: Path) -> None:
    holder = Holder("Lindqvist", "Mira", date(1990, 5, 17), "F", "SWE", "K41TRX882")
    page = render(holder, Issue("passport", 4, date(2020, 3, 1), date(2030, 2, 28)), stand_in(8), seed=2)
    names = [str(tmp_path / name) for name in ("edited.jpg", "genuine.jpg")]
    Path(names[0]).write_bytes(upload(forge(photograph(page, "phone", 60), "portrait", 0).rgb, 0))
    Path(names[1]).write_bytes(capture(page.rgb, "phone", 1))
    edited, genuine = (runner.invoke(app, ["inspect", name], env={"COLUMNS": "200"}).stdout for name in names)
    [row] = [line for line in edited.splitlines() if "kind of edit" in line]
    assert "a guess: portrait, " in row
    assert "kind of edit" not in genuine


def test_a_refusal_goes_to_stderr_like_every_other(folder: Path) -> None:
    names = [str(folder / name) for name in ("gone\x1b[31m.jpg", "document.jpg")]
    ran = runner.invoke(app, ["inspect", *names], env={"COLUMNS": "200"})
    assert ran.exit_code == 2
    assert "gone" not in ran.stdout
    assert "document.jpg" in ran.stdout
    [line] = ran.stderr.splitlines()
    assert line.startswith("casework: '")
    assert line.endswith("cannot be read: no such file or directory; check the path")
    assert "\x1b" not in line
    ran = runner.invoke(app, ["inspect", str(folder / "letter.jpg")])
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "4711" not in ran.stderr


def test_of_a_pdf_the_file_alone_is_told(folder: Path) -> None:
    saved = b"startxref\n9\n%%EOF\n"
    (folder / "twice.pdf").write_bytes(b"\xef\xbb\xbf\r\n%PDF-1.7\n" + saved * 2)
    names = [str(folder / name) for name in ("twice.pdf", "letter.jpg")]
    ran = runner.invoke(app, ["inspect", *names, "--json"])
    assert ran.exit_code == 2
    own, refused = (json.loads(line) for line in ran.stdout.splitlines())
    assert set(own) == {"file", "metadata"}
    assert (own["metadata"]["format"], own["metadata"]["revisions"]) == ("PDF", 2)
    assert "error" in refused
    ran = runner.invoke(app, ["inspect", names[0]])
    assert ran.exit_code == 0
    assert "saved 2 times" in " ".join(ran.stdout.split())
    assert "not inspected" in ran.stdout


@pytest.mark.parametrize(
    "command", [["match", "face1.png", "face2.png"], ["inspect", "face1.png"], ["liveness", "face1.png"]]
)
def test_a_server_that_is_named_is_asked(folder: Path, command: list[str]) -> None:
    named = [command[0], *(str(folder / name) for name in command[1:])]
    ran = runner.invoke(app, named, obj=lambda: VisionConfig(server_url="http://127.0.0.1:1"))
    assert isinstance(ran.exception, VisionUnavailable)
    assert "http://127.0.0.1:1" in str(ran.exception)


def test_a_verdict_is_no_failure_and_hostile_names_are_plain(folder: Path) -> None:
    ran = runner.invoke(app, ["inspect", str(folder / "[red]\x1b[31mname.jpg")], env={"COLUMNS": "200"})
    assert ran.exit_code == 0
    assert "[red]" in ran.stdout
    assert "\x1b[31m" not in ran.stdout
    assert "KOWALSKI" in ran.stdout
    assert "all check digits agree" in ran.stdout
    assert ran.stdout.count("both zones") == 4


def test_a_passport_without_its_zone_is_said_to_lack_it(tmp_path: Path) -> None:
    holder = Holder("KOWALSKI", "ANNA", date(1984, 7, 9), "F", "UTO", "XK4701936")
    page = render(holder, Issue("passport", 1, date(2021, 3, 4), date(2031, 3, 3)), stand_in(1), seed=1).rgb
    Image.fromarray(page[: int(len(page) * 0.8)]).save(tmp_path / "cut.png")
    ran = runner.invoke(app, ["inspect", str(tmp_path / "cut.png")], env={"COLUMNS": "200"})
    assert "missing: none was read, and a passport always has one" in ran.stdout
    assert ran.stdout.count("absent") >= 4


def test_bench_measures_labelled_pairs(folder: Path) -> None:
    for person in (1, 2):
        darker = (stand_in(person, 320) * 0.8).astype(np.uint8)
        Image.fromarray(darker).save(folder / f"darker{person}.png")
    same = [f"face{person}.png,darker{person}.png,1" for person in (1, 2)]
    rows = ["left,right,same", *same, "face1.png,face2.png,0", "darker1.png,darker2.png,0"]
    (folder / "pairs.csv").write_text("\n".join(rows))
    ran = runner.invoke(app, ["bench", "face", "--pairs", str(folder / "pairs.csv"), "--json"])
    assert ran.exit_code == 0, ran.exception
    said = json.loads(ran.stdout)
    assert (said["pairs"], said["genuine"], said["impostor"]) == (4, 2, 2)
    table = runner.invoke(app, ["bench", "face", "--pairs", str(folder / "pairs.csv")], env={"COLUMNS": "200"})
    assert "(0.3424 to 1.0000) of 2" in table.stdout
    assert "; finer than" in table.stdout


def test_bench_without_a_pairs_file_says_so(folder: Path) -> None:
    ran = runner.invoke(app, ["bench", "face", "--pairs", str(folder / "none.csv")])
    assert isinstance(ran.exception, VisionError)


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(3_000_000_000)
    ran = runner.invoke(app, ["match", str(tmp_path / "huge.jpg"), str(tmp_path / "huge.jpg")])
    assert isinstance(ran.exception, BadImage)
    assert "has more than 25 MB" in str(ran.exception)


@pytest.mark.parametrize("command", ["inspect", "match", "liveness"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device"])
def test_what_is_no_plain_file_is_refused_at_once(
    command: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket may not be long
    os.mkfifo("pipe")
    Path("folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        name = "/dev/zero" if kind == "device" else kind
        ran = runner.invoke(app, [command, *[name] * (2 if command == "match" else 1)])
    assert f"'{name}' is not a plain file" in (ran.stderr or str(ran.exception))
    assert ran.exit_code == 2 or isinstance(ran.exception, BadImage)


def test_help_promises_what_there_is() -> None:
    ran = runner.invoke(app, ["--help"])
    assert ran.exit_code == 0
    assert all(name in ran.stdout for name in ("fingerprint", "match", "inspect", "liveness", "serve", "bench"))


@pytest.mark.parametrize("options", [["--models", "faces"], ["--models", ""], ["--host", "0.0.0.0"]])
def test_a_server_that_cannot_be_is_refused_at_once(options: list[str]) -> None:
    ran = runner.invoke(app, ["serve", "--device", "cpu", *options])
    assert isinstance(ran.exception, VisionError)


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    ran = runner.invoke(app, ["bench", "serve", "--device", "cuda"])
    assert isinstance(ran.exception, VisionError)
    assert "--device cpu" in str(ran.exception)
