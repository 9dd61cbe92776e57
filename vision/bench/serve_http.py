"""What HTTP adds to a measurement: whole pictures through a server of its own process, and in this process."""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from PIL import Image

from vision.bench.timing import by_turns, latency, rate, together
from vision.client import LocalVision
from vision.errors import BenchError, VisionUnavailable
from vision.protocol import Device, VisionConfig
from vision.serving.remote import RemoteVision
from vision.types import Frozen

START_S = 120.0
SIDE = 640
RUN = "from vision.cli import app; app()"


class Whole(Frozen):
    """Whole pictures of faces a second, as many at a time: calls in this process and over HTTP, both with decoding."""

    at_once: int
    in_process: float
    http: float
    overhead: float
    p50_ms: float
    p95_ms: float


def whole_pictures(config: VisionConfig, seconds: float) -> Iterator[Whole]:
    """The same picture in this process and over HTTP, from a server that is a process of its own."""
    picture, here = plain_picture(), LocalVision(replace(config, server_url=""))
    with _server(config.device) as url:
        # The server has no settings: it compares faces by SFace, which a picture without a face never comes to.
        plain = replace(config, face_model=None, face_model_sha256="")
        there = RemoteVision(replace(plain, server_url=url, server_key="", timeout_s=START_S))
        for at_once in (1, os.cpu_count() or 1):
            calls = [together(lambda vision=vision: vision.embed(picture), at_once) for vision in (here, there)]  # type: ignore[misc]
            inside, outside = by_turns(calls[0], calls[1], seconds)
            yield Whole(
                at_once=at_once,
                in_process=rate(inside),
                http=rate(outside),
                overhead=1 - rate(outside) / rate(inside),
                **latency(outside),
            )


def plain_picture() -> bytes:
    """A JPEG of 640 pixels without a face: a detector searches it as long as any other, and no licence is needed. The
    network is measured by itself; here it is decoding, searching and the way there and back that count."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (SIDE // 16, SIDE // 16, 3), dtype=np.uint8))
    encoded = io.BytesIO()
    coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


@contextmanager
def _server(device: Device) -> Iterator[str]:
    command = [sys.executable, "-c", RUN, "serve", "--port", "0", "--models", "face", "--device", device]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    """Where a server is, once it is ready."""
    until = time.monotonic() + START_S
    if process.stdout is None or not select.select([process.stdout], [], [], START_S)[0]:
        raise BenchError("the server did not start", "see what `casework vision serve` says")
    url = process.stdout.readline().split()[-1]
    asking = RemoteVision(VisionConfig(server_url=url))
    while time.monotonic() < until:
        try:
            if asking.readiness().ready:
                return url
        except VisionUnavailable:
            pass
        time.sleep(0.1)
    raise BenchError("the server was not ready in time", "see what `casework vision serve` says")
