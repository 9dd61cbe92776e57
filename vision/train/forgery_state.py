"""What a training keeps between its steps, so that it may stop at any moment: weights, their average, the optimiser."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from vision.forgery.net import ForgeryNet
from vision.forgery.pretrained import PretrainedForgery

FILE = "training.safetensors"


class Average:
    """The running mean of a network's weights, which is what is shipped: it errs less, and at any moment."""

    def __init__(self, net: ForgeryNet, keep: float) -> None:
        self.net: ForgeryNet = copy.deepcopy(net)
        self._keep, self.seen = keep, 0
        self.net.train(False)

    @torch.no_grad()
    def update(self, net: ForgeryNet) -> None:
        """Take in the weights after a step."""
        self.seen += 1
        keep = min(self._keep, (1 + self.seen) / (10 + self.seen))
        for mean, value in zip(self.net.state_dict().values(), net.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(value.to(mean.dtype), 1 - keep)
            else:
                mean.copy_(value)


@dataclass(eq=False)
class Training:
    """A training on its way: `steps` done in `minutes`."""

    net: ForgeryNet
    average: Average
    optimiser: torch.optim.Optimizer
    steps: int = 0
    minutes: float = 0.0

    def save(self, folder: Path) -> None:
        """Write the average as others load it, with `from_pretrained`, and beside it what going on needs."""
        PretrainedForgery.of(self.average.net).save_pretrained(folder)
        partial = folder / f"{FILE}.part"
        done = {"steps": str(self.steps), "minutes": str(self.minutes), "seen": str(self.average.seen)}
        save_file(self._arrays(), partial, metadata=done)
        partial.rename(folder / FILE)

    def resume(self, folder: Path) -> bool:
        """Take up what `save` wrote; false where it wrote nothing."""
        if not (folder / FILE).is_file():
            return False
        with safe_open(folder / FILE, framework="pt") as file:
            arrays, done = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
        self.net.load_state_dict(_under("net.", arrays))
        self.average.net.load_state_dict(_under("average.", arrays))
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("optimiser.", arrays).items():
            number, key = name.split(".")
            state.setdefault(int(number), {})[key] = value
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": state})
        self.steps, self.minutes, self.average.seen = int(done["steps"]), float(done["minutes"]), int(done["seen"])
        return True

    def _arrays(self) -> dict[str, Tensor]:
        arrays = {f"net.{name}": value for name, value in self.net.state_dict().items()}
        arrays |= {f"average.{name}": value for name, value in self.average.net.state_dict().items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            arrays |= {f"optimiser.{number}.{key}": value for key, value in state.items()}
        return {name: value.detach().cpu().contiguous().clone() for name, value in arrays.items()}


def _under(prefix: str, arrays: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
