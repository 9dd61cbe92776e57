"""What the inpainting network learns from: captures that nobody edited, and holes as a forger would mark them.

Most holes lie where little ink is: a forger wants the ground that is around letters, not other letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vision.synth.deck import Recipe
from vision.synth.forge.scene import hole_of
from vision.synth.forge.values import name, number
from vision.synth.lettering import write
from vision.synth.resave import Mask
from vision.synth.template import TYPEFACES
from vision.train.forgery_scenes import drawn_scenes

Rgb = npt.NDArray[np.uint8]
BARE = 0.8
"""Share of holes that are laid where the least ink is, of `TRIED` places."""
TRIED = 4


@dataclass(frozen=True, eq=False)
class Crop:
    """A square of a capture, and what of it is to be filled."""

    rgb: Rgb
    hole: Mask


def captures(recipe: Recipe, count: int, cache: Path | None = None) -> list[Rgb]:
    """A window of each of the first captures of a recipe as a forger finds it: photographed, and saved up to three
    times. `cache` is a folder that keeps them between runs, each of which costs most of a CPU second."""
    return [_capture(recipe, index, cache / recipe.name if cache else None) for index in range(count)]


def _capture(recipe: Recipe, index: int, folder: Path | None) -> Rgb:
    path = folder / f"{index:06d}.npy" if folder else None
    if path is not None and path.is_file():
        return np.asarray(np.load(path), np.uint8)
    window = next(drawn_scenes(recipe, index)).genuine
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, window)
    return window


def crop(windows: Sequence[Rgb], side: int, rng: np.random.Generator) -> Crop:
    """A square of any of the windows with a hole in it, mirrored as often as not."""
    hole = drawn_hole(side, rng)
    places = [_square(windows, side, rng) for _ in range(TRIED if rng.random() < BARE else 1)]
    rgb = min(places, key=lambda place: _ink(place, hole))
    return Crop(np.ascontiguousarray(rgb[:, :: int(rng.choice([-1, 1]))]), hole)


def _square(windows: Sequence[Rgb], side: int, rng: np.random.Generator) -> Rgb:
    window = windows[int(rng.integers(len(windows)))]
    top, left = (int(rng.integers(0, length - side + 1)) for length in window.shape[:2])
    return np.ascontiguousarray(window[top : top + side, left : left + side])


def _ink(rgb: Rgb, hole: Mask) -> float:
    """How much darker the darkest pixels of a hole are than most of it."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[hole]
    return float(np.median(grey) - np.quantile(grey, 0.02))


def drawn_hole(side: int, rng: np.random.Generator) -> Mask:
    """A line of text, the strokes of letters, a box or an oval in a square of at least 64 pixels, a little turned;
    never empty and never most of it."""
    kind = rng.random()
    share = _strokes(side, rng) if kind < 0.35 else _shape(side, kind, rng)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.normal(0, 4), 1.0)
    hole = np.asarray(cv2.warpAffine(share, turn, (side, side)) > 0.1, np.bool_)
    return hole if 0 < hole.mean() < 0.6 else drawn_hole(side, rng)


def _shape(side: int, kind: float, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A line's box where `kind` is below 0.7, an oval from 0.85 on, else a box."""
    low = (10, 40) if kind < 0.7 else (16, 16)
    high = (min(44, side // 2), side - 16) if kind < 0.7 else (side // 2, side // 2)
    tall, wide = (int(rng.integers(first, last)) for first, last in zip(low, high, strict=True))
    top, left = int(rng.integers(0, side - tall)), int(rng.integers(0, side - wide))
    share = np.zeros((side, side), np.float32)
    if kind < 0.85:
        share[top : top + tall, left : left + wide] = 1
    else:
        cv2.ellipse(share, (left + wide // 2, top + tall // 2), (wide // 2, tall // 2), 0, 0, 360, 1.0, -1)
    return share


def _strokes(side: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Letters with what a forger clears around them."""
    share = np.zeros((side, side), np.float32)
    text = number(rng) if rng.random() < 0.5 else name(rng)
    faces, px = TYPEFACES["common"], int(rng.integers(12, 40))
    begin = (rng.uniform(-10, side / 2), rng.uniform(px, side - 4))
    write(share, text, begin, faces[int(rng.integers(len(faces)))], px)
    return hole_of(share).astype(np.float32)
