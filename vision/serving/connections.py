"""Connections of the vision server that have a time to say what they want.

uvicorn waits for ever for the headers of a request, so that a few hundred clients that never finish theirs take a
server off the air, before any key is asked for. Here each has `HEADERS_S` seconds, and where more of them wait than
there is room for, the one that has waited longest has to go: whoever sends headers at once is served all the while.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 10.0
MOST = 1024


def room() -> int:
    """How many connections may wait for their headers: a quarter of the files that this process may open, at most 1024.
    Its limit is raised as far as it may raise it itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        soft = hard if hard != resource.RLIM_INFINITY else max(soft, 4 * MOST)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST if soft == resource.RLIM_INFINITY else max(1, min(MOST, soft // 4))


class Waiting:
    """Connections whose headers are still to come, the one that has waited longest first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ends: dict[Timed, asyncio.TimerHandle] = {}

    def add(self, connection: Timed) -> None:
        if connection not in self._ends:
            self._ends[connection] = connection.loop.call_later(HEADERS_S, self._end, connection)
        if len(self._ends) > self._most:
            self._end(next(iter(self._ends)))

    def drop(self, connection: Timed) -> None:
        if connection in self._ends:
            self._ends.pop(connection).cancel()

    def _end(self, connection: Timed) -> None:
        self.drop(connection)
        connection.transport.abort()


class Timed(H11Protocol):
    """A connection that is cut off where its headers do not come in time."""

    waiting: ClassVar[Waiting]

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as uvicorn declares it
        super().connection_made(transport)
        self.waiting.add(self)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        asked = self.cycle is not None and not self.cycle.response_complete
        if asked or self.transport.is_closing():
            self.waiting.drop(self)
        else:
            self.waiting.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.drop(self)
        super().connection_lost(exc)


def timed(most: int) -> type[Timed]:
    """The protocol of one server, in which at most so many connections wait for their headers."""
    return type("Timed", (Timed,), {"waiting": Waiting(most)})
