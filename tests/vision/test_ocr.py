"""Lines of text: found, read, turned upright, and read in a small alphabet."""

import numpy as np
import pytest

from vision.ocr import TextReader, crop, turned
from vision.synth.lettering import lay, write

SAID = ("Plain sailing", "GIVEN NAMES", "12 AUG 1974", "AB<<1234<<<<7")


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(threads=1)


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    rgb = np.full((420, 640, 3), 236, np.uint8)
    ink = np.zeros(rgb.shape[:2], np.float32)
    for row, text in enumerate(SAID):
        write(ink, text, (60, 80 + 90 * row), "ocrb" if "<" in text else "sans", 40)
    lay(rgb, ink, (20, 20, 40))
    return rgb


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_lines_are_read_whichever_way_up(reader: TextReader, page: np.ndarray, turn: int) -> None:
    lying = np.ascontiguousarray(np.rot90(page, turn // 90))
    read = reader.read(lying)
    assert read.turn == turn
    assert np.array_equal(read.rgb, page)
    assert [line.text for line in read.lines] == list(SAID)
    assert all(0.8 < line.confidence <= 1 for line in read.lines)


def test_boxes_lie_around_the_ink(reader: TextReader, page: np.ndarray) -> None:
    for row, line in enumerate(reader.read(page).lines):
        box = line.box
        assert 30 <= box.x <= 62
        assert box.y <= 60 + 90 * row
        assert box.y + box.height >= 80 + 90 * row
        assert 30 <= line.height <= 75


def test_a_small_alphabet_reads_nothing_else(reader: TextReader, page: np.ndarray) -> None:
    line = reader.read(page).lines[2]
    text, confidence = reader.transcribe(crop(page, line.quad), "0123456789")
    assert text.startswith("12")
    assert set(text) <= set("0123456789")
    assert 0 < confidence <= 1


def test_an_empty_page_has_no_lines(reader: TextReader) -> None:
    read = reader.read(np.full((200, 300, 3), 128, np.uint8))
    assert (read.lines, read.turn) == ((), 0)


def test_the_smallest_and_thinnest_pictures_are_read_too(reader: TextReader) -> None:
    for shape in ((16, 16, 3), (16, 3000, 3), (2500, 16, 3)):
        assert reader.read(np.full(shape, 200, np.uint8)).lines == ()


def test_turning_corners_is_undone_by_turning_back() -> None:
    quad = np.array([[10, 20], [70, 24], [69, 44], [9, 40]], np.float32)
    once = turned(quad, 100, 200, 90)
    assert np.allclose(turned(once, 200, 100, 270), quad)
    assert np.allclose(turned(quad, 100, 200, 180)[0], [200 - 69, 100 - 44])


def test_a_crop_grows_by_a_share_of_the_lines_height(page: np.ndarray) -> None:
    quad = np.array([[50, 40], [250, 40], [250, 90], [50, 90]], np.float32)
    assert crop(page, quad).shape == (50, 200, 3)
    assert crop(page, quad, 0.2).shape == (70, 220, 3)
    assert np.array_equal(crop(page, quad), page[40:90, 50:250])
