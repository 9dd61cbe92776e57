"""What documents of one series have in common: an integer names the series, and everything about it follows.

States are places of legend with codes that ICAO 9303 leaves to users, so that no page here can pass for a real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from vision.synth.lettering import Typeface
from vision.synth.mrz import MrzKind
from vision.types import Box

DocumentKind = Literal["passport", "id_card", "driving_licence"]
FieldName = Literal["surname", "given_names", "nationality", "sex", "birth_date", "number", "issue_date", "expiry_date"]
Colour = tuple[int, int, int]

STATES = (
    ("UTO", "UTOPIA"), ("XAT", "ATLANTIS"), ("XLY", "LYONESSE"), ("XAV", "AVALON"), ("XED", "ELDORADO"),
    ("XTH", "THULE"), ("XHY", "HYPERBOREA"), ("XCO", "COCKAIGNE"), ("XAG", "AGARTHA"), ("XOP", "OPHIR"),
    ("XIY", "IONIA NOVA"), ("XKI", "KITEZH"), ("XAN", "ANTILLIA"), ("XYS", "YS"),
)  # fmt: skip
TITLES = {"passport": "PASSPORT", "id_card": "IDENTITY CARD", "driving_licence": "DRIVING LICENCE"}
SIZES = {"passport": (1200, 844), "id_card": (1160, 732), "driving_licence": (1100, 694)}
ENGLISH = ("Surname", "Given names", "Nationality", "Sex", "Date of birth", "Document No.", "Date of issue",
           "Date of expiry")  # fmt: skip
SECOND = (
    ("", "", "", "", "", "", "", ""),
    ("Nom", "Prénoms", "Nationalité", "Sexe", "Date de naissance", "No.", "Délivré le", "Expire le"),
    ("Apellidos", "Nombres", "Nacionalidad", "Sexo", "Fecha de nacimiento", "Núm.", "Expedición", "Caducidad"),
    ("Cognome", "Nomi", "Cittadinanza", "Sesso", "Data di nascita", "N.", "Rilascio", "Scadenza"),
    ("Familienname", "Vornamen", "Staatsang.", "Geschl.", "Geburtsdatum", "Nr.", "Ausgestellt", "Gültig bis"),
)
"""Second languages of the labels; the first form is a document in English alone."""
LICENCE_MARKS = ("1.", "2.", "", "", "3.", "5.", "4a.", "4b.")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
ROWS: tuple[tuple[tuple[FieldName, ...], ...], ...] = (
    (("surname",), ("given_names",), ("nationality", "sex"), ("birth_date", "number"), ("issue_date", "expiry_date")),
    (("surname", "sex"), ("given_names",), ("birth_date", "nationality"), ("number",), ("issue_date", "expiry_date")),
    (("number", "sex"), ("surname",), ("given_names",), ("birth_date", "nationality"), ("issue_date", "expiry_date")),
)


@dataclass(frozen=True)
class Slot:
    """Where one field stands: left end of the label's and of the value's baseline, and the width it may take."""

    x: int
    label_y: int
    value_y: int
    width: int


@dataclass(frozen=True)
class Template:
    """One series of documents, in pixels of the flat page."""

    kind: DocumentKind
    number: int
    state: str
    country: str
    width: int
    height: int
    paper: Colour
    accent: Colour
    ink: Colour
    labels: Mapping[str, str]
    label_px: int
    value_px: int
    typeface: Typeface
    label_typeface: Typeface
    date_style: Literal["text", "dots", "slashes", "iso"]
    slots: Mapping[str, Slot]
    portrait: Box
    ghost: Box | None
    signature: Box
    mrz: Box | None
    mrz_kind: MrzKind | None
    waves: int
    grey_portrait: bool

    def written(self, day: date) -> str:
        """A date as this series prints it, the day before the month always."""
        return {
            "text": f"{day.day:02d} {MONTHS[day.month - 1]} {day.year}",
            "dots": f"{day:%d.%m.%Y}",
            "slashes": f"{day:%d/%m/%Y}",
            "iso": day.isoformat(),
        }[self.date_style]


def _mrz_box(kind: MrzKind | None, width: int, height: int) -> Box | None:
    if kind is None:
        return None
    lines = 3 if kind == "TD1" else 2
    tall = lines * 52 + 26
    return Box(x=0, y=height - tall, width=width, height=tall)


def _slots(rng: np.random.Generator, left: int, right: int, top: int, bottom: int) -> dict[str, Slot]:
    rows = ROWS[int(rng.integers(len(ROWS)))]
    pitch = (bottom - top) / len(rows)
    split = left + int((right - left) * rng.uniform(0.54, 0.6))
    slots: dict[str, Slot] = {}
    for index, row in enumerate(rows):
        y = top + int(index * pitch)
        for column, name in enumerate(row):
            x = left if column == 0 else split
            end = right if column == len(row) - 1 else split
            slots[name] = Slot(x, y + 20, y + 20 + int(min(pitch - 24, 42)), end - x - 12)
    return slots


def _labels(rng: np.random.Generator, kind: DocumentKind) -> dict[str, str]:
    other = SECOND[int(rng.integers(len(SECOND)))]
    marks = LICENCE_MARKS if kind == "driving_licence" else ("",) * len(LICENCE_MARKS)
    names = get_args(FieldName)
    joined = (
        f"{mark} {first}" + (f" / {second}" if second else "")
        for mark, first, second in zip(marks, ENGLISH, other, strict=True)
    )
    return {name: label.strip() for name, label in zip(names, joined, strict=True)}


def _tint(rng: np.random.Generator, low: int, high: int) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue


@lru_cache(maxsize=256)
def template(kind: DocumentKind, number: int) -> Template:
    """The series `number` of a kind of document. Equal arguments give an equal series, on any machine."""
    rng = np.random.default_rng([0x5E21E5, ("passport", "id_card", "driving_licence").index(kind), number])
    width, height = SIZES[kind]
    state, country = STATES[int(rng.integers(len(STATES)))]
    mrz_kind: MrzKind | None = "TD3" if kind == "passport" else None
    if kind == "id_card":
        mrz_kind = "TD1" if rng.random() < 0.7 else "TD2"
    mrz = _mrz_box(mrz_kind, width, height)
    top, bottom = 120, (mrz.y if mrz else height) - 34
    on_right = kind != "passport" and bool(rng.random() < 0.3)
    tall = min(bottom - top - 60, 440)
    wide = int(tall * 0.78)
    x = width - 46 - wide if on_right else 46
    portrait = Box(x=x, y=top + int(rng.integers(0, 20)), width=wide, height=tall)
    left, right = (46, x - 30) if on_right else (x + wide + 40, width - 40)
    ghost = Box(x=right - 112, y=bottom - 146, width=100, height=128) if rng.random() < 0.5 else None
    faces: tuple[Typeface, ...] = ("sans", "bold", "serif", "condensed", "mono")
    weights = (0.25, 0.25, 0.2, 0.2, 0.1)
    return Template(
        kind=kind, number=number, state=state, country=country, width=width, height=height,
        paper=_tint(rng, 208, 246), accent=_tint(rng, 30, 140), ink=_tint(rng, 8, 60),
        labels=_labels(rng, kind), label_px=int(rng.integers(16, 19)), value_px=int(rng.integers(27, 32)),
        typeface=faces[int(rng.choice(len(faces), p=weights))], label_typeface=faces[int(rng.choice([0, 2, 3]))],
        date_style=("text", "dots", "slashes", "iso")[int(rng.choice(4, p=(0.35, 0.3, 0.2, 0.15)))],
        slots=_slots(rng, left, right - (120 if ghost else 0), top, bottom),
        portrait=portrait, ghost=ghost,
        signature=Box(x=x, y=portrait.y + tall + 4, width=wide, height=bottom + 20 - portrait.y - tall),
        mrz=mrz, mrz_kind=mrz_kind, waves=int(rng.integers(1 << 30)), grey_portrait=bool(rng.random() < 0.2),
    )  # fmt: skip
