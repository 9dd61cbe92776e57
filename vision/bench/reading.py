"""How well documents are read from captures that are not at their best. Nothing is fitted: pages, people and captures
follow from a number, and every series there is takes its turn.

The documents are drawn: labels in real layouts, worn print and creased zones were not measured.
"""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import product
from typing import Literal, TypeVar, get_args

import cv2
import numpy as np

from vision.bench.timing import Progress
from vision.errors import BenchError
from vision.synth.capture import CaptureKind, photograph
from vision.synth.documents import Holder, Issue, Rendered, printed, render
from vision.synth.lettering import Rgb
from vision.synth.portraits import stand_in
from vision.synth.resave import drawn_resave, drawn_save, encode, resaved
from vision.synth.template import SERIES
from vision.types import DocumentReading, Frozen, ModelVersion
from vision.wilson import Share, share

Way = Literal["scan", "phone", "slight_blur", "messenger", "small", "tilted", "turned", "screen", "print"]
Read = Callable[[bytes], DocumentReading]
Whole = Callable[[bytes], tuple[str, ...]]
Answer = TypeVar("Answer")

TAKEN: Mapping[Way, CaptureKind] = {"scan": "scan", "screen": "screen", "print": "print"}
"""How a capture is taken; the others are photographs by phone."""
PEOPLE = (
    ("MÜLLER", "ANNA MARIA"), ("KOWALSKI", "JAN"), ("NGUYEN", "THI HOA"), ("O'BRIEN", "SEAN PATRICK"),
    ("GARCÍA LÓPEZ", "LUCÍA"), ("ÖZTÜRK", "EMRE"), ("SMITH", "JO"), ("VAN DER BERG", "PIETER"), ("NOVÁK", "TEREZA"),
    ("D'ANGELO", "ROSA CARLA"), ("SZCZEPAŃSKA", "ZOFIA"), ("LINDQVIST", "ÅSA"),
)  # fmt: skip
COMPARED = 3
"""Captures of each way that are also read as whole pages."""
NOTE = "Drawn documents and drawn captures: real cards, wear and glare over a zone were not measured."


class Figures(Frozen):
    """What was right. `lines` are lines of machine readable zones, exact in every character; `barcodes` those whose
    fields were read; `cpu_s` is the CPU time a page, and `slowest_s` that of the slowest."""

    pages: int
    fields: Share
    lines: Share
    zones: Share
    barcodes: Share
    cpu_s: float
    slowest_s: float


class WholePages(Frozen):
    """The reader beside `vision.bench.whole_page` on the same pages: CPU seconds a page of each, how many times as many
    the whole page takes, and the lines of zones among what was read there, exact and without any correction."""

    pages: int
    cpu_s: float
    whole_cpu_s: float
    times: float
    lines: Share


class ReadingBench(Frozen):
    """Figures over all captures and by the way they were taken; `missed` counts fields by name that were not right, and
    `accents` those of them in which accents and capitals alone are wrong. `whole` is None where the reader in use is on
    another machine."""

    all: Figures
    ways: Mapping[Way, Figures]
    missed: Mapping[str, int]
    accents: int
    whole: WholePages | None
    model: ModelVersion
    note: str


def measure(
    read: Read,
    count: int,
    today: date = date(2026, 11, 1),
    whole: Whole | None = None,
    progress: Progress = lambda *_: None,
) -> ReadingBench:
    """Read `count` captures of each way with `read`, and a few of them with `whole` too. Blanks do not count in fields:
    readers lose them in narrow type. Raises BenchError where there is nothing to read."""
    if count < 1:
        raise BenchError(f"{count} captures of each kind are too few", "ask for at least one")
    scores: list[_Score] = []
    asked = list(product(get_args(Way), range(count)))
    for way, index in asked:
        scores.append(_scored(read, whole if index < COMPARED else None, way, index, today))
        progress("captures", len(scores), len(asked))
    missed = Counter(name for score in scores for name in score.missed)
    return ReadingBench(
        all=_figures(scores),
        ways={way: _figures([score for score in scores if score.way == way]) for way in get_args(Way)},
        missed=dict(missed.most_common()),
        accents=sum(score.accents for score in scores),
        whole=_beside([score for score in scores if score.whole_cpu_s is not None]),
        model=scores[0].model,
        note=NOTE,
    )


def captured(way: Way, index: int, today: date) -> tuple[bytes, Rendered]:
    """The capture `index` of a way as the customer sends it, and the page it shows."""
    rng = np.random.default_rng([0x2EAD, get_args(Way).index(way), index])
    series = SERIES["common"] + SERIES["held_out"]
    surname, given_names = PEOPLE[int(rng.integers(len(PEOPLE)))]
    letters = "".join(rng.choice(list("ABCDEFGHJKLMNOPRSTUVWXYZ"), int(rng.integers(1, 4))))
    number = f"{letters}{int(rng.integers(10**5, 10**6)):06d}"
    born = date(1950, 1, 1) + timedelta(days=int(rng.integers(19000)))
    issued = today - timedelta(days=int(rng.integers(1, 3000)))
    holder = Holder(surname, given_names, born, "FM"[int(rng.integers(2))], "UTO", number)
    issue = Issue(*series[int(rng.integers(len(series)))], issued, issued + timedelta(days=3652))
    page = render(holder, issue, stand_in(int(rng.integers(40))), index)
    photo = photograph(page, TAKEN.get(way, "phone"), int(rng.integers(1 << 30))).rgb
    return _sent(photo, way, rng), page


def _sent(photo: Rgb, way: Way, rng: np.random.Generator) -> bytes:
    """What happens to a photograph on its way, and its last save."""
    if way == "messenger":
        return resaved(photo, drawn_resave(rng, "messenger"))[0]
    if way == "slight_blur":
        photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.8, 1.4))), np.uint8)
    elif way == "small":
        scale = float(rng.uniform(700, 850)) / max(photo.shape)
        photo = np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    elif way == "tilted":
        photo = _tilted(photo, float(rng.choice([-1, 1]) * rng.uniform(4, 12)))
    elif way == "turned":
        photo = np.ascontiguousarray(np.rot90(photo, int(rng.integers(1, 4))))
    return encode(photo, drawn_save(rng, 80, 95))


def _tilted(photo: Rgb, degrees: float) -> Rgb:
    """The whole picture turned by some degrees, on a table."""
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(width * cosine + height * sine), int(width * sine + height * cosine))
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(photo, turn, size, flags=cv2.INTER_CUBIC, borderValue=(120, 110, 100)), np.uint8)


class _Score(Frozen):
    way: Way
    fields: int
    missed: tuple[str, ...]
    accents: int
    lines: int
    exact: int
    barcode: bool | None
    cpu_s: float
    model: ModelVersion
    whole_cpu_s: float | None
    whole_exact: int


def _scored(read: Read, whole: Whole | None, way: Way, index: int, today: date) -> _Score:
    data, page = captured(way, index, today)
    reading, spent = _timed(read, data)
    texts, whole_spent = _timed(whole, data) if whole else ((), None)
    wanted = printed(page.holder, page.issue)
    got = {field.name: field.text for field in reading.fields if field.source == "visual"}
    missed = tuple(name for name, text in wanted.items() if _unspaced(got.get(name, "")) != _unspaced(text))
    zone = reading.mrz.lines if reading.mrz else ()
    same = [left == right for left, right in zip(zone, page.lines, strict=True)] if len(zone) == len(page.lines) else []
    return _Score(
        way=way,
        fields=len(wanted),
        missed=missed,
        accents=sum(_plain(got.get(name, "")) == _plain(wanted[name]) for name in missed),
        lines=len(page.lines),
        exact=sum(same),
        barcode=bool(reading.barcode and reading.barcode.fields) if page.barcode else None,
        cpu_s=spent,
        model=reading.model,
        whole_cpu_s=whole_spent,
        whole_exact=sum(line in map(_unspaced, texts) for line in page.lines),
    )


def _timed(call: Callable[[bytes], Answer], data: bytes) -> tuple[Answer, float]:
    """What a reader answers, and the CPU seconds that it took in this process."""
    before = time.process_time()
    answer = call(data)
    return answer, time.process_time() - before


def _beside(scores: list[_Score]) -> WholePages | None:
    if not scores:
        return None
    own, whole = sum(score.cpu_s for score in scores), sum(score.whole_cpu_s or 0.0 for score in scores)
    return WholePages(
        pages=len(scores),
        cpu_s=own / len(scores),
        whole_cpu_s=whole / len(scores),
        times=whole / own,
        lines=share(sum(score.whole_exact for score in scores), sum(score.lines for score in scores)),
    )


def _figures(scores: list[_Score]) -> Figures:
    fields, missed = sum(score.fields for score in scores), sum(len(score.missed) for score in scores)
    zones = [score for score in scores if score.lines]
    codes = [score.barcode for score in scores if score.barcode is not None]
    return Figures(
        pages=len(scores),
        fields=share(fields - missed, fields),
        lines=share(sum(score.exact for score in zones), sum(score.lines for score in zones)),
        zones=share(sum(score.exact == score.lines for score in zones), len(zones)),
        barcodes=share(sum(codes), len(codes)),
        cpu_s=sum(score.cpu_s for score in scores) / len(scores),
        slowest_s=max(score.cpu_s for score in scores),
    )


def _unspaced(text: str) -> str:
    return text.replace(" ", "")


def _plain(text: str) -> str:
    """A text without blanks, accents and the difference of capitals."""
    folded = unicodedata.normalize("NFKD", _unspaced(text).upper())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
