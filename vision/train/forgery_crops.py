"""An endless stream of crops of kept scenes: each scene, edited and not, goes through the same saves, anew each time.

An edited crop is followed by the genuine one of the same place, so that an even batch holds both. Saving begins mild
and grows to what the recipe allows: from pictures saved a dozen times a fresh network learns nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from vision.forgery.net import MASK_STEP
from vision.forgery.sight import Floats
from vision.forgery.views import noise_level
from vision.synth.capture.sensor import DEVICES, first_save
from vision.synth.conceal import WHOLE, Concealment, conceal
from vision.synth.deal import HIDDEN
from vision.synth.deck import Recipe
from vision.synth.forge import PHYSICAL
from vision.synth.resave import Mask, Resave, Save, decode, drawn_resave, drawn_save, encode, followed, resaved
from vision.train.forgery_edits import tampered
from vision.train.forgery_pictures import Steps, opened
from vision.train.forgery_scenes import Scene, read_scene

T = TypeVar("T")
Rgb = npt.NDArray[np.uint8]
LEAST = 4
"""Edited cells of 4x4 pixels from which a crop counts as edited."""
SIDES = (576, 448, 320, 256)
"""Pixels along the sides of crops as large as their views; few, since a network is compiled for each."""
REFRESH = 200
"""Views after which the folder is looked at again."""


@dataclass(frozen=True)
class Mixture:
    """How scenes are saved and cut. The share `recaptured` are of screens and prints, and of the others that nobody
    edited the share `invented` is edited here. `pairs` of crops are cut from a view, `side` pixels a side; 0 is for the
    largest of `SIDES` that it has room for, and a batch must then be of one view. The share `centred` holds the edit,
    and of the share `blind` the quantisation table is withheld, as it is for pictures that are no JPEG. Over the first
    `ramp` views of a stream the share of those saved as the recipe says, not just once and well, rises from `mild` to
    all."""

    recaptured: float = 0.12
    invented: float = 0.6
    centred: float = 0.85
    pairs: int = 3
    side: int = 192
    blind: float = 0.1
    mild: float = 0.2
    ramp: int = 6000


@dataclass(frozen=True, eq=False)
class Crop:
    """What the network is shown: `pixels` (3, side, side), `noise` (7,) of the whole view, `steps` (64,), `mask`
    (side / 4, side / 4) of edited cells, `operator` by number or -1, whether it was `recaptured`."""

    pixels: Rgb
    noise: Floats
    steps: Floats
    mask: Floats
    operator: int
    recaptured: float


@dataclass(frozen=True, eq=False)
class _View:
    """A picture as it was handed in, and its edited pixels, None where there are none."""

    rgb: Rgb
    steps: Steps
    mask: Mask | None


@dataclass(frozen=True)
class _Handling:
    """What happens to a picture after the edit: how it is concealed, and all later saves."""

    way: Concealment | None
    first: Save | None
    resaves: tuple[Resave, ...]
    seed: int

    def of(self, rgb: Rgb, mask: Mask | None) -> _View:
        """The picture that is handed in. Concealment that works on the edit alone does nothing without one."""
        if self.way in WHOLE or (self.way is not None and mask is not None):
            where = np.zeros(rgb.shape[:2], np.bool_) if mask is None else mask
            hidden, plane = conceal(rgb, where, self.way, np.random.default_rng(self.seed))
            rgb, mask = hidden, _moved(mask, plane, hidden)
        data = b"" if self.first is None else encode(rgb, self.first)
        for step in self.resaves:
            rgb = decode(data) if data else rgb
            data, plane = resaved(rgb, step)
            mask = _moved(mask, plane, decode(data))
        rgb, steps = opened(data)
        return _View(rgb, steps, mask)


def _moved(mask: Mask | None, plane: npt.NDArray[np.float64], rgb: Rgb) -> Mask | None:
    if mask is None or (mask.shape == rgb.shape[:2] and np.array_equal(plane, np.eye(3))):
        return mask
    return followed(mask, plane, (rgb.shape[1], rgb.shape[0]))


def _pick(shares: Mapping[T, float], rng: np.random.Generator) -> T:
    weights = np.asarray(list(shares.values()), np.float64)
    return list(shares)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def _handling(scene: Scene, recipe: Recipe, mild: bool, rng: np.random.Generator) -> _Handling:
    """The saves that are left after the edit, as `vision.synth.deal` draws them; or one good one."""
    seed = int(rng.integers(1 << 30))
    if mild:
        return _Handling(None, drawn_save(rng, 86, 98), (), seed)
    way = recipe.concealments[int(rng.integers(len(recipe.concealments)))] if rng.random() < HIDDEN else None
    if scene.operator in PHYSICAL and way not in WHOLE:
        way = None
    counts = dict(enumerate(recipe.resaves))
    while True:
        count = _pick(counts, rng)
        before = int(rng.integers(count + 1))
        if (before > 0) == scene.saved:
            break
    steps = tuple(drawn_resave(rng, _pick(recipe.manners, rng)) for _ in range(count - max(before - 1, 0)))
    if scene.saved:
        return _Handling(way, None, steps, seed)
    return _Handling(way, first_save(DEVICES[scene.pipeline], rng), steps, seed)


def _side(view: _View, mixture: Mixture) -> int | None:
    """Pixels along a side of the crops of a view; None where it is too small for them."""
    room = min(view.rgb.shape[:2])
    return next((side for side in ((mixture.side,) if mixture.side else SIDES) if side <= room), None)


def _corner(view: _View, side: int, centred: float, rng: np.random.Generator) -> tuple[int, int]:
    """Where a crop begins, on the grid of 8 pixels; over an edited pixel as often as asked."""
    rooms = [length - side for length in view.rgb.shape[:2]]
    places = [int(rng.integers(0, room + 1)) for room in rooms]
    if view.mask is not None and view.mask.any() and rng.random() < centred:
        hits = np.flatnonzero(view.mask)
        hit = divmod(int(hits[int(rng.integers(len(hits)))]), view.mask.shape[1])
        places = [int(np.clip(at - rng.integers(16, side - 16), 0, room)) for at, room in zip(hit, rooms, strict=True)]
    return places[0] // 8 * 8, places[1] // 8 * 8


class Crops:
    """An endless stream of crops of the scenes in a folder, which may still be growing while it is read."""

    def __init__(self, folder: Path, recipe: Recipe, mixture: Mixture, seed: int, views: int = 0) -> None:
        """`views` were seen by an earlier part of the same training."""
        self._folder, self._recipe, self._mixture, self._views = folder, recipe, mixture, views
        self._rng = np.random.default_rng([0xC805, seed])
        self._direct: list[Path] = []
        self._recaptured: list[Path] = []

    def refresh(self) -> int:
        """Take in what was written since the last time; how many scenes there are."""
        self._direct = sorted(self._folder.glob("??????-?.npz"))
        self._recaptured = sorted(self._folder.glob("??????-?r.npz"))
        return len(self._direct) + len(self._recaptured)

    def __iter__(self) -> Iterator[Crop]:
        self.refresh()
        while True:
            self._views += 1
            if self._views % REFRESH == 0:
                self.refresh()
            scene = read_scene(self._drawn())
            # An operator left out of training is left out whatever the folder holds.
            if not scene.operator or scene.operator in self._recipe.operators:
                yield from self._of(scene)

    def _drawn(self) -> Path:
        again = self._rng.random() < self._mixture.recaptured
        there = self._recaptured if self._recaptured and (again or not self._direct) else self._direct
        return there[int(self._rng.integers(len(there)))]

    def _of(self, scene: Scene) -> Iterator[Crop]:
        mixture, rng = self._mixture, self._rng
        share = mixture.mild + (1 - mixture.mild) * self._views / max(mixture.ramp, 1)
        handling = _handling(scene, self._recipe, bool(rng.random() >= share), rng)
        edited, mask = scene.edited, scene.mask
        if not scene.operator and not scene.recaptured and rng.random() < mixture.invented:
            edited, mask = tampered(scene.genuine, rng)
        before = handling.of(scene.genuine, None)
        after = handling.of(edited, mask) if mask.any() else before
        side = _side(before, mixture)
        if side is None:
            return
        noises = [noise_level(view.rgb) for view in (after, before)]
        known = bool(rng.random() >= mixture.blind)
        for _ in range(mixture.pairs):
            corner, turns = _corner(after, side, mixture.centred, rng), rng.random(2) < 0.5
            for view, noise in zip((after, before), noises, strict=True):
                yield self._cut(view, side, noise, corner, turns, known, scene)
                if after is before:
                    corner = _corner(after, side, mixture.centred, rng)

    def _cut(
        self,
        view: _View,
        side: int,
        noise: Floats,
        corner: tuple[int, int],
        turns: npt.NDArray[np.bool_],
        known: bool,
        scene: Scene,
    ) -> Crop:
        operators = self._recipe.operators
        window = np.s_[corner[0] : corner[0] + side, corner[1] : corner[1] + side]
        pixels, cells = view.rgb[window], np.zeros((side // MASK_STEP,) * 2, np.float32)
        if view.mask is not None:
            share = cv2.resize(view.mask[window].astype(np.float32), cells.shape, interpolation=cv2.INTER_AREA)
            cells = (share >= 0.5).astype(np.float32)
        for axis in (0, 1):
            if turns[axis]:
                pixels, cells = np.flip(pixels, axis), np.flip(cells, axis)
        told = view.mask is not None and scene.operator in operators and cells.sum() >= LEAST
        return Crop(
            pixels=np.ascontiguousarray(pixels.transpose(2, 0, 1)),
            noise=noise,
            steps=np.asarray(view.steps if known and view.steps else (0,) * 64, np.float32),
            mask=np.ascontiguousarray(cells),
            operator=operators.index(scene.operator) if told else -1,
            recaptured=float(scene.recaptured),
        )
