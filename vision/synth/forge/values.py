"""Names, numbers and dates: what a document says, and what a forger writes instead where he was not told."""

from __future__ import annotations

import string
from datetime import date, timedelta

import numpy as np

LETTERS = "ABCDEFGHKLMNPRTXYZ"
CONSONANTS = ("B", "D", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "T", "V", "Z", "CH", "ST", "KR", "TR", "BR")
VOWELS = ("A", "E", "I", "O", "U", "A", "E", "O", "AI", "EA")


def name(rng: np.random.Generator) -> str:
    """An invented name of two to four syllables."""
    parts = [
        CONSONANTS[int(rng.integers(len(CONSONANTS)))] + VOWELS[int(rng.integers(len(VOWELS)))]
        for _ in range(int(rng.integers(2, 5)))
    ]
    return "".join(parts) + str(rng.choice(["", "N", "R", "S", "L"]))


def number(rng: np.random.Generator) -> str:
    """The number of a document: nine letters and digits."""
    return "".join(rng.choice(list(LETTERS + string.digits), 9))


def shuffled(value: str, rng: np.random.Generator) -> str:
    """Another text of the same shape: letters for letters, digits for digits."""
    pick = {True: string.digits, False: LETTERS}
    return "".join(pick[c.isdigit()][int(rng.integers(len(pick[c.isdigit()])))] if c.isalnum() else c for c in value)


def other_day(day: date, rng: np.random.Generator) -> date:
    """A day between half a year and eleven years away."""
    return day + timedelta(days=int(rng.integers(200, 4000)) * int(rng.choice([-1, 1])))


def other_year(day: date, rng: np.random.Generator) -> date:
    """The same day of another year of its decade: a date that differs in one digit."""
    year = day.year - day.year % 10 + (day.year + int(rng.integers(1, 10))) % 10
    return day.replace(year=year, day=28 if (day.month, day.day) == (2, 29) else day.day)


def other_digits(value: str, rng: np.random.Generator) -> str:
    """The text with one or two of its digits changed; the first letter becomes one where there is none."""
    places = [index for index, letter in enumerate(value) if letter.isdigit()] or [0]
    letters = list(value)
    for place in rng.choice(places, int(rng.integers(1, 3))):
        old = int(letters[place]) if letters[place].isdigit() else 6
        letters[place] = str((old + int(rng.integers(1, 10))) % 10)
    return "".join(letters)
