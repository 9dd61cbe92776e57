"""How well faces are told apart on somebody's own labelled pairs. Thresholds come from the settings: nothing is fitted.

The pairs file is a CSV with the columns left, right and same (1 for one person, 0 for two), paths relative to a root.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision import face, image
from vision.errors import BadImage, BenchError
from vision.types import Frozen, ModelVersion

Scores = NDArray[np.float64]
Measure = Callable[[Scores, Scores], float]
MOST_PAIRS = 200_000


class Estimate(Frozen):
    """A figure with its 95 % bootstrap interval over pictures: a picture drawn twice brings its pairs twice.

    Where no error was seen the interval has no width and says only that there were too few pairs to see one.
    """

    value: float
    low: float
    high: float


class FaceBench(Frozen):
    """Figures over the pairs both of whose pictures hold one usable face; `refused` counts the others.

    `tar` is the share of genuine pairs accepted at a threshold that lets at most the share in its name of the impostors
    here in. The two error rates hold at the thresholds in use: impostors called match, genuine pairs called mismatch.
    """

    pairs: int
    genuine: int
    impostor: int
    refused: int
    auc: Estimate
    eer: Estimate
    tar: Mapping[str, Estimate]
    match_threshold: float
    mismatch_threshold: float
    false_match_rate: Estimate
    false_mismatch_rate: Estimate
    unclear_share: Estimate
    reasons: Mapping[str, int]
    model: ModelVersion
    note: str


def bench(pairs: Path, root: Path, model: face.FaceModel, draws: int = 1000) -> FaceBench:
    """Measure a face model on labelled pairs of pictures below `root`. Raises `BenchError` and `WeightsError`."""
    rows = read_pairs(pairs)
    names = sorted({name for left, right, _ in rows for name in (left, right)})
    found = {name: _describe(root, name) for name in names}
    scored = _scored(rows, found)
    genuine, impostor = scored.split(np.ones(len(names), np.int64))
    if not len(genuine) or not len(impostor):
        what = f"{pairs.name!r} leaves {len(genuine)} genuine and {len(impostor)} impostor pairs with usable faces"
        raise BenchError(what, "give at least one of each")
    samples = _samples(scored, len(names), draws)

    def estimate(measure: Measure) -> Estimate:
        value = measure(genuine, impostor)
        low, high = np.quantile([value, *(measure(*sample) for sample in samples)], (0.025, 0.975))
        return Estimate(value=value, low=float(low), high=float(high))

    match, mismatch = model.match_threshold, model.mismatch_threshold
    return FaceBench(
        pairs=len(rows),
        genuine=len(genuine),
        impostor=len(impostor),
        refused=len(rows) - len(genuine) - len(impostor),
        auc=estimate(auc),
        eer=estimate(equal_error_rate),
        tar={f"{far:g}": estimate(partial(accepted_at, far=far)) for far in (1e-2, 1e-3, 1e-4)},
        match_threshold=match,
        mismatch_threshold=mismatch,
        false_match_rate=estimate(lambda _, i: float((i >= match).mean())),
        false_mismatch_rate=estimate(lambda g, _: float((g < mismatch).mean())),
        unclear_share=estimate(lambda g, i: _between(np.concatenate([g, i]), mismatch, match)),
        reasons=_reasons(found),
        model=face.version(),
        note=_note(len(impostor)),
    )


def read_pairs(path: Path) -> list[tuple[str, str, bool]]:
    """The rows of a pairs file. Raises `BenchError` naming the line at fault."""
    try:
        lines = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BenchError(f"{str(path)!r} cannot be read", "give a CSV file in UTF-8") from error
    rows = []
    for number, line in enumerate(lines, start=2):
        left, right, same = (line.get(column) or "" for column in ("left", "right", "same"))
        if not left or not right or same not in {"0", "1"}:
            raise BenchError(f"line {number} of {path.name!r} is no pair", "give left, right and same (0 or 1)")
        rows.append((left, right, same == "1"))
    if len(rows) > MOST_PAIRS:
        raise BenchError(f"{path.name!r} holds {len(rows)} pairs", f"give at most {MOST_PAIRS}")
    return rows


def _describe(root: Path, name: str) -> face.Described | str:
    """What a picture shows, or why it shows nothing."""
    try:
        return face.describe(image.load((root / name).read_bytes()).rgb)
    except OSError:
        return "the file cannot be read"
    except BadImage as error:
        return error.what


@dataclass(frozen=True, eq=False)
class Scored:
    """The scored pairs: the indices of their two pictures, their similarity, and whether they show one person."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: Scores
    same: NDArray[np.bool_]

    def split(self, drawn: NDArray[np.int64]) -> tuple[Scores, Scores]:
        """Genuine and impostor similarities, each pair as often as both its pictures were drawn together."""
        repeated = np.repeat(np.arange(len(self.same)), drawn[self.left] * drawn[self.right])
        similarity, same = self.similarity[repeated], self.same[repeated]
        return similarity[same], similarity[~same]


def _scored(rows: list[tuple[str, str, bool]], found: Mapping[str, face.Described | str]) -> Scored:
    place = {name: number for number, name in enumerate(found)}
    vectors = {name: None if isinstance(each, str) else each.vector for name, each in found.items()}
    scored = [
        (place[left], place[right], float(one @ other), same)
        for left, right, same in rows
        if (one := vectors[left]) is not None and (other := vectors[right]) is not None
    ]
    left, right, similarity, same = zip(*scored, strict=True) if scored else ((), (), (), ())
    return Scored(np.array(left, np.int64), np.array(right, np.int64), np.array(similarity), np.array(same, np.bool_))


def _samples(scored: Scored, pictures: int, draws: int) -> list[tuple[Scores, Scores]]:
    """Bootstrap samples that hold at least one pair of each kind."""
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(pictures, np.full(pictures, 1 / pictures), draws)
    samples = (scored.split(each) for each in drawn)
    return [sample for sample in samples if len(sample[0]) and len(sample[1])]


def _reasons(found: Mapping[str, face.Described | str]) -> dict[str, int]:
    """Why pictures were refused, and how many for each reason; details after a bracket or semicolon are left out."""
    said = (each if isinstance(each, str) else each.reason for each in found.values())
    return dict(Counter(re.split(r"[(;]", reason)[0].strip() for reason in said if reason))


def auc(genuine: Scores, impostor: Scores) -> float:
    """The chance that a genuine pair scores above an impostor pair, a tie counting half."""
    ordered = np.sort(impostor)
    below = np.searchsorted(ordered, genuine, "left") + np.searchsorted(ordered, genuine, "right")
    return float(below.mean() / 2 / len(impostor))


def equal_error_rate(genuine: Scores, impostor: Scores) -> float:
    """The error rate at the threshold where both kinds of error are nearest to each other."""
    thresholds = np.append(np.unique(np.concatenate([genuine, impostor])), np.inf)
    missed = np.searchsorted(np.sort(genuine), thresholds, "left") / len(genuine)
    let_in = 1 - np.searchsorted(np.sort(impostor), thresholds, "left") / len(impostor)
    at = int(np.argmin(np.abs(missed - let_in)))
    return float((missed[at] + let_in[at]) / 2)


def accepted_at(genuine: Scores, impostor: Scores, far: float) -> float:
    """The share of genuine pairs above the threshold that lets at most the share `far` of the impostors in."""
    allowed = int(far * len(impostor))
    threshold = np.sort(impostor)[::-1][allowed] if allowed < len(impostor) else -np.inf
    return float((genuine > threshold).mean())


def _between(scores: Scores, low: float, high: float) -> float:
    return float(((scores >= low) & (scores < high)).mean())


def _note(impostor: int) -> str:
    finest = 1 / impostor
    return f"With {impostor} impostor pairs no false-accept rate finer than {finest:.1g} can be seen." + (
        " TAR at a finer FAR is the share above every impostor here." if finest > 1e-4 else ""
    )
