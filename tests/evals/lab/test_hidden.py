"""What no screen shows is found, and written out where it would be printed."""

from __future__ import annotations

import pytest

from evals.lab.hidden import hidden, shown


@pytest.mark.parametrize(
    "character", ["\x1b", "\x00", "\r", "\u200b", "\u202e", "\u2066", "\ufeff", "\u2028", "\U000e0041"]
)
def test_a_character_that_hides_is_found_at_its_line_and_written_out(character: str) -> None:
    text = f"one\ntwo{character} {character}"
    assert list(hidden(text)) == [(2, f"U+{ord(character):04X}")]
    assert character not in shown(text)
    assert shown(text).startswith("one\ntwo\\")


def test_words_of_any_language_are_shown_as_they_are() -> None:
    text = "Élan, 日本\tПривет … “so” ✓\n"
    assert not list(hidden(text))
    assert shown(text) == text
