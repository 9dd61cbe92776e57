"""What is taken from an endpoint: no answer that is longer than any can honestly be, and none that is packed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import cast

import httpx

ANSWER_MB = 4
PLAIN = {"accept-encoding": "identity"}
"""A packed answer could unpack to a thousand times its length."""


class Bounded(httpx.AsyncHTTPTransport):
    """Breaks off an answer of more than ANSWER_MB. Raises `httpx.DecodingError` and `httpx.ReadError`."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if _packed(response):
            await response.aclose()
            raise httpx.DecodingError("the answer is packed", request=request)
        response.stream = _Measured(cast(httpx.AsyncByteStream, response.stream))
        return response


class _Measured(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for chunk in self._stream:
            taken = _within(taken + len(chunk))
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def fetched(client: httpx.Client, url: str, headers: Mapping[str, str]) -> bytes:
    """The body at an address, held to the same bounds. Raises `httpx.HTTPError`."""
    body = b""
    with client.stream("GET", url, headers={**headers, **PLAIN}) as response:
        response.raise_for_status()
        if _packed(response):
            raise httpx.DecodingError("the answer is packed")
        for chunk in response.iter_raw():
            body += chunk
            _within(len(body))
    return body


def _packed(response: httpx.Response) -> bool:
    return bool(response.headers.get("content-encoding", "identity") != "identity")


def _within(length: int) -> int:
    if length > ANSWER_MB * 2**20:
        raise httpx.ReadError(f"the answer is longer than {ANSWER_MB} MB")
    return length
