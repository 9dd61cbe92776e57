"""Batches: who comes together is answered together, a lone caller at once, and everybody gets their own answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vision.face.recogniser import load
from vision.protocol import VisionConfig
from vision.serving.batching import BatchedVision, Batcher, Batching


def doubled(items: Sequence[int]) -> list[int]:
    return [2 * item for item in items]


def test_everybody_gets_their_own_answer_and_no_batch_is_too_large() -> None:
    sizes: list[int] = []
    batcher = Batcher(doubled, most=4, wait_s=0.05, callers=lambda: 12, told=sizes.append)
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(batcher, range(40))) == doubled(range(40))
    assert sum(sizes) == 40
    assert max(sizes) == 4


def test_callers_that_come_together_share_a_batch() -> None:
    sizes: list[int] = []
    batcher = Batcher(doubled, most=16, wait_s=5.0, callers=lambda: 3, told=sizes.append)
    together = threading.Barrier(3)

    def ask(item: int) -> int:
        together.wait(5)
        return batcher(item)

    began = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, range(3))) == [0, 2, 4]
    assert sizes == [3]
    assert time.monotonic() - began < 4


def test_a_lone_caller_waits_for_nobody() -> None:
    batcher = Batcher(doubled, most=16, wait_s=5.0, callers=lambda: 1)
    began = time.monotonic()
    assert batcher(21) == 42
    assert time.monotonic() - began < 1


def test_company_that_does_not_come_is_waited_for_no_longer_than_said() -> None:
    batcher = Batcher(doubled, most=16, wait_s=0.05, callers=lambda: 2)
    began = time.monotonic()
    assert batcher(1) == 2
    assert 0.04 < time.monotonic() - began < 2


def test_a_batch_that_fails_fails_for_each_of_its_callers_and_for_nobody_later() -> None:
    def inverse(items: Sequence[int]) -> list[float]:
        return [1 / item for item in items]

    batcher = Batcher(inverse, most=2, wait_s=0.0, callers=lambda: 1)
    with pytest.raises(ZeroDivisionError):
        batcher(0)
    assert batcher(4) == 0.25


def test_a_batched_recogniser_says_the_same() -> None:
    sizes: list[tuple[str, int]] = []
    vision = BatchedVision(VisionConfig(), Batching(8, 0.2, lambda: 3, lambda model, size: sizes.append((model, size))))
    plain, batched = load(), vision.make_recogniser()
    crops = np.random.default_rng(2).integers(0, 256, (3, batched.side, batched.side, 3), dtype=np.uint8)
    with ThreadPoolExecutor(3) as pool:
        found = np.concatenate(list(pool.map(lambda crop: batched.embed(crop[None]), crops)))
    assert np.abs(found - plain.embed(crops)).max() < 1e-4
    assert batched.version == plain.version
    assert sum(size for _, size in sizes) == 3
    assert {model for model, _ in sizes} == {"face"}
