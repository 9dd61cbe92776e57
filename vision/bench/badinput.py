"""How the decoders take bad input: mutated and hand-made pictures and clips, each of which must be refused or decoded,
soon, with `BadImage` as the only error. A clip that is decoded is also looked through for traces, outside the time.

Everything is made from a seed. A time is the CPU time of this process and its decoders together, in steps of 10 ms, so
that it holds on a busy machine too.
"""

from __future__ import annotations

import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from vision import decode, image, liveness, video
from vision.bench import mutate
from vision.bench.badclips import absurd_clips, clip_seeds
from vision.bench.badpictures import absurd_pictures, picture_seeds
from vision.errors import BadImage
from vision.types import Frozen

CLIP_SHARE = 0.25
SLOW_MS = 1000.0
MUTATIONS: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    "bytes": mutate.blindly,
    "torn": mutate.torn,
    "swapped": mutate.swapped,
    "numbers": mutate.fields,
    "parts": mutate.chunks,
}


class Taken(Frozen):
    """What became of bad files: decoded after all, refused by the decoder, stopped at its limit of time, refused
    because it died, or ended by another exception than `BadImage`, by class; and how many took over a CPU second."""

    files: int
    decoded: int
    refused: int
    stopped: int
    died: int
    others: Mapping[str, int]
    over_1_s: int
    slowest_ms: float


class BadInput(Frozen):
    """Bad files in all and by kind."""

    all: Taken
    kinds: Mapping[str, Taken]


def measure(count: int = 10_000, seed: int = 0) -> BadInput:
    """Take in so many bad files, the hand-made ones first."""
    kinds: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for kind, data in files(count, seed):
        kinds[kind].append(outcome(data))
    every = [each for outcomes in kinds.values() for each in outcomes]
    return BadInput(all=_taken(every), kinds={kind: _taken(kinds[kind]) for kind in sorted(kinds)})


def files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Bad files with their kinds: first those made by hand, then good ones damaged at random, every fourth a clip."""
    made = [("by hand, " + name.partition(" ")[0], data) for name, data in absurd_pictures().items()]
    made += [("by hand, clip", data) for data in absurd_clips().values()]
    yield from made[:count]
    rng = random.Random(seed)  # noqa: S311 - damage, no secret
    pictures, clips = list(picture_seeds().items()), list(clip_seeds().items())
    for _ in range(count - len(made)):
        name, data = rng.choice(clips if rng.random() < CLIP_SHARE else pictures)
        mutation = rng.choice(list(MUTATIONS))
        yield f"{name.partition(' ')[0]}, {mutation}", MUTATIONS[mutation](data, rng)


def outcome(data: bytes) -> tuple[str, float]:
    """What came of a file, and the CPU milliseconds it took."""
    decode.warm()
    started = _used()
    with ThreadPoolExecutor(1) as thread:
        taken = thread.submit(_load, data)
        said = _said(taken.exception())
        spent = round(1000 * (_used() - started), 1)
        if said == "decoded" and isinstance(clip := taken.result(), video.Clip):
            said = _said(thread.submit(liveness.traces, clip).exception())
    return said, spent


def _load(data: bytes) -> image.Picture | video.Clip:
    return decode.clip(data) if video.is_clip(data) else decode.still(data)


def _said(error: BaseException | None) -> str:
    if error is None:
        return "decoded"
    if not isinstance(error, BadImage):
        return type(error).__name__
    cause = error.__cause__
    return "refused" if cause is None else "stopped" if isinstance(cause, TimeoutError) else "died"


def _used() -> float:
    """CPU seconds of this process and its children, those that have ended included."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + decode.cpu_seconds()


def _taken(outcomes: list[tuple[str, float]]) -> Taken:
    said = Counter(each for each, _ in outcomes)
    times = [spent for _, spent in outcomes]
    ways = {way: said.pop(way, 0) for way in ("decoded", "refused", "stopped", "died")}
    over = sum(spent > SLOW_MS for spent in times)
    return Taken(files=len(outcomes), **ways, others=said, over_1_s=over, slowest_ms=max(times, default=0.0))
