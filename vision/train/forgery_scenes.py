"""Windows of captures before and after one edit, each drawn once and kept: what is costly about a training picture.

A scene holds the same pixels twice, as the camera (and up to three saves) left them and as a forger did, not yet
concealed or saved. `vision.train.forgery_pictures` sends both through the same saves, anew each time, so that a batch
holds edited places beside the genuine ones they came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from vision.synth import deal
from vision.synth.benign import decorated
from vision.synth.capture import exported, photographed, take
from vision.synth.capture.sensor import DEVICES, Pipeline
from vision.synth.deck import Recipe
from vision.synth.documents import Rendered
from vision.synth.forge import PHYSICAL, Operator, edit
from vision.synth.forge.scene import Wish
from vision.synth.resave import Mask, decode, encode, resaved

Rgb = npt.NDArray[np.uint8]
Origin = Literal["camera", "recapture", "export"]
"""What a capture is: of a document, of its picture on a screen or a print, or no capture at all but a page as a
program writes it."""
WINDOW = 576
"""Pixels a side of a scene, or the whole of a smaller picture."""
GRID = 16
"""Scenes begin on the grid of the largest JPEG blocks, so that saves go on where the last one stopped."""
EDITS = 3
"""Edits made to each capture; one scene more shows a place where nothing was edited."""
RECAPTURED = 0.12
"""Share of captures of a screen or a print, of which no edits are made."""
EXPORTED = 0.08
"""Share of the others that no camera took. On these all is sharp, a code or a line of text as much as a pasted one."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One window (rows, columns, 3) of a capture. `edited` and `mask` are those of `operator`; where nothing was edited
    `edited` is `genuine`, the mask is empty and the operator "". `saved` says whether the capture had been compressed
    before the edit; `pipeline` is its device."""

    genuine: Rgb
    edited: Rgb
    mask: Mask
    operator: str
    pipeline: Pipeline
    saved: bool
    recaptured: bool


def drawn_scenes(recipe: Recipe, index: int) -> Iterator[Scene]:
    """The scenes of one capture of a recipe; they depend on nothing but the arguments."""
    rng = np.random.default_rng([0x5CE7E, recipe.seed, index])
    plan = deal.plan_of(recipe, index)
    page = deal.page_of(plan.series, plan.person, rng)
    origin: Origin = "recapture" if rng.random() < RECAPTURED else _origin(recipe, index)
    if origin == "export" and rng.random() < 0.4:
        page = _soft_code(page, float(rng.uniform(0.5, 2.0)))
    capture = _Capture(plan, page, origin, int(rng.integers(1 << 30)))
    clean = capture.of(page.rgb)
    yield _cut(clean.photo.rgb, clean, "", capture, rng)
    able = deal.operators_of(recipe, plan.series)
    for turn in rng.permutation(len(able))[: 0 if origin == "recapture" else EDITS]:
        operator, seed = able[int(turn)], int(rng.integers(1 << 30))
        after = _edited(recipe, capture, clean, operator, np.random.default_rng(seed))
        if after.mask is None or not after.mask.any() or after.photo.rgb.shape != clean.photo.rgb.shape:
            continue
        genuine = clean.photo.rgb
        if plan.benign is not None:
            # The same harmless change of both: it is drawn from the same seed and spares the same places.
            genuine, edited = (
                decorated(replace(clean.photo, rgb=rgb), plan.benign, np.random.default_rng(seed), after.mask)
                for rgb in (genuine, after.photo.rgb)
            )
            after = replace(after, photo=replace(after.photo, rgb=edited))
        yield _cut(genuine, after, operator, capture, rng)


def _origin(recipe: Recipe, index: int) -> Origin:
    """Whether a camera took the picture, drawn apart so that it moves nothing else."""
    return "export" if np.random.default_rng([0xE4B0, recipe.seed, index]).random() < EXPORTED else "camera"


def _soft_code(page: Rendered, blur: float) -> Rendered:
    """The page with its barcode unsharp, as a program leaves one that it scaled before it drew all else."""
    box = page.boxes.get("barcode")
    if box is None:
        return page
    rgb = page.rgb.copy()
    window = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
    rgb[window] = cv2.GaussianBlur(rgb[window], (0, 0), blur)
    return replace(page, rgb=rgb)


@dataclass(frozen=True)
class _Capture:
    """How a page is looked at; the same `shutter` gives the same noise in the same places."""

    plan: deal.Plan
    page: Rendered
    origin: Origin
    shutter: int

    def of(self, rgb: Rgb, touched: Mask | None = None) -> deal.State:
        """The flat page, or what was made of it, as the device and the saves before the edit leave it."""
        plan, rng = self.plan, np.random.default_rng(self.shutter)
        medium = deal.medium_of(plan.pipeline, rng) if self.origin == "recapture" else "paper"
        shot = exported(rgb, rng) if self.origin == "export" else take(rgb, DEVICES[plan.pipeline], medium, rng)
        mask = None if touched is None else shot.pose.mask(touched)
        state = deal.State(photographed(self.page, shot, plan.pipeline), mask)
        for turn in range(plan.before):
            data, plane = encode(state.photo.rgb, plan.save), np.eye(3)
            if turn:
                data, plane = resaved(state.photo.rgb, plan.resaves[turn - 1])
            state = state.moved(decode(data), plane)
        return state


def _edited(
    recipe: Recipe, capture: _Capture, clean: deal.State, operator: Operator, rng: np.random.Generator
) -> deal.State:
    wish = Wish({}, deal.face(deal.person_of(recipe, rng, capture.plan.person)))
    if operator in PHYSICAL:
        made = edit(capture.page, operator, rng, wish)
        return capture.of(made.rgb, made.touched)
    made = edit(clean.photo, operator, rng, wish)
    return deal.State(replace(clean.photo, rgb=made.rgb), made.touched)


def _cut(genuine: Rgb, after: deal.State, operator: str, capture: _Capture, rng: np.random.Generator) -> Scene:
    """A window that holds a place of the edit, or any."""
    mask = np.zeros(genuine.shape[:2], np.bool_) if after.mask is None else after.mask
    hits = np.flatnonzero(mask)
    hit = divmod(int(hits[int(rng.integers(len(hits)))]), mask.shape[1]) if len(hits) else None
    place = []
    for axis, length in enumerate(mask.shape):
        side = min(length // GRID * GRID, WINDOW)
        room = length - side
        at = int(rng.integers(0, room + 1)) if hit is None else hit[axis] - int(rng.integers(side // 8, side * 7 // 8))
        start = int(np.clip(at, 0, room)) // GRID * GRID
        place.append(slice(start, start + side))
    cut = tuple(place)
    plan = capture.plan
    return Scene(
        np.ascontiguousarray(genuine[cut]), np.ascontiguousarray(after.photo.rgb[cut]), np.ascontiguousarray(mask[cut]),
        operator, plan.pipeline, plan.before > 0, capture.origin == "recapture",
    )  # fmt: skip


def kept_scenes(recipe: Recipe, folder: Path, index: int) -> None:
    """Draw the scenes of one capture into a folder, unless they are there. Names of recaptured ones end in r."""
    done = folder / f"{index:06d}.done"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for turn, scene in enumerate(drawn_scenes(recipe, index)):
        name, partial = f"{index:06d}-{turn}{'r' * scene.recaptured}.npz", folder / f"{index:06d}-{turn}.part"
        with partial.open("wb") as file:
            np.savez(file, **_arrays(scene))
        partial.rename(folder / name)
    done.touch()


def _arrays(scene: Scene) -> dict[str, Any]:
    """A scene as arrays; of the edited window only the rectangle that differs."""
    differs = (scene.genuine != scene.edited).any(axis=2)
    spans = [np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0)]
    (top, bottom), (left, right) = ((int(one[0]), int(one[-1]) + 1) if len(one) else (0, 0) for one in spans)
    return {
        "genuine": scene.genuine, "edited": scene.edited[top:bottom, left:right], "corner": np.array((top, left)),
        "mask": np.packbits(scene.mask), "words": np.array((scene.operator, scene.pipeline)),
        "flags": np.array((scene.saved, scene.recaptured)),
    }  # fmt: skip


def read_scene(path: Path) -> Scene:
    """A scene that `kept_scenes` wrote."""
    with np.load(path) as arrays:
        genuine, part = arrays["genuine"], arrays["edited"]
        (top, left), (operator, pipeline), flags = arrays["corner"], arrays["words"], arrays["flags"]
        bits = np.unpackbits(arrays["mask"], count=genuine.shape[0] * genuine.shape[1])
    edited = genuine.copy()
    edited[top : top + part.shape[0], left : left + part.shape[1]] = part
    mask = bits.reshape(genuine.shape[:2]).astype(np.bool_)
    return Scene(genuine, edited, mask, str(operator), str(pipeline), bool(flags[0]), bool(flags[1]))  # type: ignore[arg-type]
