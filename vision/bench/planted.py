"""Documents with one planted fault each, and clean ones of the same kind: what the consistency checks are measured on.

A fault is planted on the flat page, before the camera, or in the bytes of the finished file: what a check is to find,
it has to find through the capture. Everything follows from a seed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, cast, get_args

import cv2
import numpy as np
from PIL import Image

from vision.document.mrz_format import CHECKS
from vision.image import Pixels
from vision.synth.capture import CaptureKind, capture, shoot
from vision.synth.capture.medium import Medium
from vision.synth.documents import FAULTLESS, Faults, Holder, Issue, Rendered, greyed, render
from vision.synth.mrz import CheckName
from vision.synth.portraits import stand_in
from vision.synth.resave import decode
from vision.synth.template import SERIES, DocumentKind, Template, template

Fault = Literal[
    "birth_date", "number", "surname", "barcode", "validity", "specimen", "baseline", "height", "stroke", "ink",
    "grey_copy", "moire", "editor", "dates", "check_digit",
]  # fmt: skip
Trait = Literal["baseline", "height", "stroke", "ink"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
TODAY = date(2026, 6, 1)
SURNAMES = ("NOVAK", "OKAFOR", "LINDHOLM", "MORENO", "TANAKA", "HAGEN", "ROSSI", "KAYA", "MBEKI", "OLSEN", "DUARTE")
GIVEN = ("ANNA", "JONAS", "MIRA", "LEO", "SOFIA", "OMAR", "INES", "PAVEL", "AISHA", "NOAH", "YUKI", "CARLA")
LETTERS, DIGITS = "ABCDEFGHKLMNPRTXYZ", "0123456789"
SPECIMENS = ("123456789", "L898902C3", "C01X00T47", "AA7777777", "XY9876543", "000000000")
EDITORS = ("Adobe Photoshop 25.4 (Windows)", "GIMP 2.10.36", "Snapseed 2.0", "Pixelmator Pro 3.5", "PicsArt")
YEARS: Mapping[DocumentKind, int] = {"passport": 10, "id_card": 8, "driving_licence": 10}
TOO_LONG: Mapping[DocumentKind, int] = {"passport": 35, "id_card": 70}
"""Years for which no state gives such a document to anybody. Licences may run to the hundredth birthday."""
CHILD = 9
"""Age in years at which nobody is given a licence."""
EDGED: tuple[Literal["birth_date", "number", "expiry_date"], ...] = ("birth_date", "number", "expiry_date")


@dataclass(frozen=True, eq=False)
class Planted:
    """A file as it was handed in, and what is wrong with it; None for a clean one. `stripes` is how strongly those of a
    display show in the file, in levels of 255; 0 where no display was photographed."""

    data: bytes
    fault: Fault | None
    stripes: float = 0.0


def planted(fault: Fault | None, seed: int) -> Planted:
    """A document with this fault. Equal arguments give equal bytes."""
    rng = np.random.default_rng([0xC0515, seed])
    kind, series = _series(fault, rng)
    holder, issue = _person(rng), _issue(kind, series, rng)
    page = _drawn(fault, holder, issue, seed, rng)
    way: CaptureKind = "screen" if fault == "moire" else ("scan" if rng.random() < 0.4 else "phone")
    data = capture(page.rgb, way, seed)
    if fault in ("editor", "dates"):
        data = _stamped(data, fault, rng)
    return Planted(data, fault, stripes_left(page.rgb, seed) if fault == "moire" else 0.0)


def stripes_left(page: Pixels, seed: int) -> float:
    """How strong the stripes of a display that shows the page are in the file (standard deviation, levels of 255).

    The same display is captured with and without them. JPEG makes a difference of its own between the two files: what
    counts is how much of the difference before compression is left in it."""
    media: tuple[Medium, Medium] = ("screen", "even_screen")
    striped, even = (shoot(page, "screen", seed, medium).rgb.astype(np.float32) for medium in media)
    filed, plain = (decode(capture(page, "screen", seed, medium)).astype(np.float32) for medium in media)
    added = striped - even - (striped - even).mean()
    return float(((filed - plain) * added).mean() / max(float(added.std()), 1e-6))


def _series(fault: Fault | None, rng: np.random.Generator) -> tuple[DocumentKind, int]:
    """A series in which the fault can be planted: one with a zone for a contradiction to it, or with a barcode.
    Half are series whose typefaces are in no set that a detector learns from."""
    pool = SERIES["common" if rng.random() < 0.5 else "held_out"]
    fitting = [each for each in pool if _fits(template(*each), fault)]
    return fitting[int(rng.integers(len(fitting)))]


def _fits(style: Template, fault: Fault | None) -> bool:
    if fault in ("birth_date", "number", "surname", "check_digit"):
        return style.mrz_kind is not None
    return fault != "barcode" or style.barcode is not None


def _drawn(fault: Fault | None, holder: Holder, issue: Issue, seed: int, rng: np.random.Generator) -> Rendered:
    """The flat page with its fault, if it is one of the page."""
    portrait = stand_in(seed)
    if fault == "validity":
        issue = _impossible(issue, holder, rng)
    if fault == "specimen":
        holder = replace(holder, number=str(rng.choice(SPECIMENS)))
    other = _another(holder, rng)
    page = render(holder, issue, portrait, seed, _faults(fault, issue, other, rng))
    if fault in ("birth_date", "number", "surname"):
        return _exchanged(page, render(other, issue, portrait, seed), fault)
    if fault in get_args(Trait):
        return replace(page, rgb=relettered(page, str(rng.choice(EDGED)), cast(Trait, fault)))
    return replace(page, rgb=greyed(page.rgb)) if fault == "grey_copy" else page


def _faults(fault: Fault | None, issue: Issue, other: Holder, rng: np.random.Generator) -> Faults:
    """What the printer got wrong: another holder in the barcode, or one check digit of the zone."""
    if fault == "barcode":
        return Faults(barcode=other)
    zone = template(issue.kind, issue.template).mrz_kind
    if fault != "check_digit" or zone is None:
        return FAULTLESS
    there = {check.name for check in CHECKS[zone]}
    names = [name for name in get_args(CheckName) if name in there]
    return Faults(checks=(names[int(rng.integers(len(names)))],))


def _person(rng: np.random.Generator) -> Holder:
    number = "".join(rng.choice(list(LETTERS), 2)) + "".join(rng.choice(list(DIGITS), 7))
    born = date(1950, 1, 1) + timedelta(days=int(rng.integers(55 * 365)))
    return Holder(str(rng.choice(SURNAMES)), str(rng.choice(GIVEN)), born, str(rng.choice(["F", "M"])), "UTO", number)


def _another(holder: Holder, rng: np.random.Generator) -> Holder:
    """Somebody else who could stand in the holder's place: another surname, birth date and number."""
    other = _person(rng)
    while other.surname == holder.surname:
        other = _person(rng)
    return replace(holder, surname=other.surname, birth_date=other.birth_date, number=other.number)


def _issue(kind: DocumentKind, series: int, rng: np.random.Generator) -> Issue:
    issued = TODAY - timedelta(days=int(rng.integers(30, 6 * 365)))
    return Issue(kind, series, issued, _years_after(issued, YEARS[kind]))


def _years_after(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=min(day.day, 28))


def _impossible(issue: Issue, holder: Holder, rng: np.random.Generator) -> Issue:
    """Dates that cannot be true: issued in the future, after expiry, before birth, or good for too long; or a licence
    that was given to a child."""
    choices = (
        replace(issue, issued=TODAY + timedelta(days=400), expires=TODAY + timedelta(days=3000)),
        replace(issue, issued=issue.expires, expires=issue.issued),
        replace(issue, issued=holder.birth_date - timedelta(days=900)),
        replace(issue, expires=_years_after(issue.issued, TOO_LONG[issue.kind]))
        if issue.kind in TOO_LONG
        else replace(issue, issued=_years_after(holder.birth_date, CHILD)),
    )
    return choices[int(rng.integers(len(choices)))]


def _exchanged(page: Rendered, other: Rendered, name: str) -> Rendered:
    """The page with one field as it stands on another of the same series."""
    first, second = page.boxes[name], other.boxes[name]
    left, top = min(first.x, second.x), min(first.y, second.y)
    right = max(first.x + first.width, second.x + second.width)
    bottom = max(first.y + first.height, second.y + second.height)
    rgb = page.rgb.copy()
    rgb[top:bottom, left:right] = other.rgb[top:bottom, left:right]
    return replace(page, rgb=rgb)


def relettered(page: Rendered, name: str, trait: Trait) -> Pixels:
    """The page with the second half of one field set anew: lower by 15 % of its height, taller by 20 %, in strokes two
    pixels wider, or in ink lighter by 40 %."""
    box = page.boxes[name]
    rgb = page.rgb.copy()
    window = rgb[box.y : box.y + box.height, box.x : box.x + box.width]
    piece = window.astype(np.float32)
    paper = cv2.GaussianBlur(cv2.morphologyEx(piece, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)), (0, 0), 3)
    ink = np.quantile(piece.reshape(-1, 3), 0.02, axis=0)
    depth = paper.mean(axis=2) - piece.mean(axis=2)
    coverage = np.clip(depth / max(float((paper.mean(axis=2) - ink.mean()).mean()), 1.0), 0, 1).astype(np.float32)
    cut = _gap(coverage)
    tail = coverage.copy()
    tail[:, :cut] = 0
    coverage[:, cut:] = np.clip(_reset(tail, cut, trait)[:, cut:], 0, 1)
    window[:] = np.clip(paper * (1 - coverage[..., None]) + ink * coverage[..., None], 0, 255).astype(np.uint8)
    return rgb


def _gap(coverage: np.ndarray) -> int:
    """The emptiest column near the middle of a field, so that no letter is cut."""
    width = coverage.shape[1]
    low, high = int(width * 0.4), int(width * 0.7)
    return low + int(coverage[:, low:high].max(axis=0).argmin())


def _reset(tail: np.ndarray, cut: int, trait: Trait) -> np.ndarray:
    rows = np.flatnonzero(tail.max(axis=1) > 0.5)
    top, bottom = (int(rows[0]), int(rows[-1])) if len(rows) else (0, tail.shape[0] - 1)
    size = (tail.shape[1], tail.shape[0])
    if trait == "baseline":
        return cv2.warpAffine(tail, np.array([[1, 0, 0], [0, 1, 0.15 * (bottom - top)]]), size, flags=cv2.INTER_CUBIC)
    if trait == "height":
        grown = np.array([[1.2, 0, -0.2 * cut], [0, 1.2, -0.2 * bottom]])
        return cv2.warpAffine(tail, grown, size, flags=cv2.INTER_CUBIC)
    if trait == "stroke":
        return cv2.GaussianBlur(cv2.dilate(tail, np.ones((3, 3), np.uint8)), (0, 0), 0.5)
    return tail * 0.6


def _stamped(data: bytes, fault: Fault, rng: np.random.Generator) -> bytes:
    """The file saved once more with an EXIF block that names an editor, or times that cannot be."""
    picture = Image.open(io.BytesIO(data))
    exif = Image.Exif()
    if fault == "editor":
        exif[0x0131] = str(rng.choice(EDITORS))
    else:
        exif[0x0132] = "2025:05:20 10:00:00" if rng.random() < 0.5 else "2027:01:03 09:00:00"
        exif.get_ifd(0x8769)[0x9003] = "2025:11:02 08:30:00"
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92, exif=exif)
    return buffer.getvalue()
