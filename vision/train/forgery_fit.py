"""Thresholds, calibration and abstention from validation pictures alone, by rules and not by hand.

The line is the 98th percentile of genuine captures' scores and the limit of a cell the 99.8th of their cells, both
from pictures nobody edited. Bands are the eighths of validation by detail, each calibrated on its own (Platt, 1999). An
answer "genuine" has to halve the odds of an edit at least: a likelihood ratio nearer to 1 changes them to a small and
rarely important degree (Jaeschke, Guyatt and Sackett, JAMA 271, 1994). Where less than FLOOR of a band's edited
pictures lie at or above the line it does not, and the answer is "inconclusive".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vision.bench.forgery_scores import EDGES, Seen, summed
from vision.forgery.limits import Band, Limits, sigmoid
from vision.forgery.sight import Floats

FALSE_ALARMS = 0.02
CELL_ALARMS = 0.002
FLOOR = 1 - (1 - FALSE_ALARMS) / 2
BANDS = 8
SHARPNESS = 0.45
ROUNDS = 60
PULL = 1e-3
"""How strongly a curve is drawn to the score as it is."""


def platt(scores: Floats, edited: Floats) -> tuple[float, float]:
    """Slope and offset of a logistic curve through scores and labels, by Newton's method with steps that are halved
    until they help. The targets are drawn in from 0 and 1 as Platt proposed, so that classes that do not overlap have
    an answer too."""
    positive, negative = edited.sum(), (1 - edited).sum()
    target = np.where(edited > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    rows = np.stack([scores, np.ones_like(scores)], axis=1).astype(np.float64)
    start = np.array([1.0, 0.0])

    def misfit(line: npt.NDArray[np.float64]) -> float:
        logits = rows @ line
        return float((np.logaddexp(0, logits) - target * logits).sum() + PULL / 2 * ((line - start) ** 2).sum())

    found = start
    for _ in range(ROUNDS):
        said = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        curve = rows.T @ (rows * (said * (1 - said))[:, None]) + PULL * np.eye(2)
        step = np.linalg.solve(curve, rows.T @ (said - target) + PULL * (found - start))
        share = next((share for share in 0.5 ** np.arange(30) if misfit(found - share * step) <= misfit(found)), 0.0)
        found = found - share * step
    return float(max(found[0], 0.01)), float(found[1])


def fitted(seen: Sequence[Seen]) -> Limits:
    """The limits for a network that said this of the validation pictures."""
    both = [one for one in seen if one.truth in ("genuine", "edited")]
    genuine = [one for one in both if one.truth == "genuine"]
    line = float(np.quantile([one.image for one in genuine], 1 - FALSE_ALARMS))
    cells = np.cumsum(summed(genuine)[1][::-1])[::-1]
    heat = float(EDGES[int(np.argmax(cells <= CELL_ALARMS * cells[0]))])
    alarms = [sigmoid(one.recapture) for one in genuine]
    edges = np.quantile([one.looks.detail for one in both], np.linspace(0, 1, BANDS + 1)[1:-1])
    sides, pixels = zip(
        *((max(one.looks.width, one.looks.height), one.looks.width * one.looks.height) for one in both), strict=True
    )
    return Limits(
        line=round(line, 4),
        heat=round(heat, 4),
        recaptured=round(max(float(np.quantile(alarms, 1 - FALSE_ALARMS)), 0.5), 4),
        floor=round(FLOOR, 4),
        side=int(np.quantile(sides, 0.02)),
        pixels=max(pixels),
        sharpness=SHARPNESS,
        bands=tuple(
            _band([one for one in both if below <= one.looks.detail < above], above, line)
            for below, above in zip([-np.inf, *edges], [*edges, np.inf], strict=True)
        ),
    )


def _band(here: Sequence[Seen], above: float, line: float) -> Band:
    scores = np.array([one.image for one in here], np.float32)
    edited = np.array([one.truth == "edited" for one in here], np.float32)
    slope, offset = platt(scores, edited)
    return Band(
        below=min(float(above), 99.0),
        slope=round(slope, 4),
        offset=round(offset, 4),
        caught=round(float((scores[edited > 0] >= line).mean()), 4) if edited.any() else 0.0,
        genuine=int((edited == 0).sum()),
        edited=int(edited.sum()),
    )
