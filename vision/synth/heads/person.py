"""What a made-up person is like: bone, skin, hair and eyes, drawn from one integer. Nobody real was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.random import Generator

from vision.synth.heads.mesh import local_labels

Colour = tuple[float, float, float]
Sex = Literal["F", "M"]
HairStyle = Literal["cropped", "short", "parted", "long", "fringe", "bald"]

ANCESTRIES = ("african", "asian", "caucasian")
SKIN_BY_MELANIN: tuple[Colour, ...] = (
    (0.93, 0.80, 0.74),
    (0.88, 0.73, 0.65),
    (0.80, 0.64, 0.54),
    (0.67, 0.51, 0.42),
    (0.49, 0.36, 0.29),
    (0.34, 0.24, 0.195),
)
HAIR_COLOURS: tuple[Colour, ...] = (
    (0.03, 0.025, 0.022),
    (0.07, 0.045, 0.03),
    (0.14, 0.085, 0.05),
    (0.26, 0.16, 0.085),
    (0.50, 0.36, 0.19),
    (0.34, 0.12, 0.05),
)
IRIS_COLOURS: tuple[Colour, ...] = (
    (0.10, 0.055, 0.03),
    (0.17, 0.09, 0.045),
    (0.26, 0.17, 0.07),
    (0.22, 0.25, 0.13),
    (0.22, 0.33, 0.44),
    (0.34, 0.38, 0.40),
)
STEADY = (
    "mouth-angles",
    "trans-out",
    "angle-out",
    "head-trans",
    "neck-trans",
    "septumangle",
    "age-incr",
    "head-fat",
    "neck-double",
)


@dataclass(frozen=True, eq=False)
class Person:
    """The lasting traits behind every picture of one made-up person. `age` in years; `melanin`, `weight` and `wave` in
    [0, 1]; `hair_length` is the height on the bust where long hair ends, in decimetres."""

    sex: Sex
    age: float
    ancestry: tuple[float, float, float]
    weight: float
    morphs: Mapping[str, float]
    melanin: float
    ruddiness: float
    freckles: float
    hair: Colour
    hair_style: HairStyle
    hair_length: float
    wave: float
    hairline: float
    parting: float
    brow_weight: float
    brow_arch: float
    brow_height: float
    brow_gap: float
    shadows: float
    lip_tone: float
    beard: float
    beard_shape: float
    lip: float
    iris: Colour
    marks: tuple[tuple[float, float, float], ...]
    texture: int


def _morphs(rng: Generator, spread: float) -> dict[str, float]:
    """Weights of the local morphs: both sides of the face alike but for a little asymmetry."""
    shared: dict[str, float] = {}
    weights: dict[str, float] = {}
    for less, more in local_labels():
        stem = more.split("/")[1]
        key = stem.removeprefix("l-").removeprefix("r-")
        scale = 0.15 if any(word in key for word in STEADY) else spread
        if key not in shared:
            shared[key] = float(np.clip(rng.normal(0, scale), -0.9, 0.9))
        value = shared[key] + (float(rng.normal(0, 0.05)) if key != stem else 0.0)
        weights[more if value > 0 else less] = abs(value)
    return weights


def _hair(rng: Generator, sex: Sex, ancestry: tuple[float, float, float]) -> tuple[Colour, HairStyle]:
    fair = ancestry[2] > 0.55
    colour = HAIR_COLOURS[
        int(rng.choice(6, p=(0.1, 0.2, 0.25, 0.2, 0.15, 0.1) if fair else (0.5, 0.35, 0.12, 0.03, 0, 0)))
    ]
    styles: tuple[HairStyle, ...] = ("cropped", "short", "parted", "long", "fringe", "bald")
    chances = (0.03, 0.12, 0.15, 0.45, 0.25, 0.0) if sex == "F" else (0.25, 0.4, 0.2, 0.03, 0.0, 0.12)
    shade = rng.uniform(0.8, 1.25)
    tinted = (colour[0] * shade, colour[1] * shade, colour[2] * shade)
    return tinted, styles[int(rng.choice(6, p=chances))]


def _marks(rng: Generator) -> tuple[tuple[float, float, float], ...]:
    """Moles as (x, y, radius) on the average face seen from the front, in decimetres."""
    count = int(rng.poisson(1.5))
    return tuple(
        (float(rng.uniform(-0.6, 0.6)), float(rng.uniform(6.3, 7.9)), float(rng.uniform(0.008, 0.018)))
        for _ in range(count)
    )


@cache
def person(number: int) -> Person:
    """The person that belongs to an integer, always the same one."""
    rng = np.random.default_rng([0x4EAD, number])
    sex: Sex = "F" if rng.random() < 0.5 else "M"
    drawn = rng.dirichlet((0.45, 0.45, 0.6))
    ancestry = (float(drawn[0]), float(drawn[1]), float(drawn[2]))
    tone = float(np.dot(ancestry, (0.85, 0.3, 0.14)) + rng.normal(0, 0.07))
    hair, style = _hair(rng, sex, ancestry)
    fair = ancestry[2] > 0.55
    bearded = sex == "M" and rng.random() < 0.45
    return Person(
        sex=sex,
        age=float(rng.uniform(19, 62)),
        ancestry=ancestry,
        weight=float(np.clip(rng.normal(0.5, 0.2), 0, 1)),
        morphs=_morphs(rng, 0.32),
        melanin=float(np.clip(tone, 0.02, 0.98)),
        ruddiness=float(rng.uniform(0.3, 1.0)),
        freckles=float(rng.uniform(0, 1) ** 3 * (1.0 if fair else 0.3)),
        hair=hair,
        hair_style=style,
        hair_length=float(rng.uniform(5.3, 6.7)),
        wave=float(rng.uniform(0, 1)),
        hairline=float(rng.normal(0, 0.05) + (0.05 if sex == "M" else 0)),
        parting=float(rng.choice((-1, 1)) * rng.uniform(0.05, 0.3)),
        brow_weight=float(np.clip(rng.normal(0.75 if sex == "M" else 0.55, 0.25), 0.15, 1.2)),
        brow_arch=float(rng.normal(0.5 if sex == "F" else 0.15, 0.4)),
        brow_height=float(rng.normal(0, 0.018)),
        brow_gap=float(rng.uniform(0.06, 0.15)),
        shadows=float(rng.uniform(0.4, 1.7)),
        lip_tone=float(rng.uniform(0, 1)),
        beard=float(rng.uniform(0.5, 1.0)) if bearded else (float(rng.uniform(0.0, 0.3)) if sex == "M" else 0.0),
        beard_shape=float(rng.uniform(0, 1)),
        lip=float(rng.uniform(0.2, 1.0) if sex == "F" else rng.uniform(0.0, 0.4)),
        iris=IRIS_COLOURS[
            int(rng.choice(6, p=(0.1, 0.2, 0.2, 0.15, 0.25, 0.1) if fair else (0.5, 0.35, 0.1, 0.05, 0, 0)))
        ],
        marks=_marks(rng),
        texture=int(rng.integers(1 << 30)),
    )


def skin_colour(melanin: float) -> Colour:
    """Reflectance (linear RGB) of bare skin between the lightest (0) and the darkest (1)."""
    table = np.array(SKIN_BY_MELANIN)
    at = melanin * (len(table) - 1)
    mixed = [float(np.interp(at, range(len(table)), table[:, channel])) for channel in range(3)]
    return (mixed[0] ** 2.2, mixed[1] ** 2.2, mixed[2] ** 2.2)


def shape_weights(someone: Person, years: float) -> dict[str, float]:
    """Morph weights of a person's head, `years` older (or younger) than in the person's own age."""
    age = float(np.clip((someone.age + years - 25) / 65, 0, 1))
    sex = "female" if someone.sex == "F" else "male"
    heavy = (max(0.0, 1 - 2 * someone.weight), 1 - abs(2 * someone.weight - 1), max(0.0, 2 * someone.weight - 1))
    weights = dict(someone.morphs)
    for stage, share in (("young", 1 - age), ("old", age)):
        for race, part in zip(ANCESTRIES, someone.ancestry, strict=True):
            weights[f"macrodetails/{race}-{sex}-{stage}"] = share * part
        for build, part in zip(("minweight", "averageweight", "maxweight"), heavy, strict=True):
            weights[f"macrodetails/universal-{sex}-{stage}-averagemuscle-{build}"] = share * part
    return weights
