"""The metrics of a set of scored reviews, each with a 95% interval.

Intervals come from a bootstrap over customers. Where a share, or a count of faults that is nought, is the same in every
draw, a bootstrap has nothing to say of what another set would show: there it is Wilson's over the customers who could
have shown otherwise, for a count as many reviews as that share comes to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evals.figures import Figure, Mean, Pooled, Total, resting
from evals.metrics import METRICS, Better, Group, Metric
from evals.scored import Scored
from tools.evidence import Frozen
from vision.wilson import share

Counts = npt.NDArray[np.int64]
DRAWS = 400
INTERVALS = (
    "a bootstrap that draws customers; of a share that is the same in every draw, and of a count of 0, Wilson's over "
    "the customers who could have shown otherwise"
)
FLATTERED = (
    "The labels are what people decided with a draft in sight, and the second of two with what the first had said: "
    "agreement with them, and among them, is flattered."
)
"""What has to be said wherever labels are people's decisions."""
NO_WIDTH = 1e-9
"""Below this an interval is a point, but for the rounding of sums."""


class Row(Frozen):
    """A metric as measured: its value, its interval, and on how many reviews (see `rests_on`); None where no review
    raises it."""

    name: str
    group: Group
    better: Better
    meaning: str
    value: float | None
    low: float | None
    high: float | None
    n: int


def table(
    reviews: Sequence[Scored], draws: int = DRAWS, seed: int = 0, metrics: Sequence[Metric] = ()
) -> tuple[Row, ...]:
    """Every metric of a set, or those that are named. Equal reviews and seeds give an equal table."""
    counts = _resampled(reviews, draws, seed)
    return tuple(_row(metric, reviews, counts) for metric in metrics or METRICS)


def unreviewed(row: Row) -> bool:
    """Whether a row holds answers against reviewers that the labels do not have: there is nothing to show."""
    return row.group == "agreement" and not row.n


def rests_on(figure: Figure, reviews: Sequence[Scored]) -> int:
    """How many of the reviews a figure is of: those that have a value of their own, else all."""
    return len(resting(figure, reviews))


def _resampled(reviews: Sequence[Scored], draws: int, seed: int) -> Counts:
    """How often each review stands in each draw (draws x reviews): customers are drawn, with all of their cases."""
    places: dict[str, int] = {}
    of = np.array([places.setdefault(each.customer_id, len(places)) for each in reviews], np.int64)
    if not places:
        return np.zeros((0, 0), np.int64)
    picks = np.random.default_rng(seed).integers(0, len(places), (draws, len(places)))
    return np.stack([np.bincount(row, minlength=len(places))[of] for row in picks])


def _row(metric: Metric, reviews: Sequence[Scored], counts: Counts) -> Row:
    value = metric.of(reviews) if reviews else None
    drawn = _drawn(metric.of, reviews, counts) if value is not None else []
    low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975])) if len(drawn) else (None, None)
    if value is not None and low is not None and high is not None and high - low < NO_WIDTH:
        low, high = _unvaried(metric.of, reviews, value) or (low, high)
    return Row(
        name=metric.name,
        group=metric.group,
        better=metric.better,
        meaning=metric.meaning,
        value=value,
        low=low,
        high=high,
        n=rests_on(metric.of, reviews),
    )


def _unvaried(figure: Figure, reviews: Sequence[Scored], value: float) -> tuple[float, float] | None:
    """The interval of a share or a count of nought that no draw changes; None for other figures."""
    able = resting(figure, reviews)
    trials = len({each.customer_id for each in able})
    if isinstance(figure, Pooled) or (isinstance(figure, Mean) and figure.share):
        same = share(round(value * trials), trials)
        return min(same.low, value), max(same.high, value)
    if isinstance(figure, Total) and value == 0:
        return 0.0, share(0, trials).high * len(able)
    return None


def _drawn(figure: Figure, reviews: Sequence[Scored], counts: Counts) -> Sequence[float]:
    """The figure of every draw in which it can be told."""
    if isinstance(figure, Mean | Total):
        values = np.array([np.nan if (value := figure.of(each)) is None else value for each in reviews], np.float64)
        sums, told = counts @ np.nan_to_num(values), counts @ ~np.isnan(values)
        sums, told = sums[told > 0], told[told > 0]
        return [*map(float, sums if isinstance(figure, Total) else sums / told)]
    samples = ([each for each, times in zip(reviews, row, strict=True) for _ in range(times)] for row in counts)
    return [value for sample in samples if (value := figure(sample)) is not None]
