"""Edits of whose face a document shows: the whole portrait, the face inside it, or a face between two."""

from __future__ import annotations

import cv2
import numpy as np

from vision.synth.documents import Rendered, fit, greyed
from vision.synth.forge.scene import (
    TRACE,
    Edit,
    Wish,
    around,
    blank_coverage,
    flat_boxes,
    rectangle,
    seen,
    soft,
    softness,
    style_of,
    toned,
)
from vision.synth.lettering import Coverage, Rgb, lay
from vision.synth.portraits import stand_in
from vision.synth.resave import decode, drawn_save, encode
from vision.types import Box


def portrait(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Put another head into the portrait's place. It has a history of its own: another camera, JPEG, scale."""
    box = flat_boxes(page)["portrait"]
    inset = Box(x=box.x + 1, y=box.y + 1, width=box.width - 2, height=box.height - 2)
    share = seen(rectangle(style_of(page), inset, rng.uniform(0, 3)), page)
    head = _head(page, wish, rng)
    picture = page.rgb.copy()
    lay(picture, share, toned(head, page.rgb, share > 0.5) if rng.random() < 0.5 else head)
    return Edit(picture, share > TRACE)


def face(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Put another face into the oval of the portrait's face, and leave hair, garment and ground. Its colours are those
    of the face that was there; the seam is feathered or solved away (Poisson, Pérez et al. 2003)."""
    inner = seen(_oval(page, rng, 0.23, 0.22), page)
    head = toned(_head(page, wish, rng), page.rgb, inner > 0.5, 0.9)
    if rng.random() < 0.5:
        place = around(inner > 0.5, 20)
        hole = (inner[place] > 0.5).astype(np.uint8) * 255
        rows, columns = np.nonzero(hole.any(axis=1))[0], np.nonzero(hole.any(axis=0))[0]
        centre = (int(columns[0] + columns[-1] + 1) // 2, int(rows[0] + rows[-1] + 1) // 2)
        picture = page.rgb.copy()
        picture[place] = cv2.seamlessClone(
            np.ascontiguousarray(head[place]), np.ascontiguousarray(picture[place]), hole, centre, cv2.NORMAL_CLONE
        )
        # The solver also moves pixels beside the hole.
        return Edit(picture, (inner > 0.5) | (cv2.absdiff(picture, page.rgb).max(axis=2) > 0))
    share, picture = soft(inner, rng.uniform(2, 7)), page.rgb.copy()
    lay(picture, share, head)
    return Edit(picture, share > TRACE)


def morph(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Make the portrait look like two people at once: another face laid over the face, half seen through."""
    inner = soft(seen(_oval(page, rng, 0.28, 0.26), page), rng.uniform(4, 9))
    head = toned(_head(page, wish, rng), page.rgb, inner > 0.5, 0.8)
    picture = page.rgb.copy()
    lay(picture, inner, head, float(rng.uniform(0.35, 0.6)))
    return Edit(picture, inner > TRACE)


def _head(page: Rendered, wish: Wish, rng: np.random.Generator) -> Rgb:
    """The forger's head where the portrait lies in the picture, as sharp as the rest; black elsewhere."""
    style, box = style_of(page), flat_boxes(page)["portrait"]
    head = wish.portrait if wish.portrait is not None else stand_in(int(rng.integers(1 << 30)))
    grainy = head + rng.normal(0, rng.uniform(0.5, 4), head.shape)
    own = decode(encode(np.clip(grainy, 0, 255).astype(np.uint8), drawn_save(rng, 75, 97)))
    flat = np.zeros((style.height, style.width, 3), np.uint8)
    flat[box.y : box.y + box.height, box.x : box.x + box.width] = fit(greyed(own) if style.grey_portrait else own, box)
    laid = seen(flat, page, box)
    place = around(np.asarray(laid.any(axis=2), np.bool_))
    laid[place] = cv2.GaussianBlur(laid[place], (0, 0), softness(page) * rng.uniform(0.75, 1.1))
    return np.asarray(laid, np.uint8)


def _oval(page: Rendered, rng: np.random.Generator, across: float, down: float) -> Coverage:
    """The face on the flat page, an ellipse whose half axes are shares of the portrait's width and height."""
    box, coverage = flat_boxes(page)["portrait"], blank_coverage(style_of(page))
    centre = (box.x + box.width * rng.uniform(0.49, 0.51), box.y + box.height * rng.uniform(0.52, 0.54))
    axes = (across * box.width * rng.uniform(0.92, 1.08), down * box.height * rng.uniform(0.92, 1.08))
    cv2.ellipse(coverage, (centre, (2 * axes[0], 2 * axes[1]), 0), 1.0, -1, cv2.LINE_AA)
    return coverage
