"""The speed of the networks: rates that add up, a floor that is counted right, and turns that are fair."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from vision.bench import serve, serve_http, timing
from vision.errors import BenchError
from vision.forgery.net import ForgeryNet, ForgeryShape
from vision.forgery.tiles import fast_context
from vision.protocol import VisionConfig
from vision.serving.batching import BatchedNetwork, Batching


def test_the_face_network_is_measured_bare_and_served() -> None:
    found = serve.measure(VisionConfig(), ("face",), seconds=0.2, sizes=(1, 2), http=False)
    assert (found.device, found.http) == ("cpu", ())
    one, two = found.models["face"]
    assert (one.batch, two.batch) == (1, 2)
    for rate in (one, two):
        assert rate.bare > 0
        assert rate.served > 0
        assert rate.overhead == pytest.approx(1 - rate.served / rate.bare)
        assert 0 < rate.p50_ms <= rate.p95_ms
        assert rate.floor is rate.of_floor is None


def test_what_is_not_served_in_batches_is_refused() -> None:
    with pytest.raises(BenchError, match="'reading'"):
        serve.measure(VisionConfig(), ("reading",), seconds=0.1)


def test_operations_and_bytes_are_counted() -> None:
    layer = nn.Linear(10, 4, bias=False)
    subject = serve.Subject(layer, lambda _: layer, layer, lambda size: (torch.zeros(size, 10),), torch.no_grad)
    operations, moved, half = serve._counted(subject, 3)
    assert operations == 2 * 3 * 10 * 4
    assert moved == 4 * (3 * 10 + 3 * 4 + 10 * 4)
    assert not half
    peak = serve.PEAKS["H200"]
    assert serve._floor(subject, 3, "NVIDIA H200") == pytest.approx(3 / (moved / peak.bandwidth))
    assert serve._floor(subject, 3, "an unknown device") is None


def test_both_have_their_turns_and_the_first_is_not_counted() -> None:
    done: list[str] = []

    def run(name: str, seconds: float) -> timing.Run:
        done.append(name)
        return timing.Run(2, seconds, [seconds], seconds / 2)

    first, second = timing.by_turns(lambda s: run("first", s), lambda s: run("second", s), 1.0)
    assert done == ["first", "second"] * (timing.ROUNDS + 1)
    assert len(first) == len(second) == timing.ROUNDS
    assert timing.rate(first) == pytest.approx(2 / 0.1)
    assert timing.cpu(second) == pytest.approx(0.1 / 4)
    assert timing.latency(first) == {"p50_ms": pytest.approx(100), "p95_ms": pytest.approx(100)}


def test_threads_together_count_what_each_did() -> None:
    run = timing.together(lambda: time.sleep(0.01), 4)(0.1)
    assert run.items == len(run.calls)
    assert run.items > 4
    assert run.seconds >= 0.1
    assert run.cpu_s >= 0


def test_tiles_of_one_shape_go_through_together_and_keep_their_answers() -> None:
    torch.manual_seed(0)
    net = ForgeryNet(ForgeryShape(stem=8, quarter=8, eighth=8, sixteenth=8, operators=("a",))).eval()
    sizes: list[int] = []
    batched = BatchedNetwork(net, Batching(4, 2.0, lambda: 3, lambda _, size: sizes.append(size)))
    tiles = [
        (torch.rand(1, 3, side, 64) * 255, torch.rand(1, 7) + 0.5, torch.full((1, 64), 8.0)) for side in (64, 96, 64)
    ]
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(lambda tile: batched(*tile), tiles))
    assert sizes == [3]
    with torch.inference_mode(), fast_context(net.device):
        for tile, answer in zip(tiles, said, strict=True):
            alone = net(*tile)
            assert answer.mask.shape == alone.mask.shape
            assert torch.allclose(answer.mask, alone.mask, atol=0.1, rtol=0.02)
            assert torch.allclose(answer.image, alone.image, atol=0.1, rtol=0.02)


@pytest.mark.slow
def test_whole_pictures_are_measured_over_http() -> None:
    alone, together = serve_http.whole_pictures(VisionConfig(), seconds=2)
    assert alone.at_once == 1
    assert min(alone.in_process, alone.http, together.http) > 0
    assert alone.p50_ms <= alone.p95_ms
