"""Whole labelled pictures, drawn once and kept on disk: what fixes the limits of a forgery detector."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vision import image
from vision.forgery.detector import grid
from vision.synth.deal import draw
from vision.synth.deck import Recipe, Specimen, Truth
from vision.synth.resave import Mask

Rgb = npt.NDArray[np.uint8]
Steps = tuple[int, ...]


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
