"""Customers' pictures and clips, decoded in child processes: what breaks a decoder there breaks nothing here.

The child answers with a line of JSON and the raw arrays behind it, which are checked against the types they are to
become.
"""

from __future__ import annotations

import atexit
import dataclasses
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from queue import LifoQueue
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
from pydantic import TypeAdapter

from vision import child, image
from vision.child import Child, Part
from vision.errors import BadImage, VisionError

if TYPE_CHECKING:
    from vision.video import Clip

Kind = Literal["still", "clip"]
Decoded = TypeVar("Decoded")

WORKERS = min(4, os.cpu_count() or 1)
ADDRESS_SPACE = 1536 * 1024**2
HEADER_BYTES = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What one file may cost: CPU seconds of the child, seconds until the answer is here, bytes of the answer."""

    cpu_s: float
    wall_s: float
    most: int


# The CPU limit is what stops a hostile file. The one on the clock only ends a child that hangs: a busy machine is slow.
LIMITS: dict[Kind, Limits] = {
    "still": Limits(0.8, 30.0, 3 * image.MAX_PIXELS + HEADER_BYTES),
    "clip": Limits(8.0, 60.0, 400_000_000),
}


def still(data: bytes) -> image.Picture:
    """A customer's picture, decoded as by `vision.image.decode`.

    Raises `BadImage` for what is refused there, and for a file that breaks its decoder or keeps it busy for more than
    0.8 CPU seconds; `VisionError` where no child starts.
    """
    image.check(data)
    return _asked("still", data, pictures())


def clip(data: bytes) -> Clip:
    """A customer's clip, decoded as by `vision.video.decode`.

    Raises `BadImage` for what is refused there, and for a file that breaks its decoder or keeps it busy for more than 8
    CPU seconds; `VisionError` where no child starts.
    """
    from vision import video

    video.check(data)
    return _asked("clip", data, clips())


def warm() -> None:
    """Start one child now, so that no measurement is charged for it. Raises `VisionError` where none starts."""
    with _child() as each:
        each.start()


def _asked(kind: Kind, data: bytes, made: TypeAdapter[Decoded]) -> Decoded:
    limits = LIMITS[kind]
    try:
        with _child() as each:
            answer = each.ask((kind.encode() + b"\n", data), limits.wall_s, limits.most)
    except TimeoutError as error:
        what = f"the file takes more than {limits.cpu_s:g} s to decode"
        raise BadImage(what, "save it again in a plainer format, or smaller") from error
    except (EOFError, OSError) as error:
        raise BadImage("the file broke its decoder", "save it again in another format") from error
    return unpacked(answer, made)


def cpu_seconds() -> float:
    """CPU time that the children now running have used, in seconds."""
    return sum(each.cpu_seconds() for each in tuple(_children().queue))


@contextmanager
def _child() -> Iterator[Child]:
    children = _children()
    each = children.get()
    try:
        yield each
    except ChildProcessError as error:
        raise VisionError(f"the decoder cannot be used: {error}", "run `casework doctor`") from None
    finally:
        children.put(each)


@cache
def _children() -> LifoQueue[Child]:
    """Children that are free, the one last used on top; each starts when it is first needed."""
    children: LifoQueue[Child] = LifoQueue()
    for _ in range(WORKERS):
        each = Child("vision.decode")
        atexit.register(each.close)
        children.put(each)
    # A lock that another thread held during a fork stays locked in the forked process: it begins anew.
    os.register_at_fork(after_in_child=_children.cache_clear)
    return children


def packed(value: object) -> list[Part]:
    """A frozen dataclass of arrays, plain values and more of its kind, as a line of JSON and the arrays' bytes."""
    arrays: list[np.ndarray] = []
    plain = _plain(value, arrays)
    shapes = [(each.dtype.str, each.shape) for each in arrays]
    line = json.dumps({"plain": plain, "arrays": shapes}).encode() + b"\n"
    return [line, *(np.ascontiguousarray(each).data.cast("B") for each in arrays if each.size)]


def _plain(value: object, arrays: list[np.ndarray]) -> object:
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name), arrays) for each in dataclasses.fields(value)}
    return value


def unpacked(answer: bytearray, made: TypeAdapter[Decoded]) -> Decoded:
    """What `packed` packed. Raises the `BadImage` that was sent in its place, or one for an answer that is none."""
    try:
        start = answer.index(b"\n") + 1
        header = json.loads(answer[:start])
        if "error" in header:
            raise BadImage(*map(str, header["error"]))
        arrays = list(_arrays(answer, start, header["arrays"]))
        return made.validate_python(_restored(header["plain"], arrays))
    except (ValueError, LookupError, TypeError):
        raise BadImage("the file broke its decoder", "save it again in another format") from None


def _arrays(answer: bytearray, start: int, described: list[tuple[str, list[int]]]) -> Iterator[np.ndarray]:
    for name, shape in described:
        count = math.prod(shape)
        array = np.frombuffer(answer, np.dtype(name), count, start) if count else np.empty(0, np.dtype(name))
        start += array.nbytes
        yield array.reshape(shape)


def _restored(plain: object, arrays: list[np.ndarray]) -> object:
    if not isinstance(plain, dict):
        return plain
    if plain.keys() == {"array"}:
        return arrays[plain["array"]]
    return {name: _restored(each, arrays) for name, each in plain.items()}


@cache
def pictures() -> TypeAdapter[image.Picture]:
    """What an answer is held against that is to be a picture."""
    return TypeAdapter(image.Picture)


@cache
def clips() -> TypeAdapter[Clip]:
    """What an answer is held against that is to be a clip."""
    from vision.video import Clip

    return TypeAdapter(Clip)


def answer(request: bytes) -> list[Part]:
    """Decode a request in this process: what the child does with each."""
    kind, _, data = request.partition(b"\n")
    try:
        if kind == b"still":
            child.cpu_deadline(LIMITS["still"].cpu_s)
            return packed(image.decode(data))
        from vision import video

        child.cpu_deadline(LIMITS["clip"].cpu_s)
        return packed(video.decode(data))
    except BadImage as error:
        return [json.dumps({"error": [error.what, error.remedy]}).encode() + b"\n"]
    finally:
        child.cpu_deadline(0)


if __name__ == "__main__":
    child.serve(answer, ADDRESS_SPACE)
