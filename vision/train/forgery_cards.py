"""The pictures the forgery detector learns from and is measured on: cards drawn, photographed and edited here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from vision import image
from vision.features import CELL, STRIDE, WINDOW, blocks, whole
from vision.synth.capture import CaptureKind, capture, messenger, photograph, upload
from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.forge import OPERATORS, Operator, forge
from vision.synth.lettering import Rgb
from vision.synth.portraits import stand_in

Role = Literal["genuine", "forged", "recaptured"]
Part = Literal["train", "val", "test", "unseen"]
Floats = npt.NDArray[np.float32]
SURNAMES = ("NOVAK", "OKAFOR", "LINDQVIST", "MORENO", "TANAKA", "HAGEN", "ROSSI", "KAYA", "MBEKI", "OLSEN", "DUARTE")
GIVEN = ("ANNA", "JONAS", "MIRA", "LEO", "SOFIA", "OMAR", "INES", "PAVEL", "AISHA", "NOAH", "YUKI", "CARLA")
NATIONS = ("DEU", "FRA", "ESP", "ITA", "POL", "NGA", "JPN", "BRA", "TUR", "SWE")


@dataclass(frozen=True)
class Deck:
    """Which cards there are. Parts are shares of the cards; `unseen` cards are of series no other card has. A share
    `messenger` of the training cards is also sent through a messenger; every other card is."""

    seed: int = 1
    cards: int = 400
    parts: dict[Part, float] = field(default_factory=lambda: {"train": 0.5, "val": 0.2, "test": 0.18, "unseen": 0.12})
    series: int = 12
    heads: int = 60
    drawn_heads: float = 0.4
    messenger: float = 0.15


@dataclass(frozen=True)
class Sample:
    """One picture: what it is, its window features and labels (share of each window that was edited)."""

    part: Part
    role: Role
    operator: Operator | None
    kind: CaptureKind
    sent: bool
    values: npt.NDArray[np.float16]
    edited: npt.NDArray[np.float16]
    whole: Floats


def part_of(card: int, deck: Deck) -> Part:
    """Which part a card belongs to, by a draw of its own."""
    draw, edge = np.random.default_rng([0x9A27, deck.seed, card]).random(), 0.0
    for name, share in deck.parts.items():
        edge += share
        if draw < edge:
            return name
    return "train"


@lru_cache(maxsize=512)
def _head(person: int) -> Rgb:
    from vision.synth.heads import portrait

    return np.asarray(portrait(person), np.uint8)


def _portrait(rng: np.random.Generator, deck: Deck) -> Rgb:
    if rng.random() < deck.drawn_heads:
        return stand_in(int(rng.integers(1 << 30)))
    return _head(int(rng.integers(deck.heads)))


def page(card: int, part: Part, deck: Deck) -> Rendered:
    """A genuine flat page for a card."""
    rng = np.random.default_rng([0xCA2D, deck.seed, card])
    series = int(rng.integers(deck.series)) + (1000 if part == "unseen" else 0)
    kind = ("passport", "id_card", "driving_licence")[card % 3]
    issued = date(2016, 1, 1) + timedelta(days=int(rng.integers(3000)))
    number = "".join(rng.choice(list("ABCDEFGHKLMNPRTXYZ0123456789"), 9))
    holder = Holder(
        str(rng.choice(SURNAMES)),
        " ".join(rng.choice(GIVEN, int(rng.integers(1, 3)), replace=False)),
        date(1950, 1, 1) + timedelta(days=int(rng.integers(20000))),
        str(rng.choice(["F", "M"])),
        str(rng.choice(NATIONS)),
        number,
    )
    issue = Issue(kind, series, issued, issued + timedelta(days=3652))  # type: ignore[arg-type]
    return render(holder, issue, _portrait(rng, deck), card)


def share_edited(mask: npt.NDArray[np.bool_], shape: tuple[int, int]) -> Floats:
    """The share of each window that lies in a mask."""
    rows, columns = mask.shape[0] // CELL, mask.shape[1] // CELL
    cells = cv2.resize(
        mask[: rows * CELL, : columns * CELL].astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
    )
    windows = cv2.blur(cells, (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT)
    return np.asarray(windows[1::STRIDE, 1::STRIDE], np.float32)[: shape[0], : shape[1]]


def _sample(
    data: bytes, mask: npt.NDArray[np.bool_] | None, labels: tuple[Part, Role, Operator | None, CaptureKind], sent: bool
) -> Sample:
    picture = image.load(data)
    rgb = picture.rgb
    found = blocks(rgb, picture.quantisation[0])
    shape = found.values.shape[:2]
    edited = np.zeros(shape, np.float32)
    if mask is not None:
        wide = cv2.resize(mask.astype(np.uint8), rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
        edited = share_edited(wide, shape)
    return Sample(*labels, sent, found.values.astype(np.float16), edited.astype(np.float16), whole(rgb, found))


def samples(card: int, deck: Deck) -> Iterator[Sample]:
    """The pictures of one card: genuine, edited by two operators, recaptured, and some of them sent on by messenger."""
    part = part_of(card, deck)
    flat = page(card, part, deck)
    rng = np.random.default_rng([0x5A3B, deck.seed, card])
    kind: CaptureKind = "scan" if rng.random() < 0.35 else "phone"
    shot = int(rng.integers(1 << 30))
    genuine = capture(flat.rgb, kind, shot)
    sent = part != "train" or rng.random() < deck.messenger
    yield _sample(genuine, None, (part, "genuine", None, kind), False)
    if sent:
        yield _sample(messenger(genuine, shot), None, (part, "genuine", None, kind), True)
    # Another photograph than the genuine one: a pair would let the trees compare what no reviewer can.
    taken = photograph(flat, kind, shot + 1)
    for turn in range(2):
        operator = OPERATORS[(card * 2 + turn) % len(OPERATORS)]
        forged = forge(taken, operator, shot + turn, portrait=_portrait(rng, deck))
        data = upload(forged.rgb, shot + turn)
        yield _sample(data, forged.mask, (part, "forged", operator, kind), False)
        if sent and turn == 0:
            yield _sample(messenger(data, shot), forged.mask, (part, "forged", operator, kind), True)
    again: CaptureKind = "screen" if card % 2 else "print"
    recaptured = capture(flat.rgb, again, shot)
    yield _sample(recaptured, None, (part, "recaptured", None, again), False)
    if sent:
        yield _sample(messenger(recaptured, shot), None, (part, "recaptured", None, again), True)


def dealt(deck: Deck, cache: Path | None = None) -> Iterator[Sample]:
    """All samples of a deck, card by card; kept under `cache` and read from there the next time."""
    for card in range(deck.cards):
        path = cache / f"{deck.seed}-{card}.npz" if cache else None
        if path is not None and path.exists():
            yield from _load(path)
            continue
        made = tuple(samples(card, deck))
        if path is not None:
            _save(path, made)
        yield from made


def _save(path: Path, made: Sequence[Sample]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{index}.{item.name}": np.asarray(
            getattr(sample, item.name) or "" if item.name == "operator" else getattr(sample, item.name)
        )
        for index, sample in enumerate(made)
        for item in fields(Sample)
    }
    partial = path.with_suffix(".part.npz")
    np.savez(partial, **arrays)  # type: ignore[arg-type]
    partial.rename(path)


def _load(path: Path) -> Iterator[Sample]:
    with np.load(path) as arrays:
        for index in range(len({name.split(".")[0] for name in arrays.files})):
            named = {item.name: arrays[f"{index}.{item.name}"] for item in fields(Sample)}
            words = {name: str(named[name]) for name in ("part", "role", "kind")}
            yield Sample(
                **words,  # type: ignore[arg-type]
                operator=str(named["operator"]) or None,  # type: ignore[arg-type]
                sent=bool(named["sent"]),
                **{name: named[name] for name in ("values", "edited", "whole")},
            )
