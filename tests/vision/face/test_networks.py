"""The recogniser against another engine, and the detector's idea of a plausible face."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from vision import runtime, weights
from vision.errors import WeightsError
from vision.face import sface
from vision.face.yunet import Detector, Face

if TYPE_CHECKING:
    import onnxruntime

UPRIGHT = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return sface.build(weights.find("sface"))


@pytest.fixture(scope="module")
def reference() -> onnxruntime.InferenceSession:
    ort = runtime.onnxruntime()
    model = onnx.load(str(weights.find("sface")))
    kept = [each for each in model.graph.input if each.name == "data"]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def crops(count: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (count, 14, 14, 3)).repeat(8, axis=1).repeat(8, axis=2)
    return np.clip(coarse + rng.normal(0, 12, coarse.shape), 0, 255).astype(np.uint8)


def test_torch_agrees_with_onnxruntime(network: torch.nn.Module, reference: onnxruntime.InferenceSession) -> None:
    pictures = crops(6)
    ours = sface.embed(network, pictures)
    theirs = np.concatenate(
        [reference.run(None, {"data": each[None].transpose(0, 3, 1, 2).astype(np.float32)})[0] for each in pictures]
    )
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    assert (ours * theirs).sum(axis=1).min() >= 0.9999


def test_the_network_has_its_27_blocks(network: torch.nn.Module) -> None:
    kinds = [type(layer).__name__ for layer in network.children()]
    assert kinds.count("Conv2d") == kinds.count("PReLU") == 27
    assert not any(parameter.requires_grad for parameter in network[1].parameters())


def test_a_batch_says_the_same_as_one_by_one(network: torch.nn.Module) -> None:
    pictures = crops(3)
    single = np.concatenate([sface.embed(network, each[None]) for each in pictures])
    assert np.abs(sface.embed(network, pictures) - single).max() < 1e-4
    assert np.allclose(np.linalg.norm(single, axis=1), 1, atol=1e-5)


def test_an_unknown_layer_is_refused(tmp_path: Path) -> None:
    node = helper.make_node("Softmax", ["data"], ["out"])
    shape = [1, 3, 112, 112]
    graph = helper.make_graph(
        [node],
        "other",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, shape)],
    )
    path = tmp_path / "other.onnx"
    onnx.save(helper.make_model(graph), str(path))
    with pytest.raises(WeightsError, match="Softmax"):
        sface.build(path)


@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 2**31))
@settings(deadline=None, max_examples=40)
def test_blocks_are_dequantised_like_single_values(length: int, block: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    blocks = -(-length // block)
    values = rng.integers(-128, 128, (4, length)).astype(np.int8)
    scales, zeros = rng.random((4, blocks)).astype(np.float32), rng.integers(-9, 9, (4, blocks)).astype(np.int8)
    found = sface.dequantise([torch.from_numpy(each) for each in (values, scales, zeros)], axis=1, block=block)
    for row in range(4):
        for column in range(length):
            at = column // block
            expected = (float(values[row, column]) - float(zeros[row, at])) * float(scales[row, at])
            assert float(found[row, column]) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def posed(landmarks: np.ndarray) -> Face:
    return Face(0, 0, 100, 120, landmarks.astype(np.float32), 0.9)


def test_an_upright_face_is_plausible() -> None:
    assert posed(UPRIGHT).plausible


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_face_is_not(degrees: int) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert not posed((UPRIGHT - 60) @ turn.T + 60).plausible


def test_landmarks_on_one_spot_are_no_face() -> None:
    assert not posed(np.full((5, 2), 50.0)).plausible


def test_a_mirrored_pair_of_eyes_is_no_face() -> None:
    assert not posed(UPRIGHT[[1, 0, 2, 3, 4]]).plausible


def test_a_plain_picture_holds_no_face() -> None:
    detector = Detector(weights.find("yunet"))
    assert detector.find(np.full((40, 500, 3), 90, np.uint8), 640) == []
    assert detector.find(np.full((500, 16, 3), 90, np.uint8), 256) == []
