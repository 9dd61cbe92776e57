"""Train the forgery network on pictures drawn, photographed and edited here.

    python -m vision.train.forgery --out vision/weights/forgery.safetensors

On one core, 605 minutes in nine stages after an earlier training of 38 CPU minutes, on 8,500 captures. Areas under the
ROC curve with 95 % intervals; F1 of cells at the fixed limit. The trees are those that ship. The card,
vision/weights/forgery.md, has the stages, the rest of the figures, and what to run on a GPU.

| set | genuine / edited | area | block-feature trees | pixel F1 |
|---|---|---|---|---|
| validation | 270 / 244 | 0.836 (0.800 to 0.871) |  | 0.709 |
| in_distribution | 56 / 56 | 0.834 (0.754 to 0.906) | 0.614 (0.513 to 0.719) | 0.822 |
| left_out_operator | 56 / 56 | 0.721 (0.626 to 0.814) | 0.466 (0.361 to 0.581) | 0.515 |
| left_out_template | 56 / 56 | 0.837 (0.756 to 0.901) | 0.692 (0.592 to 0.787) | 0.660 |
| left_out_pipeline | 56 / 56 | 0.731 (0.629 to 0.822) | 0.526 (0.423 to 0.635) | 0.614 |
| all_out | 56 / 56 | 0.780 (0.691 to 0.862) | 0.533 (0.422 to 0.639) | 0.342 |
| messenger | 56 / 56 | 0.707 (0.611 to 0.793) | 0.629 (0.522 to 0.729) | 0.620 |
| learned_inpainting | 56 / 56 | 0.680 (0.583 to 0.768) | 0.590 (0.482 to 0.688) | 0.225 |
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vision.bench.forgery import examined
from vision.bench.forgery_scores import Seen, figures, interval
from vision.forgery.limits import Limits
from vision.forgery.net import STREAMS, ForgeryNet, ForgeryOutput, ForgeryShape, kept
from vision.forgery.pretrained import PretrainedForgery
from vision.forgery.tiles import fast_context
from vision.synth.deck import TRAIN, VALIDATION, Recipe
from vision.train.forgery_batches import Batch, Stream, loader
from vision.train.forgery_crops import Mixture
from vision.train.forgery_fit import fitted
from vision.train.forgery_pictures import Kept, read, stored
from vision.train.forgery_scenes import kept_scenes
from vision.train.forgery_state import Average, Training

SAVED_EVERY = 60.0
"""Seconds after which a training saves what it has."""
SHOWN_EVERY = 100
"""Steps after which a training says how it fares."""


@dataclass(frozen=True)
class Config:
    """Everything a training depends on beside its scenes."""

    seed: int = 1
    steps: int = 8000
    minutes: float = 30.0
    batch: int = 8
    rate: float = 1.3e-3
    warm: float = 0.04
    decay: float = 0.02
    average: float = 0.998
    edited_weight: float = 2.0
    parts: tuple[float, float, float, float] = (1.0, 1.0, 0.1, 0.15)
    """Weights of the losses: mask, image, operator, recapture."""
    workers: int = 1
    """Processes that cut crops; 0 for none beside the training itself."""
    frozen: bool = False
    """Whether normalisation keeps the statistics it has. In a small batch they would tell which crop of a pair is the
    edited one, and a picture that is looked at has no pair."""
    compiled: bool = False
    """Whether the network is compiled before the first step, which takes a C++ compiler and a minute."""
    only: str = ""
    """The part of the network that learns, as `recapture`; "" for all of it."""
    streams: tuple[str, ...] = STREAMS
    mixture: Mixture = field(default_factory=Mixture)


def loss(said: ForgeryOutput, batch: Batch, config: Config) -> Tensor:
    """Cross entropy and Dice of the mask, cross entropy of image, operator (of edited crops) and recapture."""
    mask, weight, edited = said.mask, torch.tensor(config.edited_weight, device=batch.mask.device), batch.edited
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


class _Diary:
    """The losses and scores of the last steps, for who looks on."""

    def __init__(self) -> None:
        self._losses: list[float] = []
        self._scores: list[Tensor] = []

    def note(self, value: Tensor, said: ForgeryOutput, batch: Batch) -> None:
        self._losses.append(float(value.detach()))
        self._scores.append(torch.stack([said.image.detach(), batch.edited], 1).cpu())

    def line(self) -> str:
        """Their mean loss, and how well the score told edited from genuine crops."""
        del self._losses[: -3 * SHOWN_EVERY], self._scores[: -3 * SHOWN_EVERY]
        said, edited = torch.cat(self._scores).numpy().T
        area = interval(said[edited < 0.5], said[edited > 0.5], draws=1)
        return f"loss {np.mean(self._losses):.4f}, area of crops {area.value if area else float('nan'):.3f}"


def begun(recipe: Recipe, config: Config, device: torch.device, start: Path | None) -> Training:
    """A training before its first step, of a fresh network or of one that `save_pretrained` wrote."""
    torch.manual_seed(config.seed)
    shape = ForgeryShape(streams=config.streams, operators=recipe.operators)
    net = PretrainedForgery.from_pretrained(start).net if start else ForgeryNet(shape)
    net.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    net.train()
    for part in net.modules():
        if config.frozen and isinstance(part, torch.nn.BatchNorm2d):
            part.train(False)
    for name, weight in net.named_parameters():
        weight.requires_grad_(name.startswith(config.only))
    optimiser = torch.optim.AdamW(net.parameters(), lr=config.rate, weight_decay=config.decay, fused=True)
    average = Average(net, config.average)
    if config.compiled:
        net.compile(dynamic=False)
    return Training(net, average, optimiser)


def train(
    scenes: Path,
    recipe: Recipe,
    config: Config,
    device: torch.device,
    out: Path,
    start: Path | None = None,
    resume: bool = False,
) -> ForgeryNet:
    """Train on the scenes of a folder until the steps or the minutes are used up, whichever is first. All of it is
    saved under `out` every minute, so that a training that is stopped leaves a usable network, and can go on."""
    training, diary = begun(recipe, config, device, start), _Diary()
    if resume and training.resume(out):
        print(f"goes on after step {training.steps}, {training.minutes:.1f} minutes", flush=True)
    before, started, saved = training.minutes, time.monotonic(), time.monotonic()
    stream = Stream(scenes, recipe, config.mixture, config.seed, config.batch, config.workers, training.steps)
    for batch in loader(stream):
        training.minutes = before + (time.monotonic() - started) / 60
        done = 1.0 if training.steps >= config.steps else max(
            training.steps / config.steps, training.minutes / config.minutes
        )  # fmt: skip
        if done >= 1:
            break
        for group in training.optimiser.param_groups:
            group["lr"] = learning_rate(done, config)
        diary.note(*_step(training, batch.to(device), config))
        if training.steps % SHOWN_EVERY == 1:
            print(f"step {training.steps}, {training.minutes:.1f} minutes, {diary.line()}", flush=True)
        if time.monotonic() - saved > SAVED_EVERY:
            saved = time.monotonic()
            training.save(out)
    training.save(out)
    return training.average.net


def _step(training: Training, batch: Batch, config: Config) -> tuple[Tensor, ForgeryOutput, Batch]:
    """Learn from one batch; its loss, what was said of it, and the batch."""
    net, optimiser = training.net, training.optimiser
    with fast_context(batch.pixels.device):
        said = net(batch.pixels, batch.noise, batch.steps)
    value = loss(said, batch, config)
    optimiser.zero_grad(set_to_none=True)
    value.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    optimiser.step()
    training.average.update(net)
    training.steps += 1
    return value, said, batch


def validated(net: ForgeryNet, pictures: Iterable[Kept]) -> tuple[Limits, list[Seen]]:
    """The limits of a network, fixed on validation pictures, and what it said of them."""
    seen = [examined(net, picture) for picture in pictures]
    return fitted(seen), seen


def drawn(recipe: Recipe, count: int, cache: Path, processes: int) -> Path:
    """Draw the first pictures of a recipe, those that are not in the cache yet; their folder."""
    _shared(partial(_stored, recipe, cache), count, processes)
    return cache / recipe.name


def staged(recipe: Recipe, count: int, cache: Path, processes: int) -> Path:
    """Draw the scenes of the first captures of a recipe, those that are not in the cache yet; their folder."""
    folder = cache / f"{recipe.name}-scenes"
    _shared(partial(kept_scenes, recipe, folder), count, processes)
    return folder


def _shared(work: Callable[[int], None], count: int, processes: int) -> None:
    """Do the work for every number below `count`, by so many processes."""
    if processes == 1:
        for index in range(count):
            work(index)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_single_threaded) as pool:
        list(pool.map(work, range(count), chunksize=4))


def _single_threaded() -> None:
    import cv2

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def _stored(recipe: Recipe, cache: Path, index: int) -> None:
    stored(recipe, index, cache)


def _device(asked: str) -> torch.device:
    if asked == "auto":
        asked = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(asked)


def _parser() -> argparse.ArgumentParser:
    default, crops = Config(), Mixture()
    parser = argparse.ArgumentParser(description="Train the forgery network, fix its limits, write both into one file.")
    add = parser.add_argument
    add("--out", type=Path, required=True, help="where the weights go; a folder NAME.net beside it keeps the training")
    add("--cache", type=Path, default=Path(".casework/forgery"), help="where scenes and drawn pictures are kept")
    add("--captures", type=int, default=600, help="captures to train on, four scenes of 2 MB each")
    add("--validation", type=int, default=600, help="pictures that fix the limits")
    add("--processes", type=int, default=os.cpu_count() or 1, help="how many draw pictures")
    add("--workers", type=int, default=default.workers, help="how many cut crops; 14 feed a GPU")
    add("--minutes", type=float, default=default.minutes, help="when to stop at the latest, drawing not counted")
    add("--steps", type=int, default=default.steps)
    add("--rate", type=float, default=default.rate, help="the highest learning rate")
    add("--batch", type=int, default=default.batch, help="crops a step")
    add("--side", type=int, default=crops.side, help="pixels along a crop's side, a multiple of 16; 0: as its view")
    add("--pairs", type=int, default=crops.pairs, help="pairs of crops cut from one saved scene")
    add("--mild", type=float, default=crops.mild, help="share saved as the recipe says at the beginning; 1 for all")
    add("--ramp", type=int, default=crops.ramp, help="views of each worker until all are saved as the recipe says")
    add("--recaptured", type=float, default=crops.recaptured, help="share of scenes of screens and prints")
    add("--invented", type=float, default=crops.invented, help="share of the genuine scenes that are edited here")
    add("--seed", type=int, default=default.seed)
    add("--frozen", action="store_true", help="keep the statistics of normalisation that --start has")
    add("--compiled", action="store_true", help="compile the network first: half the time a step on a processor")
    add("--only", default=default.only, help="the part of the network that learns, as recapture; the rest stays")
    add("--device", default="auto", help="auto, cpu or cuda")
    add("--streams", nargs="+", choices=STREAMS, default=STREAMS, help="views the network is given")
    add("--without", nargs="+", choices=TRAIN.operators, default=(), help="operators to leave out")
    add("--start", type=Path, help="a folder of save_pretrained to go on from")
    add("--draw", action="store_true", help="draw the scenes and pictures and stop")
    add("--resume", action="store_true", help="go on with the training of the same --out, if there is one")
    return parser


def _config(given: argparse.Namespace) -> Config:
    mixture = Mixture(
        **{name: getattr(given, name) for name in ("recaptured", "invented", "pairs", "side", "mild", "ramp")}
    )
    own = {
        name: getattr(given, name)
        for name in ("seed", "steps", "minutes", "batch", "rate", "workers", "frozen", "compiled", "only")
    }
    return Config(**own, streams=tuple(given.streams), mixture=mixture)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not given.side and given.batch != 2 * given.pairs:
        parser.error("with --side 0 a step is of one view: give a --batch of twice --pairs")
    scenes = staged(TRAIN, given.captures, given.cache, given.processes)
    held = drawn(VALIDATION, given.validation, given.cache, given.processes)
    if given.draw:
        return
    recipe, folder = TRAIN.without(*given.without), given.out.with_suffix(".net")
    net = train(scenes, recipe, _config(given), _device(given.device), folder, given.start, given.resume)
    limits, seen = validated(net, map(read, sorted(held.glob("??????.npz"))[: given.validation]))
    kept(net, limits.model_dump_json(), given.out)
    print(figures("validation", seen, limits).model_dump_json(indent=1))
    print(f"{limits.model_dump_json()}\nsha256 {hashlib.sha256(given.out.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
