"""Crops side by side, as `ForgeryNet` takes them, cut by as many processes as are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from vision.synth.deck import Recipe
from vision.train.forgery_crops import LEAST, Crop, Crops, Mixture


@dataclass(frozen=True, eq=False)
class Batch:
    """Crops side by side, as `ForgeryNet` takes them, with their labels."""

    pixels: Tensor
    noise: Tensor
    steps: Tensor
    mask: Tensor
    operator: Tensor
    recaptured: Tensor

    @property
    def edited(self) -> Tensor:
        """1 for each crop that holds an edit, else 0."""
        return (self.mask.sum((1, 2)) >= LEAST).float()

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        return Batch(**{name: value.to(device, non_blocking=True) for name, value in vars(self).items()})


def batched(crops: Sequence[Crop]) -> Batch:
    """Lay crops side by side."""
    arrays = {name: np.stack([getattr(crop, name) for crop in crops]) for name in ("pixels", "noise", "steps", "mask")}
    return Batch(
        operator=torch.tensor([crop.operator for crop in crops]),
        recaptured=torch.tensor([crop.recaptured for crop in crops]),
        **{name: torch.from_numpy(array) for name, array in arrays.items()},
    )


@dataclass(frozen=True)
class Stream:
    """What a loader draws from: the scenes of a folder, `seed`, the crops of a batch, how many processes cut them (0:
    the asking one), and how many batches an earlier part of the same training took."""

    scenes: Path
    recipe: Recipe
    mixture: Mixture
    seed: int
    batch: int
    workers: int
    taken: int = 0

    def crops(self, worker: int) -> Crops:
        """The stream of one process; no two are alike, nor are those of two parts of a training."""
        views = self.taken * self.batch // (2 * self.mixture.pairs * max(self.workers, 1))
        seed = (self.seed * 1_000_000 + self.taken) * 1000 + worker
        return Crops(self.scenes, self.recipe, self.mixture, seed, views)


class _Crops(IterableDataset[Crop]):
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[Crop]:
        import cv2

        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        yield from self._stream.crops(worker.id if worker else 0)


def loader(stream: Stream) -> DataLoader[Crop]:
    """Endless batches."""
    return DataLoader(
        _Crops(stream),
        stream.batch,
        collate_fn=batched,
        num_workers=stream.workers,
        prefetch_factor=6 if stream.workers else None,
        # A forked child may inherit a lock that another thread of its parent holds.
        multiprocessing_context="spawn" if stream.workers else None,
    )
