"""MiniFASNet, an optional liveness model by path: the networks of Silent-Face-Anti-Spoofing in plain torch.

A folder holds one safetensors file for each scale of the face box, named after it as the published files are
(`2.7_80x80_MiniFASNetV2`, `4_0_0_80x80_MiniFASNetV1SE`). Their widths differ and are read from the file; all else is
fixed. Input is BGR in 0 to 255, class 1 of 3 is live, and the answers of all files are averaged. No weights ship; the
published ones are under Apache-2.0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from vision.errors import WeightsError, because
from vision.types import Box, ModelVersion

Pixels = NDArray[np.uint8]
Tensors = Mapping[str, Tensor]

SIDE, LIVE = 80, 1
MAX_FILES, MAX_BYTES = 4, 20_000_000
REMEDY = "point LIVENESS_WEIGHTS at a folder of MiniFASNet files as safetensors, or unset it"


class Unit(nn.Module):
    """Convolution, batch norm and, unless it is `linear`, PReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, depthwise: bool = False,
                 linear: bool = False, padding: int | None = None) -> None:  # fmt: skip
        super().__init__()
        pad = kernel // 2 if padding is None else padding
        groups = inputs if depthwise else 1
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, pad, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.prelu = nn.Identity() if linear else nn.PReLU(outputs)

    def forward(self, features: Tensor) -> Tensor:
        moved: Tensor = self.prelu(self.bn(self.conv(features)))
        return moved


class Squeeze(nn.Module):
    """Channels weighed by their means (squeeze and excitation)."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1, self.bn1 = nn.Conv2d(width, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.fc2, self.bn2 = nn.Conv2d(inner, width, 1, bias=False), nn.BatchNorm2d(width)

    def forward(self, features: Tensor) -> Tensor:
        means = features.mean((2, 3), keepdim=True)
        weights = torch.sigmoid(self.bn2(self.fc2(torch.relu(self.bn1(self.fc1(means))))))
        weighed: Tensor = features * weights
        return weighed


class Block(nn.Module):
    """Widen, filter each channel, narrow; `squeezed` (inner width, 0 for none) and with a way around where stride 1."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int = 1, squeezed: int = 0) -> None:
        super().__init__()
        self.conv = Unit(inputs, inner)
        self.conv_dw = Unit(inner, inner, 3, stride, depthwise=True)
        self.project = Unit(inner, outputs, linear=True)
        self.se_module = Squeeze(outputs, squeezed) if squeezed else nn.Identity()
        self.around = stride == 1

    def forward(self, features: Tensor) -> Tensor:
        moved: Tensor = self.se_module(self.project(self.conv_dw(self.conv(features))))
        return features + moved if self.around else moved


class Stage(nn.Module):
    """Blocks in a row."""

    def __init__(self, blocks: list[Block]) -> None:
        super().__init__()
        self.model = nn.Sequential(*blocks)

    def forward(self, features: Tensor) -> Tensor:
        moved: Tensor = self.model(features)
        return moved


class MiniFASNet(nn.Module):
    """N x 3 x 80 x 80 (BGR, 0 to 255) to N x 3 logits, with the inner widths that `tensors` have."""

    def __init__(self, tensors: Tensors) -> None:
        super().__init__()

        def inner(name: str) -> int:
            return int(tensors[f"{name}.conv.conv.weight"].shape[0])

        def stage(name: str, width: int, blocks: int) -> Stage:
            names = [f"{name}.model.{index}" for index in range(blocks)]
            squeezed = [tensors.get(f"{each}.se_module.fc1.weight") for each in names]
            sizes = [0 if weight is None else len(weight) for weight in squeezed]
            return Stage([Block(width, inner(each), width, 1, size) for each, size in zip(names, sizes, strict=True)])

        self.conv1 = Unit(3, 32, 3, 2)
        self.conv2_dw = Unit(32, 32, 3, depthwise=True)
        self.conv_23 = Block(32, inner("conv_23"), 64, 2)
        self.conv_3 = stage("conv_3", 64, 4)
        self.conv_34 = Block(64, inner("conv_34"), 128, 2)
        self.conv_4 = stage("conv_4", 128, 6)
        self.conv_45 = Block(128, inner("conv_45"), 128, 2)
        self.conv_5 = stage("conv_5", 128, 2)
        self.conv_6_sep = Unit(128, 512)
        self.conv_6_dw = Unit(512, 512, 5, depthwise=True, linear=True, padding=0)
        self.linear = nn.Linear(512, 128, bias=False)
        self.bn = nn.BatchNorm1d(128)
        self.prob = nn.Linear(128, 3, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        early = self.conv_3(self.conv_23(self.conv2_dw(self.conv1(pixels))))
        late = self.conv_5(self.conv_45(self.conv_4(self.conv_34(early))))
        logits: Tensor = self.prob(self.bn(self.linear(self.conv_6_dw(self.conv_6_sep(late)).flatten(1))))
        return logits


def build(name: str, data: bytes) -> MiniFASNet:
    """The network of a file of this name. Raises `WeightsError` for one that has another architecture."""
    try:
        tensors = load(data)
        network = MiniFASNet(tensors)
        network.load_state_dict(tensors)
    except (SafetensorError, LookupError, RuntimeError, ValueError) as error:
        what = f"the liveness weights {name!r} are not a MiniFASNet ({type(error).__name__})"
        raise WeightsError(what, REMEDY) from None
    return network.eval()


def crop(rgb: Pixels, box: Box, scale: float) -> Pixels:
    """The box widened `scale` times, less where the picture ends, moved inside it, as 80 x 80 x 3 in BGR."""
    height, width = rgb.shape[:2]
    scale = min(scale, (height - 1) / max(box.height, 1), (width - 1) / max(box.width, 1))
    across, down = box.width * scale, box.height * scale
    left = min(max(box.x + box.width / 2 - across / 2, 0), width - across)
    top = min(max(box.y + box.height / 2 - down / 2, 0), height - down)
    part = rgb[int(top) : int(top + down) + 1, int(left) : int(left + across) + 1]
    return np.ascontiguousarray(cv2.resize(part, (SIDE, SIDE))[..., ::-1])


class MiniFas:
    """The models of a folder, as `vision.liveness` asks its models. `sha256` is that of all files one after another in
    the order of their names, as `cat *.safetensors | sha256sum` prints it. Raises `WeightsError` where it is another:
    none is known beforehand, since each converter writes other bytes."""

    threshold = 0.5

    def __init__(self, folder: Path, sha256: str) -> None:
        if not folder.is_dir():
            raise WeightsError(f"the folder of liveness weights {str(folder)!r} is not a folder", REMEDY)
        files = sorted(folder.glob("*.safetensors"))
        if not 0 < len(files) <= MAX_FILES or any(file.stat().st_size > MAX_BYTES for file in files):
            what = f"the folder of liveness weights {str(folder)!r} holds no model that this version can run"
            raise WeightsError(what, REMEDY)
        read = {file.name: _bytes(file) for file in files}
        digest = hashlib.sha256(b"".join(read.values())).hexdigest()
        if digest != sha256.lower():
            what = f"the liveness weights in {str(folder)!r} have sha256 {digest}, not {sha256[:12] or 'one'} as set"
            raise WeightsError(what, "if you trust those files, name it in LIVENESS_WEIGHTS_SHA256")
        self._networks = [(_scale(name), build(name, data)) for name, data in read.items()]
        self.version = ModelVersion(name=f"minifasnet-{len(files)}", sha256=digest)

    def score(self, rgb: Pixels, box: Box) -> float:
        """How live the face in a box of an upright picture looks, 0 to 1."""
        with torch.inference_mode():
            answers = [
                torch.softmax(network(_batch(crop(rgb, box, scale))), dim=1)[0, LIVE]
                for scale, network in self._networks
            ]
        return float(torch.stack(answers).mean())


def _batch(bgr: Pixels) -> Tensor:
    return torch.from_numpy(bgr).permute(2, 0, 1)[None].float()


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise WeightsError(f"the liveness weights {file.name!r} cannot be read: {because(error)}", REMEDY) from None


def _scale(name: str) -> float:
    """How far the box is widened, by the number the file's name begins with."""
    found = re.match(r"(\d+(?:\.\d+)?)_", name)
    if found is None or not 1 <= float(found[1]) <= 8:
        raise WeightsError(f"the name of the liveness weights {name!r} does not begin with a scale from 1 to 8", REMEDY)
    return float(found[1])
