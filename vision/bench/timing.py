"""Two ways to do the same, timed in turns: what else the machine is doing then troubles both alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np

ROUNDS = 5
Run = tuple[int, float, list[float]]
"""Items done, seconds taken, and the seconds that each call took."""


def by_turns(
    first: Callable[[float], Run], second: Callable[[float], Run], seconds: float
) -> tuple[list[Run], list[Run]]:
    """Several runs of each, in turns, after one of each that is not counted."""
    share = seconds / ROUNDS / 2
    runs = [(first(share), second(share)) for _ in range(ROUNDS + 1)][1:]
    return [one for one, _ in runs], [other for _, other in runs]


def rate(runs: list[Run]) -> float:
    """Items a second, the median over runs."""
    return median(count / took for count, took, _ in runs)


def repeated(call: Callable[[int], object], size: int) -> Callable[[float], Run]:
    """One thread that does batches of so many items, one after another."""

    def run(seconds: float) -> Run:
        times = _timed(lambda: call(size), seconds)
        return size * len(times), sum(times), times

    return run


def together(call: Callable[[], object], threads: int) -> Callable[[float], Run]:
    """So many threads that each do one item after another."""

    def run(seconds: float) -> Run:
        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(lambda _: _timed(call, seconds), range(threads)))
        times = [each for part in parts for each in part]
        return len(times), time.perf_counter() - began, times

    return run


def _timed(call: Callable[[], object], seconds: float) -> list[float]:
    times: list[float] = []
    while sum(times) < seconds:
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times


def latency(runs: list[Run]) -> dict[str, float]:
    """Median and 95 % quantile of the calls of all runs, in milliseconds."""
    middle, late = np.quantile([each for _, _, times in runs for each in times], (0.5, 0.95)) * 1000
    return {"p50_ms": float(middle), "p95_ms": float(late)}
