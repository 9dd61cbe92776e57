"""A small network that fills a marked place of a picture from around it, as learned retouching tools do.

Gated convolutions (Yu et al., "Free-Form Image Inpainting with Gated Convolution", 2019) at three resolutions see the
picture, the mark and noise. From the noise they make the grain that a mean of likely pixels lacks. Trained by
`vision/train/inpaint.py`; `vision/weights/inpaint.md` says how well it fills.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from vision import weights
from vision.errors import WeightsError
from vision.synth.forge.scene import around
from vision.synth.lettering import Rgb
from vision.synth.resave import Mask

STEP = 4
"""Sides of what the network is given are multiples of this."""
MARGIN = 48
"""Pixels around the hole that the network is shown."""
SMOOTHED = 4
"""How often the surface that a hole begins with is averaged over 5x5 pixels."""
UNIT = 16.0
"""Grey levels that the network counts as one."""


class Gated(nn.Module):
    """A convolution of which as many channels again say how much of each place passes."""

    def __init__(self, inside: int, outside: int, size: int = 3, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        padding = dilation * (size // 2)
        self.both = nn.Conv2d(inside, 2 * outside, size, stride, padding, dilation)

    def forward(self, seen: Tensor) -> Tensor:
        found, gate = self.both(seen).chunk(2, dim=1)
        passed: Tensor = functional.elu(found) * gate.sigmoid()
        return passed


class InpaintNet(nn.Module):
    """A picture with a hole in, the picture with the hole filled out. See `forward` for shapes."""

    def __init__(self, fine: int = 16, middle: int = 32, coarse: int = 48) -> None:
        super().__init__()
        self.fine = Gated(7, fine, size=5)
        self.middle = Gated(fine, middle, stride=2)
        self.coarse = Gated(middle, coarse, stride=2)
        self.wide = nn.ModuleList(Gated(coarse, coarse, dilation=dilation) for dilation in (1, 2, 4, 8))
        self.to_middle = Gated(coarse + middle, middle)
        self.to_fine = Gated(middle + fine, fine)
        self.last = nn.Conv2d(fine, 3, 3, padding=1)
        # Before training nothing is added to the level that a hole begins with.
        for weight in self.last.parameters():
            nn.init.zeros_(weight)

    def forward(self, pixels: Tensor, hole: Tensor, noise: Tensor) -> Tensor:
        """`pixels` (batch, 3, height, width) in 0..255, sides multiples of `STEP`; `hole` (batch, 1, height, width) is
        1 where pixels are to be filled, whatever they are, and 0 elsewhere; `noise` like the pixels, standard normal.
        Result like the pixels, which outside the hole it repeats."""
        base = levelled(pixels, hole)
        fine = self.fine(torch.cat([base / 64 - 2, hole, noise * hole], dim=1))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        for layer in self.wide:
            coarse = coarse + layer(coarse)
        middle = self.to_middle(torch.cat([_larger(coarse), middle], dim=1))
        fine = self.to_fine(torch.cat([_larger(middle), fine], dim=1))
        return torch.where(hole > 0, base + UNIT * self.last(fine), pixels)


def levelled(pixels: Tensor, hole: Tensor) -> Tensor:
    """The pixels with those of the hole replaced by a smooth surface between known ones: where the network begins."""
    known = 1 - hole
    level = _spanned(pixels * known, known)
    for _ in range(SMOOTHED):
        near = functional.avg_pool2d(torch.where(hole > 0, level, pixels), 5, 1, 2, count_include_pad=False)
        level = torch.where(hole > 0, near, pixels)
    return level


def _spanned(weighted: Tensor, known: Tensor) -> Tensor:
    """What is not known taken from half the resolution, and so on (Gortler et al., "The Lumigraph", 1996). `weighted`
    are pixels times how far they are `known`, 0 to 1."""
    if min(known.shape[2:]) < 2:
        many = known.sum((2, 3), keepdim=True).clamp(min=1e-3)
        return weighted + (1 - known) * weighted.sum((2, 3), keepdim=True) / many
    half, sure = (functional.avg_pool2d(each, 2, ceil_mode=True) for each in (weighted, known))
    scale = sure.clamp(max=0.25) * 4 / sure.clamp(min=1e-6)
    coarse = _spanned(half * scale, sure * scale)
    return weighted + (1 - known) * functional.interpolate(coarse, known.shape[2:], mode="bilinear")


def _larger(seen: Tensor) -> Tensor:
    return functional.interpolate(seen, scale_factor=2.0, mode="nearest")


def fill(rgb: Rgb, hole: Mask, rng: np.random.Generator) -> Rgb:
    """A copy of a picture with its hole filled by the pinned network; nothing outside the hole changes. The noise is
    drawn from `rng`. Raises `WeightsError` where the weights are not the pinned ones."""
    if not hole.any():
        return rgb.copy()
    return filled(_packaged(), rgb, hole, rng)


def filled(net: InpaintNet, rgb: Rgb, hole: Mask, rng: np.random.Generator) -> Rgb:
    """The same by any network of double precision: in single precision pixels would depend on the processor."""
    place = around(hole, MARGIN)
    pixels, marked = np.ascontiguousarray(rgb[place]), np.ascontiguousarray(hole[place])
    below, beside = (-side % STEP for side in marked.shape)
    wide = np.pad(pixels, ((0, below), (0, beside), (0, 0)), "edge").astype(np.float64).transpose(2, 0, 1)
    marks = np.pad(marked, ((0, below), (0, beside))).astype(np.float64)[None]
    noise = rng.standard_normal(wide.shape)
    with torch.inference_mode():
        made = net(*(torch.from_numpy(np.ascontiguousarray(each))[None] for each in (wide, marks, noise)))[0].numpy()
    whole = np.clip(np.rint(made.transpose(1, 2, 0)), 0, 255).astype(np.uint8)[: marked.shape[0], : marked.shape[1]]
    picture = rgb.copy()
    picture[place][marked] = whole[marked]
    return picture


def build(path: Path) -> InpaintNet:
    """The network of a weights file. Raises `WeightsError` for one of another shape."""
    net = InpaintNet()
    try:
        net.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise WeightsError(f"{path.name!r} does not hold this network", "restore the project's own file") from error
    return net.double().eval()


@cache
def _packaged() -> InpaintNet:
    return build(weights.find("inpaint"))
