"""Connections that say nothing, or never finish saying it: cut off in time, and nobody is kept out meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from vision.serving import connections
from vision.serving.connections import MOST, room, timed

PART = b"POST / HTTP/1.1\r\nHost: here\r\n"
Message = MutableMapping[str, Any]


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Reads a request to its end and answers it."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def serving(most: int) -> Iterator[int]:
    """The port of a server in a thread."""
    settings = uvicorn.Config(application, http=timed(most), log_level="critical", lifespan="off")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def ended(connection: socket.socket, within_s: float = 5.0) -> bool:
    connection.settimeout(within_s)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def answered(connection: socket.socket) -> bool:
    connection.settimeout(5.0)
    said = b""
    while not said.endswith(b"\r\n\r\nok"):
        said += connection.recv(1000)
    return said.startswith(b"HTTP/1.1 200")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 0.3)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("said", [b"", PART])
def test_headers_that_do_not_come_in_time_end_the_connection(said: bytes) -> None:
    with serving(8) as port, socket.create_connection(("127.0.0.1", port)) as silent:
        silent.sendall(said)
        assert ended(silent)


@pytest.mark.usefixtures("hasty")
def test_a_second_request_that_is_never_finished_ends_it_too() -> None:
    with serving(8) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert answered(client)
        client.sendall(PART)
        assert ended(client)


@pytest.mark.usefixtures("hasty")
def test_a_request_whose_headers_are_here_has_the_time_it_needs() -> None:
    with serving(8) as port, socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(PART + b"Content-Length: 2\r\n\r\n1")
        time.sleep(0.6)
        slow.sendall(b"2")
        assert answered(slow)


def test_where_too_many_wait_the_first_has_to_go_and_others_are_served() -> None:
    with serving(4) as port, ExitStack() as opened:
        waiting = [opened.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(4)]
        for each in waiting:
            each.sendall(PART)
        time.sleep(0.2)
        assert [httpx.get(f"http://127.0.0.1:{port}/").text for _ in range(3)] == ["ok"] * 3
        assert ended(waiting[0])
        assert not ended(waiting[-1], within_s=0.1)


def test_there_is_room_for_some_of_the_files() -> None:
    assert 1 <= room() <= MOST
