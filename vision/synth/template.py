"""What documents of one series have in common: an integer names the series, and everything about it follows.

States are places of legend with codes that ICAO 9303 leaves to users, so that no page here can pass for a real one.
Numbers below `HELD_OUT` are the common series; from there on typefaces and backgrounds are others, so that a model
trained on common series has seen neither.
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
from vision.synth.scripts import FieldName, Script, labels, native_labels
from vision.types import Box

DocumentKind = Literal["passport", "id_card", "driving_licence"]
Background = Literal[
    "waves", "rosettes", "lattice", "rings", "rays", "contours", "weave", "spirals", "petals", "scales"
]  # fmt: skip
Emblem = Literal["star", "shield", "sun", "tree", "tower", "wheel"]
Header = Literal["plain", "band", "centred", "ruled"]
BarcodeKind = Literal["pdf417", "qr"]
Split = Literal["common", "held_out"]
Colour = tuple[int, int, int]

KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
HELD_OUT = 100_000
SERIES: Mapping[Split, tuple[tuple[DocumentKind, int], ...]] = {
    "common": tuple((kind, number) for number in range(12) for kind in KINDS),
    "held_out": tuple((kind, HELD_OUT + number) for number in range(4) for kind in KINDS),
}
"""The series that sets of pictures are drawn from: what may be trained on, and what never is."""

STATES: tuple[tuple[str, str], ...] = (
    ("UTO", "UTOPIA"), ("XAT", "ATLANTIS"), ("XLY", "LYONESSE"), ("XAV", "AVALON"), ("XED", "ELDORADO"),
    ("XTH", "THULE"), ("XHY", "HYPERBOREA"), ("XCO", "COCKAIGNE"), ("XAG", "AGARTHA"), ("XOP", "OPHIR"),
    ("XIY", "IONIA NOVA"), ("XKI", "KITEZH"), ("XAN", "ANTILLIA"), ("XYS", "YS"), ("XCL", "COLCHIS"),
    ("XPE", "PENGLAI"), ("XIR", "IREM"), ("XSA", "SAMBATION"), ("XVI", "VISHAPIA"),
)  # fmt: skip
SCRIPTS: Mapping[str, Script] = {
    "XAT": "greek", "XIY": "greek", "XHY": "cyrillic", "XKI": "cyrillic", "XOP": "arabic", "XIR": "arabic",
    "XAG": "devanagari", "XCL": "georgian", "XPE": "han", "XSA": "hebrew", "XVI": "armenian",
}  # fmt: skip
"""The script of a state that writes another one beside Latin."""
TYPEFACES: Mapping[Split, tuple[Typeface, ...]] = {
    "common": ("sans", "bold", "serif", "condensed", "mono", "open", "roboto", "clear"),
    "held_out": ("slab", "caladea", "sora", "cantarell"),
}
NATIVE: Mapping[Split, Mapping[Script, Typeface]] = {
    "common": {"cyrillic": "noto", "greek": "noto", "arabic": "naskh", "devanagari": "devanagari",
               "georgian": "georgian", "han": "gothic"},
    "held_out": {"cyrillic": "noto_serif", "greek": "noto_serif", "arabic": "kufi", "han": "mincho",
                 "hebrew": "hebrew", "armenian": "armenian"},
}  # fmt: skip
BACKGROUNDS: Mapping[Split, tuple[Background, ...]] = {
    "common": ("waves", "rosettes", "lattice", "rings", "rays", "contours"),
    "held_out": ("weave", "spirals", "petals", "scales"),
}
CODES: Mapping[DocumentKind, str] = {"passport": "P", "id_card": "I", "driving_licence": "DL"}
TITLES = {"passport": "PASSPORT", "id_card": "IDENTITY CARD", "driving_licence": "DRIVING LICENCE"}
SIZES = {"passport": (1200, 844), "id_card": (1160, 732), "driving_licence": (1100, 694)}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
Row = tuple[FieldName, ...]
ROWS: tuple[tuple[Row, ...], ...] = (
    (("surname",), ("given_names",), ("nationality", "sex"), ("birth_date", "number"), ("issue_date", "expiry_date")),
    (("surname", "sex"), ("given_names",), ("birth_date", "nationality"), ("number",), ("issue_date", "expiry_date")),
    (("number", "sex"), ("surname",), ("given_names",), ("birth_date", "nationality"), ("issue_date", "expiry_date")),
    (("surname",), ("given_names", "sex"), ("number", "nationality"), ("birth_date", "expiry_date"), ("issue_date",)),
    (("number",), ("surname", "nationality"), ("given_names", "sex"), ("issue_date", "expiry_date"), ("birth_date",)),
)


@dataclass(frozen=True)
class Slot:
    """Where one field stands: left end of the label's and of the value's baseline, and the width it may take."""

    x: int
    label_y: int
    value_y: int
    width: int


@dataclass(frozen=True)
class Printing:
    """The security printing of a series. `inks` colour the background from left to right where it is printed in
    rainbow (iris), else the first alone does; `microtext` runs in lines of letters five pixels high."""

    background: Background
    inks: tuple[Colour, Colour, Colour]
    rainbow: bool
    emblem: Emblem
    emblem_box: Box
    microtext: str
    header: Header
    foil: Box | None
    seed: int


@dataclass(frozen=True)
class Template:
    """One series of documents, in pixels of the flat page.

    `native` is the slot of the name in the state's own script and `native_labels` name the fields in it; None and empty
    for a state that writes Latin."""

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
    grey_portrait: bool
    script: Script
    native_typeface: Typeface
    native_labels: Mapping[str, str]
    native: Slot | None
    stamp: Box | None
    barcode: Box | None
    barcode_kind: BarcodeKind | None
    printing: Printing

    def written(self, day: date) -> str:
        """A date as this series prints it, the day before the month always."""
        return {
            "text": f"{day.day:02d} {MONTHS[day.month - 1]} {day.year}",
            "dots": f"{day:%d.%m.%Y}",
            "slashes": f"{day:%d/%m/%Y}",
            "iso": day.isoformat(),
        }[self.date_style]


@dataclass(frozen=True)
class _Layout:
    """Where the parts of a page stand that do not depend on how it is printed."""

    slots: Mapping[str, Slot]
    native: Slot | None
    portrait: Box
    ghost: Box | None
    signature: Box
    stamp: Box | None
    foil: Box | None
    barcode: Box | None


def split_of(number: int) -> Split:
    """Which split a series of this number belongs to."""
    return "held_out" if number >= HELD_OUT else "common"


def _mrz_box(kind: MrzKind | None, width: int, height: int) -> Box | None:
    if kind is None:
        return None
    lines = 3 if kind == "TD1" else 2
    tall = lines * 52 + 26
    return Box(x=0, y=height - tall, width=width, height=tall)


def _slots(
    rng: np.random.Generator, left: int, right: int, top: int, bottom: int, native: bool
) -> tuple[dict[str, Slot], Slot | None]:
    """The slots of the fields in a rectangle, and that of the native name, which has a row of its own."""
    rows: list[Row] = list(ROWS[int(rng.integers(len(ROWS)))])
    names = max(rows.index(row) for row in rows if "surname" in row or "given_names" in row)
    if native:
        rows.insert(names + 1, ())
    pitch = (bottom - top) / len(rows)
    drop = int(np.clip(0.52 * pitch, 31, 42))
    split = left + int((right - left) * rng.uniform(0.54, 0.6))
    slots: dict[str, Slot] = {}
    for index, row in enumerate(rows):
        label_y = top + int(index * pitch) + 20
        value_y = label_y + drop
        for column, name in enumerate(row):
            x, end = (left, split if len(row) > 1 else right) if column == 0 else (split, right)
            slots[name] = Slot(x, label_y, value_y, end - x - 12)
    if not native:
        return slots, None
    label_y = top + int((names + 1) * pitch) + 20
    return slots, Slot(left, label_y, label_y + drop, right - left - 12)


def _side_column(right: int, top: int, bottom: int, ghost: bool, qr: bool) -> tuple[int, Box | None, Box | None]:
    """The column right of the fields: its width, the ghost portrait in it and the QR code below."""
    size = 180
    code = Box(x=right - size, y=bottom - size, width=size, height=size) if qr else None
    y = top + 30 if qr else bottom - 146
    small = Box(x=right - 112, y=y, width=100, height=128) if ghost else None
    return (size + 14 if qr else 120 if ghost else 0), small, code


def _layout(
    rng: np.random.Generator, kind: DocumentKind, mrz: Box | None, barcode: BarcodeKind | None, native: bool
) -> _Layout:
    width, height = SIZES[kind]
    top, bottom = 120, (mrz.y if mrz else height) - 34
    strip = None
    if barcode == "pdf417":
        strip, bottom = Box(x=46, y=height - 150, width=width - 92, height=128), bottom - 122
    on_right = bool(rng.random() < (0.1 if kind == "passport" else 0.3))
    tall = int(min(bottom - top - 60, 440) * rng.uniform(0.84, 1.0))
    wide = int(tall * 0.78)
    x = width - 46 - wide if on_right else 46
    portrait = Box(x=x, y=top + int(rng.integers(0, 20)), width=wide, height=tall)
    left, right = (46, x - 30) if on_right else (x + wide + 40, width - 40)
    column, ghost, code = _side_column(right, top, bottom, bool(rng.random() < 0.55), barcode == "qr")
    slots, own = _slots(rng, left, right - column, top, bottom, native)
    low = portrait.y + tall
    stamp_x, foil_x = (x - 28, x - 26) if on_right else (x + wide - 84, x + wide - 124)
    stamp = Box(x=stamp_x, y=low - 96, width=112, height=112) if rng.random() < 0.45 else None
    foil = Box(x=foil_x, y=portrait.y - 14, width=150, height=150) if rng.random() < 0.5 else None
    floor = strip.y - 2 if strip else bottom + 24
    signature = Box(x=x, y=low + 4, width=wide, height=floor - low - 4)
    return _Layout(slots, own, portrait, ghost, signature, stamp, foil, strip or code)


def _tint(rng: np.random.Generator, low: int, high: int) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue


def _state(rng: np.random.Generator, split: Split, number: int, turn: int) -> tuple[str, str, Script]:
    """The issuing state. Every second series is of one that writes another script beside Latin, the scripts in turn."""
    scripts = {code: SCRIPTS.get(code, "latin") for code, _ in STATES}
    wanted: Script = list(NATIVE[split])[turn % len(NATIVE[split])] if number % 2 else "latin"
    states = [(code, name) for code, name in STATES if scripts[code] == wanted]
    code, name = states[int(rng.integers(len(states)))]
    return code, name, wanted


def _printing(rng: np.random.Generator, split: Split, turn: int, country: str, kind: DocumentKind, foil: Box | None,
              accent: Colour) -> Printing:  # fmt: skip
    width, height = SIZES[kind]
    size = int(rng.integers(230, 340))
    place = Box(x=int(width * rng.uniform(0.45, 0.62)), y=int(height * 0.5) - size // 2, width=size, height=size)
    return Printing(
        background=BACKGROUNDS[split][(2 * turn + turn // 6) % len(BACKGROUNDS[split])],
        inks=(accent, _tint(rng, 60, 200), _tint(rng, 60, 200)), rainbow=bool(rng.random() < 0.5),
        emblem=get_args(Emblem)[int(rng.integers(len(get_args(Emblem))))], emblem_box=place,
        microtext=f"{country} {TITLES[kind]} ", header=get_args(Header)[int(rng.integers(len(get_args(Header))))],
        foil=foil, seed=int(rng.integers(1 << 30)),
    )  # fmt: skip


def _barcode_kind(rng: np.random.Generator, kind: DocumentKind) -> BarcodeKind | None:
    drawn = float(rng.random())
    if kind == "driving_licence":
        return "pdf417" if drawn < 0.6 else None
    return "qr" if kind == "id_card" and drawn < 0.5 else None


@lru_cache(maxsize=256)
def template(kind: DocumentKind, number: int) -> Template:
    """The series `number` of a kind of document. Equal arguments give an equal series, on any machine.

    Scripts, backgrounds and typefaces go in turns, at paces that bring each together with all the others."""
    rng, split = np.random.default_rng([0x5E21E5, KINDS.index(kind), number]), split_of(number)
    turn = len(KINDS) * number + KINDS.index(kind)
    state, country, script = _state(rng, split, number, number // 2 + KINDS.index(kind))
    mrz_kind: MrzKind | None = "TD3" if kind == "passport" else None
    if kind == "id_card":
        mrz_kind = "TD1" if rng.random() < 0.7 else "TD2"
    barcode = _barcode_kind(rng, kind)
    mrz = _mrz_box(mrz_kind, *SIZES[kind])
    place = _layout(rng, kind, mrz, barcode, script != "latin")
    faces, accent = TYPEFACES[split], _tint(rng, 30, 140)
    label_faces = ("sans", "serif", "condensed", "open", "clear") if split == "common" else faces
    return Template(
        kind=kind, number=number, state=state, country=country, width=SIZES[kind][0], height=SIZES[kind][1],
        paper=_tint(rng, 208, 246), accent=accent, ink=_tint(rng, 8, 60),
        labels=labels(rng, script, kind == "driving_licence"),
        label_px=int(rng.integers(16, 19)), value_px=int(rng.integers(27, 32)),
        typeface=faces[(5 * turn + turn // 4) % len(faces)],
        label_typeface=label_faces[int(rng.integers(len(label_faces)))],
        date_style=("text", "dots", "slashes", "iso")[int(rng.choice(4, p=(0.35, 0.3, 0.2, 0.15)))],
        slots=place.slots, portrait=place.portrait, ghost=place.ghost, signature=place.signature,
        mrz=mrz, mrz_kind=mrz_kind, grey_portrait=bool(rng.random() < 0.2),
        script=script, native_typeface=NATIVE[split].get(script, faces[0]), native_labels=native_labels(script),
        native=place.native, stamp=place.stamp, barcode=place.barcode, barcode_kind=barcode,
        printing=_printing(rng, split, turn, country, kind, place.foil, accent),
    )  # fmt: skip
