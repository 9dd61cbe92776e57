"""The formats of machine readable zones: check digits of the standard."""

import pytest

from vision.document.mrz_format import check_digit


@pytest.mark.parametrize(("text", "digit"), [("D23145890", "7"), ("740812", "2"), ("ZE184226B<<<<<", "1"), ("", "0")])
def test_check_digits_of_the_standard(text: str, digit: str) -> None:
    assert check_digit(text) == digit


def test_a_check_digit_needs_the_zones_alphabet() -> None:
    with pytest.raises(ValueError, match="substring not found"):
        check_digit("abc")
