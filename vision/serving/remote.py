"""The protocol of `vision.protocol.Vision` over HTTP: how it is written, and the client that speaks it.

Each measurement is `POST /v1/NAME`. The body is its `Request` as JSON, bytes in base64; the answer is a frozen value as
JSON. A refusal is {"error", "what", "remedy"} under a status that proxies understand. Client and server are of one
release.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, TypeVar

import httpx
from pydantic import ConfigDict, StringConstraints, ValidationError

from vision.consistency.report import ConsistencyReport
from vision.errors import BadImage, VisionError, VisionUnavailable, WeightsError
from vision.protocol import KINDS, Kind, VisionConfig
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
from vision.weights import PINNED

Answer = TypeVar("Answer", bound=Frozen)
RAISED: Mapping[str, type[VisionError]] = MappingProxyType({"BadImage": BadImage, "WeightsError": WeightsError})
"""The refusals that are the same in process; every other one is the server's own."""
AGAIN, PAUSE_S = 2, 1.0
"""How often a busy server is asked again, and after how many seconds where it does not say."""
MOST_BYTES = 8_000_000
"""Bytes of an answer. The largest is a heat map in base64, which has a tenth of that."""
SCHEMES = ("http://", "https://")
NO_SERVER = (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED)
"""What is answered, by a vision server too, for a path that is none of its own."""
AGREED = "run the same version of casework on both sides, or correct VISION_URL"
ADDRESS = "set VISION_URL to the address that `casework vision serve` shows, such as 'http://127.0.0.1:8100'"


Sentence = Annotated[str, StringConstraints(max_length=2000)]


class Refusal(Frozen):
    """Why there is no answer: the name of an error, what is wrong and what to do about it."""

    error: str
    what: Sentence
    remedy: Sentence


UNAUTHORISED = Refusal(error="Unauthorised", what="the key does not fit", remedy="set VISION_API_KEY as on the server")


class Readiness(Frozen):
    """Whether a server takes work, which models it serves, `faces` the recogniser among them where it compares faces,
    what keeps it from being ready, and whether it `admits` who asks."""

    ready: bool
    models: tuple[ModelVersion, ...]
    faces: ModelVersion | None = None
    reasons: tuple[str, ...] = ()
    admits: bool = True


class Request(Frozen):
    """What a method of the protocol is asked with: its arguments by name."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class MatchRequest(Request):
    left: bytes
    right: bytes


class EmbedRequest(Request):
    picture: bytes


class LivenessRequest(Request):
    capture: bytes
    challenge: Challenge | None
    same_face: float


class DocumentRequest(Request):
    document: bytes


class ConsistencyRequest(Request):
    document: bytes
    reading: DocumentReading
    on: date


REQUESTS: Mapping[str, type[Request]] = MappingProxyType(
    {
        "match": MatchRequest,
        "embed": EmbedRequest,
        "liveness": LivenessRequest,
        "forgery": DocumentRequest,
        "read": DocumentRequest,
        "consistency": ConsistencyRequest,
    }
)
"""What each measurement of the protocol is asked with, by the name of its method."""


@dataclass(frozen=True)
class _Said:
    """What came back: the status, the body as it was sent, and after how many seconds to ask again, "" for no word."""

    status: int
    content: bytes
    retry_after: str


class RemoteVision:
    """`Vision` by a server that `casework vision serve` runs. Similarities come from there, thresholds are those
    given here, and of the recogniser that is meant here: what another one measured is no answer. Raises what the
    measurement raises, and `VisionUnavailable` where the server does not answer.

    Pictures of customers go to this server and nowhere else: proxies of the environment and redirects are ignored.
    Every call is a connection of its own, so that nothing is left open and any thread may call.
    """

    def __init__(self, config: VisionConfig) -> None:
        self._config = config
        # What is packed may be a thousand times as large: none is asked for, nor unpacked.
        self._headers = {b"Accept-Encoding": b"identity"}
        if config.server_key:
            self._headers[b"Authorization"] = f"Bearer {config.server_key}".encode()
        self._tls = httpx.create_ssl_context(trust_env=False)

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face in two pictures."""
        found = self._ask(FaceMatch, "match", MatchRequest(left=left, right=right))
        self.expect(found.model)
        return found.judged(self._config.face_match, self._config.face_mismatch)

    def embed(self, picture: bytes) -> FaceEmbedding:
        """Describe the one face in a picture by a unit vector."""
        found = self._ask(FaceEmbedding, "embed", EmbedRequest(picture=picture))
        self.expect(found.model)
        return found

    def liveness(self, capture: bytes, challenge: Challenge | None = None, same_face: float | None = None) -> Liveness:
        """As in `Vision`, by the match threshold of the settings here. Another recogniser's is none for SFace, which
        compares the frames of a clip."""
        own = self._config.face_match if self._config.recogniser == PINNED["sface"].sha256 else VisionConfig.face_match
        limit = own if same_face is None else same_face
        asked = LivenessRequest(capture=capture, challenge=challenge, same_face=limit)
        return self._ask(Liveness, "liveness", asked)

    def forgery(self, document: bytes) -> ForgeryReport:
        """Look for traces of tampering in a document image."""
        return self._ask(ForgeryReport, "forgery", DocumentRequest(document=document))

    def read(self, document: bytes) -> DocumentReading:
        """Read a document and compare its own sources with each other."""
        return self._ask(DocumentReading, "read", DocumentRequest(document=document))

    def consistency(self, document: bytes, reading: DocumentReading, on: date) -> ConsistencyReport:
        """Hold a document, handed in by the day `on`, against itself."""
        asked = ConsistencyRequest(document=document, reading=reading, on=on)
        return self._ask(ConsistencyReport, "consistency", asked)

    def load(self, kinds: Collection[Kind] = KINDS) -> tuple[VisionError, ...]:
        """Nothing: the models are loaded where they run."""
        return ()

    def readiness(self) -> Readiness:
        """What the server says of itself. Raises `VisionUnavailable`, also where it would turn this client away."""
        said = _parsed(Readiness, self._send("GET", "/ready"), self._config.server_url)
        if not said.admits:
            raise VisionUnavailable(UNAUTHORISED.what, UNAUTHORISED.remedy)
        return said

    def expect(self, used: ModelVersion) -> None:
        """Hold the recogniser of the server against the one that is meant here, whose thresholds would judge what it
        measures. Raises `VisionUnavailable` where it is another."""
        meant, url = self._config.recogniser, _named(self._config.server_url)
        if used.sha256.lower() != meant:
            there = f"the vision server {url!r} compares faces by {used.name} {used.sha256[:12]}"
            here = f"the settings here mean {meant[:12] or 'a file of no sha256'}"
            remedy = "set FACE_MODEL, its sha256 and its thresholds alike on both sides"
            raise VisionUnavailable(f"{there}, and {here}", remedy)

    def _ask(self, shape: type[Answer], name: str, asked: Request) -> Answer:
        answer = self._send("POST", f"/v1/{name}", asked.model_dump_json().encode())
        if answer.status != httpx.codes.OK:
            raise _refused(answer, self._config.server_url)
        return _parsed(shape, answer, self._config.server_url)

    def _send(self, verb: str, path: str, body: bytes = b"") -> _Said:
        """The answer, or `VisionUnavailable`: the limit holds for all of it, however slowly it comes and
        however often a busy server is asked."""
        url, limit_s = self._config.server_url.rstrip("/") + path, self._config.timeout_s
        if not url.lower().startswith(SCHEMES):
            what = f"VISION_URL {_named(self._config.server_url)!r} does not begin with http:// or https://"
            raise VisionUnavailable(what, ADDRESS)

        async def sent() -> _Said:
            async with httpx.AsyncClient(verify=self._tls, timeout=limit_s, trust_env=False) as client:

                async def asked() -> _Said:
                    async with client.stream(verb, url, content=body, headers=self._headers) as answer:
                        return await self._received(answer)

                return await _patiently(asked, limit_s)

        try:
            return asyncio.run(asyncio.wait_for(sent(), limit_s))
        except (httpx.TimeoutException, TimeoutError) as error:
            what = (
                f"the vision server {_named(self._config.server_url)!r} took longer than {self._config.timeout_s:g} s"
            )
            raise VisionUnavailable(what, "try again, or raise TOOL_TIMEOUT_S") from error
        # A port that is none comes as an OverflowError, in a group where several addresses were tried; a name that is
        # none, as a UnicodeError.
        except (httpx.HTTPError, httpx.InvalidURL, OverflowError, UnicodeError, ExceptionGroup) as error:
            what = f"the vision server {_named(self._config.server_url)!r} cannot be asked ({type(error).__name__})"
            raise VisionUnavailable(what, "start it with `casework vision serve`, or correct VISION_URL") from error

    async def _received(self, answer: httpx.Response) -> _Said:
        content = bytearray()
        async for part in answer.aiter_raw():
            content += part
            if len(content) > MOST_BYTES:
                there = f"the vision server {_named(self._config.server_url)!r}"
                raise VisionUnavailable(f"{there} answered with more than {MOST_BYTES // 10**6} MB", AGREED)
        return _Said(answer.status_code, bytes(content), answer.headers.get("Retry-After", ""))


def _named(url: str) -> str:
    """The URL without a name and password that may stand in it."""
    return re.sub(r"^(\w+:/*)?.*@", r"\1", url)


async def _patiently(ask: Callable[[], Awaitable[_Said]], limit_s: float) -> _Said:
    """The answer of a server that is asked again while it is busy, unless so long a pause would outlast the limit."""
    until = time.monotonic() + limit_s
    answer = await ask()
    for _ in range(AGAIN):
        if not _busy(answer) or time.monotonic() + _pause_s(answer) >= until:
            break
        await asyncio.sleep(_pause_s(answer))
        answer = await ask()
    return answer


def _busy(answer: _Said) -> bool:
    """Whether a server takes no more for the moment. Its other refusals would be the same again."""
    try:
        busy = Refusal.model_validate_json(answer.content).error == "Busy"
    except ValidationError:
        return False
    return busy and answer.status == httpx.codes.SERVICE_UNAVAILABLE


def _pause_s(answer: _Said) -> float:
    """The seconds after which to ask again. A date in the place of seconds (RFC 9110, 10.2.3) is not read."""
    asked = answer.retry_after
    return float(asked) if asked.isascii() and asked.isdigit() else PAUSE_S


def _refused(answer: _Said, url: str) -> VisionError:
    """The error that a refusal stands for."""
    said = _parsed(Refusal, answer, url)
    return RAISED.get(said.error, VisionUnavailable)(said.what, said.remedy)


def _parsed(shape: type[Answer], answer: _Said, url: str) -> Answer:
    """The value that was sent, of the very types that it has: read more kindly, true in the place of a similarity would
    be a perfect one."""
    try:
        return shape.model_validate_json(answer.content, strict=True)
    except ValidationError as error:
        if answer.status in NO_SERVER:
            what = f"there is no vision server at VISION_URL {_named(url)!r}: it answered {answer.status}"
            raise VisionUnavailable(what, ADDRESS) from error
        what = f"the vision server {_named(url)!r} answered {answer.status} in an unexpected form"
        raise VisionUnavailable(what, AGREED) from error
