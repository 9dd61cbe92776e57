"""What is true of a case: written from the story that was planted, read by nothing but the evaluation."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, StrictBool, model_validator

from agent.case import DISPOSITIONS, Disposition
from tools.evidence import Frozen

FactName = Annotated[str, Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]
LEANINGS: tuple[int, ...] = (-1, 0, 1)
"""The three reviewers: one lets things pass, one is even, one would rather look twice."""


class Label(Frozen):
    """The truth of one case. `proof` names the facts that show it, empty where nothing on file can; `reviewers` are the
    dispositions of three simulated people, who agree less the more doubtful the story is. `intolerable` is a fraud that
    must never be approved.

    Where people decided a real case there is no story, and so no `doubt`: `is_fraud` is None where they did not say,
    and `reviewers` are the opinions that they gave, in order, none where one person spoke alone."""

    case_id: str
    customer_id: str
    story: str
    is_fraud: StrictBool | None
    ideal: Disposition
    proof: tuple[FactName, ...]
    intolerable: StrictBool
    doubt: float | None = Field(ge=0, le=1)
    reviewers: tuple[Disposition, ...]
    what_happened: str = Field(min_length=1)

    @model_validator(mode="after")
    def _agrees(self) -> Label:
        if self.intolerable and not self.is_fraud:
            raise ValueError("intolerable is a fraud that must never be approved, and is_fraud is not true")
        if self.intolerable and self.ideal == "approve":
            raise ValueError("intolerable is a fraud that must never be approved, and ideal is to approve it")
        if not self.decided and len(self.reviewers) != len(LEANINGS):
            raise ValueError(f"a story has {len(LEANINGS)} reviewers, and {len(self.reviewers)} are told")
        if not self.decided and self.is_fraud is None:
            raise ValueError("a story tells whether it is fraud, and is_fraud is null")
        return self

    @property
    def decided(self) -> bool:
        """Whether people decided the case, with a draft in sight, and no story was told."""
        return self.doubt is None


def opinions(
    ideal: Disposition, doubt: float, rng: np.random.Generator
) -> tuple[Disposition, Disposition, Disposition]:
    """Three reviewers' dispositions. Each strays with a probability of `doubt`, one step towards its leaning, the even
    one either way. A step past the end of the scale turns back."""
    lenient, even, strict = (_opinion(ideal, leaning, doubt, rng) for leaning in LEANINGS)
    return lenient, even, strict


def _opinion(ideal: Disposition, leaning: int, doubt: float, rng: np.random.Generator) -> Disposition:
    strays, upwards = rng.random() < doubt, rng.random() < 0.5
    if not strays:
        return ideal
    step = leaning or (1 if upwards else -1)
    place = DISPOSITIONS.index(ideal)
    return DISPOSITIONS[place + step if 0 <= place + step < len(DISPOSITIONS) else place - step]
