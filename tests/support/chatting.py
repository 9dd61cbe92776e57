"""A chat completion server on the loopback that answers as a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


def completion(content: str | None, finish: str = "stop") -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 30, "completion_tokens": 12, "total_tokens": 42},
    }


class ChatServer:
    """Answers every request with `answer(request)`: a body, bytes as they are, or a status; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Any] = lambda asked: completion("hello")
        self.status = 200
        self.kind = "application/json"
        self.headers: dict[str, str] = {}
        self.listed = "scripted"
        self.pause_s = 0.0
        self.drips = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def says(self, content: str | None, finish: str = "stop") -> None:
        self.answer = lambda asked: completion(content, finish)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(chat) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the inner class has the self
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send({"object": "list", "data": [{"id": chat.listed, "object": "model"}]})

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                chat.asked.append(asked)
                time.sleep(chat.pause_s)
                self._send(chat.answer(asked))

            def _send(self, answer: object) -> None:
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                try:
                    self.send_response(chat.status)
                    self.send_header("content-type", chat.kind)
                    for name, value in chat.headers.items():
                        self.send_header(name, value)
                    if chat.drips:
                        self.end_headers()
                        self._drip()
                    else:
                        self.send_header("content-length", str(len(body)))
                        self.end_headers()
                        self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def _drip(self) -> None:
                for _ in range(chat.drips):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.05)

        return Handler


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    server = ChatServer()
    yield server
    server.close()
