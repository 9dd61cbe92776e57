"""How fast the networks run, alone and behind the server's batches, beside what the device could do at best.

Bare is the network on a batch that is ready; served are as many threads as the batch holds, each with one item, through
the same `Batcher` as in the server. Both take turns within a round, and medians over rounds are told, so that another
program on the machine troubles both alike. `http` holds whole pictures against the same calls in this process.

The floor is the larger of arithmetic over the device's peak and bytes over its bandwidth, for one batch: operations as
torch counts them, weights once, and what each layer reads and writes. The peaks are the makers' dense figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from vision.bench.serve_http import Whole, whole_pictures
from vision.bench.timing import by_turns, cpu, latency, rate, repeated, together
from vision.client import LocalVision
from vision.errors import BenchError, one_of
from vision.face import sface
from vision.face.recogniser import SFace
from vision.forgery.tiles import LARGEST_TILE, fast_context
from vision.protocol import Kind, VisionConfig
from vision.serving.batching import BatchedNetwork, BatchedRecogniser, Batching
from vision.types import Frozen

SIZES = (1, 2, 4, 8, 16)
LARGE_SIZES = (*SIZES, 64, 256)
"""Batch sizes on a processor and on a GPU."""


@dataclass(frozen=True)
class Peak:
    """A device's dense arithmetic (operations a second, in 16 and in 32 bits without tensor cores) and bandwidth (bytes
    a second)."""

    half: float
    single: float
    bandwidth: float


PEAKS: Mapping[str, Peak] = {
    "H200": Peak(989e12, 67e12, 4.8e12),
    "H100": Peak(989e12, 67e12, 3.35e12),
    "A100": Peak(312e12, 19.5e12, 2.0e12),
    "L4": Peak(121e12, 30.3e12, 0.3e12),
}


class Rate(Frozen):
    """One model at one batch size: items a second bare and served, the share of the rate that serving costs, by what
    share it raises the CPU time of an item, milliseconds a served item took, and the rate at the floor; None where the
    device's peak is not known. On a machine that others use `cpu_overhead` is the figure to go by."""

    batch: int
    bare: float
    served: float
    overhead: float
    cpu_overhead: float
    p50_ms: float
    p95_ms: float
    floor: float | None
    of_floor: float | None


class ServeBench(Frozen):
    """Figures of one device; `seconds` is how long each batch size was measured."""

    device: str
    threads: int
    seconds: float
    models: Mapping[str, tuple[Rate, ...]]
    http: tuple[Whole, ...]


@dataclass(frozen=True)
class Subject:
    """A network to measure: `bare` runs a batch of so many items, `one` a single item through a batcher, and `layers`
    with `inputs`, in the precision of `context`, are what the floor is counted on."""

    bare: Callable[[int], object]
    one: Callable[[Batching], Callable[[], object]]
    layers: nn.Module
    inputs: Callable[[int], tuple[Tensor, ...]]
    context: Callable[[], AbstractContextManager[Any | None]]


def measure(
    config: VisionConfig, kinds: Sequence[Kind], seconds: float, sizes: Sequence[int] = (), http: bool = True
) -> ServeBench:
    """Measure the face recogniser ("face"), the forgery network ("forgery") or both. Raises `WeightsError`."""
    make = {"face": _face, "forgery": _forgery}
    unknown = [kind for kind in kinds if kind not in make]
    if unknown:
        raise BenchError(f"the models of {unknown[0]!r} are not served in batches", one_of(make))
    cuda = config.device == "cuda"
    sizes = sizes or (LARGE_SIZES if cuda else SIZES)
    device = torch.cuda.get_device_name() if cuda else "cpu"
    return ServeBench(
        device=device,
        threads=torch.get_num_threads(),
        seconds=seconds,
        models={kind: tuple(_rates(make[kind](config), sizes, seconds, device)) for kind in kinds},
        http=tuple(whole_pictures(config, seconds)) if http and "face" in kinds else (),
    )


def _rates(subject: Subject, sizes: Sequence[int], seconds: float, device: str) -> Iterator[Rate]:
    for size in sizes:
        one = subject.one(Batching(size, 0.5, lambda size=size: size))  # type: ignore[misc]
        bare, served = by_turns(repeated(subject.bare, size), together(one, size), seconds)
        floor = _floor(subject, size, device)
        yield Rate(
            batch=size,
            bare=rate(bare),
            served=rate(served),
            overhead=1 - rate(served) / rate(bare),
            cpu_overhead=cpu(served) / cpu(bare) - 1,
            **latency(served),
            floor=floor,
            of_floor=None if floor is None else rate(served) / floor,
        )


def _face(config: VisionConfig) -> Subject:
    model = SFace(config.device)
    rng = np.random.default_rng(0)
    crop = rng.integers(0, 256, (1, model.side, model.side, 3), dtype=np.uint8)

    def inputs(size: int) -> tuple[Tensor, ...]:
        weight = next(model.network.parameters())
        return (torch.zeros(size, 3, model.side, model.side, device=weight.device, dtype=weight.dtype),)

    def one(batching: Batching) -> Callable[[], object]:
        batched = BatchedRecogniser(model, batching)
        return lambda: batched.embed(crop)

    return Subject(
        lambda size: model.embed(crop.repeat(size, axis=0)),
        one,
        model.network,
        inputs,
        lambda: sface.context(model.network),
    )


def _forgery(config: VisionConfig) -> Subject:
    net = LocalVision(config).make_forgery().net

    def inputs(size: int) -> tuple[Tensor, ...]:
        shapes = ((size, 3, LARGEST_TILE, LARGEST_TILE), (size, 7), (size, 64))
        return tuple(torch.ones(shape, device=net.device) for shape in shapes)

    def bare(size: int) -> object:
        with torch.inference_mode(), fast_context(net.device):
            return net(*(each.to(net.device) for each in inputs(size))).image.cpu()

    def one(batching: Batching) -> Callable[[], object]:
        batched, item = BatchedNetwork(net, batching), inputs(1)

        def call() -> object:
            return batched(*item).image.cpu()

        return call

    return Subject(bare, one, net, inputs, lambda: fast_context(net.device))


def _floor(subject: Subject, size: int, device: str) -> float | None:
    """Items a second if the device did nothing but this arithmetic, or nothing but move these bytes."""
    peak = next((peak for name, peak in PEAKS.items() if name in device), None)
    if peak is None:
        return None
    operations, moved, half = _counted(subject, size)
    return size / max(operations / (peak.half if half else peak.single), moved / peak.bandwidth)


def _counted(subject: Subject, size: int) -> tuple[int, int, bool]:
    """Operations of one batch, bytes its layers move, and whether it is computed in 16 bits."""
    moved, types = 0, set()

    def seen(_: nn.Module, inputs: tuple[Any, ...], output: object) -> None:
        nonlocal moved
        for each in (*inputs, output):
            if isinstance(each, Tensor):
                types.add(each.dtype)
                moved += each.numel() * each.element_size()

    leaves = [module for module in subject.layers.modules() if not list(module.children())]
    handles = [leaf.register_forward_hook(seen) for leaf in leaves]
    with FlopCounterMode(display=False) as counter, torch.inference_mode(), subject.context():
        subject.layers(*subject.inputs(size))
    for handle in handles:
        handle.remove()
    moved += sum(each.numel() * each.element_size() for each in subject.layers.parameters())
    return counter.get_total_flops(), moved, bool(types & {torch.float16, torch.bfloat16})
