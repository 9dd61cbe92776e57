"""The network that turns an aligned face into a vector: SFace, or any ONNX file that a team names by path and sha256.

What such a file must be: one input of N x 3 x S x S (or N x S x S x 3) 32-bit floats, N free or 1, and one output of
N x D; inputs that nothing takes or that the file fills itself, as older exporters list weights, do not count. Faces
arrive aligned on the five-point template of ArcFace (Deng et al., 2019), which is drawn for S = 112 and scaled to any
other side. A pixel of 0 to 255 becomes (pixel - mean) / std. `mean`, `std` and `channels` (RGB or BGR) are read from
the file's metadata properties; without them they are 127.5, 127.5 and RGB, as ArcFace was published, or 0, 1 and RGB
where the file itself subtracts from its input, as SFace's own does. Vectors are brought to unit length here, so D is
free and similarities are cosines whose thresholds belong to the model.

Nothing else is run: TorchScript and pickled checkpoints are code, and an ONNX file whose weights lie in other files
would pass by its sha256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from vision import runtime, weights
from vision.errors import WeightsError, because
from vision.protocol import Device
from vision.types import ModelVersion

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto
    from onnxruntime import InferenceSession

Crops = NDArray[np.uint8]
Vectors = NDArray[np.float32]

SIDES = range(32, 513)
MEAN, STD, CHANNELS = "127.5", "127.5", "RGB"
_CONVENTION = "see vision/face/recogniser.py for what such a file must be"
_loading = Lock()


class Recogniser(Protocol):
    """Describes faces. `side` is the width and height of the crops it is given, `version` what stands behind every
    similarity. One object may serve many threads."""

    side: int
    version: ModelVersion

    def embed(self, crops: Crops) -> Vectors:
        """Unit vectors (N x D) of aligned RGB crops (N x side x side x 3)."""
        ...


class SFace:
    """The recogniser that comes with the project, 128 numbers a face, on the processor or a GPU."""

    def __init__(self, device: Device = "cpu") -> None:
        from vision.face import sface

        self.side = sface.SIDE
        self.version = ModelVersion(name="sface-2021dec-int8bq", sha256=weights.PINNED["sface"].sha256)
        self.network = sface.build(weights.find("sface")).to(device)

    def embed(self, crops: Crops) -> Vectors:
        """Unit vectors (N x 128) of aligned RGB crops (N x 112 x 112 x 3)."""
        from vision.face import sface

        return sface.embed(self.network, crops)


class OnnxRecogniser:
    """A recogniser from an ONNX file as told at the top of this module, on the processor.

    Raises `WeightsError` where the file is missing, is another one than its sha256 says, or has another shape.
    """

    def __init__(self, path: Path, sha256: str) -> None:
        ort = runtime.onnxruntime()
        from onnxruntime.capi import onnxruntime_pybind11_state as broken

        data = _read(path, sha256)
        settings = ort.SessionOptions()
        settings.log_severity_level = 4
        try:
            self._session: InferenceSession = ort.InferenceSession(data, settings, providers=["CPUExecutionProvider"])
        except (broken.Fail, broken.InvalidGraph, broken.InvalidArgument, broken.NotImplemented) as error:
            raise WeightsError(f"{str(path)!r} does not load ({type(error).__name__})", _CONVENTION) from error
        self._input, self._channels_first, self.side, self._one = _shape(path, self._session)
        self._mean, self._std, self._reverse = _normalisation(path, self._session.get_modelmeta().custom_metadata_map)
        self.version = ModelVersion(name=path.stem, sha256=sha256)

    def embed(self, crops: Crops) -> Vectors:
        """Unit vectors (N x D) of aligned RGB crops (N x side x side x 3)."""
        pixels = (crops[..., ::-1] if self._reverse else crops).astype(np.float32)
        pixels = (pixels - self._mean) / self._std
        if self._channels_first:
            pixels = pixels.transpose(0, 3, 1, 2)
        parts = np.split(pixels, len(pixels)) if self._one else [pixels]
        answers = [self._session.run(None, {self._input: np.ascontiguousarray(part)})[0] for part in parts]
        vectors = np.concatenate(answers).astype(np.float32)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def load(path: Path | None = None, sha256: str = "", device: Device = "cpu") -> Recogniser:
    """The recogniser of the settings, loaded once per process. Raises `WeightsError`."""
    with _loading:
        return _load(path, sha256, device)


@cache
def _load(path: Path | None, sha256: str, device: Device) -> Recogniser:
    return SFace(device) if path is None else OnnxRecogniser(path, sha256)


def _read(path: Path, sha256: str) -> bytes:
    """What will be loaded, from bytes that were hashed as they are: nobody can swap the file in between."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        data = path.read_bytes()
    except OSError as error:
        what = f"the face model {str(path)!r} cannot be read: {because(error)}"
        raise WeightsError(what, "correct FACE_MODEL") from error
    if (found := hashlib.sha256(data).hexdigest()) != sha256.lower():
        what = f"the face model {str(path)!r} has sha256 {found[:12]}, not the {sha256[:12] or 'one'} of the settings"
        raise WeightsError(what, "set FACE_MODEL_SHA256 to that of the file you mean to use")
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise WeightsError(f"the face model {str(path)!r} is not an ONNX file", _CONVENTION) from error
    if any(onnx.external_data_helper.uses_external_data(tensor) for tensor in _tensors(model)):
        raise WeightsError(f"the face model {str(path)!r} keeps weights in other files", "save it as one ONNX file")
    return _bare(model)


def _bare(model: ModelProto) -> bytes:
    """The model without inputs that no node takes or that its own weights fill, saying how pixels are to arrive."""
    graph = model.graph
    taken = {name for node in graph.node for name in node.input} - {tensor.name for tensor in graph.initializer}
    for each in [each for each in graph.input if each.name not in taken]:
        graph.input.remove(each)
    model.ir_version = max(model.ir_version, 4)  # before it, weights had to be inputs
    told = {each.key for each in model.metadata_props}
    names = {each.name for each in graph.input}
    if not told & {"mean", "std"} and any(node.op_type == "Sub" and node.input[0] in names for node in graph.node):
        for key, value in (("mean", "0"), ("std", "1")):
            model.metadata_props.add(key=key, value=value)
    return bytes(model.SerializeToString())


def _tensors(model: ModelProto) -> Iterator[TensorProto]:
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors


def _shape(path: Path, session: InferenceSession) -> tuple[str, bool, int, bool]:
    """The input's name, whether channels come first, the side of a crop, and whether it takes but one at a time."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape if len(inputs) == 1 else []
    flat = len(outputs) == 1 and len(outputs[0].shape) == 2
    if flat and len(shape) == 4 and inputs[0].type == "tensor(float)":
        first = shape[1] == 3
        height, width = shape[2:] if first else shape[1:3]
        if height == width and height in SIDES and (first or shape[3] == 3):
            return inputs[0].name, first, height, shape[0] == 1
    if len(inputs) != 1 or len(outputs) != 1:
        what = f"has {len(inputs)} inputs and {len(outputs)} outputs, not one of each"
        raise WeightsError(f"the face model {str(path)!r} {what}", _CONVENTION)
    told = [each.shape for each in (*inputs, *outputs)]
    raise WeightsError(f"the face model {str(path)!r} has inputs and outputs of {told}", _CONVENTION)


def _normalisation(path: Path, metadata: Mapping[str, str]) -> tuple[float, float, bool]:
    """Mean, standard deviation, and whether the channels are reversed."""
    channels = metadata.get("channels", CHANNELS)
    try:
        mean, std = float(metadata.get("mean", MEAN)), float(metadata.get("std", STD))
    except ValueError:
        std = 0.0
    if std <= 0 or channels not in {"RGB", "BGR"}:
        raise WeightsError(f"the face model {str(path)!r} names no usable mean, std and channels", _CONVENTION)
    return mean, std, channels == "BGR"
