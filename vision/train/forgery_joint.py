"""Fix from which score on two detectors together call a picture forged: `LINE` of `vision.forgery.joint`.

    python -m vision.train.forgery_joint --count 240

Draws documents as the simulated exchange is sent them, scanned or photographed by its app, a tenth of the genuine ones
after a messenger, of people and series that no training saw, and prints the line, its calibration, and how well either
detector and both tell edited from genuine ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vision import image
from vision.bench.forgery_scores import interval
from vision.forgery.blocks import Line
from vision.forgery.detector import ForgeryModel
from vision.forgery.joint import JointForgery
from vision.forgery.limits import sigmoid
from vision.synth.capture import CaptureKind, capture, messenger
from vision.synth.deal import face, page_of, person_of
from vision.synth.deck import VALIDATION, Series
from vision.synth.forge import Operator, forged_capture, possible
from vision.synth.template import DocumentKind, template
from vision.train.forgery_fit import platt

FALSE_ALARMS = 0.02
SEED = 11
PEOPLE = replace(VALIDATION, seed=SEED)
KINDS: tuple[DocumentKind, ...] = ("passport", "id_card", "driving_licence")
SERIES_FROM, SERIES_TO = 30_000, 40_000
OPERATORS: tuple[Operator, ...] = ("portrait", "text", "mrz", "portrait", "text")
SCANNED, SENT_ON = 0.4, 0.1


@dataclass(frozen=True)
class Upload:
    """A document as a customer sends it."""

    data: bytes
    edited: bool


@dataclass(frozen=True)
class Said:
    """What the trees and the network say of an upload, as logits."""

    edited: bool
    trees: float
    network: float


def upload(index: int, seed: int = SEED) -> Upload:
    """The upload of this index, the same bytes whenever it is asked for; every second one is edited."""
    rng = np.random.default_rng([0x301E, seed, index])
    series: Series = (KINDS[int(rng.integers(len(KINDS)))], int(rng.integers(SERIES_FROM, SERIES_TO)))
    page = page_of(series, person_of(PEOPLE, rng), rng)
    kind: CaptureKind = "scan" if rng.random() < SCANNED else "phone"
    shot = int(rng.integers(1 << 30))
    if index % 2:
        asked = OPERATORS[index // 2 % len(OPERATORS)]
        operator: Operator = asked if possible(template(*series), asked) else "text"
        data, _ = forged_capture(page, operator, kind, shot, portrait=face(person_of(PEOPLE, rng)))
        return Upload(data, edited=True)
    data = capture(page.rgb, kind, shot)
    return Upload(messenger(data, shot) if rng.random() < SENT_ON else data, edited=False)


def said(uploads: Iterator[Upload], joint: JointForgery) -> Iterator[Said]:
    """What both detectors say of each picture."""
    for one in uploads:
        picture = image.decode(one.data)
        yield Said(one.edited, joint.trees.picture_logit(picture), joint.network_logit(picture))


def fitted(seen: Sequence[Said]) -> Line:
    """The line that two in a hundred genuine captures reach, and the curve from scores to probabilities (Platt)."""
    scores = np.array([JointForgery.joined(one.trees, one.network) for one in seen], np.float32)
    edited = np.array([one.edited for one in seen], np.float32)
    slope, offset = platt(scores, edited)
    line = float(np.quantile(scores[edited == 0], 1 - FALSE_ALARMS))
    forged = float(sigmoid(np.array([slope * line + offset], np.float32))[0])
    return Line(slope=round(slope, 4), offset=round(offset, 4), forged=round(forged, 4))


def told(seen: Sequence[Said]) -> Iterator[str]:
    """The line, and the areas of either detector and of both."""
    yield repr(fitted(seen))
    for name, score in (
        ("trees", lambda one: one.trees),
        ("network", lambda one: one.network),
        ("both", lambda one: JointForgery.joined(one.trees, one.network)),
    ):
        clean, forged = ([score(one) for one in seen if one.edited is kind] for kind in (False, True))
        caught = np.mean(np.array(forged) >= np.quantile(clean, 1 - FALSE_ALARMS))
        yield f"{name}: {len(clean)} genuine, {len(forged)} edited, area {interval(clean, forged)}, caught {caught:.2f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fix the line of the joint detector of forgery.")
    parser.add_argument("--count", type=int, default=240, help="pictures to draw")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    uploads = (upload(index, given.seed) for index in range(given.count))
    print("\n".join(told(list(said(uploads, JointForgery(ForgeryModel()))))))


if __name__ == "__main__":
    main()
