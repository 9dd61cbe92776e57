"""A team's own recogniser: run as the convention says, and refused where it is not what the settings name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from vision import weights
from vision.client import LocalVision
from vision.errors import WeightsError
from vision.face import recogniser
from vision.face.recogniser import OnnxRecogniser, SFace
from vision.protocol import VisionConfig
from vision.synth import heads

DIMENSION = 8


def crops(count: int, side: int = 48) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def model(
    shape: list[int | str], dimension: int = DIMENSION, outputs: int = 2, metadata: dict[str, str] | None = None
) -> onnx.ModelProto:
    """A linear recogniser: the mean of each channel over 16 x 16 patches, times a fixed matrix."""
    first = shape[1] == 3
    side = int(shape[2])
    matrix = np.random.default_rng(1).normal(size=(3 * (side // 16) ** 2, dimension)).astype(np.float32)
    nodes = [] if first else [helper.make_node("Transpose", ["face"], ["turned"], perm=[0, 3, 1, 2])]
    nodes += [
        helper.make_node(
            "AveragePool", ["face" if first else "turned"], ["pooled"], kernel_shape=[16, 16], strides=[16, 16]
        ),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["vector"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [shape[0], dimension][:outputs])],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, metadata or {})
    return made


def saved(folder: Path, made: onnx.ModelProto) -> tuple[Path, str]:
    path = folder / "tiny.onnx"
    path.write_bytes(made.SerializeToString())
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def expected(pictures: np.ndarray, mean: float = 127.5, std: float = 127.5) -> np.ndarray:
    side = pictures.shape[1]
    matrix = np.random.default_rng(1).normal(size=(3 * (side // 16) ** 2, DIMENSION)).astype(np.float32)
    patches = (pictures.astype(np.float32) - mean) / std
    patches = patches.reshape(len(pictures), side // 16, 16, side // 16, 16, 3).mean((2, 4)).transpose(0, 3, 1, 2)
    vectors = patches.reshape(len(pictures), -1) @ matrix
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("shape", [["n", 3, 48, 48], ["n", 48, 48, 3], [1, 3, 48, 48]])
def test_any_layout_gives_unit_vectors_of_its_own_length(tmp_path: Path, shape: list[int | str]) -> None:
    found = OnnxRecogniser(*saved(tmp_path, model(shape)))
    pictures = crops(3)
    assert found.side == 48
    assert np.abs(found.embed(pictures) - expected(pictures)).max() < 1e-4


def test_the_metadata_set_the_normalisation(tmp_path: Path) -> None:
    metadata = {"mean": "10", "std": "2", "channels": "BGR"}
    found = OnnxRecogniser(*saved(tmp_path, model(["n", 3, 48, 48], metadata=metadata)))
    pictures = crops(2)
    assert np.abs(found.embed(pictures) - expected(pictures[..., ::-1], 10, 2)).max() < 1e-4


def test_the_face_model_of_the_settings_compares_faces(tmp_path: Path) -> None:
    path, sha256 = saved(tmp_path, model(["n", 3, 48, 48]))
    picture = tmp_path / "face.png"
    Image.fromarray(heads.selfie(41, 1, size=240)).save(picture)
    vision = LocalVision(VisionConfig(face_model=path, face_model_sha256=sha256.upper()))
    found = vision.match(picture.read_bytes(), picture.read_bytes())
    assert found.similarity == pytest.approx(1, abs=1e-5)
    assert (found.model.name, found.model.sha256) == ("tiny", sha256.upper())
    vector = vision.embed(picture.read_bytes()).vector
    assert vector is not None
    assert len(vector) == DIMENSION


@pytest.mark.parametrize("version", [3, 8])
def test_weights_that_are_listed_as_inputs_are_not_asked_for(tmp_path: Path, version: int) -> None:
    made = model(["n", 3, 48, 48])
    made.ir_version, made.opset_import[0].version = version, 9
    for name, shape in (("matrix", made.graph.initializer[0].dims), ("nobody's", [3])):
        made.graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))
    pictures = crops(2)
    assert np.abs(OnnxRecogniser(*saved(tmp_path, made)).embed(pictures) - expected(pictures)).max() < 1e-4


def test_a_second_input_is_counted_not_listed(tmp_path: Path) -> None:
    made = model(["n", 3, 48, 48])
    made.graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, [1, DIMENSION]))
    made.graph.node[-1].output[0] = "alone"
    made.graph.node.append(helper.make_node("Add", ["alone", "other"], ["vector"]))
    with pytest.raises(WeightsError, match="has 2 inputs and 1 outputs, not one of each"):
        OnnxRecogniser(*saved(tmp_path, made))


def test_the_published_file_of_sface_describes_faces_as_the_built_one_does() -> None:
    path = weights.find("sface")
    own = OnnxRecogniser(path, hashlib.sha256(path.read_bytes()).hexdigest())
    faces = np.stack([heads.selfie(person, 1, size=112) for person in (41, 42)])
    assert own.side == faces.shape[1]
    assert ((own.embed(faces) * SFace().embed(faces)).sum(1) > 0.999).all()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (model(["n", 3, 64, 48]), "does not load"),
        (model(["n", 48, 48, 4]), "does not load"),
        (model(["n", 3, 16, 16]), "inputs and outputs"),
        (model(["n", 3, 48, 48], outputs=1), "inputs and outputs"),
        (model(["n", 3, 48, 48], metadata={"std": "0"}), "mean, std and channels"),
        (model(["n", 3, 48, 48], metadata={"mean": "grey"}), "mean, std and channels"),
        (model(["n", 3, 48, 48], metadata={"channels": "HSV"}), "mean, std and channels"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, made: onnx.ModelProto, why: str) -> None:
    with pytest.raises(WeightsError, match=why):
        OnnxRecogniser(*saved(tmp_path, made))


def test_only_the_file_that_is_meant_is_loaded(tmp_path: Path) -> None:
    path, sha256 = saved(tmp_path, model(["n", 3, 48, 48]))
    for wrong in ("", "0" * 64):
        with pytest.raises(WeightsError, match="FACE_MODEL_SHA256"):
            OnnxRecogniser(path, wrong)
    with pytest.raises(WeightsError, match="cannot be read"):
        OnnxRecogniser(tmp_path / "gone.onnx", sha256)


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"PK\x03\x04 a zip with a pickle")
    with pytest.raises(WeightsError, match="not an ONNX file"):
        OnnxRecogniser(path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_weights_in_other_files_are_refused(tmp_path: Path) -> None:
    made = model(["n", 3, 48, 48])
    path = tmp_path / "tiny.onnx"
    onnx.save_model(made, str(path), save_as_external_data=True, location="weights.bin", size_threshold=0)
    with pytest.raises(WeightsError, match="other files"):
        OnnxRecogniser(path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_without_a_path_it_is_sface_loaded_once() -> None:
    found = recogniser.load()
    assert isinstance(found, SFace)
    assert found is recogniser.load()
    assert found.version.sha256 == weights.PINNED["sface"].sha256
    assert found.embed(crops(2, found.side)).shape == (2, 128)
