"""The bench on labelled pairs: its figures against plain definitions, its refusals, and one small run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from vision.bench import face as bench_face
from vision.bench.portrait import HEIGHT, MARGIN, WIDTH, portrait
from vision.errors import BenchError
from vision.face import FaceModel
from vision.synth import heads

scores = arrays(np.float64, st.integers(1, 30), elements=st.integers(-20, 20).map(lambda n: n / 20))
REAL = os.environ.get("CASEWORK_REAL_FACES", "")


@given(scores, scores)
@settings(deadline=None, max_examples=80)
def test_auc_is_the_chance_of_the_right_order(genuine: np.ndarray, impostor: np.ndarray) -> None:
    above = (genuine[:, None] > impostor).mean() + (genuine[:, None] == impostor).mean() / 2
    assert bench_face.auc(genuine, impostor) == pytest.approx(above)


@given(scores, scores, st.sampled_from([0.5, 0.1, 0.01]))
@settings(deadline=None, max_examples=80)
def test_no_more_impostors_come_in_than_allowed(genuine: np.ndarray, impostor: np.ndarray, far: float) -> None:
    accepted = bench_face.accepted_at(genuine, impostor, far)
    best = max(
        (genuine > threshold).mean()
        for threshold in np.append(np.concatenate([genuine, impostor]), -2.0)
        if (impostor > threshold).mean() <= far
    )
    assert accepted == pytest.approx(best)


@given(scores, scores)
@settings(deadline=None, max_examples=80)
def test_equal_error_lies_between_the_two_errors(genuine: np.ndarray, impostor: np.ndarray) -> None:
    rate = bench_face.equal_error_rate(genuine, impostor)
    assert 0 <= rate <= 1
    if genuine.min() > impostor.max():
        assert rate == 0


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("album")
    for person in (41, 42):
        Image.fromarray(heads.portrait(person, size=200)).save(root / f"{person}p.png")
        Image.fromarray(heads.selfie(person, 1, size=240)).save(root / f"{person}s.png")
    Image.new("RGB", (64, 64), "grey").save(root / "blank.png")
    (root / "broken.png").write_bytes(b"not a picture")
    return root


@pytest.fixture
def pairs(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str) -> Path:
        path = tmp_path / "pairs.csv"
        path.write_text("\n".join(("left,right,same", *rows)), "utf-8")
        return path

    return write


MODEL = FaceModel(heads.MATCH_THRESHOLD, heads.MISMATCH_THRESHOLD)
ROWS = ("41p.png,41s.png,1", "42p.png,42s.png,1", "41p.png,42s.png,0", "42p.png,41s.png,0")


def test_a_small_album_is_told_apart(album: Path, pairs: Callable[..., Path]) -> None:
    found = bench_face.measure(pairs(*ROWS), album, MODEL, draws=50)
    assert (found.pairs, found.genuine, found.impostor, found.refused) == (4, 2, 2, 0)
    assert found.auc.value == 1
    assert found.eer.value == 0
    assert found.tar["0.0001"].value == 1
    assert found.false_match_rate.value == 0
    assert found.match_threshold == MODEL.match_threshold


def test_few_pairs_leave_wide_intervals(album: Path, pairs: Callable[..., Path]) -> None:
    found = bench_face.measure(pairs(ROWS[0], ROWS[2]), album, MODEL, draws=50)
    assert (found.auc.value, found.auc.high, found.auc.of) == (1, 1, 1)
    assert found.auc.low == pytest.approx(0.207, abs=0.001)
    assert (found.eer.value, found.eer.low) == (0, 0)
    assert found.eer.high == pytest.approx(0.793, abs=0.001)
    assert found.tar["0.0001"].note == "finer than 1 impostor pairs can show: the share above all of them"


def test_a_rate_is_measured_where_there_are_impostors_enough(album: Path, pairs: Callable[..., Path]) -> None:
    # One file by fifty names: the same pair again would count once.
    impostors = (f"{'./' * turn}{row}" for turn in range(50) for row in ROWS[2:])
    found = bench_face.measure(pairs(*ROWS[:2], *impostors), album, MODEL, draws=10)
    coarse = found.tar["0.01"]
    assert (found.impostor, coarse.value, coarse.of, coarse.note) == (100, 1, 2, "")
    assert found.tar["0.001"].note


def test_error_rates_stand_at_the_thresholds_and_by_quality(album: Path, pairs: Callable[..., Path]) -> None:
    strict = FaceModel(0.9999, heads.MISMATCH_THRESHOLD)
    found = bench_face.measure(pairs(*ROWS), album, strict, draws=50)
    assert (found.false_match_rate.value, found.false_non_match_rate.value) == (0, 1)
    assert found.false_mismatch_rate.value == 0
    assert list(found.qualities) == ["0.25 to 0.5", "0.5 to 0.8", "0.8 to 1"]
    assert sum(band.genuine for band in found.qualities.values()) == 2
    assert sum(band.impostor for band in found.qualities.values()) == 2
    for band in found.qualities.values():
        assert (band.false_match_rate is None) == (band.impostor == 0)
        assert (band.false_non_match_rate is None) == (band.genuine == 0)
        assert band.false_non_match_rate is None or band.false_non_match_rate.value == 1


def test_a_face_that_is_best_is_in_the_last_band(album: Path, pairs: Callable[..., Path]) -> None:
    scored = bench_face.Scored(
        4,
        *(np.array(column) for column in ([0, 0, 1], [1, 2, 3], [0.9, 0.2, 0.3], [1.0, 0.8, 0.5])),
        np.array([True, False, False]),
    )
    everything = np.ones((1, 4), np.int64)
    best = bench_face._band(scored, 0.8, 1.0, 0.25, everything)
    assert (best.genuine, best.impostor) == (1, 1)
    middle = bench_face._band(scored, 0.5, 0.8, 0.25, everything)
    assert (middle.genuine, middle.impostor, middle.false_non_match_rate) == (0, 1, None)
    assert middle.false_match_rate is not None
    assert middle.false_match_rate.value == 1


def test_a_portrait_is_a_small_grained_page(album: Path) -> None:
    photograph = heads.selfie(41, 1, size=480)
    page = portrait(photograph)
    assert page is not None
    assert page.shape == (HEIGHT + 2 * MARGIN, WIDTH + 6 * MARGIN, 3)
    assert np.array_equal(page, portrait(photograph))
    found = FaceModel(0.43, 0.28).describe(page)
    assert found.count.count == 1
    assert 40 < found.count.boxes[0].height < 100
    assert portrait(np.full((200, 200, 3), 128, np.uint8)) is None


def test_portraits_against_selfies_are_measured(album: Path, pairs: Callable[..., Path]) -> None:
    rows = (*ROWS, "blank.png,41s.png,1", "41s.png,41s.png,1")
    found = bench_face.measure(pairs(*rows), album, MODEL, draws=10, as_portrait=True)
    assert (found.genuine, found.impostor, found.refused) == (3, 2, 1)
    assert found.reasons["no face to make a portrait of"] == 1
    assert found.auc.value == 1


def test_unusable_pictures_are_counted_not_scored(album: Path, pairs: Callable[..., Path]) -> None:
    more = ("blank.png,41s.png,1", "broken.png,41s.png,0", "missing.png,41s.png,0")
    found = bench_face.measure(pairs(*ROWS, *more), album, MODEL, draws=10)
    assert found.refused == 3
    assert sum(found.reasons.values()) == 3
    assert "the file cannot be read" in found.reasons


def test_nothing_usable_is_an_error(album: Path, pairs: Callable[..., Path]) -> None:
    with pytest.raises(BenchError, match="0 genuine"):
        bench_face.measure(pairs("blank.png,41s.png,1"), album, MODEL)


def test_a_name_that_no_file_can_have_is_an_unreadable_picture(album: Path, pairs: Callable[..., Path]) -> None:
    found = bench_face.measure(pairs(*ROWS, "4\x001.png,41s.png,1"), album, MODEL, draws=10)
    assert (found.refused, found.reasons) == (1, {"the file cannot be read": 1})


def test_a_pipe_is_not_waited_for(album: Path, pairs: Callable[..., Path]) -> None:
    os.mkfifo(album / "pipe.png")
    found = bench_face.measure(pairs(*ROWS, "pipe.png,41s.png,1"), album, MODEL, draws=10)
    assert (found.refused, found.reasons) == (1, {"the file cannot be read": 1})


def test_a_wrong_root_is_said(pairs: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"can be read below .*No such file or directory.*--root"):
        bench_face.measure(pairs(*ROWS), tmp_path / "elsewhere", MODEL)


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("left,right,same\na.png,b.png,1\n", "utf-8-sig")
    assert bench_face.read_pairs(path) == [("a.png", "b.png", True)]


@pytest.mark.parametrize(
    ("head", "missing"),
    [("left,right", "same"), ("left;right;same", "left"), ("left, right, same", "right"), ("", "left")],
)
def test_a_column_that_is_missing_is_named(tmp_path: Path, head: str, missing: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(f"{head}\na.png,b.png,1\n" if head else "", "utf-8")
    with pytest.raises(BenchError, match=f"has no column '{missing}'"):
        bench_face.read_pairs(path)


def test_lines_are_counted_with_those_that_are_blank(pairs: Callable[..., Path]) -> None:
    with pytest.raises(BenchError, match="line 5"):
        bench_face.read_pairs(pairs("a.png,b.png,1", "", "", "a.png,b.png,2"))


@pytest.mark.parametrize("row", ["a.png,b.png,2", "a.png,,1", "a.png"])
def test_a_bad_row_is_named(pairs: Callable[..., Path], row: str) -> None:
    with pytest.raises(BenchError, match="line 3"):
        bench_face.read_pairs(pairs("a.png,b.png,1", row))


def test_a_pair_counts_once_and_is_not_both(pairs: Callable[..., Path]) -> None:
    kept = bench_face.read_pairs(pairs("a.png,b.png,1", "a.png,b.png,1", "b.png,a.png,1", "a.png,c.png,0"))
    assert kept == [("a.png", "b.png", True), ("b.png", "a.png", True), ("a.png", "c.png", False)]
    for again in ("a.png,b.png,0", "b.png,a.png,0"):
        with pytest.raises(BenchError, match=r"line 3 of .* contradicts an earlier one about"):
            bench_face.read_pairs(pairs("a.png,b.png,1", again))


def test_a_column_stands_once(tmp_path: Path) -> None:
    (tmp_path / "twice.csv").write_text("left,left,right,same\na,b,c,1\n")
    with pytest.raises(BenchError, match="names 'left' twice"):
        bench_face.read_pairs(tmp_path / "twice.csv")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="cannot be read: no such file or directory; check the path"):
        bench_face.read_pairs(tmp_path / "none.csv")
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(BenchError, match="is not a plain file"):
            bench_face.read_pairs(path)
    (tmp_path / "letters.csv").write_bytes(b"left,right,same\n\xff,b,1\n")
    with pytest.raises(BenchError, match="UTF-8"):
        bench_face.read_pairs(tmp_path / "letters.csv")


@pytest.mark.real_faces
@pytest.mark.skipif(not REAL, reason="CASEWORK_REAL_FACES names no folder of real photographs")
def test_real_photographs_are_told_apart() -> None:
    root = Path(REAL)
    found = bench_face.measure(root / "pairs.csv", root, FaceModel(0.43, 0.28), draws=200)
    assert found.auc.value > 0.995
    assert isinstance(coarse := found.tar["0.01"], bench_face.Estimate)
    assert coarse.value > 0.97
    assert found.false_match_rate.value == 0
    assert found.refused == 0


@pytest.mark.real_faces
@pytest.mark.skipif(not REAL, reason="CASEWORK_REAL_FACES names no folder of real photographs")
def test_real_portraits_of_90_by_120_are_told_apart() -> None:
    root = Path(REAL)
    found = bench_face.measure(root / "pairs.csv", root, FaceModel(0.43, 0.28), draws=200, as_portrait=True)
    assert found.auc.value > 0.99
    assert found.false_match_rate.value == 0
