"""Security printing: lines behind the fields, rainbow inks, emblems, microtext, foils and stamps.

Everything is drawn once for a series and cached by the caller, except the stamp, whose place on a page varies.
"""

from __future__ import annotations

import colorsys
from functools import lru_cache

import cv2
import numpy as np

from vision.synth.guilloche import PATTERNS, Curve, bundle, flower, lines
from vision.synth.lettering import Coverage, Rgb, font, lay, write
from vision.synth.template import Colour, DocumentKind, Emblem, Template, template
from vision.types import Box

MICRO_PX = 7


def rainbow(style: Template) -> Rgb:
    """The inks of a series as they run into each other from left to right, as large as its page."""
    inks = np.asarray(style.printing.inks, np.float32)
    across = np.linspace(0, 2, style.width)
    row = np.stack([np.interp(across, (0, 1, 2), inks[:, channel]) for channel in range(3)], axis=1)
    return np.broadcast_to(np.rint(row).astype(np.uint8), (style.height, style.width, 3))


def background(page: Rgb, style: Template) -> None:
    """Print the lines and the emblem behind everything, in place."""
    rng, printing = np.random.default_rng(style.printing.seed), style.printing
    ink: Colour | Rgb = rainbow(style) if printing.rainbow else printing.inks[0]
    lay(page, PATTERNS[printing.background](style, rng), ink, 0.32)
    low, high = sorted(rng.uniform(0, style.height, 2))
    second: Colour | Rgb = ink if printing.rainbow else printing.inks[1]
    lay(page, lines(style, bundle(style, rng, low, high)), second, 0.26)
    lay(page, emblem(style), ink, 0.22)


def _outline(name: Emblem) -> list[Curve]:
    """The shape of an emblem as polygons in a square from -1 to 1."""
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    if name == "shield":
        points = [(-0.7, -0.9), (0.7, -0.9), (0.7, 0.1), (0.45, 0.6), (0, 0.95), (-0.45, 0.6), (-0.7, 0.1)]
        return [np.asarray(points), np.asarray(points) * 0.8, _star(5, 0.42, 0.18)]
    if name == "tree":
        crowns = [circle * 0.34 + np.asarray(at) for at in ((0, -0.55), (-0.38, -0.2), (0.38, -0.2))]
        return [*crowns, np.asarray([(-0.1, 0), (0.1, 0), (0.18, 0.9), (-0.18, 0.9)])]
    if name == "tower":
        wall = [(-0.5, 0.9), (-0.5, -0.5), (-0.7, -0.5), (-0.7, -0.9), (-0.35, -0.9), (-0.35, -0.7), (-0.15, -0.7)]
        half = [*wall, (-0.15, -0.9)]
        return [np.asarray(half + [(-x, y) for x, y in reversed(half)]), circle * 0.2 + (0, 0.1)]
    if name == "wheel":
        spokes = [np.asarray([(0, 0), (0.66 * np.cos(a), 0.66 * np.sin(a))]) for a in turn[::6]]
        return [circle * 0.92, circle * 0.7, circle * 0.16, *spokes]
    if name == "sun":
        return [_star(16, 0.95, 0.55), circle * 0.42]
    return [_star(5, 0.95, 0.38), _star(5, 0.95, 0.38) * 0.72]


def _star(points: int, outer: float, inner: float) -> Curve:
    turn = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False) - np.pi / 2
    reach = np.where(np.arange(2 * points) % 2, inner, outer)
    return np.stack([np.cos(turn), np.sin(turn)], axis=1) * reach[:, None]


def emblem(style: Template) -> Coverage:
    """The state's emblem in hatched lines inside a guilloche ring."""
    box = style.printing.emblem_box
    centre, half = np.array([box.x + box.width / 2, box.y + box.height / 2]), box.width / 2
    curves = [centre + shape * half * 0.66 for shape in _outline(style.printing.emblem)]
    canvas = np.zeros((style.height, style.width), np.uint8)
    cv2.fillPoly(canvas, [np.rint(curves[0]).astype(np.int32)], 255)
    hatch = (np.add.outer(np.arange(style.height), np.arange(style.width)) % 6 < 2).astype(np.float32)
    ring = lines(style, flower(centre, half, 24, 0.04, 22)[15:], closed=True)
    inside = np.maximum(canvas.astype(np.float32) / 255 * hatch * 0.7, ring)
    return np.asarray(np.maximum(inside, lines(style, curves, True)), np.float32)


def microtext(style: Template) -> Coverage:
    """Lines of text five pixels high: under the title, around the portrait, and over the machine readable zone."""
    coverage = np.zeros((style.height, style.width), np.float32)
    box, text = style.portrait, style.printing.microtext
    bottom = (style.mrz.y if style.mrz else style.height) - 5
    for x, y, width in ((46, 112, style.width - 92), (box.x, box.y - 3, box.width), (46, bottom, style.width - 92)):
        face = font("sans", MICRO_PX)
        line = text * int(width / face.getlength(text) + 1)
        while face.getlength(line) > width:
            line = line[:-1]
        write(coverage, line, (x, y), "sans", MICRO_PX)
    return coverage


@lru_cache(maxsize=128)
def _foil(kind: DocumentKind, number: int, size: int) -> tuple[Coverage, Coverage]:
    """The strength of a foil's lines, and the phase of its colour, over its square box."""
    style = template(kind, number)
    x, y = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
    out, turn = np.hypot(x, y), np.arctan2(y, x)
    rng = np.random.default_rng([0xF01, style.printing.seed])
    petals, rings = int(rng.integers(4, 13)), rng.uniform(5, 10)
    stripes = 0.5 + 0.5 * np.cos(2 * np.pi * rings * out + 2 * np.cos(petals * turn))
    edge = np.clip((1 - out * (1 + 0.06 * np.cos(petals * turn))) * 20, 0, 1)
    return (stripes * edge).astype(np.float32), (turn / (2 * np.pi) * 2 + out).astype(np.float32)


def lay_foil(page: Rgb, style: Template, seen_from: float) -> None:
    """Lay the hologram over a page in place; `seen_from` in [0, 1] turns its colours as a tilt would."""
    box = style.printing.foil
    if box is None:
        return
    stripes, phase = _foil(style.kind, style.number, box.width)
    wheel = np.asarray([colorsys.hsv_to_rgb(hue / 64, 0.55, 1.0) for hue in range(64)], np.float32) * 255
    colour = wheel[((phase + seen_from) * 64).astype(np.int64) % 64]
    window = page[box.y : box.y + box.height, box.x : box.x + box.width]
    share = (stripes * np.float32(0.2))[..., None]
    window[:] = np.rint(window * (1 - share) + colour * share).astype(np.uint8)


@lru_cache(maxsize=128)
def _seal(kind: DocumentKind, number: int, size: int) -> Coverage:
    """A round stamp: the state's name around a star."""
    style = template(kind, number)
    text = f"{style.country} * {style.state} * "
    px = min(30, int(2 * np.pi * size * 0.36 / len(text) / 0.68))
    strip = np.zeros((72, int(font("bold", px).getlength(text))), np.float32)
    write(strip, text, (0, 50), "bold", px)
    polar = np.zeros((720, size // 2), np.float32)
    band = cv2.resize(np.rot90(strip[26:56]), (size // 8, 720), interpolation=cv2.INTER_AREA)
    polar[:, int(size * 0.31) : int(size * 0.31) + size // 8] = band[::-1, ::-1][:, ::-1]
    centre = (size / 2 - 0.5, size / 2 - 0.5)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR | cv2.WARP_FILL_OUTLIERS
    ring = cv2.warpPolar(polar, (size, size), centre, size / 2, flags)
    canvas = np.zeros((size, size), np.uint8)
    for reach in (0.48, 0.28):
        cv2.circle(canvas, (size // 2, size // 2), int(size * reach), 255, 3, cv2.LINE_AA)
    star = np.rint(_star(6, size * 0.2, size * 0.1) + size / 2).astype(np.int32)
    cv2.fillPoly(canvas, [star], 200, cv2.LINE_AA)
    return np.maximum(ring, canvas.astype(np.float32) / 255)


def stamp(page: Rgb, style: Template, rng: np.random.Generator) -> Box | None:
    """Stamp a page in place, a little turned and unevenly inked; the stamp's box, or None for a series without one."""
    if style.stamp is None:
        return None
    size = style.stamp.width
    seal = _seal(style.kind, style.number, 2 * size)
    turn = np.asarray(cv2.getRotationMatrix2D((size, size), rng.uniform(-20, 20), 0.5), np.float64)
    turn[:, 2] -= size / 2
    inked = np.asarray(cv2.warpAffine(seal, turn, (size, size), flags=cv2.INTER_AREA), np.float32)
    worn = cv2.resize(rng.uniform(0.35, 0.9, (5, 5)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    x, y = style.stamp.x + int(rng.integers(-8, 9)), style.stamp.y + int(rng.integers(-8, 9))
    window = page[y : y + size, x : x + size]
    lay(window, inked * worn, style.printing.inks[1], 0.85)
    return Box(x=x, y=y, width=size, height=size)
