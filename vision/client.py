"""The one protocol by which the tools ask for measurements, whatever answers: this process or a GPU server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from vision import weights
from vision.consistency.report import ConsistencyReport
from vision.errors import VisionError
from vision.types import Challenge, DocumentReading, FaceEmbedding, FaceMatch, ForgeryReport, Liveness, ModelVersion

if TYPE_CHECKING:
    from vision.document import DocumentReader
    from vision.face import FaceModel
    from vision.face.recogniser import Recogniser
    from vision.forgery import ForgeryModel
    from vision.forgery.blocks import BlockForgery
    from vision.serving.remote import RemoteVision

Device = Literal["cpu", "cuda"]
ForgeryDetector = Literal["blocks", "network"]
Kind = Literal["reading", "face", "forgery", "liveness"]
KINDS: tuple[Kind, ...] = ("reading", "face", "forgery", "liveness")
FILES: Mapping[Kind, tuple[str, ...]] = {
    "reading": ("text-detect", "text-read"),
    "face": ("yunet",),
    "forgery": (),
    "liveness": (),
}
"""The pinned files behind each kind of measurement; recogniser of faces and detector of forgery are settings."""
DETECTORS: Mapping[ForgeryDetector, str] = {"blocks": "forgery-blocks", "network": "forgery"}
Model = TypeVar("Model")


@dataclass(frozen=True)
class VisionConfig:
    """What the measurements are made with. Thresholds are cosine similarities: from `face_match` on two faces match,
    below `face_mismatch` they do not. `face_model` is another recogniser, held against its sha256; None takes SFace.
    `forgery_detector` is "blocks" (boosted trees) or "network".
    `device` is where the networks run. `liveness_weights` is a folder, "synthetic" for the
    project's own network, which knows rendered heads alone, None for not assessed. `reader_url` is an
    OpenAI-compatible endpoint that reads documents instead of the models here; "" for none. `server_url` is a server
    that measures instead of this process; "" for none. It has `timeout_s` seconds for an answer."""

    face_match: float = 0.43
    face_mismatch: float = 0.28
    face_model: Path | None = None
    face_model_sha256: str = ""
    forgery_detector: ForgeryDetector = "blocks"
    device: Device = "cpu"
    liveness_weights: Path | None = None
    reader_url: str = ""
    reader_model: str = ""
    reader_key: str = field(default="", repr=False)
    server_url: str = ""
    server_key: str = field(default="", repr=False)
    timeout_s: float = 10.0


class Vision(Protocol):
    """Measures encoded pictures. Each call may raise `BadImage` or `WeightsError`, where a server measures also
    `VisionUnavailable`, and nothing else on purpose."""

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face in two pictures."""
        ...

    def embed(self, picture: bytes) -> FaceEmbedding:
        """Describe the one face in a picture by a unit vector."""
        ...

    def liveness(self, capture: bytes, challenge: Challenge | None = None) -> Liveness:
        """Judge whether a selfie or clip shows a live person, who was asked for a movement or for none."""
        ...

    def forgery(self, document: bytes) -> ForgeryReport:
        """Look for traces of tampering in a document image."""
        ...

    def read(self, document: bytes) -> DocumentReading:
        """Read a document and compare its own sources with each other."""
        ...

    def consistency(self, document: bytes, reading: DocumentReading, on: date) -> ConsistencyReport:
        """Hold a document, handed in by the day `on`, against itself. `reading` is what `read` returned for it."""
        ...


def open_vision(config: VisionConfig) -> LocalVision | RemoteVision:
    """The measurements of a server where the settings name one, else of this process."""
    if not config.server_url:
        return LocalVision(config)
    from vision.serving.remote import RemoteVision

    return RemoteVision(config)


class LocalVision:
    """`Vision` in this process. Each model is loaded when it is first asked for, and once, whichever thread asks."""

    def __init__(self, config: VisionConfig) -> None:
        self.config = config
        self._reader = _Once(self._load_reader)
        self._face = _Once(self.make_face)
        self._forgery = _Once(self._detector)

    def load(self, kinds: Collection[Kind] = KINDS) -> tuple[VisionError, ...]:
        """Load models now, so that no measurement is charged for it. What does not load is told, and left to the
        measurement that needs it, which says so."""
        from vision import decode

        models: dict[str, _Once[Any]] = {"reading": self._reader, "face": self._face, "forgery": self._forgery}
        started = [_Once(decode.warm), *(models[kind] for kind in kinds if kind in models)]
        return tuple(error for each in started if (error := _failure(each)))

    def versions(self, kinds: Collection[Kind] = KINDS) -> tuple[ModelVersion, ...]:
        """The model files behind measurements of these kinds. Raises `WeightsError`."""
        files = [name for kind in kinds for name in FILES[kind]]
        files += [DETECTORS[self.config.forgery_detector]] if "forgery" in kinds else []
        pinned = tuple(ModelVersion(name=name, sha256=weights.PINNED[name].sha256) for name in files)
        return (*pinned, self._face.get().version) if "face" in kinds else pinned

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face in two pictures."""
        return self._face.get().match(left, right)

    def embed(self, picture: bytes) -> FaceEmbedding:
        """Describe the one face in a picture by a unit vector."""
        return self._face.get().embed(picture)

    def liveness(self, capture: bytes, challenge: Challenge | None = None) -> Liveness:
        """Judge whether a selfie or clip shows a live person, who was asked for a movement or for none."""
        # Loaded late, as the models are: a command that only reads the case store should not wait for torch.
        from vision import liveness

        return liveness.assess(capture, self.config.liveness_weights, challenge, self.config.face_match)

    def forgery(self, document: bytes) -> ForgeryReport:
        """Look for traces of tampering in a document image."""
        return self._forgery.get().inspect(document)

    def read(self, document: bytes) -> DocumentReading:
        """Read a document and compare its own sources with each other."""
        return self._reader.get().read(document)

    def consistency(self, document: bytes, reading: DocumentReading, on: date) -> ConsistencyReport:
        """Hold a document, handed in by the day `on`, against itself."""
        from vision.consistency import inspection

        return inspection.inspect(document, reading, on)

    def make_recogniser(self) -> Recogniser:
        """The face recogniser of the settings. Raises `WeightsError`."""
        from vision.face import recogniser

        return recogniser.load(self.config.face_model, self.config.face_model_sha256, self.config.device)

    def make_face(self) -> FaceModel:
        """The face model of the settings. Raises `WeightsError`."""
        from vision.face import FaceModel

        return FaceModel(self.config.face_match, self.config.face_mismatch, self.make_recogniser())

    def make_forgery(self) -> ForgeryModel:
        """The network that looks for forgery. Raises `WeightsError`."""
        from vision.forgery import ForgeryModel

        return ForgeryModel(device=self.config.device)

    def _detector(self) -> BlockForgery | ForgeryModel:
        if self.config.forgery_detector == "network":
            return self.make_forgery()
        from vision.forgery.blocks import BlockForgery

        return BlockForgery()

    def _load_reader(self) -> DocumentReader:
        from vision.document import DocumentReader
        from vision.document.remote_reader import RemoteReader

        config = self.config
        remote = RemoteReader(config.reader_url, config.reader_model, config.reader_key) if config.reader_url else None
        return DocumentReader(remote=remote)


class _Once(Generic[Model]):
    """A model that is made at its first use. A failed attempt is made again at the next use."""

    def __init__(self, make: Callable[[], Model]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: Model | None = None

    def get(self) -> Model:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def _failure(model: _Once[Any]) -> VisionError | None:
    try:
        model.get()
    except VisionError as error:
        return error
    return None
