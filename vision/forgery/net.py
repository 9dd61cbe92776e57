"""The network that looks for traces of editing: what it is given, what it says, and nothing about verdicts.

Three views of the same pixels meet at an eighth of the resolution: colour, high-pass residuals over the picture's own
noise level, and the coefficients of the file's own JPEG grid with its quantisation table (`vision.forgery.views`).
A correlation of the tile's features with themselves shows what was copied within it (Wu et al., "BusterNet", 2018).

Fully convolutional. Tiles begin on the JPEG grid and are never resized; their sides are multiples of `TILE_STEP`.
`kept` packs a network and its limits into one file, `opened` reads it; the form in which a network is published and
trained further, a folder of `transformers`, is `vision.forgery.pretrained`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from vision.errors import WeightsError
from vision.forgery.views import Coefficients, Residuals

TILE_STEP = 16
MASK_STEP = 4
"""Pixels that one value of the mask stands for, in either direction."""
TRUNCATED = 8.0
"""Residuals, in units of the picture's noise level, are cut here: beyond it is print, not noise."""
SPREAD = 0.02
"""Standard deviation of the weights of linear layers before training."""
STREAMS = ("rgb", "residual", "dct")


@dataclass(frozen=True)
class ForgeryShape:
    """Shape of a `ForgeryNet`. `streams` are the views it is given, `operators` the names its operator head knows;
    `pool` is how many of the hottest values of the mask make the picture's score."""

    streams: tuple[str, ...] = STREAMS
    operators: tuple[str, ...] = ()
    stem: int = 32
    quarter: int = 48
    eighth: int = 96
    sixteenth: int = 192
    local_blocks: int = 2
    wide_blocks: int = 3
    keys: int = 24
    pool: int = 24

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> ForgeryShape:
        """The shape that is told among whatever else, as JSON has it. Raises `KeyError` where a part of it is not."""
        given: dict[str, Any] = {each.name: told[each.name] for each in fields(cls)}
        return cls(**given | {name: tuple(given[name]) for name in ("streams", "operators")})


class ForgeryOutput(NamedTuple):
    """What the network says of a batch of tiles: `mask` logits (batch, height / 4, width / 4), `image` logits (batch,)
    of the pooled mask, `operator` logits (batch, operators), `recapture` logits (batch,)."""

    mask: Tensor
    image: Tensor
    operator: Tensor
    recapture: Tensor


class Block(nn.Module):
    """Two convolutions around which the input passes unchanged."""

    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, seen: Tensor) -> Tensor:
        return functional.relu(seen + self.inner(seen))


def _layer(inside: int, outside: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, size, stride=stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )


class SelfCorrelation(nn.Module):
    """How like each place of a tile is to the most alike cell of 2x2 places not beside it, and to all of them."""

    CHANNELS = 2
    APART = 3

    def __init__(self, width: int, keys: int) -> None:
        super().__init__()
        self.key = nn.Conv2d(width, keys, 1)

    def forward(self, seen: Tensor) -> Tensor:
        batch, _, rows, columns = seen.shape
        keys = self.key(seen).float()
        cells = functional.normalize(functional.avg_pool2d(keys, 2).flatten(2), dim=1)
        alike = functional.normalize(keys.flatten(2), dim=1).transpose(1, 2) @ cells
        alike = alike + self._beside(rows, columns, seen.device)
        found = torch.stack([alike.amax(dim=2), alike.mean(dim=2)], dim=1)
        return found.reshape(batch, self.CHANNELS, rows, columns)

    def _beside(self, rows: int, columns: int, device: torch.device) -> Tensor:
        """-4 where a cell is too near a place to be a copy of it, else 0: (places, cells)."""
        down, across = (self._near(count, device).float() for count in (rows, columns))
        return (-4.0 * down[:, None, :, None] * across[None, :, None, :]).reshape(rows * columns, -1)

    def _near(self, count: int, device: torch.device) -> Tensor:
        """Whether a cell is near a place, along one side of `count` places: (places, cells)."""
        place = torch.arange(count, device=device)
        return (place[:, None] // 2 - place[None, : count // 2]).abs() < self.APART


class ForgeryNet(nn.Module):
    """Tiles of a picture in, mask, score, operator and recapture out. See `forward` for shapes."""

    def __init__(self, shape: ForgeryShape) -> None:
        super().__init__()
        self.shape = shape
        self.residuals, self.coefficients = Residuals(), Coefficients()
        views = 3 * ("rgb" in shape.streams) + Residuals.CHANNELS * ("residual" in shape.streams)
        quarter, eighth, wide = shape.quarter, shape.eighth, shape.sixteenth
        self.stem = nn.Sequential(_layer(max(views, 1), shape.stem, stride=2), _layer(shape.stem, quarter, stride=2))
        self.to_eighth = _layer(quarter, eighth, stride=2)
        self.history = _layer(Coefficients.CHANNELS, eighth, size=1)
        self.table = nn.Linear(64, 2 * eighth)
        self.fuse = _layer(2 * eighth, eighth, size=1)
        self.local = nn.Sequential(*(Block(eighth) for _ in range(shape.local_blocks)))
        self.copies = SelfCorrelation(eighth, shape.keys)
        self.to_sixteenth = _layer(eighth + SelfCorrelation.CHANNELS, wide, stride=2)
        self.wide = nn.Sequential(*(Block(wide, dilation=1 + index % 2) for index in range(shape.wide_blocks)))
        self.context = nn.Linear(2 * wide, wide)
        self.back = _layer(eighth + SelfCorrelation.CHANNELS + wide, quarter, size=1)
        self.detail = _layer(2 * quarter, shape.stem)
        self.mask = nn.Conv2d(shape.stem, 1, 1)
        self.scale = nn.Linear(1, 1)
        self.operator = nn.Linear(2 * wide, max(len(shape.operators), 1))
        self.recapture = nn.Linear(2 * wide, 1)
        self.apply(self.begin)

    @property
    def device(self) -> torch.device:
        """Where its weights lie."""
        return self.scale.weight.device

    @torch.no_grad()
    def begin(self, part: nn.Module) -> None:
        """Give a layer of this network the weights that it has before training: He's start for convolutions."""
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            if part.bias is not None:
                nn.init.constant_(part.bias, -2.0 if part is self.mask else 0.0)
        elif part is self.scale:
            nn.init.ones_(part.weight)
            nn.init.zeros_(part.bias)
        elif isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, std=SPREAD)
            nn.init.zeros_(part.bias)

    def forward(self, pixels: Tensor, noise: Tensor, steps: Tensor) -> ForgeryOutput:
        """`pixels` (batch, 3, height, width) in 0..255, sides multiples of 16, the first on the JPEG grid; `noise`
        (batch, 7) from `noise_level`; `steps` (batch, 64) quantisation steps of luma row by row, 0 where unknown."""
        pixels = pixels.float()
        # Half precision would drown the residuals: they are computed before it is allowed.
        with torch.autocast(pixels.device.type, enabled=False):
            views, coefficients = self._views(pixels, noise), self.coefficients(pixels, steps)
        quarter = self.stem(views)
        eighth = self.local(self.fuse(torch.cat([self.to_eighth(quarter), self._history(coefficients, steps)], 1)))
        eighth = torch.cat([eighth, self.copies(eighth).to(eighth.dtype)], 1)
        wide = self.wide(self.to_sixteenth(eighth))
        wide = wide + self.context(_moments(wide).to(wide.dtype))[:, :, None, None]
        merged = self.back(torch.cat([eighth, _larger(wide)], 1))
        fine = self.detail(torch.cat([_larger(merged), quarter], 1))
        mask = self.mask(fine)[:, 0].float()
        hot = functional.adaptive_avg_pool2d(torch.sigmoid(mask).unsqueeze(1), wide.shape[2:])
        return ForgeryOutput(
            mask=mask,
            image=self.scale(pooled(mask, self.shape.pool)[:, None])[:, 0],
            operator=self.operator(_moments(wide, hot + 1e-3)).float(),
            recapture=self.recapture(_moments(wide))[:, 0].float(),
        )

    def _views(self, pixels: Tensor, noise: Tensor) -> Tensor:
        views = []
        if "rgb" in self.shape.streams:
            views.append(pixels / 64 - 2)
        if "residual" in self.shape.streams:
            views.append((self.residuals(pixels) / noise[:, :, None, None]).clamp(-TRUNCATED, TRUNCATED) / 2)
        seen = torch.cat(views, 1) if views else torch.zeros_like(pixels[:, :1])
        return seen.contiguous(memory_format=torch.channels_last)

    def _history(self, coefficients: Tensor, steps: Tensor) -> Tensor:
        if "dct" not in self.shape.streams:
            coefficients = torch.zeros_like(coefficients)
        found = self.history(coefficients.contiguous(memory_format=torch.channels_last))
        gain, shift = self.table(torch.log2(steps + 1) / 4)[:, :, None, None].chunk(2, dim=1)
        placed: Tensor = found * (1 + gain) + shift
        return placed


def _larger(seen: Tensor) -> Tensor:
    return functional.interpolate(seen, scale_factor=2.0, mode="nearest")


def _moments(seen: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean and spread of each channel over the tile, places weighing as told: (batch, 2 channels)."""
    seen = seen.float()
    share = torch.ones_like(seen[:, :1]) if weight is None else weight
    share = share / share.sum((2, 3), keepdim=True)
    mean = (seen * share).sum((2, 3), keepdim=True)
    spread = ((seen - mean) ** 2 * share).sum((2, 3)).add(1e-4).sqrt()
    return torch.cat([mean[:, :, 0, 0], spread], 1)


def pooled(mask: Tensor, count: int) -> Tensor:
    """One number a picture (batch,): the mean of the `count` largest logits of its mask (batch, rows, columns), each
    first averaged with its eight neighbours."""
    smooth = functional.avg_pool2d(mask[:, None], 3, stride=1, padding=1, count_include_pad=False).flatten(1)
    return smooth.topk(min(count, smooth.shape[1]), dim=1).values.mean(1)


def kept(net: ForgeryNet, limits: str, path: Path) -> None:
    """Write a network, its shape and its limits (JSON) into one safetensors file."""
    arrays = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    save_file(arrays, path, metadata={"config": json.dumps(asdict(net.shape)), "limits": limits})


def opened(path: Path, device: str = "cpu") -> tuple[ForgeryNet, str]:
    """The network that `kept` wrote, ready to look, and its limits. Raises `WeightsError` for any other file."""
    try:
        with safe_open(path, framework="pt") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
        net = ForgeryNet(ForgeryShape.of(json.loads(metadata["config"])))
        net.load_state_dict(arrays)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        what = f"{path.name!r} holds no forgery network ({type(error).__name__})"
        raise WeightsError(what, "train it with vision.train.forgery, or restore the file of the release") from None
    net.to(device=torch.device(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    net.train(False)
    return net, metadata["limits"]
