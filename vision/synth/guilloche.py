"""The fine lines behind a page: one pattern for each background that a series may have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import cv2
import numpy as np
import numpy.typing as npt

from vision.synth.lettering import Coverage
from vision.synth.template import Background, Template

Curve = npt.NDArray[np.float64]


def lines(style: Template, curves: Iterable[Curve], closed: bool = False) -> Coverage:
    """Hairlines along curves of (x, y) points."""
    canvas = np.zeros((style.height, style.width), np.uint8)
    fixed = [np.rint(curve * 16).astype(np.int32) for curve in curves]
    cv2.polylines(canvas, fixed, closed, 255, 1, cv2.LINE_AA, 4)
    return canvas.astype(np.float32) / np.float32(255)


def bundle(style: Template, rng: np.random.Generator, low: float, high: float) -> list[Curve]:
    """Sine curves between two heights that drift past each other."""
    x = np.arange(-20, style.width + 20, 8, dtype=np.float64)
    height, turns, drift = rng.uniform(15, 70), rng.uniform(1, 7), rng.uniform(0, 7)
    phase = 2 * np.pi * turns * x / style.width
    return [
        np.stack([x, low + (high - low) * step + height * np.sin(phase + drift * step)], axis=1)
        for step in np.linspace(0, 1, int(rng.integers(14, 34)))
    ]


def _waves(style: Template, rng: np.random.Generator) -> Coverage:
    curves: list[Curve] = []
    for _ in range(int(rng.integers(3, 6))):
        low, high = sorted(rng.uniform(0, style.height, 2))
        curves += bundle(style, rng, low, high)
    return lines(style, curves)


def flower(centre: Curve, size: float, petals: int, depth: float, rings: int) -> list[Curve]:
    turn = np.linspace(0, 2 * np.pi, 90 + 24 * petals)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return [
        centre + around * (size * ring * (1 + depth * np.cos(petals * turn + ring * 5)))[:, None]
        for ring in np.linspace(0.3, 1, rings)
    ]


def _rosettes(style: Template, rng: np.random.Generator) -> Coverage:
    curves: list[Curve] = []
    for _ in range(int(rng.integers(4, 8))):
        centre = rng.uniform((0, 0), (style.width, style.height))
        petals, depth = int(rng.integers(5, 17)), rng.uniform(0.1, 0.35)
        curves += flower(centre, rng.uniform(90, 260), petals, depth, int(rng.integers(8, 16)))
    return lines(style, curves, closed=True)


def _lattice(style: Template, rng: np.random.Generator) -> Coverage:
    """Two families of wavy lines that cross."""
    reach, gap = style.width + style.height, rng.uniform(16, 28)
    along = np.arange(-reach, reach, 10, dtype=np.float64)
    wave = rng.uniform(4, 14) * np.sin(2 * np.pi * along / rng.uniform(60, 200))
    curves = []
    for angle in (rng.uniform(0.4, 0.8), -rng.uniform(0.4, 0.8)):
        across, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        for offset in np.arange(-reach / 2, reach, gap):
            curves.append(along[:, None] * across + (offset + wave)[:, None] * down)
    return lines(style, curves)


def _rings(style: Template, rng: np.random.Generator) -> Coverage:
    """Rings about two points, which beat where they meet."""
    curves: list[Curve] = []
    for _ in range(2):
        centre = rng.uniform((-0.2 * style.width, 0), (1.2 * style.width, style.height))
        petals, depth, size = int(rng.integers(3, 30)), rng.uniform(0.005, 0.03), 0.9 * style.width
        curves += flower(centre, size, petals, depth, int(rng.integers(40, 70)))
    return lines(style, curves, closed=True)


def _rays(style: Template, rng: np.random.Generator) -> Coverage:
    """Rays from one point, each bent the same way."""
    centre = np.array([rng.uniform(0.2, 0.9) * style.width, rng.uniform(0.2, 1.1) * style.height])
    out = np.linspace(30, style.width * 1.2, 70)
    bend = rng.uniform(0.1, 0.5) * np.sin(out / rng.uniform(60, 160)) / (1 + out / 300)
    curves = []
    for angle in np.linspace(0, 2 * np.pi, int(rng.integers(110, 200)), endpoint=False):
        turn = angle + bend
        curves.append(centre + out[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return lines(style, curves)


def _places(style: Template) -> tuple[Coverage, Coverage]:
    x, y = np.meshgrid(np.arange(style.width, dtype=np.float32), np.arange(style.height, dtype=np.float32))
    return x, y


def _contours(style: Template, rng: np.random.Generator) -> Coverage:
    """Lines of equal height of a smooth landscape."""
    coarse = rng.normal(0, 1, (6, 8)).astype(np.float32)
    land = cv2.resize(coarse, (style.width, style.height), interpolation=cv2.INTER_CUBIC) * rng.uniform(5, 9)
    slope = np.hypot(cv2.Sobel(land, cv2.CV_32F, 1, 0), cv2.Sobel(land, cv2.CV_32F, 0, 1)) / 8
    return np.asarray(np.clip(1.2 - np.abs(land - np.rint(land)) / np.maximum(slope, 0.012), 0, 1), np.float32)


def _weave(style: Template, rng: np.random.Generator) -> Coverage:
    """Bands of parallel hairlines that go over and under each other."""
    x, y = _places(style)
    cell, step = rng.uniform(36, 60), rng.uniform(5.5, 7.5)
    over = ((x // cell + y // cell) % 2).astype(np.float32)
    ripple = 2 * np.sin(2 * np.pi * (x + y) / (3 * cell))
    line = np.where(over > 0, np.cos(2 * np.pi * (y + ripple) / step), np.cos(2 * np.pi * (x + ripple) / step))
    return np.asarray(np.clip(line * 1.6 - 0.5, 0, 1), np.float32)


def _spirals(style: Template, rng: np.random.Generator) -> Coverage:
    """Many arms of a logarithmic spiral, wound both ways."""
    centre = np.array([rng.uniform(0.3, 0.8) * style.width, rng.uniform(0.3, 0.7) * style.height])
    turn = np.linspace(0, 2.6 * np.pi, 220)
    out = 14 * np.exp(turn * rng.uniform(0.48, 0.58))
    curves = []
    for arm in np.linspace(0, 2 * np.pi, int(rng.integers(34, 56)), endpoint=False):
        for way in (1, -1):
            angle = way * turn + arm
            curves.append(centre + out[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return lines(style, curves)


def _petals(style: Template, rng: np.random.Generator) -> Coverage:
    """A lace of hypotrochoids, one beside the other."""
    pitch, teeth = rng.uniform(120, 190), int(rng.integers(7, 13))
    turn = np.linspace(0, 2 * np.pi, 420)
    loop = np.cos(turn)[:, None] * (1, 0) + np.sin(turn)[:, None] * (0, 1)
    small = np.stack([np.cos((teeth - 1) * turn), -np.sin((teeth - 1) * turn)], axis=1)
    shapes = [loop * pitch * size + small * pitch * (0.72 - size) for size in (0.36, 0.44, 0.52)]
    centres = [
        (x + pitch / 2 * (row % 2), y)
        for row, y in enumerate(np.arange(0, style.height + pitch, pitch * 0.86))
        for x in np.arange(0, style.width + pitch, pitch)
    ]
    return lines(style, [shape + centre for centre in centres for shape in shapes], closed=True)


def _scales(style: Template, rng: np.random.Generator) -> Coverage:
    """Rows of half rings that overlap like tiles."""
    x, y = _places(style)
    size, step = rng.uniform(44, 72), rng.uniform(7, 9.5)
    nearest = np.full(x.shape, -1, np.float32)
    for row in range(3):
        base = (np.floor(y / (size / 2)) + row) * size / 2
        shift = (np.floor(y / (size / 2)) + row) % 2 * size / 2
        off = (x + shift) % size - size / 2
        away = np.hypot(off, base - y)
        nearest = np.where((nearest < 0) & (away < size / 2), away, nearest)
    return np.where(nearest >= 0, np.clip(np.cos(2 * np.pi * nearest / step) * 1.5 - 0.45, 0, 1), 0).astype(np.float32)


PATTERNS: Mapping[Background, Callable[[Template, np.random.Generator], Coverage]] = {
    "waves": _waves, "rosettes": _rosettes, "lattice": _lattice, "rings": _rings, "rays": _rays,
    "contours": _contours, "weave": _weave, "spirals": _spirals, "petals": _petals, "scales": _scales,
}  # fmt: skip
