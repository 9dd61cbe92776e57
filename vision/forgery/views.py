"""The views of a picture in which nothing is learned: its noise, and the coefficients of its JPEG grid.

High-pass residuals (Fridrich and Kodovsky, "Rich Models for Steganalysis", 2012) are held against the noise level of
the whole picture, so that a picture is compared with itself. The coefficients are those of the file's own 8x8 grid, in
steps of its quantisation table (Kwon et al., "CAT-Net", 2021).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vision.forgery.sight import Floats, Rgb

FINE = 15
"""Low frequencies, in zigzag order without the mean, whose small multiples of a step are told apart."""
MULTIPLES = 4
SECOND = np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]], np.float32) / 2
SQUARE3 = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 4
SQUARE5 = np.array(
    [[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]], np.float32
) / 12  # fmt: skip
LUMA = (0.299, 0.587, 0.114)


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


def noise_level(rgb: Rgb) -> Floats:
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
