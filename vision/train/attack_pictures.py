"""The pictures the presentation-attack network learns from: rendered heads, seen directly or on a screen or sheet.

Both classes go through the same camera, so that blur, noise, exposure and compression tell nothing. People are split
before anything is drawn, and three of the five kinds of attack are left out of training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vision.face import detector
from vision.liveness.net import crops
from vision.synth import heads
from vision.synth.presentations import PRESENTATIONS, PresentationKind, present
from vision.types import Box

Pixels = NDArray[np.uint8]
Part = Literal["train", "validation", "test"]
Truth = PresentationKind | Literal["live"]

PEOPLE: Mapping[Part, range] = {
    "train": range(30_000, 30_160),
    "validation": range(31_000, 31_030),
    "test": range(32_000, 32_060),
}
LEARNED: tuple[PresentationKind, ...] = ("lcd", "laser_print")
SIZE = 400


@dataclass(frozen=True, eq=False)
class Sample:
    """The two views of one captured face (6 x 112 x 112 uint8), and what stood before the camera."""

    views: Pixels
    truth: Truth
    person: int


def deal(part: Part, captures: int, seed: int, cache: Path | None) -> list[Sample]:
    """All samples of a part: of each head as many live pictures as attacks in training, else one of every kind.

    `cache` is a folder that keeps the rendered heads between runs, each of which costs half a CPU second.
    """
    samples = []
    for person in PEOPLE[part]:
        for capture in range(captures):
            head = _head(person, capture, cache)
            rng = np.random.default_rng([0xA77, seed, person, capture])
            for truth in _truths(part):
                shown = head if truth == "live" else present(head, truth, rng)
                samples += [Sample(views, truth, person) for views in _seen(photographed(shown, rng))]
    return samples


def _truths(part: Part) -> tuple[Truth, ...]:
    return ("live", "live", "live", *LEARNED, *LEARNED) if part == "train" else ("live", "live", *PRESENTATIONS)


def _head(person: int, capture: int, cache: Path | None) -> Pixels:
    path = cache / f"{person}-{capture}.png" if cache else None
    if path is not None and path.is_file():
        stored = cv2.imread(str(path))
        if stored is not None:
            return np.ascontiguousarray(stored[..., ::-1])
    rendered = heads.selfie(person, capture, size=SIZE)
    if path is not None:
        cv2.imwrite(str(path), rendered[..., ::-1])
    return rendered


def photographed(rgb: Pixels, rng: Generator) -> Pixels:
    """One camera for everything: distance, blur, exposure and colour, noise, JPEG."""
    scale = rng.uniform(0.65, 1.15)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=method).astype(np.float32)
    near = cv2.GaussianBlur(sized, (0, 0), rng.uniform(0.25, 0.9))
    colour = (rng.uniform(0.7, 1.25) * rng.uniform(0.95, 1.05, 3)).astype(np.float32)
    contrast = np.float32(rng.uniform(0.85, 1.1))
    noise = rng.standard_normal(near.shape, dtype=np.float32) * np.float32(rng.uniform(0.5, 5))
    taken = np.clip((near * colour - 110) * contrast + 110 + noise, 0, 255).astype(np.uint8)
    ok, data = cv2.imencode(".jpg", taken, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 97))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8) if ok else taken


def _seen(rgb: Pixels) -> Iterator[Pixels]:
    """The views of the face that is found; none where none is."""
    found = detector().find(rgb, 480)
    if found and found[0].plausible:
        face = found[0]
        box = Box(x=round(face.x), y=round(face.y), width=round(face.width), height=round(face.height))
        yield crops(rgb, box)
