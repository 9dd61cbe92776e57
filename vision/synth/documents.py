"""Identity documents of legendary states, drawn from a holder, an issue and an integer seed.

    page = render(holder, Issue("passport", 3, date(2021, 5, 4), date(2031, 5, 4)), portrait, seed=7)

`page.rgb` is the flat page as it left the printer, `page.boxes` says where each field stands in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from vision.synth.barcode import aamva, paint
from vision.synth.lettering import Coverage, Rgb, fitting, lay, write
from vision.synth.mrz import CheckName, encode, spoilt
from vision.synth.page import label, paper, titles
from vision.synth.printing import background, lay_foil, microtext, stamp
from vision.synth.scripts import spell
from vision.synth.template import CODES, DocumentKind, Template, template
from vision.types import Box

MRZ_PX = 46


@dataclass(frozen=True)
class Holder:
    """The person on a document. `sex` is F, M or X; `nationality` an alpha-3 code; `number` the document's."""

    surname: str
    given_names: str
    birth_date: date
    sex: str
    nationality: str
    number: str


@dataclass(frozen=True)
class Issue:
    """Which series a document belongs to and how long it is good."""

    kind: DocumentKind
    template: int
    issued: date
    expires: date


@dataclass(frozen=True)
class Faults:
    """What is wrong with a document on purpose: check digits of its zone that do not agree, and another holder in its
    barcode than on its face. The barcode of an identity card repeats a zone of that holder without broken digits."""

    checks: tuple[CheckName, ...] = ()
    barcode: Holder | None = None


FAULTLESS = Faults()


@dataclass(frozen=True)
class Rendered:
    """A picture of a document and where its parts stand in it. `plane` (3x3) maps pixels of the flat page to pixels of
    `rgb`: identity for a flat page, a homography once it has been photographed.

    `boxes` has every field, `portrait` and `signature`, and where the series has them `native_name`, `ghost`, `stamp`,
    `foil`, `barcode` and `mrz`. `lines` are the zone as printed, `barcode` the text in the barcode, "" without one."""

    rgb: Rgb
    boxes: Mapping[str, Box]
    lines: tuple[str, ...]
    holder: Holder
    issue: Issue
    plane: npt.NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    barcode: str = ""


def printed(holder: Holder, issue: Issue) -> dict[str, str]:
    """The text of every field of the visual zone, as this series writes it."""
    style = template(issue.kind, issue.template)
    return {
        "surname": holder.surname.upper(),
        "given_names": holder.given_names.upper(),
        "nationality": holder.nationality,
        "sex": holder.sex,
        "birth_date": style.written(holder.birth_date),
        "number": holder.number,
        "issue_date": style.written(issue.issued),
        "expiry_date": style.written(issue.expires),
    }


def zone(holder: Holder, issue: Issue) -> tuple[str, ...]:
    """The lines of the machine readable zone; none for a series without one."""
    style = template(issue.kind, issue.template)
    if style.mrz_kind is None:
        return ()
    return encode(
        style.mrz_kind,
        code=CODES[issue.kind],
        state=style.state,
        surname=holder.surname,
        given_names=holder.given_names,
        number=holder.number,
        nationality=holder.nationality,
        birth_date=holder.birth_date,
        expires=issue.expires,
        sex=holder.sex,
    )


def encoded(holder: Holder, issue: Issue) -> str:
    """The text of the barcode; "" for a series without one."""
    style = template(issue.kind, issue.template)
    if style.barcode_kind == "qr":
        return "\n".join(zone(holder, issue))
    if style.barcode_kind is None:
        return ""
    return aamva(
        surname=holder.surname,
        given_names=holder.given_names,
        birth_date=holder.birth_date,
        issued=issue.issued,
        expires=issue.expires,
        sex=holder.sex,
        number=holder.number,
        country=style.state,
    )


def field_ink(style: Template, name: str, text: str, coverage: Coverage, nudge: tuple[float, float] = (0, 0)) -> Box:
    """Ink the value of one field where the series has it; the box around the ink, 4 pixels wider on each side."""
    slot = style.slots[name]
    px = fitting(text, style.typeface, style.value_px, slot.width)
    return _boxed(write(coverage, text, (slot.x + nudge[0], slot.value_y + nudge[1]), style.typeface, px), style)


def zone_ink(style: Template, lines: tuple[str, ...], coverage: Coverage) -> Box:
    """Ink a machine readable zone in OCR-B at a fixed pitch; the box around all its lines."""
    top = style.mrz.y if style.mrz else style.height
    pitch = (style.width - 96) / len(lines[0])
    spans = [
        write(coverage, line, (48, top + 58 + 52 * row), "ocrb", min(MRZ_PX, int(pitch / 0.6)), pitch)
        for row, line in enumerate(lines)
    ]
    whole = np.asarray(spans)
    return _boxed((*whole[:, :2].min(axis=0).tolist(), *whole[:, 2:].max(axis=0).tolist()), style)


def _boxed(span: tuple[int, int, int, int], style: Template, margin: int = 4) -> Box:
    left, top = max(span[0] - margin, 0), max(span[1] - margin, 0)
    right, bottom = min(span[2] + margin, style.width), min(span[3] + margin, style.height)
    return Box(x=left, y=top, width=right - left, height=bottom - top)


@lru_cache(maxsize=64)
def blank(style_kind: DocumentKind, number: int) -> Rgb:
    """The page of a series before anybody is on it: paper, security printing, titles, labels."""
    style = template(style_kind, number)
    page = paper(style)
    background(page, style)
    if style.mrz is not None:
        strip = page[style.mrz.y :]
        strip[:] = (strip * 0.35 + 255 * 0.65).astype(np.uint8)
    lay(page, microtext(style), style.accent, 0.7)
    titles(page, style)
    coverage = np.zeros((style.height, style.width), np.float32)
    for name, slot in style.slots.items():
        label(coverage, style, slot, style.labels[name], style.native_labels.get(name, ""))
    if style.native is not None:
        label(coverage, style, style.native, "", style.native_labels["native_name"])
    lay(page, coverage, style.accent, 0.95)
    page.setflags(write=False)
    return page


def paste_portrait(page: Rgb, style: Template, portrait: Rgb) -> None:
    """Print a portrait, and its ghost where the series has one, into their places."""
    for box, strength in ((style.portrait, 0.97), (style.ghost, 0.5)):
        if box is None:
            continue
        fitted = fit(portrait, box)
        share = np.full((box.height, box.width, 1), strength, np.float32)
        if box is style.ghost:
            share *= _vignette(box)
        if style.grey_portrait or box is style.ghost:
            fitted = greyed(fitted)
        window = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
        page[window] = np.rint(page[window] * (1 - share) + fitted * share).astype(np.uint8)


def _vignette(box: Box) -> Coverage:
    """An oval that fades to nothing at the edges of a box."""
    x, y = np.linspace(-1, 1, box.width), np.linspace(-1, 1, box.height)
    return np.asarray(np.clip(4 * (1 - np.hypot(x[None, :], y[:, None])), 0, 1)[..., None], np.float32)


def greyed(portrait: Rgb) -> Rgb:
    """A portrait in shades of grey, still with three channels."""
    return np.repeat(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.uint8)


def fit(portrait: Rgb, box: Box) -> Rgb:
    """The middle of a portrait cut to a box's shape and scaled to it."""
    tall, wide = portrait.shape[:2]
    take_wide, take_tall = min(wide, int(tall * box.width / box.height)), min(tall, int(wide * box.height / box.width))
    left, top = (wide - take_wide) // 2, (tall - take_tall) // 2
    cut = portrait[top : top + take_tall, left : left + take_wide]
    shrinking = cv2.INTER_AREA if take_wide > box.width else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(cut, (box.width, box.height), interpolation=shrinking), dtype=np.uint8)


def _signature(style: Template, rng: np.random.Generator, coverage: Coverage) -> Box:
    """Sign in ink below the portrait: a hand that loops as it goes, and one stroke back under it."""
    box, count = style.signature, int(rng.integers(6, 13))
    canvas = np.zeros((style.height, style.width), np.uint8)
    along = np.linspace(0, 1, 140)
    x = np.interp(along, np.linspace(0, 1, count), np.sort(rng.uniform(0.1, 0.85, count)))
    y = np.interp(along, np.linspace(0, 1, count), rng.uniform(0.25, 0.7, count))
    turns, reach = rng.uniform(6, 14), rng.uniform(0.1, 0.25)
    x += 0.025 * np.cos(2 * np.pi * turns * along)
    y += reach * np.sin(2 * np.pi * turns * along) * (1 - 0.7 * along)
    x, y = (np.convolve(np.pad(line, 4, "edge"), np.full(9, 1 / 9), "valid") for line in (x, y))
    strokes = [np.stack([box.x + x * box.width, box.y + np.clip(y, 0.08, 0.92) * box.height], axis=1)]
    if rng.random() < 0.4:
        ends = np.array([[0.8, rng.uniform(0.7, 0.85)], [0.2, rng.uniform(0.75, 0.92)]])
        strokes.append(ends * (box.width, box.height) + (box.x, box.y))
    pens = [np.rint(stroke * 16).astype(np.int32) for stroke in strokes]
    cv2.polylines(canvas, pens, False, 255, 2, cv2.LINE_AA, 4)
    np.maximum(coverage, canvas.astype(np.float32) / np.float32(255), out=coverage)
    left, top, wide, tall = cv2.boundingRect(canvas)
    return Box(x=left, y=top, width=wide, height=tall)


def _native_ink(style: Template, holder: Holder, coverage: Coverage, nudge: tuple[float, float]) -> Box | None:
    """Ink the holder's name in the state's own script, surname first."""
    if style.native is None:
        return None
    text = f"{spell(holder.surname, style.script)} {spell(holder.given_names, style.script)}"
    at = (style.native.x + nudge[0], style.native.value_y + nudge[1])
    px = fitting(text, style.native_typeface, style.value_px, style.native.width)
    return _boxed(write(coverage, text, at, style.native_typeface, px), style)


def render(holder: Holder, issue: Issue, portrait: Rgb, seed: int, faults: Faults = FAULTLESS) -> Rendered:
    """Draw a document. The portrait is RGB of any size; `seed` varies what differs between copies of one series, and
    `faults` is what is wrong with it on purpose."""
    style, rng = template(issue.kind, issue.template), np.random.default_rng([0xD0C, seed])
    page = blank(issue.kind, issue.template).copy()
    paste_portrait(page, style, portrait)
    coverage: Coverage = np.zeros((style.height, style.width), np.float32)
    nudge = (float(rng.integers(-2, 3)), float(rng.integers(-1, 2)))
    boxes: dict[str, Box | None] = {
        name: field_ink(style, name, text, coverage, nudge) for name, text in printed(holder, issue).items()
    }
    boxes |= {"native_name": _native_ink(style, holder, coverage, nudge), "portrait": style.portrait}
    lines = zone(holder, issue)
    if style.mrz_kind is not None:
        lines = spoilt(style.mrz_kind, lines, faults.checks)
        boxes["mrz"] = zone_ink(style, lines, coverage)
    lay(page, coverage, style.ink, float(rng.uniform(0.86, 0.97)))
    coverage[:] = 0
    boxes["signature"] = _signature(style, rng, coverage)
    lay(page, coverage, style.ink, 0.8)
    text = encoded(faults.barcode or holder, issue)
    if style.barcode is not None and style.barcode_kind is not None:
        boxes["barcode"] = paint(page, style.barcode, text, style.barcode_kind)
    lay_foil(page, style, float(rng.random()))
    boxes |= {"ghost": style.ghost, "foil": style.printing.foil, "stamp": stamp(page, style, rng)}
    present = {name: box for name, box in boxes.items() if box is not None}
    return Rendered(page, present, lines, holder, issue, barcode=text)
