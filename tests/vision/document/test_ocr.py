"""Lines of text: found, read, turned upright, and read in a small alphabet."""

import cv2
import numpy as np
import pytest

from vision.document.ocr import Line, Page, TextReader, natural_width
from vision.document.quads import crop
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


def upright(reader: TextReader, rgb: np.ndarray) -> Page:
    opened = reader.open(rgb)
    return opened.turned(180) if reader.on_its_head(opened) else opened


def lines(reader: TextReader, page: Page) -> list[Line]:
    return reader.read(page, page.quads)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_lines_are_read_whichever_way_up(reader: TextReader, page: np.ndarray, turn: int) -> None:
    lying = np.ascontiguousarray(np.rot90(page, turn // 90))
    opened = upright(reader, lying)
    assert opened.turn == turn
    assert np.array_equal(opened.rgb, page)
    read = lines(reader, opened)
    assert [line.text for line in read] == list(SAID)
    assert all(0.8 < line.confidence <= 1 for line in read)


@pytest.mark.parametrize("turn", [0, 90, 180])
def test_print_in_a_mirror_is_known(reader: TextReader, page: np.ndarray, turn: int) -> None:
    lying = np.ascontiguousarray(np.rot90(page, turn // 90))
    assert not reader.mirrored(reader.open(lying))
    assert reader.mirrored(reader.open(np.ascontiguousarray(lying[:, ::-1])))


def test_print_that_surely_stands_upright_is_told_from_other(reader: TextReader, page: np.ndarray) -> None:
    both = reader.open(np.vstack([page, page[::-1, ::-1]]))
    poor = reader.poor(both)
    assert 0 < len(poor.quads) < len(both.quads)
    assert sum(quad[:, 1].mean() > len(page) for quad in poor.quads) >= 3
    assert not any(line.text in ("Plain sailing", "GIVEN NAMES") for line in lines(reader, poor))


def test_letters_that_are_found_upright_alone_are_added(reader: TextReader) -> None:
    rgb, ink = np.full((1150, 1750, 3), 236, np.uint8), np.zeros((1150, 1750), np.float32)
    for row, font in enumerate(("sans", "bold", "serif", "condensed", "mono", "roboto", "open", "clear")):
        write(ink, "Given names", (200, 150 + 110 * row), font, 30)
        for column in range(10):
            write(ink, "FM"[column % 2], (520 + 110 * column, 150 + 110 * row), font, 20 + column // 2 * 2)
    lay(rgb, ink, (30, 30, 50))
    noise = np.random.default_rng(1).normal(0, 3, rgb.shape)
    worn = np.clip(cv2.GaussianBlur(rgb, (0, 0), 0.6) + noise, 0, 255).astype(np.uint8)
    lying = reader.open(np.ascontiguousarray(worn[::-1, ::-1])).turned(180)
    found = reader.upright(lying)
    assert len(found.quads) > len(lying.quads)
    assert all(any(quad is other or np.array_equal(quad, other) for other in found.quads) for quad in lying.quads)


def test_boxes_lie_around_the_ink(reader: TextReader, page: np.ndarray) -> None:
    for row, line in enumerate(lines(reader, reader.open(page))):
        box = line.box
        assert 30 <= box.x <= 62
        assert box.y <= 60 + 90 * row
        assert box.y + box.height >= 80 + 90 * row
        assert 30 <= line.height <= 75


def test_a_small_alphabet_reads_nothing_else(reader: TextReader, page: np.ndarray) -> None:
    piece = crop(page, reader.open(page).quads[2])
    ((text, confidence),) = reader.transcribe([piece], natural_width(piece), "0123456789")
    assert text.startswith("12")
    assert set(text) <= set("0123456789")
    assert 0 < confidence <= 1


def test_a_hasty_look_reads_plain_type_as_well(reader: TextReader, page: np.ndarray) -> None:
    opened = reader.open(page)
    assert [line.text for line in reader.narrow(opened, opened.quads)] == list(SAID)


def test_lines_come_from_top_to_bottom_after_any_turn(reader: TextReader, page: np.ndarray) -> None:
    opened = reader.open(page)
    turned_round = opened.turned(180)
    for each in (opened, turned_round):
        assert np.all(np.diff([quad[:, 1].mean() for quad in each.quads]) > 0)
    assert turned_round.turned(180).turn == 0
    assert np.allclose(turned_round.turned(180).quads, opened.quads)


def test_letters_of_no_latin_script_do_not_become_latin_ones(reader: TextReader) -> None:
    rgb = np.full((120, 400, 3), 240, np.uint8)
    ink = np.zeros(rgb.shape[:2], np.float32)
    write(ink, "姓名生日国籍", (20, 80), "gothic", 52)
    lay(rgb, ink, (10, 10, 10))
    opened = reader.open(rgb)
    said = "".join(line.text for line in lines(reader, opened))
    assert not any(character.isascii() and character.isalpha() for character in said)


def test_an_empty_page_has_no_lines(reader: TextReader) -> None:
    opened = upright(reader, np.full((200, 300, 3), 128, np.uint8))
    assert (opened.quads, opened.turn) == ((), 0)


def test_the_smallest_and_thinnest_pictures_are_read_too(reader: TextReader) -> None:
    for shape in ((16, 16, 3), (16, 3000, 3), (2500, 16, 3)):
        assert upright(reader, np.full(shape, 200, np.uint8)).quads == ()


def test_a_width_for_the_model_has_bounds() -> None:
    assert natural_width(np.zeros((40, 400, 3), np.uint8)) == 480
    assert natural_width(np.zeros((40, 400, 3), np.uint8), 0.5) == 240
    assert natural_width(np.zeros((40, 4, 3), np.uint8)) == 48
    assert natural_width(np.zeros((4, 4000, 3), np.uint8)) == 2048
