"""An edit as learned retouching tools make it: a mark is cleared by a network, and often written over again."""

from __future__ import annotations

import numpy as np

from vision.synth.documents import Rendered, field_ink
from vision.synth.forge.scene import (
    Edit,
    Wish,
    blank_coverage,
    field_text,
    flat_boxes,
    grown,
    rectangle,
    seen,
    style_of,
)
from vision.synth.forge.text import lettered, nudge_of, wanted_page
from vision.synth.resave import Mask
from vision.types import Box

FIELD, SIGNATURE = 0.7, 0.15
"""Shares of marks that clear a field's line and the signature; the others clear ground beside the portrait's head."""
WRITTEN = 0.5
"""Share of cleared fields that are given another value."""


def inpaint(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Clear a field's line, the signature, or some ground of the portrait, and fill the place by the network of
    `vision.synth.inpainting`. Half of the fields, and one that is asked for, are given another value."""
    kind = 0.0 if wish.text else rng.random()
    if kind < FIELD:
        return _field(page, rng, wish)
    box = _signature(page) if kind < FIELD + SIGNATURE else _ground(flat_boxes(page)["portrait"], rng)
    return _cleared(page, _marked(page, box, rng), rng)


def _field(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    wanted, name = wanted_page(page, wish, rng)
    made = _cleared(page, _marked(page, flat_boxes(page)[name], rng), rng)
    if not wish.text and rng.random() >= WRITTEN:
        return made
    new = blank_coverage(style_of(page))
    field_ink(style_of(page), name, field_text(wanted, name), new, nudge_of(page, name))
    return lettered(page, made.rgb, made.touched, new, rng, page.boxes[name])


def _cleared(page: Rendered, hole: Mask, rng: np.random.Generator) -> Edit:
    # The network needs torch, which whoever draws other pictures does without.
    from vision.synth.inpainting import fill

    return Edit(fill(page.rgb, hole, rng), hole)


def _marked(page: Rendered, box: Box, rng: np.random.Generator) -> Mask:
    """A box of the flat page with a small margin, as it lies in the picture."""
    style = style_of(page)
    whole = grown(box, int(rng.integers(1, 6)), (style.width, style.height))
    return np.asarray(seen(rectangle(style, whole, 0), page) > 0.5, np.bool_)


def _signature(page: Rendered) -> Box:
    return flat_boxes(page).get("signature", style_of(page).signature)


def _ground(portrait: Box, rng: np.random.Generator) -> Box:
    """An upper corner of the portrait, where the head leaves room."""
    width = int(portrait.width * rng.uniform(0.12, 0.24))
    height = int(portrait.height * rng.uniform(0.2, 0.45))
    inset = 8
    left = portrait.x + (inset if rng.random() < 0.5 else portrait.width - inset - width)
    return Box(x=left, y=portrait.y + inset, width=width, height=height)
