"""Train the forgery network on pictures drawn, photographed and edited here.

    python -m vision.train.forgery --out vision/weights/forgery.safetensors

One thread, 60 minutes of 7,700 steps and, with `--start`, 11.5 minutes of 1,350 steps at `--rate 5e-4 --invented 0.25`,
on 1,184 pictures. Areas under the ROC curve with 95 % intervals; F1 of cells at the fixed limit. The baseline learned
from 300 of the same pictures. A weak result, of an undertrained network on hard pictures: the card,
vision/weights/forgery.md, has the rest.

| set | genuine / edited | area | block-feature trees | pixel F1 |
|---|---|---|---|---|
| validation | 136 / 121 | 0.635 (0.568 to 0.705) | 0.544 (0.471 to 0.618) | 0.193 |
| in_distribution | 48 / 48 | 0.510 (0.385 to 0.617) | 0.652 (0.533 to 0.765) | 0.077 |
| left_out_operator | 48 / 48 | 0.548 (0.428 to 0.675) | 0.418 (0.304 to 0.531) | 0.257 |
| left_out_template | 48 / 48 | 0.600 (0.487 to 0.709) | 0.638 (0.526 to 0.742) | 0.107 |
| left_out_pipeline | 48 / 48 | 0.645 (0.531 to 0.748) | 0.413 (0.292 to 0.522) | 0.277 |
| all_out | 48 / 48 | 0.651 (0.542 to 0.755) | 0.544 (0.429 to 0.657) | 0.224 |
| messenger | 48 / 48 | 0.509 (0.391 to 0.634) | 0.591 (0.473 to 0.708) | 0.005 |
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from vision.bench.forgery import examined
from vision.bench.forgery_scores import Seen, figures
from vision.forgery.limits import Limits
from vision.forgery.net import STREAMS, ForgeryConfig, ForgeryNet, ForgeryOutput, kept
from vision.forgery.tiles import fast_context
from vision.synth.deck import TRAIN, VALIDATION, Recipe
from vision.train.forgery_fit import fitted
from vision.train.forgery_pictures import Crop, Crops, Kept, Mixture, read, stored

SAVED_EVERY = 180.0
"""Seconds after which a training saves what it has."""


@dataclass(frozen=True)
class Config:
    """Everything a training depends on beside its pictures."""

    seed: int = 1
    pictures: int = 3200
    steps: int = 5000
    minutes: float = 50.0
    batch: int = 8
    rate: float = 1.5e-3
    warm: float = 0.04
    decay: float = 0.02
    average: float = 0.998
    edited_weight: float = 2.0
    parts: tuple[float, float, float, float] = (1.0, 0.3, 0.15, 0.3)
    """Weights of the losses: mask, image, operator, recapture."""
    workers: int = 1
    """Processes that cut crops; 0 for none beside the training itself."""
    streams: tuple[str, ...] = STREAMS
    mixture: Mixture = field(default_factory=Mixture)


@dataclass(frozen=True, eq=False)
class Batch:
    """Crops side by side, as `ForgeryNet` takes them, with their labels."""

    pixels: Tensor
    noise: Tensor
    steps: Tensor
    mask: Tensor
    operator: Tensor
    recaptured: Tensor

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


class _Stream(IterableDataset[Crop]):
    """`Crops` for a loader: every worker draws a stream of its own."""

    def __init__(self, folder: Path, operators: Sequence[str], config: Config) -> None:
        self._asked = folder, operators, config

    def __iter__(self) -> Iterator[Crop]:
        import cv2

        cv2.setNumThreads(1)
        folder, operators, config = self._asked
        worker = torch.utils.data.get_worker_info()
        seed = config.seed * 1000 + (worker.id if worker else 0)
        yield from Crops(folder, operators, config.mixture, seed, config.pictures)


def loss(said: ForgeryOutput, batch: Batch, config: Config) -> Tensor:
    """Cross entropy and Dice of the mask, cross entropy of image, operator (of edited crops) and recapture."""
    mask, weight = said.mask, torch.tensor(config.edited_weight, device=batch.mask.device)
    edited = (batch.mask.sum((1, 2)) >= 4).float()
    pixel = functional.binary_cross_entropy_with_logits(mask, batch.mask, pos_weight=weight)
    shares = mask.sigmoid()
    overlap = (2 * (shares * batch.mask).sum((1, 2)) + 8) / (shares.sum((1, 2)) + batch.mask.sum((1, 2)) + 8)
    dice = ((1 - overlap) * edited).sum() / edited.sum().clamp(min=1)
    image = functional.binary_cross_entropy_with_logits(said.image, edited)
    operator = functional.cross_entropy(said.operator, batch.operator, ignore_index=-1, reduction="sum")
    operator = operator / (batch.operator >= 0).sum().clamp(min=1)
    recapture = functional.binary_cross_entropy_with_logits(said.recapture, batch.recaptured)
    parts = (pixel * 4 + dice * 0.5, image, operator, recapture)
    return torch.stack([part * share for part, share in zip(parts, config.parts, strict=True)]).sum()


def learning_rate(done: float, config: Config) -> float:
    """The learning rate when this share of the training is done: a short rise, then half a cosine down to nothing."""
    if done < config.warm:
        return config.rate * (done / config.warm + 0.01)
    return config.rate * (0.5 + 0.5 * float(np.cos(np.pi * min((done - config.warm) / (1 - config.warm), 1.0)))) + 1e-6


class Average:
    """The running mean of a network's weights, which is what is shipped: it errs less, and at any moment."""

    def __init__(self, net: ForgeryNet, keep: float) -> None:
        self.net: ForgeryNet = copy.deepcopy(net)
        self._keep, self._seen = keep, 0
        self.net.train(False)

    @torch.no_grad()
    def update(self, net: ForgeryNet) -> None:
        """Take in the weights after a step."""
        self._seen += 1
        keep = min(self._keep, (1 + self._seen) / (10 + self._seen))
        for mean, value in zip(self.net.state_dict().values(), net.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(value.to(mean.dtype), 1 - keep)
            else:
                mean.copy_(value)


def _loader(pictures: Path, operators: Sequence[str], config: Config) -> DataLoader[Crop]:
    return DataLoader(
        _Stream(pictures, operators, config),
        config.batch,
        collate_fn=batched,
        num_workers=config.workers,
        prefetch_factor=6 if config.workers else None,
        # A forked child may inherit a lock that another thread of its parent holds.
        multiprocessing_context="spawn" if config.workers else None,
    )


def _step(net: ForgeryNet, optimiser: torch.optim.Optimizer, batch: Batch, config: Config) -> float:
    """Learn from one batch; its loss."""
    with fast_context(batch.pixels.device):
        said = net(batch.pixels, batch.noise, batch.steps)
    value = loss(said, batch, config)
    optimiser.zero_grad(set_to_none=True)
    value.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    optimiser.step()
    return float(value.detach())


def train(
    pictures: Path, operators: Sequence[str], config: Config, device: torch.device, out: Path, start: Path | None = None
) -> ForgeryNet:
    """Train on the pictures of a folder until the steps or the minutes are used up, whichever is first; the average is
    saved under `out` every few minutes, so that a training that is stopped leaves a usable network."""
    torch.manual_seed(config.seed)
    shape = ForgeryConfig(streams=config.streams, operators=tuple(operators))
    net = ForgeryNet.from_pretrained(start) if start else ForgeryNet(shape)
    net.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-arg]
    net.train()
    average = Average(net, config.average)
    optimiser = torch.optim.AdamW(net.parameters(), lr=config.rate, weight_decay=config.decay)
    started = saved = time.monotonic()
    losses: list[float] = []
    for batch in _loader(pictures, operators, config):
        step, spent = len(losses), (time.monotonic() - started) / 60
        done = max(step / config.steps, spent / config.minutes) if step < config.steps else 1.0
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(done, config)
        losses.append(_step(net, optimiser, batch.to(device), config))
        average.update(net)
        if step % 50 == 0:
            print(f"step {step}, {spent:.1f} minutes, loss {np.mean(losses[-50:]):.4f}", flush=True)
        if time.monotonic() - saved > SAVED_EVERY:
            saved = time.monotonic()
            average.net.save_pretrained(out)
    average.net.save_pretrained(out)
    return average.net


def validated(net: ForgeryNet, pictures: Iterable[Kept]) -> tuple[Limits, list[Seen]]:
    """The limits of a network, fixed on validation pictures, and what it said of them."""
    seen = [examined(net, picture) for picture in pictures]
    return fitted(seen), seen


def drawn(recipe: Recipe, count: int, cache: Path, processes: int) -> Path:
    """Draw the first pictures of a recipe, those that are not in the cache yet; their folder."""
    if processes == 1:
        for index in range(count):
            stored(recipe, index, cache)
        return cache / recipe.name
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(_drawn, recipe, cache), range(count), chunksize=8))
    return cache / recipe.name


def _drawn(recipe: Recipe, cache: Path, index: int) -> None:
    stored(recipe, index, cache)


def _device(asked: str) -> torch.device:
    if asked == "auto":
        asked = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(asked)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    default = Config()
    parser = argparse.ArgumentParser(description="Train the forgery network, fix its limits, write both into one file.")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        help="where the weights go; a folder NAME.net beside it holds the network alone",
    )
    parser.add_argument("--cache", type=Path, default=Path(".casework/forgery"), help="where drawn pictures are kept")
    parser.add_argument("--pictures", type=int, default=default.pictures, help="pictures to train on")
    parser.add_argument("--validation", type=int, default=240, help="pictures that fix the limits")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many draw pictures")
    parser.add_argument("--workers", type=int, default=default.workers, help="how many cut crops; 8 feed a GPU")
    parser.add_argument("--minutes", type=float, default=default.minutes)
    parser.add_argument("--steps", type=int, default=default.steps)
    parser.add_argument("--rate", type=float, default=default.rate, help="the highest learning rate")
    parser.add_argument("--invented", type=float, default=default.mixture.invented, help="share of edits made here")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--streams", nargs="+", choices=STREAMS, default=STREAMS, help="views the network is given")
    parser.add_argument("--without", nargs="+", choices=TRAIN.operators, default=(), help="operators to leave out")
    parser.add_argument("--start", type=Path, help="a folder of save_pretrained to go on from")
    given = parser.parse_args(arguments)
    config = Config(
        seed=given.seed,
        pictures=given.pictures,
        steps=given.steps,
        minutes=given.minutes,
        rate=given.rate,
        workers=given.workers,
        streams=tuple(given.streams),
        mixture=Mixture(invented=given.invented),
    )
    pictures = drawn(TRAIN, given.pictures, given.cache, given.processes)
    held = drawn(VALIDATION, given.validation, given.cache, given.processes)
    folder, device = given.out.with_suffix(".net"), _device(given.device)
    net = train(pictures, TRAIN.without(*given.without).operators, config, device, folder, given.start)
    limits, seen = validated(net, map(read, sorted(held.glob("??????.npz"))[: given.validation]))
    kept(net, limits.model_dump_json(), given.out)
    print(figures("validation", seen, limits).model_dump_json(indent=1))
    print(f"{limits.model_dump_json()}\nsha256 {hashlib.sha256(given.out.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
