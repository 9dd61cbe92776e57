"""A whole picture through the network: cut into tiles on the JPEG grid, never resized, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vision.forgery.net import MASK_STEP, TILE_STEP, ForgeryNet, ForgeryOutput, pooled
from vision.forgery.sight import Floats, Rgb

Run = Callable[[Tensor, Tensor, Tensor], ForgeryOutput]
LARGEST_TILE, OVERLAP = 576, 64
"""Pixels along a tile's side, and by how much neighbouring tiles overlap."""
Tile = tuple[int, int, int, int]
"""Top, bottom, left and right of a tile in pixels."""
UNSEEN = -30.0
"""Logit of cells in tiles that were not looked at."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the network says of a picture: `mask` logits (rows, columns) of cells of 4x4 pixels, the `image` logit of
    the pooled mask, `operator` logits in the order of the network's shape, and the `recapture` logit."""

    mask: Floats
    image: float
    operator: Floats
    recapture: float


def spans(length: int) -> Iterator[tuple[int, int]]:
    """Beginnings and ends of the tiles along a side, as few as possible and equally long; both multiples of 16."""
    count = max(-(-(length - OVERLAP) // (LARGEST_TILE - OVERLAP)), 1)
    size = -(-(length + OVERLAP * (count - 1)) // (count * TILE_STEP)) * TILE_STEP
    for index in range(count):
        start = round(index * (length - size) / max(count - 1, 1) / TILE_STEP) * TILE_STEP
        yield max(start, 0), max(start, 0) + size


def tiles(height: int, width: int) -> tuple[Tile, ...]:
    """The tiles of a picture, row by row; the last ones may reach beyond it."""
    return tuple((*down, *across) for down in spans(_grown(height)) for across in spans(_grown(width)))


def fast_context(device: torch.device) -> torch.autocast | nullcontext[None]:
    """bfloat16 where the device multiplies it at full rate, else what was there."""
    able = device.type == "cuda" or (device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(device.type, torch.bfloat16) if able else nullcontext()


def predict(
    net: ForgeryNet,
    rgb: Rgb,
    steps: tuple[int, ...],
    noise: Floats,
    run: Run | None = None,
    only: Sequence[Tile] = (),
) -> Prediction:
    """Look at a picture (height, width, 3) of at least 32 pixels a side. `steps` are the 64 quantisation steps of luma
    of its JPEG grid, row by row, () where it has none; `noise` is its `noise_level`. The network must be in evaluation
    mode; `run` is what tiles go through instead of calling it, such as a batch of many threads. `only` are the tiles to
    look at, all where none is named."""
    device = net.device
    whole, height, width = _padded(rgb), rgb.shape[0], rgb.shape[1]
    level = torch.from_numpy(noise)[None].to(device)
    table = torch.tensor([steps if steps else (0,) * 64], dtype=torch.float32, device=device)
    rows, columns = whole.shape[2] // MASK_STEP, whole.shape[3] // MASK_STEP
    total, weight = torch.zeros(rows, columns), torch.zeros(rows, columns)
    heads: list[tuple[Tensor, Tensor, float]] = []
    with torch.inference_mode(), fast_context(device):
        for top, bottom, left, right in only or tiles(height, width):
            tile = whole[:, :, top:bottom, left:right].to(device)
            said = (run or net)(tile, level, table)
            mask = said.mask[0].cpu()
            window = np.s_[top // MASK_STEP : bottom // MASK_STEP, left // MASK_STEP : right // MASK_STEP]
            share = _fade(mask.shape[0])[:, None] * _fade(mask.shape[1])
            total[window] += mask * share
            weight[window] += share
            heads.append((said.operator[0].cpu(), said.recapture[0].cpu(), float(mask.sigmoid().mean()) + 1e-4))
        mask = torch.where(weight > 0, total / weight, UNSEEN)[: -(-height // MASK_STEP), : -(-width // MASK_STEP)]
        image = net.scale(pooled(mask[None], net.shape.pool)[:, None].to(device))
    hot = sum(share for _, _, share in heads)
    return Prediction(
        mask=np.asarray(mask, np.float32),
        image=float(image),
        operator=np.asarray(sum(operator * share for operator, _, share in heads) / hot, np.float32),
        recapture=float(np.mean([float(one) for _, one, _ in heads])),
    )


def _padded(rgb: Rgb) -> Tensor:
    """(1, 3, height, width) with sides grown to what a tile needs."""
    down, across = (_grown(side) - side for side in rgb.shape[:2])
    grown = np.pad(rgb, ((0, down), (0, across), (0, 0)), mode="reflect")
    return torch.from_numpy(np.ascontiguousarray(grown.transpose(2, 0, 1)))[None]


def _grown(side: int) -> int:
    """The least length from a side on that its tiles cover exactly."""
    length = -(-side // TILE_STEP) * TILE_STEP
    return max(length, *(end for _, end in spans(length)))


def _fade(count: int) -> Tensor:
    """Weights along a tile that fall towards its ends, where it sees less around."""
    edge = OVERLAP // MASK_STEP
    ramp = torch.arange(count, dtype=torch.float32).minimum(torch.arange(count - 1, -1, -1, dtype=torch.float32)) + 1
    return ramp.clamp(max=edge) / edge
