"""The network that looks for traces of editing: what it is given, what it says, and nothing about verdicts.

Three views of the same pixels meet at an eighth of the resolution: colour; high-pass residuals (Fridrich and Kodovsky,
"Rich Models for Steganalysis", 2012) over the whole picture's own noise level, so that a picture is compared with
itself; and the coefficients of the file's own 8x8 JPEG grid with its quantisation table (Kwon et al., "CAT-Net", 2021).
A correlation of the tile's features with themselves shows what was copied within it (Wu et al., "BusterNet", 2018).

Fully convolutional. Tiles begin on the JPEG grid and are never resized; their sides are multiples of `TILE_STEP`.
It is a model of `transformers`: `opened(path)[0].save_pretrained(folder)` writes what others load with
`ForgeryNet.from_pretrained(folder)`, train further and publish; `kept` packs a network and its limits into one file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import PretrainedConfig, PreTrainedModel
from transformers.utils.generic import ModelOutput

from vision.errors import WeightsError

Floats = npt.NDArray[np.float32]
TILE_STEP = 16
MASK_STEP = 4
"""Pixels that one value of the mask stands for, in either direction."""
FINE = 15
"""Low frequencies, in zigzag order without the mean, whose small multiples of a step are told apart."""
MULTIPLES = 4
TRUNCATED = 8.0
"""Residuals, in units of the picture's noise level, are cut here: beyond it is print, not noise."""
STREAMS = ("rgb", "residual", "dct")
SECOND = np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]], np.float32) / 2
SQUARE3 = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 4
SQUARE5 = np.array(
    [[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]], np.float32
) / 12  # fmt: skip
LUMA = (0.299, 0.587, 0.114)


class ForgeryConfig(PretrainedConfig):
    """Shape of a `ForgeryNet`. `streams` are the views it is given, `operators` the names its operator head knows;
    `pool` is how many of the hottest values of the mask make the picture's score."""

    model_type = "casework-forgery"

    def __init__(
        self,
        streams: tuple[str, ...] = STREAMS,
        operators: tuple[str, ...] = (),
        stem: int = 32,
        quarter: int = 48,
        eighth: int = 96,
        sixteenth: int = 192,
        local_blocks: int = 2,
        wide_blocks: int = 3,
        keys: int = 24,
        pool: int = 24,
        **rest: Any,  # noqa: ANN401 - what the base class takes is its own affair
    ) -> None:
        self.streams, self.operators = tuple(streams), tuple(operators)
        self.stem, self.quarter, self.eighth, self.sixteenth = stem, quarter, eighth, sixteenth
        self.local_blocks, self.wide_blocks, self.keys, self.pool = local_blocks, wide_blocks, keys, pool
        super().__init__(**rest)


@dataclass
class ForgeryOutput(ModelOutput):
    """What the network says of a batch of tiles: `mask` logits (batch, height / 4, width / 4), `image` logits (batch,)
    of the pooled mask, `operator` logits (batch, operators), `recapture` logits (batch,)."""

    mask: Tensor = None  # type: ignore[assignment]  # the base class asks for a default
    image: Tensor = None  # type: ignore[assignment]
    operator: Tensor = None  # type: ignore[assignment]
    recapture: Tensor = None  # type: ignore[assignment]


def _zigzag() -> list[int]:
    """Places of a flattened 8x8 block in the order of the JPEG standard."""
    places = [(row, column) for row in range(8) for column in range(8)]
    order = sorted(places, key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]))
    return [8 * row + column for row, column in order]


def _basis() -> Tensor:
    """The 64 patterns of the 8x8 cosine transform as filters (64, 1, 8, 8), row by row."""
    places, turns = np.arange(8), np.arange(8)[:, None]
    waves = np.cos((2 * places + 1) * turns * np.pi / 16) * np.where(turns == 0, np.sqrt(1 / 8), 0.5)
    return torch.from_numpy(np.einsum("ui,vj->uvij", waves, waves).reshape(64, 1, 8, 8).astype(np.float32))


class Residuals(nn.Module):
    """Seven high-pass residuals of a picture (batch, 3, height, width) in 0..255: four of luma, one of luma's every
    second pixel, two of colour differences. Nothing in it is learned."""

    CHANNELS = 7
    small: Tensor
    large: Tensor
    square: Tensor
    luma: Tensor

    def __init__(self) -> None:
        super().__init__()
        small = np.stack([SECOND, SECOND.T, SQUARE3])[:, None]
        for name, kernel in (("small", small), ("large", SQUARE5[None, None]), ("square", SQUARE3[None, None])):
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(kernel)), persistent=False)
        self.register_buffer("luma", torch.tensor(LUMA).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        luma = (pixels * self.luma).sum(1, keepdim=True)
        red, blue = pixels[:, :1] - pixels[:, 1:2], pixels[:, 2:] - pixels[:, 1:2]
        colour = [functional.conv2d(_around(one, 1), self.square) for one in (red, blue)]
        return torch.cat(
            [
                functional.conv2d(_around(luma, 1), self.small),
                functional.conv2d(_around(luma, 2), self.large),
                functional.conv2d(_around(luma, 2), self.square, dilation=2),
                *colour,
            ],
            dim=1,
        )


def _around(field: Tensor, width: int) -> Tensor:
    return functional.pad(field, (width, width, width, width), mode="reflect")


class Coefficients(nn.Module):
    """The 8x8 coefficients of luma in steps of the file's quantisation table: how large, whether nought, and for low
    frequencies which small multiple, where a second saving leaves gaps: (batch, channels, height / 8, width / 8)."""

    CHANNELS = 64 + 64 + FINE * MULTIPLES
    basis: Tensor
    fine: Tensor
    luma: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("basis", _basis(), persistent=False)
        self.register_buffer("fine", torch.tensor(_zigzag()[1 : FINE + 1]), persistent=False)
        self.register_buffer("luma", torch.tensor(LUMA).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, pixels: Tensor, steps: Tensor) -> Tensor:
        luma = (pixels * self.luma).sum(1, keepdim=True) - 128
        sizes = functional.conv2d(luma, self.basis, stride=8).abs() / steps.clamp(min=1)[:, :, None, None]
        low = sizes[:, self.fine, None]
        whole = torch.arange(1, MULTIPLES + 1, device=low.device)[:, None, None]
        multiples = torch.exp(-8 * (low - whole) ** 2).flatten(1, 2)
        return torch.cat([torch.log1p(sizes), torch.exp(-8 * sizes**2), multiples], dim=1)


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
        down, across = torch.arange(rows, device=device), torch.arange(columns, device=device)
        apart_down = (down[:, None] // 2 - down[None, : rows // 2]).abs()
        apart_across = (across[:, None] // 2 - across[None, : columns // 2]).abs()
        near = apart_down[:, None, :, None].maximum(apart_across[None, :, None, :]) < self.APART
        return near.reshape(rows * columns, -1) * -4.0


class ForgeryNet(PreTrainedModel):
    """Tiles of a picture in, mask, score, operator and recapture out. See `forward` for shapes."""

    config_class = ForgeryConfig
    main_input_name = "pixels"

    def __init__(self, config: ForgeryConfig) -> None:
        super().__init__(config)
        self.residuals, self.coefficients = Residuals(), Coefficients()
        views = 3 * ("rgb" in config.streams) + Residuals.CHANNELS * ("residual" in config.streams)
        quarter, eighth, wide = config.quarter, config.eighth, config.sixteenth
        self.stem = nn.Sequential(_layer(max(views, 1), config.stem, stride=2), _layer(config.stem, quarter, stride=2))
        self.to_eighth = _layer(quarter, eighth, stride=2)
        self.history = _layer(Coefficients.CHANNELS, eighth, size=1)
        self.table = nn.Linear(64, 2 * eighth)
        self.fuse = _layer(2 * eighth, eighth, size=1)
        self.local = nn.Sequential(*(Block(eighth) for _ in range(config.local_blocks)))
        self.copies = SelfCorrelation(eighth, config.keys)
        self.to_sixteenth = _layer(eighth + SelfCorrelation.CHANNELS, wide, stride=2)
        self.wide = nn.Sequential(*(Block(wide, dilation=1 + index % 2) for index in range(config.wide_blocks)))
        self.context = nn.Linear(2 * wide, wide)
        self.back = _layer(eighth + SelfCorrelation.CHANNELS + wide, quarter, size=1)
        self.detail = _layer(2 * quarter, config.stem)
        self.mask = nn.Conv2d(config.stem, 1, 1)
        self.scale = nn.Linear(1, 1)
        self.operator = nn.Linear(2 * wide, max(len(config.operators), 1))
        self.recapture = nn.Linear(2 * wide, 1)
        self.post_init()  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """He's start for convolutions; the buffers, which are computed, come back after loading from elsewhere."""
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.constant_(module.bias, -2.0 if module is self.mask else 0.0)
        elif module is self.scale:
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, Residuals | Coefficients):
            fresh = type(module)()
            for name, value in fresh.named_buffers():
                getattr(module, name).copy_(value)
        else:
            super()._init_weights(module)  # type: ignore[no-untyped-call]

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
            image=self.scale(pooled(mask, self.config.pool)[:, None])[:, 0],
            operator=self.operator(_moments(wide, hot + 1e-3)).float(),
            recapture=self.recapture(_moments(wide))[:, 0].float(),
        )

    def _views(self, pixels: Tensor, noise: Tensor) -> Tensor:
        views = []
        if "rgb" in self.config.streams:
            views.append(pixels / 64 - 2)
        if "residual" in self.config.streams:
            views.append((self.residuals(pixels) / noise[:, :, None, None]).clamp(-TRUNCATED, TRUNCATED) / 2)
        seen = torch.cat(views, 1) if views else torch.zeros_like(pixels[:, :1])
        return seen.contiguous(memory_format=torch.channels_last)

    def _history(self, coefficients: Tensor, steps: Tensor) -> Tensor:
        if "dct" not in self.config.streams:
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


def noise_level(rgb: npt.NDArray[np.uint8]) -> Floats:
    """The scale of each residual over a whole picture (height, width, 3): the mean size of those below the median,
    which edges and print do not move. Every sixth band of 16 rows is enough."""
    rows = rgb.shape[0] // 16
    bands = rgb[: 16 * rows].reshape(rows, 16, rgb.shape[1], 3)[:: 6 if rows >= 12 else 1]
    with torch.inference_mode():
        pixels = torch.from_numpy(np.ascontiguousarray(bands)).permute(0, 3, 1, 2).float()
        sizes = _RESIDUALS(pixels)[:, :, 2:-2].abs().transpose(0, 1).flatten(1)[:, ::3]
        middle = sizes.median(dim=1, keepdim=True).values
        level = torch.where(sizes <= middle, sizes, 0).sum(1) / (sizes <= middle).sum(1)
    return np.asarray(level + 0.1, np.float32)


_RESIDUALS = Residuals()


def kept(net: ForgeryNet, limits: str, path: Path) -> None:
    """Write a network, its shape and its limits (JSON) into one safetensors file."""
    arrays = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    save_file(arrays, path, metadata={"config": net.config.to_json_string(use_diff=False), "limits": limits})


def opened(path: Path, device: str = "cpu") -> tuple[ForgeryNet, str]:
    """The network that `kept` wrote, ready to look, and its limits. Raises `WeightsError` for any other file."""
    try:
        with safe_open(path, framework="pt") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
        net = ForgeryNet(ForgeryConfig(**json.loads(metadata["config"])))
        net.load_state_dict(arrays)
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        what = f"{path.name!r} holds no forgery network ({type(error).__name__})"
        raise WeightsError(what, "train it with vision.train.forgery, or restore the file of the release") from None
    net.to(device=torch.device(device), memory_format=torch.channels_last)  # type: ignore[call-arg]
    net.train(False)
    return net, metadata["limits"]
