"""SFace, the face recogniser, as plain torch blocks built from its ONNX file.

The file (SFace 2021dec, block-quantised to 8 bits) is one chain of layers, so it is walked node by node: weights are
dequantised once at load and every layer becomes a torch module that takes any batch on any device. onnxruntime and
OpenCV 5 refuse the file as it is, because its graph still declares weights as inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vision.errors import WeightsError

SIDE = 112
LENGTH = 128
# Where the eyes, the nose and the corners of the mouth lie in an aligned crop of 112 x 112: the five-point template
# SFace was trained on, the same as ArcFace's.
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)

Tensors = Mapping[str, Tensor]
Attributes = Mapping[str, Any]


class Scale(nn.Module):
    """Pixels 0..255 to what the first layer expects."""

    def forward(self, pixels: Tensor) -> Tensor:
        return (pixels - 127.5) * 0.0078125


def dequantise(parts: list[Tensor], axis: int, block: int) -> Tensor:
    """Undo block quantisation of (values, scales, zeros): every `block` values along `axis` share the latter."""
    quantised, scales, zeros = parts
    if scales.dim() == quantised.dim() and quantised.dim() > 0:
        length = quantised.shape[axis]
        scales = scales.repeat_interleave(block, axis).narrow(axis, 0, length)
        zeros = zeros.repeat_interleave(block, axis).narrow(axis, 0, length)
    return (quantised.float() - zeros.float()) * scales.float()


def _conv(weight: Tensor, attributes: Attributes) -> nn.Module:
    outputs, per_group = weight.shape[:2]
    groups, pads = attributes["group"], attributes["pads"]
    layer = nn.Conv2d(
        in_channels=per_group * groups,
        out_channels=outputs,
        kernel_size=(weight.shape[2], weight.shape[3]),
        stride=tuple(attributes["strides"]),
        padding=tuple(pads[:2]),
        groups=groups,
        bias=False,
    )
    layer.weight = nn.Parameter(weight, requires_grad=False)
    return layer


def _norm(gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor, epsilon: float, flat: bool) -> nn.Module:
    kind = nn.BatchNorm1d if flat else nn.BatchNorm2d
    layer = kind(len(gamma), eps=epsilon)
    layer.load_state_dict({"weight": gamma, "bias": beta, "running_mean": mean, "running_var": variance}, strict=False)
    return layer


def _prelu(slope: Tensor) -> nn.Module:
    layer = nn.PReLU(slope.numel())
    layer.weight = nn.Parameter(slope.flatten(), requires_grad=False)
    return layer


def _linear(weight: Tensor, bias: Tensor) -> nn.Module:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight, layer.bias = nn.Parameter(weight, requires_grad=False), nn.Parameter(bias, requires_grad=False)
    return layer


def _layer(kind: str, weights: list[Tensor], attributes: Attributes, flat: bool) -> nn.Module | None:
    """The torch module of one node of the chain; None for what does nothing when no training goes on."""
    if kind == "Conv":
        return _conv(weights[0], attributes)
    if kind == "BatchNormalization":
        gamma, beta, mean, variance = weights
        return _norm(gamma, beta, mean, variance, attributes["epsilon"], flat)
    if kind == "PRelu":
        return _prelu(weights[0])
    if kind == "Gemm":
        return _linear(weights[0], weights[1])
    return nn.Flatten() if kind == "Flatten" else None


KNOWN = {"Conv", "BatchNormalization", "PRelu", "Gemm", "Flatten", "Dropout", "Constant", "Sub", "Mul"}


def build(path: Path) -> nn.Sequential:
    """The network of an SFace file: a batch of aligned RGB crops (N x 3 x 112 x 112, 0..255) to N x 128.

    Raises `WeightsError` when the graph holds a layer it should not.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    tensors = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    layers: list[nn.Module] = [Scale()]
    for node in graph.node:
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        weights = [tensors[name] for name in node.input if name in tensors]
        if node.op_type == "DequantizeLinear":
            tensors[node.output[0]] = dequantise(weights, attributes["axis"], attributes["block_size"])
        elif node.op_type == "Reshape" and len(weights) == 2:
            tensors[node.output[0]] = weights[0].reshape(weights[1].tolist())
        elif node.op_type not in KNOWN:
            raise WeightsError(f"{path.name!r} holds a layer {node.op_type!r}", "use the pinned SFace file")
        elif layer := _layer(node.op_type, weights, attributes, isinstance(layers[-1], nn.Linear)):
            layers.append(layer)
    return nn.Sequential(*layers).eval()


def context(network: nn.Module) -> torch.autocast | nullcontext[None]:
    """16 bits where a GPU multiplies them at full rate; elsewhere what was there."""
    cuda = next(network.parameters()).device.type == "cuda"
    return torch.autocast("cuda", torch.float16) if cuda else nullcontext()


def embed(network: nn.Module, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Unit vectors (N x 128) of aligned RGB crops (N x 112 x 112 x 3)."""
    device = next(network.parameters()).device
    batch = torch.from_numpy(np.ascontiguousarray(crops)).to(device).permute(0, 3, 1, 2).float()
    with torch.inference_mode(), context(network):
        vectors = nn.functional.normalize(network(batch).float(), dim=1)
    found: NDArray[np.float32] = vectors.cpu().numpy()
    return found
