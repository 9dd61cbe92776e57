"""Dynamic batching: what many threads ask one by one is answered many at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from vision.client import LocalVision
from vision.face.recogniser import Crops, Recogniser, Vectors
from vision.protocol import VisionConfig

if TYPE_CHECKING:
    from torch import Tensor

    from vision.forgery.detector import ForgeryModel
    from vision.forgery.net import ForgeryNet, ForgeryOutput

    Tensors = tuple[Tensor, ...]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batcher(Generic[Item, Answer]):
    """Gives items that arrive together to one function that is faster on many, at most `most` at a time.

    A batch waits `wait_s` seconds for company at most, and not at all once it holds as many items as there are
    `callers` who could send one: a lone request is never held up. One thread runs the function.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Item]], Sequence[Answer]],
        most: int,
        wait_s: float,
        callers: Callable[[], int],
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._answer, self._most, self._wait_s = answer, most, wait_s
        self._callers, self._told = callers, told
        self._waiting: Queue[tuple[Item, Future[Answer]]] = Queue()
        Thread(target=self._run, name="batcher", daemon=True).start()

    def __call__(self, item: Item) -> Answer:
        """The answer to one item. Raises what the function raised for its batch."""
        promise: Future[Answer] = Future()
        self._waiting.put((item, promise))
        return promise.result()

    def _run(self) -> None:
        while True:
            batch = self._gathered()
            self._told(len(batch))
            self._settle([item for item, _ in batch], [promise for _, promise in batch])

    def _gathered(self) -> list[tuple[Item, Future[Answer]]]:
        batch = [self._waiting.get()]
        until = time.monotonic() + self._wait_s
        while len(batch) < min(self._most, self._callers()):
            try:
                batch.append(self._waiting.get(timeout=max(until - time.monotonic(), 0)))
            except Empty:
                break
        return batch

    def _settle(self, items: list[Item], promises: list[Future[Answer]]) -> None:
        try:
            answers = self._answer(items)
        except BaseException as error:  # noqa: BLE001 - not handled here, only carried to the threads that wait
            for promise in promises:
                promise.set_exception(error)
            return
        for promise, answer in zip(promises, answers, strict=True):
            promise.set_result(answer)


@dataclass(frozen=True)
class Batching:
    """How batches are made: see `Batcher`. `told` is given the model and the size of each batch."""

    most: int
    wait_s: float
    callers: Callable[[], int]
    told: Callable[[str, int], None] = lambda _model, _size: None

    def batcher(self, model: str, answer: Callable[[Sequence[Item]], Sequence[Answer]]) -> Batcher[Item, Answer]:
        """A batcher for one model."""
        return Batcher(answer, self.most, self.wait_s, self.callers, lambda size: self.told(model, size))


class BatchedRecogniser:
    """A recogniser whose crops of many threads go through the network together."""

    def __init__(self, inner: Recogniser, batching: Batching) -> None:
        self.side, self.version = inner.side, inner.version
        self._one: Batcher[Crops, Vectors] = batching.batcher("face", lambda crops: list(inner.embed(np.stack(crops))))

    def embed(self, crops: Crops) -> Vectors:
        """Unit vectors (N x D) of aligned RGB crops (N x side x side x 3)."""
        return np.stack([self._one(crop) for crop in crops])


class BatchedNetwork:
    """Runs a forgery network on the tiles of many threads, together where they have one shape."""

    def __init__(self, inner: ForgeryNet, batching: Batching) -> None:
        self._inner = inner
        self._one: Batcher[Tensors, ForgeryOutput] = batching.batcher("forgery", self._answers)

    def __call__(self, *tensors: Tensor) -> ForgeryOutput:
        return self._one(tensors)

    def _answers(self, items: Sequence[Tensors]) -> list[ForgeryOutput]:
        import torch

        from vision.forgery.net import ForgeryOutput
        from vision.forgery.tiles import fast_context

        answers: dict[int, ForgeryOutput] = {}
        with torch.inference_mode(), fast_context(self._inner.device):
            for shape in {item[0].shape for item in items}:
                places = [place for place, item in enumerate(items) if item[0].shape == shape]
                said = self._inner(*(torch.cat(each) for each in zip(*(items[at] for at in places), strict=True)))
                for row, place in enumerate(places):
                    answers[place] = ForgeryOutput(*(each[row : row + 1] for each in said))
        return [answers[place] for place in range(len(items))]


class BatchedVision(LocalVision):
    """`Vision` in this process for many threads, whose networks see several pictures at a time."""

    def __init__(self, config: VisionConfig, batching: Batching) -> None:
        super().__init__(config)
        self._batching = batching

    def make_recogniser(self) -> Recogniser:
        """As in `LocalVision`, in batches."""
        return BatchedRecogniser(super().make_recogniser(), self._batching)

    def make_forgery(self) -> ForgeryModel:
        """As in `LocalVision`, in batches."""
        model = super().make_forgery()
        model.run = BatchedNetwork(model.net, self._batching)
        return model
