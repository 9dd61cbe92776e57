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

from vision.synth.lettering import Coverage, Rgb, fitting, lay, write
from vision.synth.mrz import encode
from vision.synth.template import TITLES, DocumentKind, Template, template
from vision.types import Box

MRZ_PX = 46
CODES: Mapping[DocumentKind, str] = {"passport": "P", "id_card": "I", "driving_licence": "DL"}


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
class Rendered:
    """A picture of a document and where its parts stand in it. `plane` (3x3) maps pixels of the flat page to pixels of
    `rgb`: identity for a flat page, a homography once it has been photographed."""

    rgb: Rgb
    boxes: Mapping[str, Box]
    lines: tuple[str, ...]
    holder: Holder
    issue: Issue
    plane: npt.NDArray[np.float64] = field(default_factory=lambda: np.eye(3))


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


def _wave(style: Template, rng: np.random.Generator) -> Coverage:
    """A guilloche: bundles of sine curves that drift past each other."""
    coverage = np.zeros((style.height, style.width), np.uint8)
    x = np.arange(-20, style.width + 20, 8)
    for _ in range(int(rng.integers(2, 5))):
        low, high = sorted(rng.uniform(0, style.height, 2))
        height, turns, drift = rng.uniform(15, 70), rng.uniform(1, 7), rng.uniform(0, 7)
        for step in np.linspace(0, 1, int(rng.integers(10, 28))):
            y = low + (high - low) * step + height * np.sin(2 * np.pi * turns * x / style.width + drift * step)
            curve = np.rint(np.stack([x, y], axis=1) * 16).astype(np.int32)
            cv2.polylines(coverage, [curve], False, 255, 1, cv2.LINE_AA, 4)
    return coverage.astype(np.float32) / np.float32(255)


def _rosette(style: Template, rng: np.random.Generator) -> Coverage:
    coverage = np.zeros((style.height, style.width), np.uint8)
    centre = np.array([rng.uniform(0.35, 0.9) * style.width, rng.uniform(0.3, 0.7) * style.height])
    turn = np.linspace(0, 2 * np.pi, 600)
    petals, size = int(rng.integers(5, 17)), rng.uniform(70, 170)
    for ring in np.linspace(0.4, 1, int(rng.integers(5, 11))):
        reach = size * ring * (1 + rng.uniform(0.1, 0.35) * np.cos(petals * turn + ring * 5))
        curve = centre + np.stack([np.cos(turn), np.sin(turn)], axis=1) * reach[:, None]
        cv2.polylines(coverage, [np.rint(curve * 16).astype(np.int32)], True, 255, 1, cv2.LINE_AA, 4)
    return coverage.astype(np.float32) / np.float32(255)


@lru_cache(maxsize=64)
def blank(style_kind: DocumentKind, number: int) -> Rgb:
    """The page of a series before anybody is on it: paper, guilloche, titles, labels."""
    style = template(style_kind, number)
    rng = np.random.default_rng(style.waves)
    slope = np.linspace(-1, 1, style.width)[None, :] * rng.uniform(-9, 9) + np.linspace(-1, 1, style.height)[
        :, None
    ] * rng.uniform(-9, 9)
    page = np.clip(np.asarray(style.paper, np.float32) + slope[..., None], 0, 255).astype(np.uint8)
    lay(page, _wave(style, rng), style.accent, 0.34)
    second = tuple(int(value) for value in rng.integers(90, 210, 3))
    lay(page, _wave(style, rng), (second[0], second[1], second[2]), 0.30)
    lay(page, _rosette(style, rng), style.accent, 0.28)
    if style.mrz is not None:
        strip = page[style.mrz.y :]
        strip[:] = (strip * 0.35 + 255 * 0.65).astype(np.uint8)
    coverage = np.zeros((style.height, style.width), np.float32)
    write(coverage, style.country, (46, 62), "condensed", 42)
    write(coverage, TITLES[style.kind], (46, 98), "bold", 26)
    write(coverage, f"{CODES[style.kind]}  {style.state}", (style.width - 210, 62), "bold", 30)
    lay(page, coverage, style.accent)
    coverage[:] = 0
    for name, slot in style.slots.items():
        label = style.labels[name]
        px = fitting(label, style.label_typeface, style.label_px, slot.width)
        write(coverage, label, (slot.x, slot.label_y), style.label_typeface, px)
    lay(page, coverage, style.accent, 0.95)
    page.setflags(write=False)
    return page


def paste_portrait(page: Rgb, style: Template, portrait: Rgb) -> None:
    """Print a portrait, and its ghost where the series has one, into their places."""
    for box, strength in ((style.portrait, 0.97), (style.ghost, 0.45)):
        if box is None:
            continue
        fitted = fit(portrait, box)
        if style.grey_portrait or box is style.ghost:
            fitted = greyed(fitted)
        window = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
        page[window] = np.rint(page[window] * (1 - strength) + fitted * strength).astype(np.uint8)


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


def _signature(style: Template, rng: np.random.Generator) -> Coverage:
    coverage = np.zeros((style.height, style.width), np.uint8)
    box, count = style.signature, int(rng.integers(6, 13))
    x = np.interp(np.linspace(0, 1, 90), np.linspace(0, 1, count), np.sort(rng.uniform(0.1, 0.9, count)))
    y = np.interp(np.linspace(0, 1, 90), np.linspace(0, 1, count), rng.uniform(0.15, 0.75, count))
    curve = np.stack(
        [box.x + cv2.blur(x, (15, 1)).ravel() * box.width, box.y + cv2.blur(y, (15, 1)).ravel() * box.height], 1
    )
    cv2.polylines(coverage, [np.rint(curve * 16).astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
    return coverage.astype(np.float32) / np.float32(255)


def render(holder: Holder, issue: Issue, portrait: Rgb, seed: int) -> Rendered:
    """Draw a document. The portrait is RGB of any size; `seed` varies what differs between copies of one series."""
    style, rng = template(issue.kind, issue.template), np.random.default_rng([0xD0C, seed])
    page = blank(issue.kind, issue.template).copy()
    paste_portrait(page, style, portrait)
    coverage: Coverage = np.zeros((style.height, style.width), np.float32)
    nudge = (float(rng.integers(-2, 3)), float(rng.integers(-1, 2)))
    boxes = {name: field_ink(style, name, text, coverage, nudge) for name, text in printed(holder, issue).items()}
    boxes["portrait"] = style.portrait
    lines = zone(holder, issue)
    if lines:
        boxes["mrz"] = zone_ink(style, lines, coverage)
    lay(page, coverage, style.ink, float(rng.uniform(0.86, 0.97)))
    lay(page, _signature(style, rng), style.ink, 0.8)
    return Rendered(page, boxes, lines, holder, issue)
