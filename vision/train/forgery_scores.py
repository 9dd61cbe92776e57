"""What the forgery detector is worth on pictures it did not learn from: areas with intervals, rates at thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from vision.forgery import Limits, pooled, smoothed
from vision.synth.forge import OPERATORS, Operator
from vision.train.forgery_cards import Part, Sample
from vision.trees import Floats, Trees

SETS: tuple[tuple[str, Part, bool], ...] = (
    ("in distribution", "test", False),
    ("unseen series", "unseen", False),
    ("after a messenger", "test", True),
)


def heat(sample: Sample, trees: Trees) -> Floats:
    """The smoothed logit map of a sample."""
    rows, columns, width = sample.values.shape
    return smoothed(trees.logit(sample.values.reshape(-1, width).astype(np.float32)).reshape(rows, columns))


@dataclass(frozen=True)
class Marked:
    """A sample with what the window forest makes of it."""

    sample: Sample
    heat: Floats
    score: float


def marked(pool: Sequence[Sample], trees: Trees, parts: Sequence[Part]) -> list[Marked]:
    """Score every sample of some parts."""
    maps = ((one, heat(one, trees)) for one in pool if one.part in parts)
    return [Marked(one, found, pooled(found)) for one, found in maps]


def chosen(found: Sequence[Marked], part: Part, sent: bool, operator: Operator | None = None) -> tuple[Floats, Floats]:
    """Scores of the pictures nobody edited and of the edited ones, by one operator or by all."""
    here = [one for one in found if one.sample.part == part and one.sample.sent == sent]
    clean = [one.score for one in here if one.sample.role != "forged"]
    edited = [one.score for one in here if one.sample.role == "forged" and operator in (None, one.sample.operator)]
    return np.array(clean, np.float32), np.array(edited, np.float32)


def auc(clean: Floats, edited: Floats) -> float:
    """Area under the ROC curve."""
    labels = np.concatenate([np.zeros(len(clean)), np.ones(len(edited))])
    return float(roc_auc_score(labels, np.concatenate([clean, edited])))


def interval(clean: Floats, edited: Floats, draws: int) -> tuple[float, float, float]:
    """AUC with its 95 % bootstrap interval over pictures."""
    rng = np.random.default_rng(0xB007)
    areas = [auc(rng.choice(clean, len(clean)), rng.choice(edited, len(edited))) for _ in range(draws)]
    return (auc(clean, edited), *np.quantile(areas, (0.025, 0.975)).tolist())


@dataclass(frozen=True)
class Row:
    """One line of the results: pictures, AUC with its interval, and what the fixed threshold does."""

    name: str
    clean: int
    edited: int
    auc: tuple[float, float, float]
    alarms: float
    caught: float

    def __str__(self) -> str:
        area, low, high = self.auc
        rates = f"{self.alarms:.3f} | {self.caught:.3f}"
        return f"| {self.name} | {self.clean} / {self.edited} | {area:.3f} ({low:.3f} to {high:.3f}) | {rates} |"


def row(name: str, clean: Floats, edited: Floats, line: float, draws: int) -> Row:
    """Measure one set of pictures; `line` is the pooled logit at which a picture is called forged."""
    rates = float((clean >= line).mean()), float((edited >= line).mean())
    return Row(name, len(clean), len(edited), interval(clean, edited, draws), *rates)


def window_f1(found: Sequence[Marked], part: Part, sent: bool, limit: float) -> float:
    """F1 of windows at a fixed logit, over the edited pictures of a part."""
    here = [one for one in found if (one.sample.part, one.sample.role, one.sample.sent) == (part, "forged", sent)]
    hot = np.concatenate([one.heat.ravel() >= limit for one in here])
    true = np.concatenate([one.sample.edited.ravel() >= 0.5 for one in here])
    return float(2 * (hot & true).sum() / max(hot.sum() + true.sum(), 1))


def recapture_auc(here: Sequence[Sample], trees: Trees) -> float:
    """AUC of recaptured against direct pictures, edited ones among the direct."""
    labels = np.array([one.role == "recaptured" for one in here])
    return float(roc_auc_score(labels, trees.logit(np.stack([one.whole for one in here]))))


def present(pool: Sequence[Sample]) -> list[tuple[str, Part, bool]]:
    """The sets to be reported of which there are pictures."""
    there = {(one.part, one.sent) for one in pool}
    return [(name, part, sent) for name, part, sent in SETS if (part, sent) in there]


def results(found: Sequence[Marked], fixed: Limits, draws: int) -> list[Row]:
    """The table of the window forest: as trained, unseen series, after a messenger, and by operator."""
    line = (float(np.log(fixed.forged / (1 - fixed.forged))) - fixed.offset) / fixed.slope
    sets = present([one.sample for one in found])
    rows = [row(name, *chosen(found, part, sent), line, draws) for name, part, sent in sets]
    by_operator = ((name, chosen(found, "test", False, name)) for name in OPERATORS)
    return rows + [row(f"operator {name}", *scores, line, draws) for name, scores in by_operator if len(scores[1])]
