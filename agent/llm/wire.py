"""What is taken from an endpoint: no answer that is longer than any can honestly be, and none that is packed."""

from __future__ import annotations

import asyncio
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


def fetched(url: str, headers: Mapping[str, str], limit_s: float) -> bytes:
    """The body at an address, held to the same bounds. `limit_s` holds for all of it: a server that sends a byte now
    and then is cut off like one that sends nothing. Raises `httpx.HTTPError`, `httpx.InvalidURL` or `TimeoutError`."""

    async def body() -> bytes:
        wire = Bounded(verify=httpx.create_ssl_context(trust_env=False))
        async with httpx.AsyncClient(transport=wire, timeout=limit_s, trust_env=False) as client:
            response = await client.get(url, headers={**headers, **PLAIN})
            return response.raise_for_status().content

    return asyncio.run(asyncio.wait_for(body(), limit_s))


def _packed(response: httpx.Response) -> bool:
    return bool(response.headers.get("content-encoding", "identity") != "identity")


def _within(length: int) -> int:
    if length > ANSWER_MB * 2**20:
        raise httpx.ReadError(f"the answer is longer than {ANSWER_MB} MB")
    return length
