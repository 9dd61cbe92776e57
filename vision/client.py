"""The one protocol by which the tools ask for measurements, whatever answers: this process or a GPU server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from vision.errors import VisionError
from vision.types import DocumentReading, FaceEmbedding, FaceMatch, ForgeryReport, Liveness

if TYPE_CHECKING:
    from vision.document import DocumentReader
    from vision.face import FaceModel
    from vision.forgery import ForgeryModel

Model = TypeVar("Model")


class Vision(Protocol):
    """Measures encoded pictures. Each call may raise `BadImage` or `WeightsError`, and nothing else on purpose."""

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face in two pictures."""
        ...

    def embed(self, picture: bytes) -> FaceEmbedding:
        """Describe the one face in a picture by a unit vector."""
        ...

    def liveness(self, capture: bytes) -> Liveness:
        """Judge whether a selfie or clip shows a live person."""
        ...

    def forgery(self, document: bytes) -> ForgeryReport:
        """Look for traces of tampering in a document image."""
        ...

    def read(self, document: bytes) -> DocumentReading:
        """Read a document and compare its own sources with each other."""
        ...


class LocalVision:
    """`Vision` in this process. Each model is loaded when it is first asked for, and once, whichever thread asks."""

    def __init__(self, face_match: float, face_mismatch: float, liveness_weights: Path | None = None) -> None:
        self._thresholds = face_match, face_mismatch
        self._liveness_weights = liveness_weights
        self._face = _Once(self._load_face)
        self._forgery = _Once(_load_forgery)
        self._reader = _Once(_load_reader)

    def load(self) -> None:
        """Load every model now, so that no measurement is charged for it. What does not load is left to the measurement
        that needs it, which says so."""
        for model in (self._reader, self._face, self._forgery):
            with suppress(VisionError):
                model.get()

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face in two pictures."""
        return self._face.get().match(left, right)

    def embed(self, picture: bytes) -> FaceEmbedding:
        """Describe the one face in a picture by a unit vector."""
        return self._face.get().embed(picture)

    def liveness(self, capture: bytes) -> Liveness:
        """Judge whether a selfie shows a live person; "not_assessed" where no weights are configured."""
        # Loaded late, as the models are: a command that only reads the case store should not wait for torch.
        from vision import liveness

        return liveness.assess(capture, self._liveness_weights)

    def forgery(self, document: bytes) -> ForgeryReport:
        """Look for traces of tampering in a document image."""
        return self._forgery.get().inspect(document)

    def read(self, document: bytes) -> DocumentReading:
        """Read a document and compare its own sources with each other."""
        return self._reader.get().read(document)

    def _load_face(self) -> FaceModel:
        from vision.face import FaceModel

        return FaceModel(*self._thresholds)


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


def _load_forgery() -> ForgeryModel:
    from vision.forgery import ForgeryModel

    return ForgeryModel()


def _load_reader() -> DocumentReader:
    from vision.document import DocumentReader

    return DocumentReader()
