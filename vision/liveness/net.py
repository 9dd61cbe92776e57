"""The small presentation-attack network: does a still show a face, or a screen or print of one?

Two towers see the face twice: `context` (twice the box, shrunk) for borders, reflections and flat light, `texture` (the
middle of the face, pixel by pixel, its own blur taken away) for dots, stripes and grain. It was trained on rendered
heads and drawn attacks alone (`vision/train/attack.py`): it serves the simulated exchange and says nothing of people.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from vision import weights
from vision.errors import WeightsError
from vision.types import Box, ModelVersion

if TYPE_CHECKING:
    from pathlib import Path

Pixels = NDArray[np.uint8]
SIDE = 112
CONTEXT = 2.0
THRESHOLD = 0.5


class Tower(nn.Module):
    """N x 3 x 112 x 112 to N x 128: means and deviations of 64 features."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 16, 24, 48, 64)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [
                nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers)

    def forward(self, pixels: Tensor) -> Tensor:
        features = self.layers(pixels).flatten(2)
        return torch.cat([features.mean(2), features.std(2)], dim=1)


class AttackNet(nn.Module):
    """Crops (N x 6 x 112 x 112, context over texture, from `crops`) to a logit of being live: N."""

    def __init__(self) -> None:
        super().__init__()
        self.context, self.texture = Tower(), Tower()
        self.dropout, self.last = nn.Dropout(0.3), nn.Linear(256, 1)

    def forward(self, crops: Tensor) -> Tensor:
        context, texture = (crops.float() / 255 - 0.5).split(3, dim=1)
        texture = (texture - nn.functional.avg_pool2d(texture, 7, 1, 3, count_include_pad=False)) * 4
        features = torch.cat([self.context(context), self.texture(texture)], dim=1)
        logit: Tensor = self.last(self.dropout(features))
        return logit[:, 0]


def crops(rgb: Pixels, box: Box) -> Pixels:
    """The two views of the face in a box: 6 x 112 x 112 uint8. What lies outside the picture repeats its edge."""
    side = max(box.width, box.height)
    middle = box.x + box.width / 2, box.y + box.height / 2
    views = [around(rgb, middle, side * CONTEXT, SIDE), around(rgb, middle, SIDE, SIDE)]
    return np.ascontiguousarray(np.concatenate([view.transpose(2, 0, 1) for view in views]))


def around(rgb: Pixels, middle: tuple[float, float], side: float, size: int) -> Pixels:
    """A square of `side` pixels about a point as size x size x 3, the picture's edge repeated beyond it."""
    left, top = round(middle[0] - side / 2), round(middle[1] - side / 2)
    length = max(round(side), 1)
    height, width = rgb.shape[:2]
    rows, columns = (np.arange(start, start + length).clip(0, end - 1) for start, end in ((top, height), (left, width)))
    square = np.asarray(rgb[rows[:, None], columns], np.uint8)
    if length == size:
        return square
    method = cv2.INTER_AREA if length > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (size, size), interpolation=method), np.uint8)


def build(path: Path) -> AttackNet:
    """The network of a weights file. Raises `WeightsError` for one of another shape."""
    network = AttackNet()
    try:
        network.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise WeightsError(f"{path.name!r} does not hold this network", "restore the project's own file") from error
    return network.eval()


class SyntheticModel:
    """The network with its pinned weights, as `vision.liveness` asks its models: scores in [0, 1], 1 is live."""

    threshold = THRESHOLD

    def __init__(self) -> None:
        self._network = _packaged()
        self.version = ModelVersion(name="attack-synthetic", sha256=weights.PINNED["attack"].sha256)

    def score(self, rgb: Pixels, box: Box) -> float:
        """How live the face in a box of an upright picture looks."""
        with torch.inference_mode():
            logit = self._network(torch.from_numpy(crops(rgb, box))[None])
        return float(torch.sigmoid(logit)[0])


@cache
def _packaged() -> AttackNet:
    return build(weights.find("attack"))
