"""The protocol of `vision.protocol.Vision` over HTTP: how it is written, and the client that speaks it.

Each method is `POST /v1/NAME`. The body is JSON with the method's arguments by name, bytes in base64; the answer is the
method's frozen value as JSON. A refusal is {"error", "what", "remedy"} under a status that proxies understand.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from inspect import isfunction, signature
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

import httpx
from pydantic import Base64Bytes, BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from vision.client import LocalVision
from vision.consistency.report import ConsistencyReport
from vision.errors import BadImage, VisionError, VisionUnavailable, WeightsError
from vision.protocol import Vision, VisionConfig
from vision.types import (
    Challenge,
    DocumentReading,
    FaceEmbedding,
    FaceMatch,
    ForgeryReport,
    Frozen,
    Liveness,
    ModelVersion,
)

Answer = TypeVar("Answer", bound=Frozen)
JSON: TypeAdapter[Mapping[str, object]] = TypeAdapter(Mapping[str, object])
RAISED: Mapping[str, type[VisionError]] = MappingProxyType({"BadImage": BadImage, "WeightsError": WeightsError})
"""The refusals that are the same in process; every other one is the server's own."""


class Refusal(Frozen):
    """Why there is no answer: the name of an error, what is wrong and what to do about it."""

    error: str
    what: str
    remedy: str


class Readiness(Frozen):
    """Whether a server takes work, which models it serves, and what keeps it from being ready."""

    ready: bool
    models: tuple[ModelVersion, ...]
    reasons: tuple[str, ...] = ()


@cache
def arguments() -> Mapping[str, type[BaseModel]]:
    """What each method of the protocol is asked with, as the signatures of `LocalVision` have it."""
    public = [name for name, each in vars(Vision).items() if isfunction(each) and not name.startswith("_")]
    return MappingProxyType({name: _arguments(name, getattr(LocalVision, name)) for name in public})


def _arguments(name: str, function: Callable[..., object]) -> type[BaseModel]:
    hints = get_type_hints(function)
    fields: dict[str, Any] = {
        each.name: (
            Base64Bytes if hints[each.name] is bytes else hints[each.name],
            ... if each.default is each.empty else each.default,
        )
        for each in signature(function).parameters.values()
        if each.name != "self"
    }
    made: type[BaseModel] = create_model(name, __config__=ConfigDict(frozen=True, extra="forbid"), **fields)
    return made


class RemoteVision:
    """`Vision` by a server that `casework vision serve` runs. Similarities come from there, thresholds are those
    given here. Raises what the measurement raises, and `VisionUnavailable` where the server does not answer.

    Pictures of customers go to this server and nowhere else: proxies of the environment and redirects are ignored.
    Every call is a connection of its own, so that nothing is left open and any thread may call.
    """

    def __init__(self, config: VisionConfig) -> None:
        self._config = config
        self._headers = {"Authorization": f"Bearer {config.server_key}"} if config.server_key else {}
        self._tls = httpx.create_ssl_context(trust_env=False)

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face in two pictures."""
        found = self._ask(FaceMatch, "match", left=left, right=right)
        return found.judged(self._config.face_match, self._config.face_mismatch)

    def embed(self, picture: bytes) -> FaceEmbedding:
        """Describe the one face in a picture by a unit vector."""
        return self._ask(FaceEmbedding, "embed", picture=picture)

    def liveness(self, capture: bytes, challenge: Challenge | None = None) -> Liveness:
        """Judge whether a selfie or clip shows a live person, who was asked for a movement or for none."""
        match = self._config.face_match
        return self._ask(Liveness, "liveness", capture=capture, challenge=challenge, same_face=match)

    def forgery(self, document: bytes) -> ForgeryReport:
        """Look for traces of tampering in a document image."""
        return self._ask(ForgeryReport, "forgery", document=document)

    def read(self, document: bytes) -> DocumentReading:
        """Read a document and compare its own sources with each other."""
        return self._ask(DocumentReading, "read", document=document)

    def consistency(self, document: bytes, reading: DocumentReading, on: date) -> ConsistencyReport:
        """Hold a document, handed in by the day `on`, against itself."""
        return self._ask(ConsistencyReport, "consistency", document=document, reading=reading, on=on)

    def load(self) -> None:
        """Nothing: the models are loaded where they run."""

    def readiness(self) -> Readiness:
        """What the server says of itself. Raises `VisionUnavailable`."""
        return _parsed(Readiness, self._send("GET", "/ready"), self._config.server_url)

    def _ask(self, shape: type[Answer], name: str, **arguments: object) -> Answer:
        written = {key: base64.b64encode(each) if isinstance(each, bytes) else each for key, each in arguments.items()}
        answer = self._send("POST", f"/v1/{name}", JSON.dump_json(written))
        if answer.status_code != httpx.codes.OK:
            raise _refused(answer, self._config.server_url)
        return _parsed(shape, answer, self._config.server_url)

    def _send(self, verb: str, path: str, body: bytes = b"") -> httpx.Response:
        url = self._config.server_url.rstrip("/") + path
        try:
            with httpx.Client(verify=self._tls, timeout=self._config.timeout_s, trust_env=False) as client:
                return client.request(verb, url, content=body, headers=self._headers)
        except httpx.TimeoutException as error:
            what = f"the vision server {self._config.server_url!r} took longer than {self._config.timeout_s:g} s"
            raise VisionUnavailable(what, "try again, or raise TOOL_TIMEOUT_S") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            what = f"the vision server {self._config.server_url!r} cannot be asked ({type(error).__name__})"
            raise VisionUnavailable(what, "start it with `casework vision serve`, or correct VISION_URL") from error


def _refused(answer: httpx.Response, url: str) -> VisionError:
    """The error that a refusal stands for."""
    said = _parsed(Refusal, answer, url)
    return RAISED.get(said.error, VisionUnavailable)(said.what, said.remedy)


def _parsed(shape: type[Answer], answer: httpx.Response, url: str) -> Answer:
    try:
        return shape.model_validate_json(answer.content)
    except ValidationError as error:
        what = f"the vision server {url!r} answered {answer.status_code} in a form that is not agreed"
        raise VisionUnavailable(what, "run the same version of casework on both sides") from error
