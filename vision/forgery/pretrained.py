"""The network as a model of `transformers`, to be published and trained further. Reviews do without that library.

`PretrainedForgery.of(opened(path)[0]).save_pretrained(folder)` writes what others load with
`PretrainedForgery.from_pretrained(folder)`; `kept(model.net, limits, path)` packs it into one file again.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

from vision.forgery.net import ForgeryNet, ForgeryOutput, ForgeryShape
from vision.forgery.views import Coefficients, Residuals


class ForgeryConfig(PretrainedConfig):
    """The fields of a `ForgeryShape`, and what `transformers` adds."""

    model_type = "casework-forgery"

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - what the base class takes is its own affair
        shape = asdict(ForgeryShape())
        vars(self).update({name: given.pop(name, usual) for name, usual in shape.items()})
        super().__init__(**given)

    @property
    def shape(self) -> ForgeryShape:
        """The shape of the network."""
        return ForgeryShape.of(vars(self))


class PretrainedForgery(PreTrainedModel):
    """A `ForgeryNet` as a model of `transformers`."""

    config_class = ForgeryConfig
    main_input_name = "pixels"
    base_model_prefix = "net"
    """Names of weights begin with it; folders whose names do not, as they were once written, are read as well."""

    def __init__(self, config: ForgeryConfig) -> None:
        super().__init__(config)
        self.net = ForgeryNet(config.shape)
        self.post_init()  # type: ignore[no-untyped-call]

    @classmethod
    def of(cls, net: ForgeryNet) -> PretrainedForgery:
        """A network in this form. Both share their weights."""
        made = cls(ForgeryConfig(**asdict(net.shape)))
        made.net = net
        return made

    def forward(self, pixels: Tensor, noise: Tensor, steps: Tensor) -> ForgeryOutput:
        """As `ForgeryNet.forward`."""
        said: ForgeryOutput = self.net(pixels, noise, steps)
        return said

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """What a folder lacks: layers of its own, as before training, and the fixed filters, which no file holds."""
        if isinstance(module, nn.Conv2d | nn.Linear):
            self.net.begin(module)
        elif isinstance(module, Residuals | Coefficients):
            fresh = type(module)()
            for name, value in fresh.named_buffers():
                getattr(module, name).copy_(value)
        else:
            super()._init_weights(module)  # type: ignore[no-untyped-call]
