"""How one picture of a deck comes about: a page, a capture, an edit, and the saves around them.

specimen = draw(TRAIN, 17)          # the same picture, byte for byte, whenever it is asked for
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

import numpy as np
from PIL import Image

from vision.synth.benign import BENIGN, Benign, decorated
from vision.synth.capture import Photograph, Shot, photographed, take
from vision.synth.capture.medium import Medium
from vision.synth.capture.pose import Pose
from vision.synth.capture.sensor import DEVICES, Pipeline, first_save
from vision.synth.conceal import WHOLE, Concealment, conceal
from vision.synth.deck import Recipe, Series, Specimen, Truth
from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.fabricate import FABRICATIONS, Fabrication, camera_exif, edited_exif, grey_copy, synthetic
from vision.synth.forge import PHYSICAL, Operator, edit, possible
from vision.synth.forge.scene import Wish
from vision.synth.forge.values import name, number
from vision.synth.lettering import Rgb
from vision.synth.portraits import stand_in
from vision.synth.resave import Mask, Plane, Resave, Save, decode, drawn_resave, encode, followed, resaved
from vision.synth.template import template

T = TypeVar("T")
DRAWN = 1 << 20
"""People from this number on have a drawn head; below it their heads are rendered."""
HIDDEN, HARMLESS, STAMPED, KEPT = 0.5, 0.25, 0.5, 0.6
"""Shares: of pictures that are concealed and that are changed without harm, of cameras that write metadata, and of
re-saves that keep it."""
STRIPPING = ("messenger", "heavy_messenger", "screenshot")
NATIONS = ("DEU", "FRA", "ESP", "ITA", "POL", "NGA", "JPN", "BRA", "TUR", "SWE", "GRC", "GEO", "IND", "KOR", "UKR")


@dataclass(frozen=True)
class Plan:
    """What happens to a picture, drawn before anybody knows whether it is edited: see `Specimen`. The work on it, if
    any, is done after `before` of the saves."""

    series: Series
    pipeline: Pipeline
    person: int
    save: Save
    resaves: tuple[Resave, ...]
    before: int
    concealment: Concealment | None
    benign: Benign | None
    exif: bool


@dataclass(frozen=True, eq=False)
class _Deed:
    """What is false about a picture, if anything, and how it is hidden; a whole-picture `way` harms nobody."""

    operator: Operator | None
    wish: Wish
    way: Concealment | None
    fabrication: Fabrication | None
    medium: Medium


@dataclass(frozen=True)
class State:
    """A picture on its way, and where it was edited so far."""

    photo: Photograph
    mask: Mask | None = None

    def moved(self, rgb: Rgb, plane: Plane) -> State:
        """The same picture with its pixels moved by `plane`."""
        size, old = (rgb.shape[1], rgb.shape[0]), self.photo.pose
        if old is None or self.photo.page is None:
            return replace(self, photo=replace(self.photo, rgb=rgb))
        if size == old.size and np.array_equal(plane, np.eye(3)):
            return replace(self, photo=replace(self.photo, rgb=rgb))
        pose = Pose(plane @ old.plane, size, old.page, old.bend)
        blur = float(max(self.photo.blur * plane[0, 0], 0.4))
        photo = photographed(self.photo.page, Shot(rgb, pose, blur), self.photo.pipeline)
        return State(photo, None if self.mask is None else followed(self.mask, plane, size))


def _pick(shares: Mapping[T, float], rng: np.random.Generator) -> T:
    weights = np.asarray(list(shares.values()), np.float64)
    return list(shares)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def _any(values: tuple[T, ...], rng: np.random.Generator) -> T:
    return values[int(rng.integers(len(values)))]


@lru_cache(maxsize=128)
def _rendered_head(person: int) -> Rgb:
    from vision.synth.heads import portrait

    return np.asarray(portrait(person), np.uint8)


def face(person: int) -> Rgb:
    """The portrait of a person of a deck."""
    return stand_in(person) if person >= DRAWN else _rendered_head(person)


def person_of(recipe: Recipe, rng: np.random.Generator, other: int = -1) -> int:
    """A person of this set who is not `other`."""
    if rng.random() < 0.5:
        return _any(tuple(person for person in recipe.heads if person != other), rng)
    return DRAWN * (recipe.seed + 1) + int(rng.integers(DRAWN))


def page_of(series: Series, person: int, rng: np.random.Generator) -> Rendered:
    issued = date(2016, 1, 1) + timedelta(days=int(rng.integers(3000)))
    holder = Holder(
        name(rng),
        " ".join(name(rng) for _ in range(int(rng.integers(1, 3)))),
        date(1950, 1, 1) + timedelta(days=int(rng.integers(20000))),
        _any(("F", "M"), rng),
        _any(NATIONS, rng),
        number(rng),
    )
    issue = Issue(*series, issued, issued + timedelta(days=3652))
    return render(holder, issue, face(person), int(rng.integers(1 << 30)))


def plan_of(recipe: Recipe, index: int) -> Plan:
    """What happens to the picture of this index, edited or not."""
    rng = np.random.default_rng([0x91A4, recipe.seed, index])
    pipeline, count = _any(recipe.pipelines, rng), _pick(dict(enumerate(recipe.resaves)), rng)
    steps = [drawn_resave(rng, _pick(recipe.manners, rng)) for _ in range(count)]
    if recipe.last:
        steps.append(drawn_resave(rng, _pick(recipe.last, rng)))
    return Plan(
        series=_any(tuple(series for series in recipe.series if operators_of(recipe, series)), rng),
        pipeline=pipeline,
        person=person_of(recipe, rng),
        save=first_save(DEVICES[pipeline], rng),
        resaves=tuple(steps),
        before=int(rng.integers(count + 1)),
        concealment=_any(recipe.concealments, rng) if rng.random() < HIDDEN else None,
        benign=_any(BENIGN, rng) if rng.random() < HARMLESS else None,
        exif=_keeps_metadata(pipeline, steps, rng),
    )


def _keeps_metadata(pipeline: Pipeline, steps: list[Resave], rng: np.random.Generator) -> bool:
    written = rng.random() < STAMPED and not DEVICES[pipeline].flat
    kept = [rng.random() < KEPT and step.manner not in STRIPPING for step in steps]
    return bool(written and all(kept))


def truth_of(recipe: Recipe, index: int) -> Truth:
    """What the picture of this index is."""
    return _pick(recipe.truths, np.random.default_rng([0x7247, recipe.seed, index]))


def draw(recipe: Recipe, index: int) -> Specimen:
    """The picture of this index. It depends on nothing but the arguments."""
    rng = np.random.default_rng([0xDEC4, recipe.seed, index])
    plan, truth = plan_of(recipe, index), truth_of(recipe, index)
    page, deed = page_of(plan.series, plan.person, rng), _deed(recipe, plan, truth, rng)
    state = _captured(recipe, plan, page, deed, rng)
    exif = edited_exif(rng) if deed.fabrication == "metadata" else camera_exif(rng) if plan.exif else None
    data, state = _saved(state, plan, deed, exif, rng)
    if state.mask is not None and not state.mask.any():
        truth, deed, state = "genuine", replace(deed, operator=None), replace(state, mask=None)
    return Specimen(
        data, state.mask, truth, deed.operator, deed.way if deed.operator else None, plan.series, plan.pipeline,
        plan.save, plan.resaves, plan.person, deed.medium, deed.fabrication, plan.benign,
    )  # fmt: skip


def _deed(recipe: Recipe, plan: Plan, truth: Truth, rng: np.random.Generator) -> _Deed:
    operator = _any(operators_of(recipe, plan.series), rng) if truth == "edited" else None
    local = operator is not None and operator not in PHYSICAL
    return _Deed(
        operator=operator,
        wish=Wish({}, face(person_of(recipe, rng, plan.person))),
        way=plan.concealment if local or plan.concealment in WHOLE else None,
        fabrication=_any(FABRICATIONS, rng) if truth == "fabricated" else None,
        medium=medium_of(plan.pipeline, rng) if truth == "recaptured" else "paper",
    )


def _saved(
    state: State, plan: Plan, deed: _Deed, exif: Image.Exif | None, rng: np.random.Generator
) -> tuple[bytes, State]:
    """The file after all saves, and what is in it. The work is done after as many of them as planned."""
    data = b""
    for turn in range(len(plan.resaves) + 1):
        if turn == plan.before:
            state = _worked(state, deed, plan.benign, rng)
        last = exif if turn == len(plan.resaves) else None
        plane: Plane = np.eye(3)
        if turn:
            data, plane = resaved(state.photo.rgb, plan.resaves[turn - 1], last)
        else:
            data = encode(state.photo.rgb, plan.save, last)
        state = state.moved(decode(data), plane)
    return data, state


def medium_of(pipeline: Pipeline, rng: np.random.Generator) -> Medium:
    # Nobody lays a display on a scanner.
    return "print" if DEVICES[pipeline].flat or rng.random() < 0.5 else "screen"


def operators_of(recipe: Recipe, series: Series) -> tuple[Operator, ...]:
    return tuple(operator for operator in recipe.operators if possible(template(*series), operator))


def _captured(recipe: Recipe, plan: Plan, page: Rendered, deed: _Deed, rng: np.random.Generator) -> State:
    """The page before the camera, with what was done to the page itself."""
    device = DEVICES[plan.pipeline]
    if deed.fabrication == "synthetic":
        return State(photographed(page, synthetic(page.rgb, rng), plan.pipeline))
    if deed.operator in PHYSICAL:
        made = edit(page, deed.operator, rng, deed.wish)
        shot = take(made.rgb, device, "paper", rng)
        return State(photographed(page, shot, plan.pipeline), shot.pose.mask(made.touched))
    flat = grey_copy(page.rgb, rng) if deed.fabrication == "grey_copy" else page.rgb
    if deed.medium == "paper" or rng.random() < 0.5:
        return State(photographed(page, take(flat, device, deed.medium, rng), plan.pipeline))
    first = take(flat, DEVICES[_any(recipe.pipelines, rng)], "paper", rng)
    shot = take(first.rgb, device, deed.medium, rng)
    inner = first.pose
    # The bend of the second capture is left out of the pose: nothing is edited where it would be needed.
    pose = Pose(shot.pose.plane @ inner.plane, shot.pose.size, inner.page, inner.bend)
    return State(photographed(page, replace(shot, pose=pose), plan.pipeline))


def _worked(state: State, deed: _Deed, benign: Benign | None, rng: np.random.Generator) -> State:
    """What is done on a computer: the edit, what hides it, and what harms nobody."""
    if deed.operator is not None and deed.operator not in PHYSICAL:
        made = edit(state.photo, deed.operator, rng, deed.wish)
        state = State(replace(state.photo, rgb=made.rgb), made.touched)
    if deed.way is not None:
        mask = state.mask if state.mask is not None else np.zeros(state.photo.rgb.shape[:2], np.bool_)
        state = state.moved(*conceal(state.photo.rgb, mask, deed.way, rng))
    if benign is not None:
        state = replace(state, photo=replace(state.photo, rgb=decorated(state.photo, benign, rng, state.mask)))
    return state
