"""The server as a process of its own and its client: the same answers and errors as in process, refusals, an end."""

from __future__ import annotations

import asyncio
import base64
import gzip
import inspect
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, cast

import httpx
import pytest
import uvicorn
from PIL import Image
from recognisers import tiny

from vision import video, weights
from vision.client import LocalVision, open_vision
from vision.errors import BadImage, VisionError, VisionUnavailable, WeightsError
from vision.protocol import KINDS, Vision, VisionConfig
from vision.serving.load import MOST_BYTES
from vision.serving.remote import MOST_BYTES as MOST_ANSWERED
from vision.serving.remote import REQUESTS, RemoteVision
from vision.serving.server import METHODS, Server, Serving, _resolved, serve
from vision.synth import heads
from vision.types import FaceEmbedding, ModelVersion

pytestmark = pytest.mark.heavy

KEY = "a key of this test"


def picture(person: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(heads.selfie(person, 1, size=240)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def faces() -> tuple[bytes, bytes]:
    return picture(41), picture(42)


def body(**pictures: bytes) -> bytes:
    return json.dumps({name: base64.b64encode(data).decode() for name, data in pictures.items()}).encode()


@contextmanager
def served(*options: str, key: str = KEY) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server in a process of its own, ready, and where it is."""
    environment = {**os.environ, "VISION_API_KEY": key, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "agent", "vision", "serve", "--port", "0", "--models", "face", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 60)[0]
        said = process.stdout.readline()
        assert said.startswith("serving at http://"), said
        url = said.split()[-1]
        until = time.monotonic() + 60
        while httpx.get(f"{url}/ready").status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.05)
        yield url, process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("--device", "cpu", "--max-wait-ms", "1000") as (url, _):
        yield url


def remote(url: str, **changes: Any) -> RemoteVision:
    return RemoteVision(replace(VisionConfig(server_url=url, server_key=KEY, timeout_s=30), **changes))


def test_answers_are_the_same_as_in_process(url: str, faces: tuple[bytes, bytes]) -> None:
    there: Vision = remote(url)
    here = LocalVision(VisionConfig())
    assert there.embed(faces[0]).quality == here.embed(faces[0]).quality
    left, right = there.match(*faces), here.match(*faces)
    assert left.similarity == pytest.approx(right.similarity, abs=1e-4)
    assert left.model_copy(update={"similarity": None}) == right.model_copy(update={"similarity": None})


def test_bands_come_from_the_clients_thresholds(url: str, faces: tuple[bytes, bytes]) -> None:
    found = remote(url, face_match=0.99, face_mismatch=0.98).match(faces[0], faces[1])
    assert (found.threshold, found.band) == (0.99, "mismatch")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where a server is that compares faces by another recogniser, and that one's sha256."""
    path = tmp_path_factory.mktemp("other") / "tiny.onnx"
    sha256 = tiny(path)
    settings = {"FACE_MODEL": str(path), "FACE_MODEL_SHA256": sha256}
    settings |= {"FACE_MATCH_THRESHOLD": "0.9", "FACE_MISMATCH_THRESHOLD": "0.8"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        with served() as (url, _):
            yield url, sha256


@pytest.mark.parametrize("named", [{}, {"face_model_sha256": "AB" * 32}, {"face_model": Path("own.onnx")}])
def test_what_another_recogniser_measured_is_no_answer(
    other: tuple[str, str], faces: tuple[bytes, bytes], named: dict[str, Any]
) -> None:
    url, sha256 = other
    meant = {"face_model_sha256": "ab" * 6, "face_model": "of no sha256"}
    asked = remote(url, face_match=-1, face_mismatch=-1, **named)
    for measure in (lambda: asked.match(*faces), lambda: asked.embed(faces[0])):
        with pytest.raises(VisionUnavailable, match=f"tiny {sha256[:12]}") as raised:
            measure()
        assert next((meant[name] for name in named), weights.PINNED["sface"].sha256[:12]) in raised.value.what


def test_the_recogniser_that_is_meant_is_judged_by_its_own_thresholds(
    other: tuple[str, str], url: str, faces: tuple[bytes, bytes]
) -> None:
    there, sha256 = other
    own: dict[str, Any] = {"face_model_sha256": sha256.upper(), "face_match": -0.9, "face_mismatch": -1}
    found = remote(there, **own).match(*faces)
    assert (found.band, found.threshold, found.model.sha256) == ("match", -0.9, sha256)
    said = remote(there, **own).readiness()
    assert said.faces == found.model
    assert said.faces in said.models
    with pytest.raises(VisionUnavailable, match=f"mean {sha256[:12]}"):
        remote(url, **own).match(*faces)


def test_what_is_no_picture_is_refused_with_the_same_words(url: str, faces: tuple[bytes, bytes]) -> None:
    with pytest.raises(BadImage) as there:
        remote(url).match(faces[0], b"a letter")
    with pytest.raises(BadImage) as here:
        LocalVision(VisionConfig()).match(faces[0], b"a letter")
    assert str(there.value) == str(here.value)


def test_what_is_not_served_is_said(url: str, faces: tuple[bytes, bytes]) -> None:
    with pytest.raises(VisionUnavailable, match="'read' is not served here, only match, embed; start the server"):
        remote(url).read(faces[0])


@pytest.mark.parametrize("key", ["", "another"])
def test_nobody_is_served_without_the_key(url: str, key: str, faces: tuple[bytes, bytes]) -> None:
    with pytest.raises(VisionUnavailable, match="VISION_API_KEY"):
        remote(url, server_key=key).embed(faces[0])


def test_a_key_may_hold_any_letters_and_one_that_does_not_fit_is_told_before_the_work(
    faces: tuple[bytes, bytes],
) -> None:
    with served(key="schlüssel €") as (url, _):
        fitting = remote(url, server_key="schlüssel €")
        assert fitting.readiness().ready
        assert fitting.embed(faces[0]).vector is not None
        for key in ("", "schlussel", "schlüssel"):
            with pytest.raises(VisionUnavailable, match="the key does not fit; set VISION_API_KEY as on the server"):
                remote(url, server_key=key).readiness()
        assert httpx.get(f"{url}/ready").status_code == 200


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (body(picture=b"a"), 400), (b'{"left": "4711", "right": 4711}', 400)]
)
def test_a_body_that_does_not_fit_is_refused_without_repeating_it(url: str, content: bytes, status: int) -> None:
    answer = httpx.post(f"{url}/v1/match", content=content, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == status
    assert answer.json()["error"] == "BadRequest"
    assert "4711" not in answer.text


def test_a_body_that_is_too_large_is_refused(url: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    pieces = (b"x" * 10_000_000 for _ in range(9))
    assert httpx.post(f"{url}/v1/embed", content=pieces, headers=headers, timeout=30).status_code == 413


def test_health_readiness_and_metrics_are_told(url: str, faces: tuple[bytes, bytes]) -> None:
    assert httpx.get(f"{url}/health").text == "ok\n"
    said = remote(url).readiness()
    assert said.ready
    assert {each.sha256 for each in said.models} == {weights.PINNED[name].sha256 for name in ("yunet", "sface")}
    remote(url).embed(faces[0])
    metrics = httpx.get(f"{url}/metrics").text
    assert 'casework_requests_total{method="embed",outcome="ok"}' in metrics
    assert 'casework_batch_size_count{model="face"}' in metrics
    assert "casework_requests_in_flight 0.0" in metrics


def test_requests_that_come_together_go_through_the_network_together(url: str, faces: tuple[bytes, bytes]) -> None:
    def batches() -> tuple[float, float]:
        lines = httpx.get(f"{url}/metrics").text.splitlines()
        told = {line.split()[0]: float(line.split()[1]) for line in lines if not line.startswith("#")}
        return told['casework_batch_size_count{model="face"}'], told['casework_batch_size_sum{model="face"}']

    there = remote(url)
    there.embed(faces[0])
    count, items = batches()
    with ThreadPoolExecutor(8) as pool:
        vectors = {found.vector is not None for found in pool.map(there.embed, [faces[0]] * 16)}
    later_count, later_items = batches()
    assert vectors == {True}
    assert later_items - items == 16
    assert later_count - count < 16


def test_a_slow_sender_keeps_nobody_out_and_what_is_taken_in_is_finished_after_sigterm(
    faces: tuple[bytes, bytes],
) -> None:
    with served("--queue", "1") as (url, process):
        headers = {"Authorization": f"Bearer {KEY}"}
        content = body(left=faces[0], right=faces[1])
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port)) as slow:
            head = (
                f"POST /v1/match HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(content)}"
            )
            slow.sendall(head.encode() + b"\r\n\r\n" + content[:-1])
            time.sleep(0.5)
            # Who is slow to send takes nobody's place.
            assert httpx.post(f"{url}/v1/match", content=content, headers=headers, timeout=60).status_code == 200
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{url}/health")
            slow.sendall(content[-1:])
            answer = b""
            while part := slow.recv(65536):
                answer += part
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"similarity"' in answer
        assert process.wait(30) == 0


SFACE = ModelVersion(name="sface", sha256=weights.PINNED["sface"].sha256)
NOBODY = FaceEmbedding(vector=None, quality=None, model=SFACE, reason="held").model_dump_json()
BUSY = '{"error": "Busy", "what": "busy", "remedy": "wait"}'


class Answering(BaseHTTPRequestHandler):
    """Something at the address of a server that is none: it answers what its class says, as slowly as it says."""

    status, text, wait_s, pause, packed = 200, "{}", 0.0, "", ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.wait_s)
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        if self.packed:
            self.send_header("Content-Encoding", self.packed)
        if self.pause:
            self.send_header("Retry-After", self.pause)
        self.end_headers()
        content = self.text.encode()
        with suppress(ConnectionError):
            self.wfile.write(gzip.compress(content) if self.packed else content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def answering() -> Iterator[Callable[..., str]]:
    servers: list[ThreadingHTTPServer] = []

    def start(kind_of: type[Answering] = Answering, **answer: Any) -> str:
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (kind_of,), answer)))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        ({"status": 200, "text": "<html>"}, VisionUnavailable, "in an unexpected form"),
        ({"status": 302, "text": ""}, VisionUnavailable, "in an unexpected form"),
        ({"status": 500, "text": "Internal Server Error"}, VisionUnavailable, "500"),
        ({"status": 200, "text": BUSY}, VisionUnavailable, "in an unexpected form"),
        ({"status": 200, "text": " " * (MOST_ANSWERED + 1)}, VisionUnavailable, "answered with more than 8 MB; run"),
        ({"status": 200, "text": NOBODY, "packed": "gzip"}, VisionUnavailable, "in an unexpected form"),
        ({"status": 500, "text": BUSY.replace("busy", "w" * 2001)}, VisionUnavailable, "500 in an unexpected form"),
        ({"status": 503, "text": BUSY, "pause": "0"}, VisionUnavailable, "busy; wait"),
        ({"status": 503, "text": "<html>", "pause": "0"}, VisionUnavailable, "503 in an unexpected form"),
        (
            {"status": 503, "text": '{"error": "WeightsError", "what": "no file", "remedy": "get it"}'},
            WeightsError,
            "get",
        ),
    ],
)
def test_an_answer_that_is_none_is_an_error_with_a_remedy(
    answering: Callable[..., str], answer: dict[str, object], error: type[VisionError], why: str
) -> None:
    with pytest.raises(error, match=why):
        remote(answering(**answer)).embed(b"a picture")


class Busy(Answering):
    """A server that is busy for its first few requests."""

    turns: ClassVar[list[float]]
    busy_for, pause, kind = 1, "0", "Busy"

    def do_POST(self) -> None:
        self.turns.append(time.monotonic())
        if len(self.turns) <= self.busy_for:
            self.status, self.text = 503, BUSY.replace("Busy", self.kind)
        else:
            self.text = NOBODY
        super().do_POST()


@pytest.mark.parametrize(
    ("told", "limit_s", "asked", "apart_s"),
    [
        ({"busy_for": 1}, 30, 2, 0.0),
        ({"busy_for": 2}, 30, 3, 0.0),
        ({"busy_for": 9}, 30, 3, 0.0),
        ({"busy_for": 1, "pause": "1"}, 30, 2, 1.0),
        ({"busy_for": 1, "pause": ""}, 30, 2, 1.0),
        ({"busy_for": 1, "pause": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30, 2, 1.0),
        ({"busy_for": 1, "pause": "3600"}, 30, 1, 0.0),
        ({"busy_for": 1, "pause": "1"}, 0.9, 1, 0.0),
        ({"busy_for": 1, "kind": "WeightsError"}, 30, 1, 0.0),
    ],
)
def test_a_busy_server_is_asked_again_when_it_says_and_while_there_is_time(
    answering: Callable[..., str], told: dict[str, Any], limit_s: float, asked: int, apart_s: float
) -> None:
    turns: list[float] = []
    there = remote(answering(kind_of=Busy, turns=turns, **told), timeout_s=limit_s)
    if asked > told["busy_for"]:
        assert there.embed(b"a picture").reason == "held"
    else:
        with pytest.raises(VisionError, match="busy; wait"):
            there.embed(b"a picture")
    assert len(turns) == asked
    assert turns[-1] - turns[0] >= apart_s


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "localhost", "ftp://nowhere", "http:/127.0.0.1:8000", "/v1"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(VisionUnavailable, match=f"VISION_URL {url!r} does not begin with http://.*shows, such as"):
        remote(url).embed(b"a picture")
    with pytest.raises(VisionUnavailable, match="VISION_URL"):
        remote(url).readiness()


@pytest.mark.parametrize("path", ["/v1", "/vision", "/v1/embed", "?x=1", "/#x"])
def test_a_path_that_is_not_the_servers_is_named(url: str, path: str) -> None:
    for ask in (lambda: remote(url + path).embed(b"a picture"), remote(url + path).readiness):
        with pytest.raises(VisionUnavailable) as told:
            ask()
        assert f"there is no vision server at VISION_URL {url + path!r}: it answered 40" in told.value.what
        assert "set VISION_URL to the address" in told.value.remedy


@pytest.mark.parametrize("similarity", ["5.0", "NaN", "1e999", "-1.5", "true", '"0.9"'])
def test_a_measurement_outside_its_range_is_no_answer(
    answering: Callable[..., str], faces: tuple[bytes, bytes], similarity: str
) -> None:
    measured = LocalVision(VisionConfig()).match(*faces).model_dump(mode="json")
    text = json.dumps(measured | {"similarity": "HERE"}).replace('"HERE"', similarity)
    with pytest.raises(VisionUnavailable, match="in an unexpected form"):
        remote(answering(status=200, text=text)).match(*faces)


def test_an_answer_that_comes_drop_by_drop_is_cut_off(chat_server: Any) -> None:
    chat_server.drips = 200
    began = time.monotonic()
    with pytest.raises(VisionUnavailable, match=r"took longer than 0.5 s"):
        remote(chat_server.url, timeout_s=0.5).readiness()
    assert time.monotonic() - began < 5


def test_a_server_that_is_slow_or_gone_is_said(answering: Callable[..., str]) -> None:
    with pytest.raises(VisionUnavailable, match=r"took longer than 0.2 s; try again, or raise TOOL_TIMEOUT_S"):
        remote(answering(wait_s=1.0), timeout_s=0.2).embed(b"a picture")
    with pytest.raises(VisionUnavailable, match="start it with `casework vision serve`"):
        remote("http://127.0.0.1:1").embed(b"a picture")
    for url in ("http://127.0.0.1:99999", "http://xn--.example"):
        with pytest.raises(VisionUnavailable, match="cannot be asked"):
            remote(url).embed(b"a picture")
    with pytest.raises(VisionUnavailable, match=r"server 'http://127\.0\.0\.1:1' cannot"):
        remote("http://ada:a-password@127.0.0.1:1").embed(b"a picture")
    for url in ("ada:a-password@127.0.0.1:1", "http:/ada:a-pass/word@127.0.0.1:1"):
        with pytest.raises(VisionUnavailable, match=r"127\.0\.0\.1:1' does not begin with http://") as told:
            remote(url).embed(b"a picture")
        assert "a-pass" not in str(told.value)


def test_proxies_of_the_environment_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, url: str, faces: tuple[bytes, bytes]
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert remote(url).embed(faces[0]).vector is not None


def asked_of(server: Server, *requests: bytes) -> list[httpx.Response]:
    """What a server in this process answers to requests that come together; the first one's measurement lasts until
    all others are answered."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(server.app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            sent = [asyncio.create_task(client.post("/v1/embed", content=each)) for each in requests]
            others = await asyncio.gather(*sent[1:])
            HELD.set()
            return [await sent[0], *others, await client.get("/metrics")]

    HELD.clear()
    return asyncio.run(ask())


HELD = threading.Event()


class Held(LocalVision):
    """Measures nothing, and that not before it may."""

    def embed(self, picture: bytes) -> FaceEmbedding:
        assert HELD.wait(30)
        if picture == b"breaks":
            raise ValueError("of a customer")
        return FaceEmbedding(vector=None, quality=None, model=ModelVersion(name="held", sha256=""), reason="held")


def held(**serving: Any) -> Server:
    server = Server(VisionConfig(), Serving(kinds=("face",), **serving))
    server._vision = cast(Any, Held(VisionConfig()))
    return server


def test_a_full_queue_refuses() -> None:
    first, second, _ = asked_of(held(queue=1), body(picture=b"a"), body(picture=b"b"))
    assert first.status_code == 200
    assert (second.status_code, second.headers["Retry-After"], second.json()["error"]) == (503, "1", "Busy")


def test_bodies_together_hold_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, server = body(picture=b"a"), held()
    monkeypatch.setattr("vision.serving.load.MOST_HELD", 2 * len(asked) - 1)
    first, second, metrics = asked_of(server, asked, asked)
    assert first.status_code == 200
    assert (second.status_code, second.headers["Retry-After"], second.json()["error"]) == (503, "1", "Busy")
    assert "casework_body_bytes 0.0" in metrics.text


def test_what_outlasts_the_drain_is_told_so() -> None:
    """uvicorn itself, told to drain for no second, with a request that lasts until it has given up."""
    settings = uvicorn.Config(held().app(), log_level="warning", timeout_graceful_shutdown=0)
    running = uvicorn.Server(settings)

    async def ask() -> httpx.Response:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.create_task(running.serve([listening]))
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with httpx.AsyncClient(timeout=30) as client:
                asked = asyncio.create_task(client.post(f"{address}/v1/embed", content=body(picture=b"a")))
                while "requests_in_flight 1.0" not in (await client.get(f"{address}/metrics")).text:
                    await asyncio.sleep(0.05)
                running.should_exit = True
                answer = await asked
            HELD.set()
            await serving
            return answer

    HELD.clear()
    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["error"]) == (503, "Stopped")


def test_what_breaks_is_counted_and_said_without_what_it_says() -> None:
    broken, metrics = asked_of(held(), body(picture=b"breaks"))
    assert broken.status_code == 500
    assert broken.json() == {
        "error": "Unexpected",
        "what": "the vision server failed: unexpected ValueError",
        "remedy": "report it",
    }
    assert 'casework_requests_total{method="embed",outcome="Unexpected"} 1.0' in metrics.text


def test_times_are_of_requests_that_were_taken_in() -> None:
    first, second, metrics = asked_of(held(queue=1), body(picture=b"a"), body(picture=b"b"))
    assert (first.status_code, second.status_code) == (200, 503)
    assert 'casework_request_seconds_count{method="embed"} 1.0' in metrics.text


def test_a_body_may_hold_the_largest_clip() -> None:
    assert len(body(picture=bytes(video.MAX_BYTES))) < MOST_BYTES


@pytest.mark.parametrize(("sha256", "sent"), [("", 0.7), ("ab" * 32, 0.43)])
def test_the_match_threshold_of_the_client_goes_with_a_clip_where_it_is_one_of_sface(
    answering: Callable[..., str], sha256: str, sent: float
) -> None:
    bodies: list[bytes] = []

    def do_post(self: Answering) -> None:
        bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_error(500)

    with pytest.raises(VisionUnavailable):
        remote(answering(do_POST=do_post), face_match=0.7, face_model_sha256=sha256).liveness(b"a clip", "nod")
    assert dict(REQUESTS["liveness"].model_validate_json(bodies[0])) == {
        "capture": b"a clip", "challenge": "nod", "same_face": sent,
    }  # fmt: skip


def test_every_method_of_the_protocol_is_served_and_spoken() -> None:
    assert set(METHODS) == set(KINDS)
    assert sorted(name for names in METHODS.values() for name in names) == sorted(REQUESTS)
    spoken = {name: inspect.signature(each) for name, each in vars(Vision).items() if inspect.isfunction(each)}
    asked = {name: [*each.parameters][1:] for name, each in spoken.items() if not name.startswith("_")}
    assert asked.pop("load") == ["kinds"]
    assert asked == {name: list(request.model_fields) for name, request in REQUESTS.items()}


def test_a_server_whose_models_do_not_load_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights.PINNED, "text-read", replace(weights.PINNED["text-read"], sha256="0" * 64))
    server = Server(VisionConfig(), Serving(kinds=("reading",)))
    server.prepare()
    assert not server._readiness.ready
    assert "text-read" in server._readiness.reasons[0]


def test_an_open_door_needs_a_key_and_a_taken_one_is_said() -> None:
    with pytest.raises(VisionError, match="VISION_API_KEY"):
        serve(VisionConfig(), Serving(), "0.0.0.0", 0, print)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(VisionError, match="cannot be used"):
        serve(VisionConfig(), Serving(), "127.0.0.1", taken.getsockname()[1], print)


def test_liveness_weights_that_cannot_be_used_are_said_at_the_start(tmp_path: Path) -> None:
    config = VisionConfig(liveness_weights=tmp_path / "gone")
    with pytest.raises(WeightsError, match="is not a folder"):
        serve(config, Serving(), "127.0.0.1", 0, print)


@pytest.mark.parametrize("host", ["::g", "nowhere.invalid", "a" * 70])
def test_a_host_that_is_none_is_said(host: str) -> None:
    with pytest.raises(VisionError, match=r"is neither an address nor the name of one .*--host"):
        serve(VisionConfig(), Serving(), host, 0, print)


def test_a_host_may_be_a_name() -> None:
    assert ip_address(_resolved("localhost")[1]).is_loopback


def test_an_address_of_six_stands_in_brackets() -> None:
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as taken,
        pytest.raises(VisionError, match=r"\[::1\]:"),
    ):
        serve(VisionConfig(), Serving(kinds=()), "::1", taken.getsockname()[1], print)


def test_settings_without_a_server_measure_here() -> None:
    assert isinstance(open_vision(VisionConfig()), LocalVision)
    assert isinstance(open_vision(VisionConfig(server_url="http://127.0.0.1:1")), RemoteVision)
