"""The pictures a forgery detector learns from: drawn once, kept on disk, cut into crops on the JPEG grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from vision import image
from vision.forgery import grid
from vision.forgery.net import MASK_STEP, Floats, noise_level
from vision.synth.deck import Recipe, Specimen, Truth, draw
from vision.synth.resave import MANNERS, Manner, Mask, drawn_resave, drawn_save, encode, followed, resaved
from vision.train.forgery_edits import tampered

Rgb = npt.NDArray[np.uint8]
Steps = tuple[int, ...]
CROP = 192
WINDOW = 448
"""Pixels a side of the piece of a genuine picture that is edited here; crops are cut from it."""
LEAST = 4
"""Edited cells of 4x4 pixels from which a crop counts as edited."""


@dataclass(frozen=True, eq=False)
class Kept:
    """A specimen as it lies on disk: the uploaded file, the packed mask and what a measurement is broken down by."""

    data: bytes
    packed: bytes
    shape: tuple[int, int]
    truth: Truth
    operator: str
    concealment: str
    series: str
    pipeline: str
    manners: str

    @cached_property
    def mask(self) -> Mask | None:
        """The edited pixels of the delivered picture, None where nothing was edited locally."""
        if not self.packed:
            return None
        bits = np.unpackbits(np.frombuffer(self.packed, np.uint8), count=self.shape[0] * self.shape[1])
        return bits.reshape(self.shape).astype(bool)


def _kept(specimen: Specimen) -> Kept:
    mask = specimen.mask
    return Kept(
        data=specimen.data,
        packed=b"" if mask is None else np.packbits(mask).tobytes(),
        shape=(0, 0) if mask is None else (mask.shape[0], mask.shape[1]),
        truth=specimen.truth,
        operator=specimen.operator or "",
        concealment=specimen.concealment or "",
        series=f"{specimen.series[0]} {specimen.series[1]}",
        pipeline=specimen.pipeline,
        manners=" ".join(step.manner for step in specimen.resaves),
    )


def stored(recipe: Recipe, index: int, folder: Path) -> Kept:
    """The picture of a recipe, drawn at its first use and read from `folder` afterwards."""
    path = folder / recipe.name / f"{index:06d}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made, partial = _kept(draw(recipe, index)), path.with_suffix(".part.npz")
        np.savez(partial, **_arrays(made))
        partial.rename(path)
        return made
    return read(path)


def read(path: Path) -> Kept:
    """A picture that `stored` wrote."""
    with np.load(path) as arrays:
        words = {
            name: str(arrays[name]) for name in ("operator", "concealment", "series", "pipeline", "manners", "truth")
        }
        rows, columns = arrays["shape"].tolist()
        data, packed = arrays["data"].tobytes(), arrays["packed"].tobytes()
    return Kept(data=data, packed=packed, shape=(rows, columns), **words)  # type: ignore[arg-type]


def _arrays(made: Kept) -> dict[str, Any]:
    words = {
        name: np.array(getattr(made, name)) for name in ("operator", "concealment", "series", "pipeline", "manners")
    }
    pixels = {name: np.frombuffer(getattr(made, name), np.uint8) for name in ("data", "packed")}
    return words | pixels | {"shape": np.array(made.shape), "truth": np.array(made.truth)}


def opened(data: bytes) -> tuple[Rgb, Steps]:
    """The pixels of a file that was drawn here, and the 64 quantisation steps of its luma, () where it has none."""
    picture = image.decode(data)
    return picture.rgb, grid(picture)


@dataclass(frozen=True)
class Mixture:
    """What crops are cut from. Of the pictures, the share `invented` are genuine ones of which a window is edited and
    saved here (all but `plain` of them; the rest are only saved), the others are specimens by `truths`, of which the
    share `resaved` is saved once more. `centred` is the share of an edited picture's crops that hold the edit."""

    invented: float = 0.4
    plain: float = 0.25
    truths: tuple[tuple[Truth, float], ...] = (
        ("edited", 0.55), ("genuine", 0.28), ("recaptured", 0.12), ("fabricated", 0.05),
    )  # fmt: skip
    resaved: float = 0.25
    manners: tuple[Manner, ...] = (*MANNERS, "messenger", "heavy_messenger")
    centred: float = 0.85
    crops: int = 2
    blind: float = 0.1
    """Share of crops whose quantisation table is withheld, as it is for pictures that are no JPEG."""


@dataclass(frozen=True, eq=False)
class View:
    """A decoded picture with its labels, ready to be cut."""

    rgb: Rgb
    steps: Steps
    mask: Mask | None
    operator: str
    recaptured: bool


@dataclass(frozen=True, eq=False)
class Crop:
    """What the network is shown: `pixels` (3, 256, 256), `noise` (7,) of the whole picture, `steps` (64,), `mask`
    (64, 64) of edited cells, `operator` by number or -1, whether it was `recaptured`."""

    pixels: Rgb
    noise: Floats
    steps: Floats
    mask: Floats
    operator: int
    recaptured: float


def _edited_here(rgb: Rgb, mixture: Mixture, rng: np.random.Generator) -> View:
    """A window of a genuine picture, edited (or not) and saved again, on the old grid half of the time."""
    height, width = (min(side // 16 * 16, WINDOW) for side in rgb.shape[:2])
    top, left = (int(rng.integers(0, room + 1)) for room in (rgb.shape[0] - height, rgb.shape[1] - width))
    if rng.random() < 0.5:
        top, left = top // 8 * 8, left // 8 * 8
    window = np.ascontiguousarray(rgb[top : top + height, left : left + width])
    mask: Mask | None = None
    if rng.random() >= mixture.plain:
        window, mask = tampered(window, rng)
    window, steps = opened(encode(window, drawn_save(rng, 72, 97)))
    return View(window, steps, mask, "", False)


def _saved_again(view: View, mixture: Mixture, rng: np.random.Generator) -> View:
    step = drawn_resave(rng, mixture.manners[int(rng.integers(len(mixture.manners)))])
    data, plane = resaved(view.rgb, step)
    rgb, steps = opened(data)
    mask = None if view.mask is None else followed(view.mask, plane, (rgb.shape[1], rgb.shape[0]))
    return replace(view, rgb=rgb, steps=steps, mask=mask)


def _corner(view: View, mixture: Mixture, rng: np.random.Generator) -> tuple[int, int]:
    """Where a crop begins, on the grid of 8 pixels; over an edited pixel as often as asked."""
    rooms = [side - CROP for side in view.rgb.shape[:2]]
    places = [int(rng.integers(0, room + 1)) for room in rooms]
    if view.mask is not None and view.mask.any() and rng.random() < mixture.centred:
        hits = np.flatnonzero(view.mask)
        hit = divmod(int(hits[int(rng.integers(len(hits)))]), view.mask.shape[1])
        places = [int(np.clip(at - rng.integers(16, CROP - 16), 0, room)) for at, room in zip(hit, rooms, strict=True)]
    return places[0] // 8 * 8, places[1] // 8 * 8


def _cut(view: View, noise: Floats, mixture: Mixture, operators: Sequence[str], rng: np.random.Generator) -> Crop:
    top, left = _corner(view, mixture, rng)
    window = np.s_[top : top + CROP, left : left + CROP]
    pixels, cells = view.rgb[window], np.zeros((CROP // MASK_STEP,) * 2, np.float32)
    if view.mask is not None:
        share = cv2.resize(view.mask[window].astype(np.float32), cells.shape, interpolation=cv2.INTER_AREA)
        cells = (share >= 0.5).astype(np.float32)
    for axis in (0, 1):
        if rng.random() < 0.5:
            pixels, cells = np.flip(pixels, axis), np.flip(cells, axis)
    known = bool(view.steps) and rng.random() >= mixture.blind
    told = view.operator in operators and cells.sum() >= LEAST
    return Crop(
        pixels=np.ascontiguousarray(pixels.transpose(2, 0, 1)),
        noise=noise,
        steps=np.asarray(view.steps if known else (0,) * 64, np.float32),
        mask=np.ascontiguousarray(cells),
        operator=operators.index(view.operator) if told else -1,
        recaptured=float(view.recaptured),
    )


class Crops:
    """An endless stream of crops of the pictures in a folder, which may still be growing while it is read."""

    def __init__(self, folder: Path, operators: Sequence[str], mixture: Mixture, seed: int, most: int) -> None:
        self._folder, self._operators, self._mixture, self._most = folder, tuple(operators), mixture, most
        self._rng = np.random.default_rng([0xC805, seed])
        self._read: dict[Path, Kept] = {}
        self._by_truth: dict[Truth, list[Kept]] = {}

    def refresh(self) -> int:
        """Take in what was written since the last time; how many pictures there are."""
        there = sorted(path for path in self._folder.glob("??????.npz"))[: self._most]
        for path in there:
            if path not in self._read:
                self._read[path] = kept = read(path)
                # An operator left out of training is left out whatever the folder holds.
                if kept.truth != "edited" or kept.operator in self._operators:
                    self._by_truth.setdefault(kept.truth, []).append(kept)
        return len(self._read)

    def __iter__(self) -> Iterator[Crop]:
        drawn = 0
        while True:
            if drawn % 500 == 0:
                self.refresh()
            drawn += 1
            view = self._view()
            if min(view.rgb.shape[:2]) < CROP:
                continue
            noise = noise_level(view.rgb)
            for _ in range(self._mixture.crops):
                yield _cut(view, noise, self._mixture, self._operators, self._rng)

    def _view(self) -> View:
        mixture, rng = self._mixture, self._rng
        if rng.random() < mixture.invented:
            return _edited_here(opened(self._one("genuine").data)[0], mixture, rng)
        shares = {truth: share for truth, share in mixture.truths if truth in self._by_truth}
        total = np.array(list(shares.values()))
        kept = self._one(list(shares)[int(rng.choice(len(total), p=total / total.sum()))])
        rgb, steps = opened(kept.data)
        view = View(rgb, steps, kept.mask, kept.operator, kept.truth == "recaptured")
        return _saved_again(view, mixture, rng) if rng.random() < mixture.resaved else view

    def _one(self, truth: Truth) -> Kept:
        there = self._by_truth[truth]
        return there[int(self._rng.integers(len(there)))]
