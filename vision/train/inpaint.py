"""Train the network that fills what a forger clears, on captures drawn here.

    python -m vision.train.inpaint --seed 1 --minutes 8.5 --captures 500 --out vision/weights/inpaint.safetensors

Results after about 510 steps on 480 holes in captures of people who took no share (see `Row`). The card,
vision/weights/inpaint.md, has the rest.

| way | PSNR | error | error of 5x5 means | grain |
|---|---|---|---|---|
| network | 26.17 | 11.77 | 7.48 | 0.64 |
| Telea | 26.76 | 10.72 | 7.35 | 0.30 |
| Navier-Stokes | 26.79 | 10.82 | 7.40 | 0.25 |
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from vision.synth.deck import TRAIN, VALIDATION
from vision.synth.inpainting import UNIT, InpaintNet, filled
from vision.synth.resave import Mask
from vision.train.inpaint_pictures import Crop, captures, crop
from vision.weights import sha256_of

Rgb = npt.NDArray[np.uint8]
Filler = Callable[[Rgb, Mask], Rgb]
BANDS = (3, 7)
"""Sides of the means that divide detail into bands: finer than the first, between both."""
WINDOW = 7
"""Side of the windows in which the spread of a band is compared."""
SHOWN_EVERY = 100
"""Steps after which a training says how it fares."""


@dataclass(frozen=True)
class Config:
    """Everything a training depends on beside its captures."""

    seed: int = 1
    steps: int = 100_000
    minutes: float = 25.0
    batch: int = 8
    side: int = 112
    rate: float = 2e-3
    warm: float = 0.03
    parts: tuple[float, float, float] = (1.0, 0.1, 1.0)
    """Weights of the losses: level, pixels, spread."""


@dataclass(frozen=True)
class Row:
    """How one way fills holes: the means over holes of the peak signal to noise ratio in decibels, of the absolute
    error in grey levels and of that of means of 5x5 pixels, to which grain is nothing; and the median of how large fine
    detail is beside that which was there."""

    way: str
    psnr: float
    error: float
    level: float
    grain: float


def loss(made: Tensor, true: Tensor, hole: Tensor, config: Config) -> Tensor:
    """How far a filled picture is from the true one in its hole. The level is compared as a mean of 5x5 pixels; pixels
    themselves count little, for the best answer to them is a blur. The spread of two bands of detail, of each colour
    and of their mean, is compared in small windows: that asks for as much grain as was there, not for the same."""
    apart = (made - true) / UNIT
    level = functional.avg_pool2d(apart, 5, 1, 2).abs()
    parts = [_within(each, hole) for each in (level, apart.abs())]
    parts.append(_within((_spread(made) - _spread(true)).abs(), hole))
    return torch.stack([part * share for part, share in zip(parts, config.parts, strict=True)]).sum()


def _within(values: Tensor, hole: Tensor) -> Tensor:
    """The mean of values inside the holes."""
    return (values * hole).sum() / (hole.sum() * values.shape[1])


def _spread(pixels: Tensor) -> Tensor:
    """The deviation of each band of detail around each pixel: (batch, 8, height, width)."""
    seen = torch.cat([pixels, pixels.mean(1, keepdim=True)], dim=1) / UNIT
    bands = []
    for side in BANDS:
        smooth = functional.avg_pool2d(seen, side, 1, side // 2, count_include_pad=False)
        bands.append(seen - smooth)
        seen = smooth
    squares = functional.avg_pool2d(torch.cat(bands, 1).square(), WINDOW, 1, WINDOW // 2, count_include_pad=False)
    return (squares + 1e-4).sqrt()


def train(windows: Sequence[Rgb], config: Config) -> InpaintNet:
    """Fit the network with Adam until the steps or the minutes are used up, whichever is first."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(1)
    net, rng = InpaintNet(), np.random.default_rng([0x1A7, config.seed])
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(net.parameters(), lr=config.rate)
    started, losses = time.monotonic(), list[float]()
    while (done := _done(len(losses), started, config)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(done, config)
        value = loss(*_tried(net, [crop(windows, config.side, rng) for _ in range(config.batch)]), config)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        losses.append(float(value.detach()))
        if len(losses) % SHOWN_EVERY == 0:
            minutes = (time.monotonic() - started) / 60
            print(f"step {len(losses)}, {minutes:.1f} minutes, loss {np.mean(losses[-SHOWN_EVERY:]):.4f}", flush=True)
    return net.eval()


def _done(steps: int, started: float, config: Config) -> float:
    return max(steps / config.steps, (time.monotonic() - started) / 60 / config.minutes)


def learning_rate(done: float, config: Config) -> float:
    """The learning rate when this share of the training is done: a short rise, then half a cosine down to nothing."""
    rise = min(done / config.warm + 0.01, 1.0)
    return config.rate * rise * (0.5 + 0.5 * float(np.cos(np.pi * done)))


def _tried(net: InpaintNet, crops: Sequence[Crop]) -> tuple[Tensor, Tensor, Tensor]:
    """The filled crops, the true ones, and the holes."""
    true = torch.from_numpy(np.stack([each.rgb for each in crops])).permute(0, 3, 1, 2).float().contiguous()
    hole = torch.from_numpy(np.stack([each.hole for each in crops]))[:, None].float()
    return net(true, hole, torch.randn_like(true)), true, hole


def ways(net: InpaintNet, seed: int = 0) -> dict[str, Filler]:
    """The network and the two classical ways beside it."""
    exact, rng = net.double(), np.random.default_rng(seed)
    return {
        "network": lambda rgb, hole: filled(exact, rgb, hole, rng),
        "Telea": partial(_classical, cv2.INPAINT_TELEA),
        "Navier-Stokes": partial(_classical, cv2.INPAINT_NS),
    }


def _classical(way: int, rgb: Rgb, hole: Mask) -> Rgb:
    return np.asarray(cv2.inpaint(rgb, hole.astype(np.uint8), 3, way), np.uint8)


def measured(way: str, fill: Filler, crops: Sequence[Crop]) -> Row:
    """How well one way fills the holes of these crops."""
    found = []
    for each in crops:
        made = fill(each.rgb, each.hole)
        apart = made.astype(np.float64) - each.rgb
        psnr = 10 * np.log10(255**2 / max(float((apart[each.hole] ** 2).mean()), 1e-2))
        error, level = (float(np.abs(one)[each.hole].mean()) for one in (apart, cv2.blur(apart, (5, 5))))
        found.append((psnr, error, level, _grain(made, each.hole) / _grain(each.rgb, each.hole)))
    psnr, error, level, grain = np.asarray(found).T
    return Row(way, float(psnr.mean()), float(error.mean()), float(level.mean()), float(np.median(grain)))


def _grain(rgb: Rgb, hole: Mask) -> float:
    """The deviation of the finest band of detail in a hole, in grey levels."""
    seen = rgb.astype(np.float32)
    return float((seen - cv2.blur(seen, (BANDS[0], BANDS[0])))[hole].std()) + 0.1


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, train, measure on captures of people who took no share, and write the weights."""
    default = Config()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--steps", type=int, default=default.steps)
    parser.add_argument("--minutes", type=float, default=default.minutes, help="when to stop, drawing not counted")
    parser.add_argument("--captures", type=int, default=600, help="captures to train on")
    parser.add_argument("--held-out", type=int, default=60, help="captures to measure on, eight holes in each")
    parser.add_argument("--cache", type=Path, help="folder that keeps captures between runs")
    parser.add_argument("--out", type=Path, default=Path("vision/weights/inpaint.safetensors"))
    asked = parser.parse_args(arguments)
    config = Config(seed=asked.seed, steps=asked.steps, minutes=asked.minutes)
    cv2.setNumThreads(1)
    held, rng = captures(VALIDATION, asked.held_out, asked.cache), np.random.default_rng(2)
    tests = [crop([window], config.side, rng) for window in held for _ in range(8)]
    net = train(captures(TRAIN, asked.captures, asked.cache), config)
    save_file({name: value.contiguous() for name, value in net.state_dict().items()}, asked.out)
    print("| way | PSNR | error | error of 5x5 means | grain |\n|---|---|---|---|---|")
    for way, fill in ways(net).items():
        row = measured(way, fill, tests)
        print(f"| {row.way} | {row.psnr:.2f} | {row.error:.2f} | {row.level:.2f} | {row.grain:.2f} |")
    print(f"\nsha256 {sha256_of(asked.out)}")


if __name__ == "__main__":
    main()
