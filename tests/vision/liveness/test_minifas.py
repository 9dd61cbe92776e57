"""MiniFASNet by path: built from a file's own widths, refused where the file is another one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from vision import decode, face
from vision.errors import WeightsError
from vision.face.rotations import sight
from vision.liveness import minifas
from vision.liveness.minifas import MiniFas, MiniFASNet, crop
from vision.types import Box

SHARED = Path(__file__).parents[3] / "shared"
STAGES = {"conv_3": 4, "conv_4": 6, "conv_5": 2}


def weights(squeezed: bool) -> dict[str, torch.Tensor]:
    """Random weights of narrow inner widths, one of them squeezed if asked."""
    torch.manual_seed(1)
    names = ["conv_23", "conv_34", "conv_45"]
    names += [f"{stage}.model.{index}" for stage, count in STAGES.items() for index in range(count)]
    shapes = {f"{name}.conv.conv.weight": torch.empty(5 + index, 1, 1, 1) for index, name in enumerate(names)}
    if squeezed:
        shapes["conv_3.model.3.se_module.fc1.weight"] = torch.empty(4, 64, 1, 1)
    return {name: tensor.contiguous() for name, tensor in MiniFASNet(shapes).state_dict().items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights")
    save_file(weights(False), made / "2.7_80x80_MiniFASNetV2.safetensors")
    save_file(weights(True), made / "4_0_0_80x80_MiniFASNetV1SE.safetensors")
    return made


def hashed(folder: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.safetensors")))).hexdigest()


def test_a_folder_is_averaged_and_its_files_are_named_by_one_hash(folder: Path) -> None:
    model = MiniFas(folder, hashed(folder))
    rgb = np.random.default_rng(0).integers(0, 255, (200, 160, 3)).astype(np.uint8)
    box = Box(x=60, y=70, width=40, height=50)
    parts = [_only(folder, name) for name in ("2.7", "4_0")]
    alone = [MiniFas(part, hashed(part)).score(rgb, box) for part in parts]
    assert model.score(rgb, box) == pytest.approx(np.mean(alone))
    assert model.version.sha256 == hashed(folder)


@pytest.mark.parametrize("sha256", ["", "0" * 64])
def test_only_the_files_of_the_settings_are_parsed(tmp_path: Path, sha256: str) -> None:
    (tmp_path / "2.7_x.safetensors").write_bytes(b"no tensors")
    with pytest.raises(WeightsError, match=f"have sha256 {hashed(tmp_path)}.*name it in LIVENESS_WEIGHTS_SHA256"):
        MiniFas(tmp_path, sha256)


def _only(folder: Path, start: str) -> Path:
    [path] = folder.glob(f"{start}*.safetensors")
    alone = folder / start
    alone.mkdir(exist_ok=True)
    (alone / path.name).write_bytes(path.read_bytes())
    return alone


def test_a_crop_stays_inside_the_picture_and_is_blue_first() -> None:
    rgb = np.zeros((100, 100, 3), np.uint8)
    rgb[..., 0] = 200
    cut = crop(rgb, Box(x=80, y=80, width=20, height=20), 4.0)
    assert cut.shape == (80, 80, 3)
    assert cut[..., 2].min() == 200
    assert cut[..., 0].max() == 0


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("2.7_x.safetensors", {"prob.weight": torch.zeros(2, 128)}, "not a MiniFASNet"),
        ("2.7_x.safetensors", {"more": torch.zeros(1)}, "not a MiniFASNet"),
        ("2.7_x.safetensors", None, "not a MiniFASNet"),
        ("x.safetensors", {}, "does not begin with a scale"),
        ("99_x.safetensors", {}, "does not begin with a scale"),
    ],
)
def test_another_architecture_or_name_is_refused(
    tmp_path: Path, name: str, change: dict[str, torch.Tensor] | None, said: str
) -> None:
    if change is None:
        (tmp_path / name).write_bytes(b"no tensors")
    else:
        save_file(weights(False) | change, tmp_path / name)
    with pytest.raises(WeightsError, match=said):
        MiniFas(tmp_path, hashed(tmp_path))


def test_a_folder_without_files_or_with_a_huge_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsError, match="holds no model"):
        MiniFas(tmp_path, "")
    with pytest.raises(WeightsError, match="is not a folder"):
        MiniFas(tmp_path / "gone", "")
    save_file(weights(False), tmp_path / "2.7_x.safetensors")
    monkeypatch.setattr(minifas, "MAX_BYTES", 10)
    with pytest.raises(WeightsError, match="holds no model"):
        MiniFas(tmp_path, "")


@pytest.mark.real_faces
def test_published_weights_take_most_photographs_for_live() -> None:
    if not (SHARED / "models").is_dir() or not (SHARED / "faces").is_dir():
        pytest.skip("no published weights or photographs here")
    model, detector = MiniFas(SHARED / "models", hashed(SHARED / "models")), face.detector()
    scores = []
    for path in sorted((SHARED / "faces").glob("*.jpg")):
        seen = sight(decode.still(path.read_bytes()).rgb, detector)
        scores.append(model.score(seen.upright, seen.count.boxes[0]))
    assert len(scores) == 25
    assert sum(score >= model.threshold for score in scores) >= 22
