"""The one protocol by which the tools ask for measurements, whatever answers, and the settings it is made with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from vision.consistency.report import ConsistencyReport
from vision.errors import VisionError
from vision.types import Challenge, DocumentReading, FaceEmbedding, FaceMatch, ForgeryReport, Liveness
from vision.weights import PINNED

Device = Literal["cpu", "cuda"]
ForgeryDetector = Literal["joint", "blocks", "network"]
Kind = Literal["reading", "face", "forgery", "liveness"]
KINDS: tuple[Kind, ...] = ("reading", "face", "forgery", "liveness")


@dataclass(frozen=True)
class VisionConfig:
    """What the measurements are made with. Thresholds are cosine similarities: from `face_match` on two faces match,
    below `face_mismatch` they do not. `face_model` is another recogniser, held against its sha256; None takes SFace.
    `forgery_detector` is "blocks" (boosted trees), "network", or "joint": what both say, added up.
    `device` is where the networks run. `liveness_weights` is a folder, held against its sha256, "synthetic" for the
    project's own network, which knows rendered heads alone, None for not assessed. `reader_url` is an
    OpenAI-compatible endpoint that reads documents instead of the models here; "" for none. `server_url` is a server
    that measures instead of this process; "" for none. It has `timeout_s` seconds for an answer."""

    face_match: float = 0.43
    face_mismatch: float = 0.28
    face_model: Path | None = None
    face_model_sha256: str = ""
    forgery_detector: ForgeryDetector = "joint"
    device: Device = "cpu"
    liveness_weights: Path | None = None
    liveness_weights_sha256: str = ""
    reader_url: str = ""
    reader_model: str = ""
    reader_key: str = field(default="", repr=False)
    server_url: str = ""
    server_key: str = field(default="", repr=False)
    timeout_s: float = 10.0

    @property
    def recogniser(self) -> str:
        """The sha256 of the face recogniser that is meant, whose thresholds these are; "" for a file without one. A
        client of a server names it by its sha256 alone."""
        return self.face_model_sha256.lower() if self.face_model or self.face_model_sha256 else PINNED["sface"].sha256


class Vision(Protocol):
    """Measures encoded pictures. Each call may raise `BadImage` or `WeightsError`, where a server measures also
    `VisionUnavailable`, and nothing else on purpose."""

    def load(self, kinds: Collection[Kind] = KINDS) -> tuple[VisionError, ...]:
        """Load models now, so that no measurement is charged for it; what does not load is told. Where a server
        measures there is nothing to do."""
        ...

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face in two pictures."""
        ...

    def embed(self, picture: bytes) -> FaceEmbedding:
        """Describe the one face in a picture by a unit vector."""
        ...

    def liveness(self, capture: bytes, challenge: Challenge | None = None, same_face: float | None = None) -> Liveness:
        """Judge whether a selfie or clip shows a live person, who was asked for a movement or for none. `same_face` is
        the similarity from which two frames show one face; None takes the settings' match threshold."""
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
