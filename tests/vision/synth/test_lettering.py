"""Typefaces, the scripts they write, and ink on paper."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest

from vision.errors import LetteringError
from vision.synth.lettering import FILES, FOLDER, Typeface, fitting, font, lacks, lay, write
from vision.synth.scripts import Script, letters_of, spell
from vision.synth.template import NATIVE, TYPEFACES

LATIN = "".join(map(chr, (*range(0x20, 0x7F), *range(0xC0, 0x124), *range(0x139, 0x13F), *range(0x141, 0x149))))
NATIVES = sorted({pair for split in NATIVE.values() for pair in split.items()})


@pytest.mark.parametrize("typeface", [face for split in TYPEFACES.values() for face in split])
def test_every_typeface_of_values_has_the_letters_of_names(typeface: Typeface) -> None:
    assert [letter for letter in LATIN if lacks(typeface, letter)] == []


@pytest.mark.parametrize(("script", "typeface"), NATIVES)
def test_every_typeface_of_a_script_has_what_a_page_can_say_in_it(script: Script, typeface: Typeface) -> None:
    said = letters_of(script)
    assert len(said) > 20
    assert [letter for letter in said if lacks(typeface, letter)] == []
    assert set(spell("The Quick Brown Fox Jumps Over A Lazy Dog", script)) <= {*said, " "}


def test_a_letter_that_a_typeface_lacks_is_an_error_and_no_box() -> None:
    ink = np.zeros((60, 200), np.float32)
    with pytest.raises(LetteringError, match="'hebrew' lacks 2 of the letters"):
        write(ink, "א&@", (5, 40), "hebrew", 30)
    assert not ink.any()


def test_ink_stands_where_its_box_says() -> None:
    ink = np.zeros((60, 300), np.float32)
    left, top, right, bottom = write(ink, "Ink 42", (20, 40), "serif", 30)
    rows, columns = np.nonzero(ink)
    assert (left, top, right, bottom) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert abs(left - 20) < 4
    assert abs(bottom - 40) < 3


def test_arabic_is_joined_and_runs_from_right_to_left() -> None:
    joined = font("naskh", 40).getlength("بيت")
    apart = sum(font("naskh", 40).getlength(letter) for letter in "بيت")
    assert joined < 0.9 * apart


def test_devanagari_vowels_follow_their_consonants() -> None:
    assert spell("Kira", "devanagari") == "किरा"
    assert spell("Ana", "devanagari") == "अना"


@pytest.mark.parametrize(
    ("script", "spelt"),
    [("cyrillic", "МУЛЛЕР"), ("greek", "ΜΟΥΛΛΕΡ"), ("georgian", "მულლერ"), ("hebrew", "מוללאר"), ("latin", "MÜLLER")],
)
def test_names_are_spelt_letter_by_letter(script: Script, spelt: str) -> None:
    assert spell("Müller", script) == spelt


def test_han_names_belong_to_their_holder() -> None:
    assert spell("Novak Anna", "han") == spell("NOVAK ANNA", "han")
    assert spell("Novak Anna", "han") != spell("Okafor Anna", "han")
    assert len(spell("Novak Anna", "han")) == 5


def test_long_text_shrinks_until_it_fits() -> None:
    px = fitting("A VERY LONG NAME INDEED", "bold", 30, 200)
    assert px < 30
    assert font("bold", px).getlength("A VERY LONG NAME INDEED") <= 200


def test_laying_ink_leaves_bare_places_alone() -> None:
    paper = np.full((20, 20, 3), 200, np.uint8)
    coverage = np.zeros((20, 20), np.float32)
    lay(paper, coverage, (0, 0, 0))
    assert (paper == 200).all()
    coverage[5:7, 5:7] = 0.5
    lay(paper, coverage, (0, 100, 0))
    assert paper[5, 5].tolist() == [100, 150, 100]
    assert (paper[8:] == 200).all()


def test_every_typeface_is_small_and_described() -> None:
    readme = (FOLDER / "README.md").read_text()
    for name in FILES.values():
        assert (FOLDER / name).stat().st_size < 60_000
        assert name in readme
    assert all(sha256((FOLDER / name).read_bytes()).hexdigest() in readme for name in FILES.values())
    assert sum((FOLDER / name).stat().st_size for name in FILES.values()) < 1_000_000
