"""What a vision server holds and does: the memory of the bodies that it takes in, and its figures for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from vision import image, video

MOST_BYTES = max(2 * image.MAX_BYTES, video.MAX_BYTES) * 4 // 3 + 10_000
"""A body of two of the largest pictures, or of the largest clip, in base64."""
MOST_HELD = 8 * MOST_BYTES
"""Bytes of all bodies together, as many as may lie in memory."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Load:
    """What a server is doing, as Prometheus reads it. `in_flight` and `held`, the bytes of bodies in memory, are
    changed by the event loop alone."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.in_flight = self.held = 0
        kept = Gauge("casework_body_bytes", "Bytes of requests not answered yet.", registry=self.registry)
        kept.set_function(lambda: self.held)
        busy = Gauge("casework_requests_in_flight", "Requests taken in and not answered.", registry=self.registry)
        busy.set_function(lambda: self.in_flight)
        self.requests = Counter(
            "casework_requests", "Answered requests.", ["method", "outcome"], registry=self.registry
        )
        self.seconds = Histogram(
            "casework_request_seconds",
            "From a request's body being here to its answer, of those taken in.",
            ["method"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.batches = Histogram(
            "casework_batch_size", "Items a batch of a model held.", ["model"], buckets=SIZES, registry=self.registry
        )


class Body:
    """A request's body for as long as it is in memory, dropped where all of them together would hold too much."""

    def __init__(self, load: Load) -> None:
        self._load, self.parts, self.dropped = load, bytearray(), False

    def take(self, part: bytes) -> None:
        if not self.dropped and self._load.held + len(part) <= MOST_HELD:
            self.parts += part
            self._load.held += len(part)
        else:
            self.drop()

    def drop(self) -> None:
        self._load.held -= len(self.parts)
        self.parts, self.dropped = bytearray(), True
