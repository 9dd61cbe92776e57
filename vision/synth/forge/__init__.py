"""Edits a forger makes to the photograph of a document, each with the mask of the pixels it changed.

The forger is taken to know his craft: letters follow the page's perspective and bend, take the colour of the ink around
them and the sharpness of the photograph, and half the time something is done afterwards to hide the seams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np

from vision.synth.capture import CaptureKind, photograph, shoot, upload
from vision.synth.conceal import CONCEALMENTS, concealed
from vision.synth.documents import Rendered
from vision.synth.forge import inpaint as forge_inpaint
from vision.synth.forge import portrait as forge_portrait
from vision.synth.forge import surface as forge_surface
from vision.synth.forge import text as forge_text
from vision.synth.forge.scene import Edit, Wish
from vision.synth.lettering import Rgb
from vision.synth.resave import Mask
from vision.synth.template import Template

Operator = Literal[
    "portrait", "text", "digit", "mrz", "splice", "copy_move", "erase",
    "text_font", "face", "morph", "barcode", "signature", "overlay", "inpaint",
]  # fmt: skip
OPERATORS: tuple[Operator, ...] = get_args(Operator)
HIDDEN = 0.5
"""Share of forgeries after which the forger covers his traces."""
EDITS: Mapping[Operator, Callable[[Rendered, np.random.Generator, Wish], Edit]] = {
    "portrait": forge_portrait.portrait,
    "face": forge_portrait.face,
    "morph": forge_portrait.morph,
    "text": forge_text.text,
    "text_font": forge_text.text_font,
    "digit": forge_text.digit,
    "mrz": forge_text.mrz,
    "erase": forge_text.erase,
    "splice": forge_surface.splice,
    "copy_move": forge_surface.copy_move,
    "barcode": forge_surface.barcode,
    "signature": forge_surface.signature,
    "overlay": forge_surface.overlay,
    "inpaint": forge_inpaint.inpaint,
}
PHYSICAL: tuple[Operator, ...] = ("overlay",)
"""Operators that work on the page itself, before the camera."""


@dataclass(frozen=True)
class Forged:
    """An edited picture, before it is saved. `mask` is true where the edit changed it."""

    rgb: Rgb
    mask: Mask
    operator: Operator


def possible(series: Template, operator: Operator) -> bool:
    """Whether the documents of a series have what an operator changes."""
    return {"mrz": series.mrz is not None, "barcode": series.barcode is not None}.get(operator, True)


def edit(rendered: Rendered, operator: Operator, rng: np.random.Generator, wish: Wish) -> Edit:
    """One edit, not concealed. Gaps in what it touched are closed, as between the letters of a word."""
    made = EDITS[operator](rendered, rng, wish)
    closed = cv2.morphologyEx(made.touched.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return Edit(made.rgb, closed > 0)


def forge(
    rendered: Rendered,
    operator: Operator,
    seed: int,
    *,
    text: Mapping[str, str] | None = None,
    portrait: Rgb | None = None,
) -> Forged:
    """Edit a picture of a document: a photograph (`vision.synth.capture.photograph`), or a flat page.

    `text` names fields and what they shall say (dates in ISO form), for the operators that write; `portrait` is the
    head that those use that need one. What is not given is drawn from the seed."""
    rng = np.random.default_rng([0xF0E6, OPERATORS.index(operator), seed])
    made = edit(rendered, operator, rng, Wish(text or {}, portrait))
    if rng.random() >= HIDDEN:
        return Forged(made.rgb, made.touched, operator)
    way = CONCEALMENTS[int(rng.integers(len(CONCEALMENTS)))]
    return Forged(*concealed(made.rgb, made.touched, way, rng), operator)


def forged_capture(
    page: Rendered,
    operator: Operator,
    kind: CaptureKind,
    seed: int,
    *,
    text: Mapping[str, str] | None = None,
    portrait: Rgb | None = None,
) -> tuple[bytes, Mask]:
    """Photograph a flat page, edit the photograph and save it: the JPEG a forger uploads, and the edit's mask. What is
    done to the page itself is done before it is photographed."""
    if operator not in PHYSICAL:
        forged = forge(photograph(page, kind, seed), operator, seed, text=text, portrait=portrait)
        return upload(forged.rgb, seed), forged.mask
    rng = np.random.default_rng([0xF0E6, OPERATORS.index(operator), seed])
    made = edit(page, operator, rng, Wish(text or {}, portrait))
    shot = shoot(made.rgb, kind, seed)
    return upload(shot.rgb, seed), shot.pose.mask(made.touched)
