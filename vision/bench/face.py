"""How well faces are told apart on somebody's own labelled pairs. Thresholds come from the settings: nothing is fitted.

The pairs file is a CSV with the columns left, right and same (1 for one person, 0 for two), paths relative to a root.
Error rates are named as in ISO/IEC 19795-1: a false match is an impostor pair at or above the match threshold, a false
non-match a genuine pair below it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision import decode, face
from vision.bench.portrait import portrait
from vision.errors import BadImage, BenchError, because
from vision.rates import BANDS, Estimate, FaceBench, QualityBand, band_name
from vision.wilson import share

Scores = NDArray[np.float64]
Figure = Callable[[Scores, Scores], float]
Sample = tuple[Scores, Scores]
MOST_PAIRS = 200_000
COLUMNS = ("left", "right", "same")
UNREADABLE = "the file cannot be read"


def measure(pairs: Path, root: Path, model: face.FaceModel, draws: int = 1000, as_portrait: bool = False) -> FaceBench:
    """Measure a face model on labelled pairs of pictures below `root`. With `as_portrait` each left picture is first
    made what a document shows of it (`vision.bench.portrait`). Raises `BenchError` and `WeightsError`."""
    rows = read_pairs(pairs)
    lefts, rights = {row[0] for row in rows}, {row[1] for row in rows}
    found = {name: _describe(root, name, model) for name in sorted(rights if as_portrait else lefts | rights)}
    portraits = {name: _describe(root, name, model, True) for name in sorted(lefts)} if as_portrait else found
    scored = _scored(rows, portraits, found)
    genuine, impostor = scored.split(np.ones(scored.pictures, np.int64))
    unread = [told for told in found.values() if isinstance(told, str) and told.startswith(UNREADABLE)]
    if found and len(unread) == len(found):
        what = f"no picture that {pairs.name!r} names can be read below {str(root)!r}: {unread[0]}"
        raise BenchError(what, "name with --root the folder that the names start from")
    if not len(genuine) or not len(impostor):
        what = f"{pairs.name!r} leaves {len(genuine)} genuine and {len(impostor)} impostor pairs with usable faces"
        raise BenchError(what, "give at least one of each")
    drawn = np.random.default_rng(0).multinomial(scored.pictures, np.full(scored.pictures, 1 / scored.pictures), draws)
    samples = [sample for sample in map(scored.split, drawn) if len(sample[0]) and len(sample[1])]

    def estimate(figure: Figure, trials: int) -> Estimate:
        return _estimate(figure, (genuine, impostor), samples, trials)

    def tar(far: float) -> Estimate:
        found = estimate(partial(accepted_at, far=far), len(genuine))
        few = f"finer than {len(impostor)} impostor pairs can show: the share above all of them"
        return found.model_copy(update={"note": few}) if far * len(impostor) < 1 else found

    rarer = min(len(genuine), len(impostor))
    match, mismatch = model.match_threshold, model.mismatch_threshold
    return FaceBench(
        pairs=len(rows),
        genuine=len(genuine),
        impostor=len(impostor),
        refused=len(rows) - len(genuine) - len(impostor),
        auc=estimate(auc, rarer),
        eer=estimate(equal_error_rate, rarer),
        tar={f"{far:g}": tar(far) for far in (1e-2, 1e-3, 1e-4)},
        match_threshold=match,
        mismatch_threshold=mismatch,
        false_match_rate=estimate(lambda _, i: float((i >= match).mean()), len(impostor)),
        false_non_match_rate=estimate(lambda g, _: float((g < match).mean()), len(genuine)),
        false_mismatch_rate=estimate(lambda g, _: float((g < mismatch).mean()), len(genuine)),
        unclear_share=estimate(
            lambda g, i: _between(np.concatenate([g, i]), mismatch, match), len(genuine) + len(impostor)
        ),
        qualities={band_name(low, high): _band(scored, low, high, match, drawn) for low, high in pairwise(BANDS)},
        reasons=_reasons([*found.values(), *(portraits.values() if as_portrait else ())]),
        model=model.version,
    )


def _estimate(figure: Figure, whole: Sample, samples: Iterable[Sample], trials: int) -> Estimate:
    """A figure with its interval over the samples, or Wilson's where that reaches further, for no resample can show an
    error that did not occur."""
    value = figure(*whole)
    low, high = np.quantile([value, *(figure(*sample) for sample in samples)], (0.025, 0.975))
    counted = share(round(value * trials), trials)
    return Estimate(value=value, low=min(float(low), counted.low), high=max(float(high), counted.high), of=trials)


def _band(scored: Scored, low: float, high: float, match: float, drawn: NDArray[np.int64]) -> QualityBand:
    """The error rates over the pairs whose worse face has a quality from `low` up to, unless it is the best, `high`."""
    within = scored.only((scored.quality >= low) & ((scored.quality < high) | (high == BANDS[-1])))
    genuine, impostor = whole = within.split(np.ones(scored.pictures, np.int64))
    samples = [within.split(each) for each in drawn]
    rates: list[tuple[int, Figure]] = [
        (1, lambda _, i: float((i >= match).mean())),
        (0, lambda g, _: float((g < match).mean())),
    ]
    found = [
        _estimate(rate, whole, (sample for sample in samples if len(sample[kind])), len(whole[kind]))
        if len(whole[kind])
        else None
        for kind, rate in rates
    ]
    return QualityBand(
        genuine=len(genuine), impostor=len(impostor), false_match_rate=found[0], false_non_match_rate=found[1]
    )


def read_pairs(path: Path) -> list[tuple[str, str, bool]]:
    """The pairs of a file, one that is given again only once. Raises `BenchError` naming the line at fault."""
    try:
        if path.exists() and not path.is_file():
            raise BenchError(f"{str(path)!r} is not a plain file", "give a CSV file")
        reader = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        lines = [(reader.line_num, line) for line in reader]
    except OSError as error:
        raise BenchError(
            f"{str(path)!r} cannot be read: {because(error)}", "check the path of the pairs file"
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BenchError(f"{str(path)!r} cannot be read", "give a CSV file in UTF-8") from error
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        what = f"the first line of {path.name!r} has no column {missing[0]!r}"
        raise BenchError(what, "start with left,right,same: separated by commas, without spaces")
    twice = [column for column in COLUMNS if (reader.fieldnames or []).count(column) > 1]
    if twice:
        raise BenchError(f"the first line of {path.name!r} names {twice[0]!r} twice", "give each column once")
    rows: dict[tuple[str, str], bool] = {}
    for number, line in lines:
        left, right, same = (line.get(column) or "" for column in COLUMNS)
        if not left or not right or same not in {"0", "1"}:
            raise BenchError(f"line {number} of {path.name!r} is not a pair", "give left, right and same (0 or 1)")
        pair, person = (left, right), same == "1"
        if {rows.setdefault(pair, person), rows.get(pair[::-1], person)} != {person}:
            what = f"line {number} of {path.name!r} contradicts an earlier one about {left!r} and {right!r}"
            raise BenchError(what, "give a pair as one person or as two")
    if len(rows) > MOST_PAIRS:
        raise BenchError(f"{path.name!r} holds {len(rows)} pairs", f"give at most {MOST_PAIRS}")
    return [(*pair, same) for pair, same in rows.items()]


def _describe(root: Path, name: str, model: face.FaceModel, as_portrait: bool = False) -> face.Described | str:
    """What a picture shows, or why it shows nothing."""
    try:
        if (root / name).exists() and not (root / name).is_file():
            return f"{UNREADABLE} (no plain file)"
        data = (root / name).read_bytes()
    except (OSError, ValueError) as error:  # a name may hold what no name of a file can
        return f"{UNREADABLE} ({error.strerror if isinstance(error, OSError) else error})"
    try:
        rgb = decode.still(data).rgb
    except BadImage as error:
        return error.what
    if not as_portrait:
        return model.describe(rgb)
    printed = portrait(rgb)
    return "no face to make a portrait of" if printed is None else model.describe(printed)


@dataclass(frozen=True, eq=False)
class Scored:
    """The scored pairs: the indices of their two pictures among `pictures`, their similarity, the quality of the worse
    face, and whether they show one person."""

    pictures: int
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: Scores
    quality: Scores
    same: NDArray[np.bool_]

    def split(self, drawn: NDArray[np.int64]) -> Sample:
        """Genuine and impostor similarities, each pair as often as both its pictures were drawn together."""
        repeated = np.repeat(np.arange(len(self.same)), drawn[self.left] * drawn[self.right])
        similarity, same = self.similarity[repeated], self.same[repeated]
        return similarity[same], similarity[~same]

    def only(self, kept: NDArray[np.bool_]) -> Scored:
        """Some of the pairs."""
        pairs = self.left[kept], self.right[kept]
        return Scored(self.pictures, *pairs, self.similarity[kept], self.quality[kept], self.same[kept])


Told = Mapping[str, face.Described | str]


def _scored(rows: list[tuple[str, str, bool]], lefts: Told, rights: Told) -> Scored:
    """A picture is one picture on both sides, also where its left side is a portrait made of it."""
    place = {name: number for number, name in enumerate(sorted({*lefts, *rights}))}
    scored = [
        (place[left], place[right], float(one.vector @ other.vector), _worse(one, other), same)
        for left, right, same in rows
        if not isinstance(one := lefts[left], str)
        and not isinstance(other := rights[right], str)
        and one.vector is not None
        and other.vector is not None
    ]
    left, right, similarity, quality, same = zip(*scored, strict=True) if scored else ((),) * 5
    return Scored(
        len(place),
        np.array(left, np.int64),
        np.array(right, np.int64),
        np.array(similarity, np.float64),
        np.array(quality, np.float64),
        np.array(same, np.bool_),
    )


def _worse(one: face.Described, other: face.Described) -> float:
    return min(each.quality.score for each in (one, other) if each.quality)


def _reasons(found: Iterable[face.Described | str]) -> dict[str, int]:
    """Why pictures were refused, and how many for each reason; details after a bracket or semicolon are left out."""
    said = (each if isinstance(each, str) else each.reason for each in found)
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
