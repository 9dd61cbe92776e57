"""What a detector of edits is worth: areas with intervals, marks of edited cells, calibration, and abstention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.forgery.limits import Limits, Looks
from vision.forgery.sight import Floats
from vision.synth.deck import Truth
from vision.types import Frozen, Verdict

DRAWS = 1000
"""Bootstrap samples behind an interval of 95 %."""
EDGES = np.linspace(-12, 12, 481)
"""Logits between which cells of a mask are counted."""
BINS = 10


@dataclass(frozen=True, eq=False)
class Seen:
    """One labelled picture with what the network said of it. `inside` and `outside` count the cells of the mask, edited
    and not, by logit between `EDGES`; `seconds` are of the processor, from the decoded picture on. `trees` is the
    logit of an edit that the trees of blocks give, where they were asked; `sure` is the probability of the `guess`,
    `fabrication` what is false about a picture as a whole."""

    truth: Truth
    operator: str
    image: float
    recapture: float
    guess: str
    looks: Looks
    inside: npt.NDArray[np.int64]
    outside: npt.NDArray[np.int64]
    seconds: float
    trees: float | None = None
    sure: float = 0.0
    fabrication: str = ""

    def verdict(self, limits: Limits) -> Verdict:
        """What is answered under these limits."""
        return limits.verdict(self.image, self.looks)


class Area(Frozen):
    """Area under the ROC curve with its 95 % bootstrap interval over pictures."""

    value: float
    low: float
    high: float
    pictures: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def area(clean: Floats, edited: Floats) -> float:
    """The share of pairs in which the edited picture scores higher; a tie counts half."""
    ordered = np.sort(clean)
    below, upto = (np.searchsorted(ordered, edited, side=side) for side in ("left", "right"))
    return float((below + upto).mean() / 2 / len(clean))


def interval(clean: Sequence[float], edited: Sequence[float], draws: int = DRAWS) -> Area | None:
    """`area` with its interval; None where there are no pictures of either class."""
    left, right = np.asarray(clean, np.float32), np.asarray(edited, np.float32)
    if not len(left) or not len(right):
        return None
    rng = np.random.default_rng(0xB007)
    drawn = [area(rng.choice(left, len(left)), rng.choice(right, len(right))) for _ in range(draws)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Area(value=area(left, right), low=float(low), high=float(high), pictures=len(right))


def counted(mask: Floats, edited: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """How many edited and other cells there are by logit."""
    cells = np.clip(mask, EDGES[0], EDGES[-1] - 1e-3)
    inside, outside = (np.histogram(cells[where], EDGES)[0] for where in (edited, ~edited))
    return inside, outside


def f1(inside: npt.NDArray[np.int64], outside: npt.NDArray[np.int64]) -> Floats:
    """F1 of the cells at or above each of the logits of `EDGES` but the last."""
    hits, alarms = (np.cumsum(counts[::-1])[::-1] for counts in (inside, outside))
    return np.asarray(2 * hits / np.maximum(hits + alarms + inside.sum(), 1), np.float32)


def calibration_error(probability: Floats, edited: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of as many pictures each (Naeini et al., 2015)."""
    order = np.array_split(np.argsort(probability, kind="stable"), BINS)
    gaps = [len(one) * abs(probability[one].mean() - edited[one].mean()) for one in order if len(one)]
    return float(sum(gaps) / max(len(probability), 1))


def calibration_chance(probability: Floats, draws: int = DRAWS) -> float:
    """The calibration error that as many pictures show by chance alone if their probabilities are exactly right: the
    mean over labels drawn from them. Nothing below it can be told on so few pictures."""
    rng = np.random.default_rng(0xECE)
    drawn = rng.random((draws, len(probability))) < probability
    return float(np.mean([calibration_error(probability, edited) for edited in drawn]))


class Figures(Frozen):
    """The figures of one set. Areas compare edited with genuine pictures, `recapture` recaptured with genuine ones.
    `false_alarms` and `caught` are the shares of genuine and of edited pictures called forged, `inconclusive` is the
    share of both that got no answer, `right_or_inconclusive` the share answered rightly or not at all. Calibration is
    over all of them that are large, sharp and bright enough, `calibration_chance` what exact probabilities would show.
    F1 is of the cells of all edited pictures together, at the shipped limit and at the best one. Seconds are the median
    and of one thread."""

    name: str
    genuine: int
    edited: int
    area: Area | None
    operators: dict[str, Area]
    recapture: Area | None
    false_alarms: float
    caught: float
    inconclusive: float
    right_or_inconclusive: float
    pixel_f1: float
    oracle_f1: float
    calibration_error: float
    calibration_chance: float
    named_rightly: float
    cpu_seconds: float


def figures(name: str, seen: Sequence[Seen], limits: Limits, draws: int = DRAWS) -> Figures:
    """Measure one set of pictures under these limits."""
    genuine, edited = ([one for one in seen if one.truth == truth] for truth in ("genuine", "edited"))
    recaptured = [one.recapture for one in seen if one.truth == "recaptured"]
    clean = [one.image for one in genuine]
    by_operator = {
        operator: interval(clean, [one.image for one in edited if one.operator == operator], draws)
        for operator in sorted({one.operator for one in edited})
    }
    curve = f1(*summed(edited))
    verdicts = [one.verdict(limits) for one in (*genuine, *edited)]
    alarms, hits = ([one == "forged" for one in part] for part in (verdicts[: len(genuine)], verdicts[len(genuine) :]))
    wrong, both = sum(alarms) + verdicts[len(genuine) :].count("genuine"), max(len(verdicts), 1)
    probability, truly = _probabilities((*genuine, *edited), limits)
    guessed = [one.guess == one.operator for one in edited if one.verdict(limits) == "forged"]
    return Figures(
        name=name,
        genuine=len(genuine),
        edited=len(edited),
        area=interval(clean, [one.image for one in edited], draws),
        operators={operator: one for operator, one in by_operator.items() if one is not None},
        recapture=interval([one.recapture for one in genuine], recaptured, draws),
        false_alarms=_share(alarms),
        caught=_share(hits),
        inconclusive=verdicts.count("inconclusive") / both,
        right_or_inconclusive=1 - wrong / both,
        pixel_f1=float(curve[int(np.clip(np.searchsorted(EDGES, limits.heat), 0, len(curve) - 1))]),
        oracle_f1=float(curve.max()),
        calibration_error=calibration_error(probability, truly),
        calibration_chance=calibration_chance(probability, draws),
        named_rightly=_share(guessed),
        cpu_seconds=float(np.median([one.seconds for one in seen])) if seen else float("nan"),
    )


def summed(seen: Sequence[Seen]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The counts of edited and of other cells of many pictures."""
    none = np.zeros(len(EDGES) - 1, np.int64)
    return sum((one.inside for one in seen), none), sum((one.outside for one in seen), none)


def _probabilities(seen: Sequence[Seen], limits: Limits) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The calibrated probability of each picture that can tell, and whether it was edited."""
    able = [one for one in seen if not one.looks.shortcoming(limits)]
    said = [limits.band(one.looks.detail).probability(one.image) for one in able]
    return np.asarray(said, np.float32), np.array([one.truth == "edited" for one in able], bool)


def _share(found: Sequence[bool]) -> float:
    return float(np.mean(found)) if found else float("nan")
