"""What was recommended against what would have been right, and what the difference costs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from agent.case import DISPOSITIONS, CaseFile, Disposition
from agent.errors import AgentError, because
from evals.world.label import Label
from tools.evidence import Frozen

PACKAGED = Path(__file__).parent / "costs.toml"


class Costs(Frozen):
    """What each disposition costs, by what the right one would have been, in the unit of one reviewer's hour.

    `intolerable` is added where an intolerable fraud is approved.
    """

    matrix: Mapping[Disposition, Mapping[Disposition, float]]
    intolerable: float = Field(ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Costs:
        for ideal in DISPOSITIONS:
            row = self.matrix.get(ideal, {})
            if missing := [answer for answer in DISPOSITIONS if answer not in row]:
                raise ValueError(f"row {ideal!r} lacks {', '.join(missing)}")
            if row[ideal] or min(row.values()) < 0:
                raise ValueError(f"row {ideal!r} must cost 0 for the right answer and never less than 0")
        return self

    def of(self, answer: Disposition, label: Label) -> float:
        missed = self.intolerable if label.intolerable and answer == "approve" else 0.0
        return self.matrix[label.ideal][answer] + missed


class Decision(Frozen):
    """One recommendation against its label. `missed` can only be where the label is `intolerable`. `reviewers` are the
    dispositions of the label's reviewers, none where they only repeat the label."""

    answer: Disposition
    ideal: Disposition
    right: bool
    cost: float
    missed: bool
    intolerable: bool = False
    confidence: float
    reviewers: tuple[Disposition, ...]


def decision(file: CaseFile, label: Label, costs: Costs) -> Decision:
    """Score the recommended disposition of one saved review."""
    answer = file.draft.disposition
    return Decision(
        answer=answer,
        ideal=label.ideal,
        right=answer == label.ideal,
        cost=costs.of(answer, label),
        missed=label.intolerable and answer == "approve",
        intolerable=label.intolerable,
        confidence=file.draft.confidence,
        reviewers=() if label.doubt == 0 and set(label.reviewers) == {label.ideal} else label.reviewers,
    )


def read_costs(path: Path = PACKAGED) -> Costs:
    """The cost matrix of a TOML file. Raises AgentError naming what is wrong with it."""
    try:
        return Costs.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        what = f"costs {str(path)!r} cannot be read: {because(error)}"
        raise AgentError(what, "give each disposition a row with a cost for every disposition") from error


def weighted_kappa(left: Sequence[Disposition], right: Sequence[Disposition]) -> float | None:
    """Agreement beyond chance with squared weights along the scale of dispositions (Cohen, 1968).

    1 is perfect, 0 is chance; None where both always give one and the same answer, so that chance explains all.
    """
    if len(left) != len(right) or not left:
        raise ValueError(f"{len(left)!r} and {len(right)!r} answers cannot be compared")
    n, scale = len(left), {each: rank for rank, each in enumerate(DISPOSITIONS)}
    observed = sum((scale[a] - scale[b]) ** 2 for a, b in zip(left, right, strict=True)) / n
    shares = [[sum(each == answer for each in side) / n for answer in DISPOSITIONS] for side in (left, right)]
    chance = sum(
        shares[0][a] * shares[1][b] * (a - b) ** 2 for a in range(len(DISPOSITIONS)) for b in range(len(DISPOSITIONS))
    )
    return 1 - observed / chance if chance else None
