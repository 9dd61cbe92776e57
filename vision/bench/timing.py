"""Two ways to do the same, timed in turns: what else the machine is doing then troubles both alike. And how a bench
says how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import NamedTuple

import numpy as np

ROUNDS = 5
Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


class Run(NamedTuple):
    """Items done, seconds taken, the seconds that each call took, and CPU seconds of the process."""

    items: int
    seconds: float
    calls: list[float]
    cpu_s: float


def by_turns(
    first: Callable[[float], Run], second: Callable[[float], Run], seconds: float
) -> tuple[list[Run], list[Run]]:
    """Several runs of each, in turns, after one of each that is not counted."""
    share = seconds / ROUNDS / 2
    runs = [(first(share), second(share)) for _ in range(ROUNDS + 1)][1:]
    return [one for one, _ in runs], [other for _, other in runs]


def rate(runs: list[Run]) -> float:
    """Items a second, the median over runs."""
    return median(run.items / run.seconds for run in runs)


def cpu(runs: list[Run]) -> float:
    """CPU seconds an item, the median over runs: what other programs do hardly moves it."""
    return median(run.cpu_s / run.items for run in runs)


def repeated(call: Callable[[int], object], size: int) -> Callable[[float], Run]:
    """One thread that does batches of so many items, one after another."""

    def run(seconds: float) -> Run:
        spent = time.process_time()
        times = _timed(lambda: call(size), seconds)
        return Run(size * len(times), sum(times), times, time.process_time() - spent)

    return run


def together(call: Callable[[], object], threads: int) -> Callable[[float], Run]:
    """So many threads that each do one item after another."""

    def run(seconds: float) -> Run:
        began, spent = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(lambda _: _timed(call, seconds), range(threads)))
        times = [each for part in parts for each in part]
        return Run(len(times), time.perf_counter() - began, times, time.process_time() - spent)

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
    middle, late = np.quantile([each for run in runs for each in run.calls], (0.5, 0.95)) * 1000
    return {"p50_ms": float(middle), "p95_ms": float(late)}
