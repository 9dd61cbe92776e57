"""The labelled pictures that detectors of forgery learn from and are measured on.

A recipe says what may occur; `vision.synth.deal` draws from it the picture of an index. People, portraits included, are
never shared between training, validation and the benchmark, and what a benchmark set leaves out of training is left out
entirely:

    set                  operators   series     pipelines
    TRAIN, VALIDATION    TRAINED     common     PIPELINES
    IN_DISTRIBUTION      TRAINED     common     PIPELINES
    LEFT_OUT_OPERATOR    HELD_OUT    common     PIPELINES
    LEFT_OUT_TEMPLATE    TRAINED     held out   PIPELINES
    LEFT_OUT_PIPELINE    TRAINED     common     OTHER_PIPELINES
    ALL_OUT              HELD_OUT    held out   OTHER_PIPELINES
    MESSENGER            TRAINED     common     PIPELINES, and one messenger after all else, half of them heavy
    LEARNED_INPAINTING   LEARNED     common     PIPELINES

Devices, saves, re-saves, harmless changes and metadata are drawn before the truth is, from the same shares for every
picture, so that none of them tells an edited picture from a genuine one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from vision.synth.benign import Benign
from vision.synth.capture.medium import Medium
from vision.synth.capture.sensor import Pipeline
from vision.synth.conceal import CONCEALMENTS, Concealment
from vision.synth.fabricate import Fabrication
from vision.synth.forge import OPERATORS, Operator
from vision.synth.resave import Manner, Mask, Resave, Save
from vision.synth.template import SERIES, DocumentKind

Truth = Literal["genuine", "edited", "recaptured", "fabricated"]
Series = tuple[DocumentKind, int]


@dataclass(frozen=True)
class Recipe:
    """What may occur in a set of pictures. Shares are relative. `heads` are people whose heads are rendered, at a CPU
    second each; half of the pictures show a drawn head instead, of people that `seed` keeps apart. `resaves` are the
    shares of 0, 1, 2 and 3 re-saves, and `manners` what they are; `last` is one more after all others, if anything."""

    name: str
    seed: int
    operators: tuple[Operator, ...]
    series: tuple[Series, ...]
    heads: range
    pipelines: tuple[Pipeline, ...]
    truths: Mapping[Truth, float] = field(
        default_factory=lambda: {"genuine": 0.45, "edited": 0.40, "recaptured": 0.10, "fabricated": 0.05}
    )
    resaves: tuple[float, float, float, float] = (0.3, 0.4, 0.2, 0.1)
    manners: Mapping[Manner, float] = field(
        default_factory=lambda: {
            "plain": 1.4, "resize": 1.0, "crop": 1.0, "rotate": 0.6, "screenshot": 0.8, "messenger": 0.6,
            "heavy_messenger": 0.15,
        }
    )  # fmt: skip
    last: Mapping[Manner, float] = field(default_factory=dict)
    concealments: tuple[Concealment, ...] = CONCEALMENTS

    def without(self, *operators: Operator) -> Recipe:
        """The same set with these operators left out."""
        return replace(self, operators=tuple(name for name in self.operators if name not in operators))

    def only(self, *operators: Operator) -> Recipe:
        """The same set with no other operators than these."""
        return replace(self, operators=operators)


@dataclass(frozen=True, eq=False)
class Specimen:
    """One picture as it was uploaded, and the truth about it.

    `mask` has the shape of the picture and is true where the edit is; None where nothing was edited locally. A picture
    that is cropped so that its edit is gone is `genuine`. `benign` is a harmless change by the customer: a bar or a
    watermark is genuine. `person` names the holder's portrait, `save` the camera's own compression."""

    data: bytes
    mask: Mask | None
    truth: Truth
    operator: Operator | None
    concealment: Concealment | None
    series: Series
    pipeline: Pipeline
    save: Save
    resaves: tuple[Resave, ...]
    person: int
    medium: Medium = "paper"
    fabrication: Fabrication | None = None
    benign: Benign | None = None


HELD_OUT: tuple[Operator, ...] = ("text_font", "face", "signature")
LEARNED: tuple[Operator, ...] = ("inpaint",)
"""Operators that fill by a network. They are left out of training too, and measured by themselves."""
TRAINED: tuple[Operator, ...] = tuple(name for name in OPERATORS if name not in HELD_OUT + LEARNED)
PIPELINES: tuple[Pipeline, ...] = ("scan", "phone", "flagship", "budget", "tablet", "camera")
OTHER_PIPELINES: tuple[Pipeline, ...] = ("office", "webcam")

TRAIN = Recipe("train", 1, TRAINED, SERIES["common"], range(60), PIPELINES)
VALIDATION = replace(TRAIN, name="validation", seed=2, heads=range(1000, 1024))
IN_DISTRIBUTION = replace(TRAIN, name="in_distribution", seed=3, heads=range(2000, 2024))
LEFT_OUT_OPERATOR = replace(IN_DISTRIBUTION, name="left_out_operator", seed=4, operators=HELD_OUT)
LEFT_OUT_TEMPLATE = replace(IN_DISTRIBUTION, name="left_out_template", seed=5, series=SERIES["held_out"])
LEFT_OUT_PIPELINE = replace(IN_DISTRIBUTION, name="left_out_pipeline", seed=6, pipelines=OTHER_PIPELINES)
ALL_OUT = replace(LEFT_OUT_TEMPLATE, name="all_out", seed=7, operators=HELD_OUT, pipelines=OTHER_PIPELINES)
MESSENGER = replace(IN_DISTRIBUTION, name="messenger", seed=8, last={"messenger": 1, "heavy_messenger": 1})
LEARNED_INPAINTING = replace(IN_DISTRIBUTION, name="learned_inpainting", seed=9, operators=LEARNED)
