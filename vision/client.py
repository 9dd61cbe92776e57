"""Who measures, in the protocol of `vision.protocol`: this process, or a server that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from vision import weights
from vision.consistency.report import ConsistencyReport
from vision.errors import VisionError
from vision.protocol import KINDS, ForgeryDetector, Kind, Vision, VisionConfig
from vision.types import Challenge, DocumentReading, FaceEmbedding, FaceMatch, ForgeryReport, Liveness, ModelVersion

if TYPE_CHECKING:
    from vision.document.reader import DocumentReader
    from vision.face import FaceModel
    from vision.face.recogniser import Recogniser
    from vision.forgery.blocks import BlockForgery
    from vision.forgery.detector import ForgeryModel
    from vision.forgery.joint import JointForgery
    from vision.liveness import LivenessModel

FILES: Mapping[Kind, tuple[str, ...]] = {
    "reading": ("text-detect", "text-read"),
    "face": ("yunet",),
    "forgery": (),
    "liveness": (),
}
"""The pinned files behind each kind of measurement; recogniser of faces and detector of forgery are settings."""
DETECTORS: Mapping[ForgeryDetector, tuple[str, ...]] = {
    "blocks": ("forgery-blocks",),
    "network": ("forgery", "forgery-blocks"),
    "joint": ("forgery", "forgery-blocks"),
}
"""The pinned files behind each detector of forgery; screens and prints are left to the trees."""
Model = TypeVar("Model")


def open_vision(config: VisionConfig) -> Vision:
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
        self._liveness = _Once(self.make_liveness)

    def load(self, kinds: Collection[Kind] = KINDS) -> tuple[VisionError, ...]:
        """Load models now, so that no measurement is charged for it. What does not load is told, and left to the
        measurement that needs it, which says so."""
        from vision import decode

        models: Mapping[Kind, _Once[Any]] = {
            "reading": self._reader,
            "face": self._face,
            "forgery": self._forgery,
            "liveness": self._liveness,
        }
        started = [_Once(decode.warm), *(models[kind] for kind in kinds)]
        return tuple(error for each in started if (error := _failure(each)))

    def versions(self, kinds: Collection[Kind] = KINDS) -> tuple[ModelVersion, ...]:
        """The model files behind measurements of these kinds, and the reader behind an endpoint, which shows no hash.
        Raises `WeightsError`."""
        files = [name for kind in kinds for name in FILES[kind]]
        files += DETECTORS[self.config.forgery_detector] if "forgery" in kinds else []
        found = [ModelVersion(name=name, sha256=weights.PINNED[name].sha256) for name in files]
        found += [self.recogniser] if "face" in kinds else []
        if "reading" in kinds and self.config.reader_url:
            found.append(ModelVersion(name=self.config.reader_model, sha256=""))
        if "liveness" in kinds and (model := self._liveness.get()):
            found.append(model.version)
        return tuple(found)

    @property
    def recogniser(self) -> ModelVersion:
        """The recogniser behind every similarity. Raises `WeightsError`."""
        return self._face.get().version

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face in two pictures."""
        return self._face.get().match(left, right)

    def embed(self, picture: bytes) -> FaceEmbedding:
        """Describe the one face in a picture by a unit vector."""
        return self._face.get().embed(picture)

    def liveness(self, capture: bytes, challenge: Challenge | None = None, same_face: float | None = None) -> Liveness:
        """As in `Vision`. Another recogniser's threshold is none for SFace, which compares the frames of a clip."""
        # Loaded late, as the models are: a command that only reads the case store should not wait for torch.
        from vision import liveness

        limit = self.config.face_match if same_face is None else same_face
        limit = liveness.SAME_FACE if self.config.face_model else limit
        return liveness.assess(capture, self._liveness.get(), challenge, limit)

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

    def make_liveness(self) -> LivenessModel | None:
        """The liveness model of the settings, None where they name none. Raises `WeightsError`."""
        if self.config.liveness_weights is None:
            return None
        from vision import liveness

        return liveness.model_of(self.config.liveness_weights, self.config.liveness_weights_sha256)

    def make_forgery(self) -> ForgeryModel:
        """The network that looks for forgery. Raises `WeightsError`."""
        from vision.forgery.detector import ForgeryModel

        return ForgeryModel(device=self.config.device)

    def _detector(self) -> BlockForgery | ForgeryModel | JointForgery:
        from vision.forgery.blocks import BlockForgery

        if self.config.forgery_detector == "blocks":
            return BlockForgery()
        if self.config.forgery_detector == "network":
            return self.make_forgery()
        from vision.forgery.joint import JointForgery

        return JointForgery(self.make_forgery())

    def _load_reader(self) -> DocumentReader:
        from vision.document.reader import DocumentReader
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
