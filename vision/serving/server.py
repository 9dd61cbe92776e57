"""`casework vision serve`: the measurements of this machine for others, the model's share of them in batches.

Starlette and uvicorn instead of LitServe 0.2.19, for three reasons read in its source: its request queues have no
bound, so that load is never refused; errors travel between its processes as pickles, which this project loads from
nowhere; and every endpoint is a process of its own, so that face, forgery and reading would each import torch and hold
their models. Here one process holds each model once. Pictures are decoded and searched in threads, as they are without
a server, and only the networks wait for company (`vision.serving.batching`).

At most `queue` requests are under way or waiting; the next one is refused with 503 and Retry-After, its body read past
and not kept. A request counts once its body is here, so that slow senders keep nobody out, and headers have a time of
their own (`vision.serving.connections`); what all bodies hold together, on their way or taken in, is bounded as well.
SIGTERM closes the door and lets what is inside finish; what is not done after 30 seconds is told so.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from threading import Thread
from time import perf_counter

import anyio
import uvicorn
from anyio import to_thread
from prometheus_client import generate_latest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from vision.client import LocalVision
from vision.errors import VisionError, because
from vision.protocol import KINDS, Kind, VisionConfig
from vision.serving.batching import BatchedVision, Batching
from vision.serving.connections import room, timed
from vision.serving.load import MOST_BYTES, Body, Load
from vision.serving.remote import REQUESTS, UNAUTHORISED, Readiness, Refusal
from vision.types import Frozen

BODY_S, DRAIN_S, RETRY_S = 30.0, 30, 1
METHODS: Mapping[Kind, tuple[str, ...]] = {
    "face": ("match", "embed"),
    "forgery": ("forgery",),
    "reading": ("read", "consistency"),
    "liveness": ("liveness",),
}
STATUS: Mapping[str, int] = {
    "ok": 200,
    "BadRequest": 400,
    "Unauthorised": 401,
    "NotServed": 404,
    "TooSlow": 408,
    "TooLarge": 413,
    "BadImage": 422,
    "WeightsError": 503,
    "Busy": 503,
    "Stopped": 503,
    "VisionError": 503,
    "Unexpected": 500,
}
TOO_LARGE = Refusal(error="TooLarge", what="the pictures are too large together", remedy="send smaller ones")
TOO_SLOW = Refusal(
    error="TooSlow", what=f"the body took longer than {BODY_S:g} s, or broke off", remedy="send it again"
)
FULL = Refusal(
    error="Busy", what="the vision server holds as much as it may", remedy="try again in a second, or start another"
)
STOPPED = Refusal(
    error="Stopped", what="the vision server was stopped before it had an answer", remedy="ask again once it runs"
)


@dataclass(frozen=True)
class Serving:
    """How a server works: what it serves, how many items a batch holds and how long one waits for company, how many
    requests are taken in at once, and the key that clients must show, "" for none."""

    kinds: tuple[Kind, ...] = KINDS
    max_batch: int = 16
    max_wait_s: float = 0.002
    queue: int = 64
    key: str = field(default="", repr=False)


class Server:
    """Answers the protocol of `vision.serving.remote` by a `Vision`, and tells how it is doing."""

    def __init__(self, config: VisionConfig, serving: Serving) -> None:
        self._serving, self._load = serving, Load()
        self._vision = BatchedVision(config, self._batching())
        self._kind_of = {name: kind for kind in serving.kinds for name in METHODS[kind]}
        self._threads = anyio.CapacityLimiter(serving.max_batch)
        self._readiness = Readiness(ready=False, models=(), reasons=("the models are being loaded",))

    def app(self) -> Starlette:
        """The application; its models are loaded in the background once it runs."""
        routes = [
            Route("/health", self._health),
            Route("/ready", self._ready),
            Route("/metrics", self._metrics),
            Route("/v1/{method}", self._measured, methods=["POST"]),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    def prepare(self) -> None:
        """Load the models that are served, and be ready if all of them are there."""
        failures = self._vision.load(self._serving.kinds)
        reasons = tuple(map(str, failures))
        models = () if failures else self._vision.versions(self._serving.kinds)
        faces = self._vision.recogniser if models and "face" in self._serving.kinds else None
        self._readiness = Readiness(ready=not failures, models=models, faces=faces, reasons=reasons)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        Thread(target=self.prepare, name="prepare", daemon=True).start()
        yield

    def _batching(self) -> Batching:
        def told(model: str, size: int) -> None:
            self._load.batches.labels(model).observe(size)

        return Batching(self._serving.max_batch, self._serving.max_wait_s, lambda: self._load.in_flight, told)

    async def _health(self, _: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def _ready(self, request: Request) -> Response:
        """Told to anybody, a probe without a key among them."""
        said = self._readiness.model_copy(update={"admits": self._admits(request)})
        return _answered(said, 200 if said.ready else 503)

    async def _metrics(self, _: Request) -> Response:
        return Response(generate_latest(self._load.registry), media_type="text/plain; version=0.0.4")

    async def _measured(self, request: Request) -> Response:
        name = request.path_params["method"]
        answer: Frozen | None = self._turned_away(name, request)
        if answer is None:
            answer = await self._taken_in(name, request)
        else:
            # A client that is cut off while it still sends would not see why.
            await _received(request, None)
        known = name if name in self._kind_of else "other"
        outcome = answer.error if isinstance(answer, Refusal) else "ok"
        self._load.requests.labels(known, outcome).inc()
        return _answered(answer, STATUS[outcome])

    async def _taken_in(self, name: str, request: Request) -> Frozen:
        body = Body(self._load)
        try:
            if refused := await _received(request, body) or self._busy():
                return refused
            self._load.in_flight += 1
            began = perf_counter()
            try:
                return await to_thread.run_sync(self._measure, name, body.parts, limiter=self._threads)
            finally:
                self._load.in_flight -= 1
                self._load.seconds.labels(name).observe(perf_counter() - began)
        except asyncio.CancelledError:
            # uvicorn's, who ends what outlasts the drain and then sends what it is given.
            return STOPPED
        finally:
            body.drop()

    def _turned_away(self, name: str, request: Request) -> Refusal | None:
        """Why a request is not taken in, before anything of its body is read."""
        if not self._admits(request):
            return UNAUTHORISED
        if name not in self._kind_of:
            what = f"{name[:40]!r} is not served here, only {', '.join(self._kind_of)}"
            return Refusal(error="NotServed", what=what, remedy="start the server with --models for it")
        if int(request.headers.get("Content-Length", "0")) > MOST_BYTES:
            return TOO_LARGE
        return self._busy()

    def _admits(self, request: Request) -> bool:
        """Whether a request shows the key, if one is set. It may hold any letters, and headers are read as Latin-1."""
        shown = request.headers.get("Authorization", "").encode("latin-1")
        return not self._serving.key or hmac.compare_digest(shown, f"Bearer {self._serving.key}".encode())

    def _busy(self) -> Refusal | None:
        if self._load.in_flight < self._serving.queue:
            return None
        what = f"the vision server is busy with {self._load.in_flight} requests"
        return Refusal(error="Busy", what=what, remedy="try again in a second, or start another server")

    def _measure(self, name: str, body: bytearray) -> Frozen:
        """The answer of one method, in a thread."""
        try:
            asked = REQUESTS[name].model_validate_json(body)
            answer: Frozen = getattr(self._vision, name)(**dict(asked))
        except ValidationError as error:
            fields = sorted({".".join(map(str, each["loc"])) for each in error.errors(include_input=False)})
            wrong = f"has wrong or missing fields: {', '.join(fields)}" if all(fields) else "is not a JSON object"
            remedy = f"send the fields {', '.join(REQUESTS[name].model_fields)} as JSON, pictures in Base64"
            return Refusal(error="BadRequest", what=f"the body of {name!r} {wrong}", remedy=remedy)
        except VisionError as error:
            known = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in STATUS), "VisionError")
            return Refusal(error=known, what=error.what, remedy=error.remedy)
        except Exception as error:  # noqa: BLE001 - the door to other machines: what broke is counted and said in form
            what = f"unexpected {type(error).__name__}"
            logging.getLogger("uvicorn.error").error("%s in %r", what, name)
            return Refusal(error="Unexpected", what=f"the vision server failed: {what}", remedy="report it")
        return answer


def _answered(answer: Frozen, status: int) -> Response:
    headers = {"Retry-After": str(RETRY_S)} if isinstance(answer, Refusal) and answer.error == "Busy" else None
    return Response(answer.model_dump_json(), status, headers, "application/json")


async def _received(request: Request, body: Body | None) -> Refusal | None:
    """Take in a request's body, or read past it where it is None; why it is refused, if it is too large, comes too
    slowly, breaks off or finds no room."""
    length = 0
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                length += len(part)
                if length > MOST_BYTES:
                    return TOO_LARGE
                if body is not None:
                    body.take(part)
    except (TimeoutError, ClientDisconnect):
        return TOO_SLOW
    return FULL if body is not None and body.dropped else None


class Discreet(logging.Filter):
    """Leaves of an unexpected error in the log what kind it was: its text could repeat what a customer wrote."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0]:
            record.msg, record.args, record.exc_info = f"unexpected {record.exc_info[0].__name__}", (), None
        return True


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    """The first address that a host has. Raises `VisionError` where it has none."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    except (OSError, ValueError) as error:
        what = f"{host!r} is neither an address nor the name of one ({type(error).__name__})"
        raise VisionError(what, "give --host an address of this machine, such as 127.0.0.1") from None
    return family, str(address[0])


def serve(config: VisionConfig, serving: Serving, host: str, port: int, said: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `said` is told the address once it is taken. Raises `VisionError` where it is not,
    and for an address that others can reach while no key is set; `WeightsError` where the settings name liveness
    weights that cannot be used."""
    if "liveness" in serving.kinds:
        LocalVision(config).make_liveness()
    family, address = _resolved(host)
    if not serving.key and not ip_address(address).is_loopback:
        what = f"{host!r} can be reached by other machines, and no key is set"
        raise VisionError(what, "set VISION_API_KEY, or serve at 127.0.0.1")
    shown = f"[{address}]" if family == socket.AF_INET6 else address
    try:
        listening = socket.create_server((address, port), family=family, backlog=serving.queue)
    except OSError as error:
        raise VisionError(f"{shown}:{port} cannot be used: {because(error)}", "give another --port") from error
    said(f"http://{shown}:{listening.getsockname()[1]}")
    settings = uvicorn.Config(
        Server(config, serving).app(),
        http=timed(room()),
        backlog=serving.queue,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    logging.getLogger("uvicorn.error").addFilter(Discreet())
    # uvicorn drains, puts the handler back that it found and raises SIGTERM again: by then there is nothing to do.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.Server(settings).run(sockets=[listening])
