"""Edits that move pixels: from another capture, from elsewhere in the picture, and things stuck on the page itself."""

from __future__ import annotations

import cv2
import numpy as np

from vision.synth.documents import Rendered, field_ink, fit, render
from vision.synth.forge.scene import (
    TRACE,
    Edit,
    Wish,
    across,
    around,
    blank_coverage,
    donor,
    field_text,
    flat_boxes,
    grown,
    rectangle,
    removed,
    seen,
    soft,
    softness,
    style_of,
    toned,
    window,
)
from vision.synth.forge.text import EDITABLE, another, mrz, nudge_of, wanted_page
from vision.synth.lettering import Rgb, lay, write
from vision.synth.portraits import stand_in
from vision.types import Box

DATES = ("birth_date", "issue_date", "expiry_date")


def splice(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Paste one field, or the portrait, from a photograph of another holder's document of the same series."""
    style, other = style_of(page), donor(page, wish, rng)
    name = str(rng.choice((*EDITABLE, "portrait")))
    own, theirs = flat_boxes(page)[name], flat_boxes(other)[name]
    box = grown(_joined(own, theirs), 2, (style.width, style.height))
    laid = across(other, page, box)
    share = seen(rectangle(style, box, 0), page)
    share = soft(share, rng.uniform(0, 3))
    picture = page.rgb.copy()
    lay(picture, share, toned(laid, page.rgb, share > 0.5, 0.8) if rng.random() < 0.7 else laid)
    return Edit(picture, share > TRACE)


def _joined(first: Box, second: Box) -> Box:
    x, y = min(first.x, second.x), min(first.y, second.y)
    right = max(first.x + first.width, second.x + second.width)
    bottom = max(first.y + first.height, second.y + second.height)
    return Box(x=x, y=y, width=right - x, height=bottom - y)


def copy_move(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Copy one place of the picture over another: a date over another date, or bare paper over a field."""
    rows, columns = page.rgb.shape[:2]
    if rng.random() < 0.4:
        target = page.boxes[str(rng.choice((*EDITABLE, "issue_date")))]
        width, height = min(target.width, columns - target.x), target.height
        left, top = _barest(page.rgb, target, width, rng)
    else:
        target, source = (page.boxes[str(name)] for name in rng.permutation(DATES)[:2])
        width = min(max(target.width, source.width), columns - max(target.x, source.x))
        height, left, top = min(target.height, source.height), source.x, source.y
    laid, share = page.rgb.copy(), np.zeros((rows, columns), np.float32)
    place = np.s_[target.y : target.y + height, target.x : target.x + width]
    laid[place], share[place] = page.rgb[top : top + height, left : left + width], 1
    share, picture = soft(share, rng.uniform(0, 2.5)), page.rgb.copy()
    lay(picture, share, laid)
    return Edit(picture, share > TRACE)


def _barest(rgb: Rgb, target: Box, width: int, rng: np.random.Generator) -> tuple[int, int]:
    """The left and top of the place with the least on it, of some near a box and as high."""
    rows, columns = rgb.shape[:2]
    left = np.clip(target.x + rng.integers(-180, 181, 24), 0, columns - width)
    top = np.clip(target.y + rng.integers(-90, 91, 24), 0, rows - target.height)
    busy = [
        float(rgb[y : y + target.height, x : x + width].std())
        + 99 * (abs(y - target.y) < target.height and abs(x - target.x) < width)
        for x, y in zip(left, top, strict=True)
    ]
    best = int(np.argmin(busy))
    return int(left[best]), int(top[best])


def barcode(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Put another holder's barcode there, drawn anew; a series without one has its machine readable zone changed."""
    if "barcode" not in page.boxes:
        return mrz(page, rng, wish)
    style, box = style_of(page), flat_boxes(page)["barcode"]
    wanted, _ = wanted_page(page, wish, rng)
    flat = render(wanted.holder, wanted.issue, np.full((8, 8, 3), 128, np.uint8), int(rng.integers(1 << 30)))
    box = _joined(box, flat.boxes["barcode"])
    laid, share = np.asarray(seen(flat.rgb, page, box), np.uint8), seen(rectangle(style, box, 0), page)
    place = around(share > 0)
    laid[place] = cv2.GaussianBlur(laid[place], (0, 0), softness(page) * rng.uniform(0.75, 1.1))
    picture = page.rgb.copy()
    lay(picture, soft(share, rng.uniform(0, 1.5)), toned(laid, page.rgb, share > 0.5, 1.0))
    return Edit(picture, share > TRACE)


def signature(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Carry a signature over from another document, or set a stamp."""
    return _stamped(page, rng) if rng.random() < 0.4 else _signed(page, rng, wish)


def _signed(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """The own signature painted over, and the strokes of another laid on the paper that is there."""
    style = style_of(page)
    box = flat_boxes(page).get("signature", style.signature)
    inside = seen(rectangle(style, box, 0), page) > 0.5
    strokes = _darkness(page.rgb, inside)
    hole = np.asarray(cv2.dilate((strokes > 0.12).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    picture = removed(page.rgb, hole, rng)
    theirs = _darkness(across(donor(page, wish, rng), page, box), inside)
    ink = np.array(style.ink, np.float32)
    share = (theirs * (theirs > 0.06) * inside)[..., None]
    place = around(inside)
    laid = picture[place] * (1 - share[place]) + ink * share[place]
    picture[place] = np.clip(np.rint(laid), 0, 255).astype(np.uint8)
    return Edit(picture, hole | (share[..., 0] > 0))


def _darkness(rgb: Rgb, inside: np.ndarray) -> np.ndarray:
    """How far each pixel inside is darker than the paper around it, 0 to 1."""
    grey, place = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), around(inside)
    paper = cv2.morphologyEx(grey[place], cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)).astype(np.float32)
    out = np.zeros(grey.shape, np.float32)
    out[place] = np.clip(1 - grey[place] / np.maximum(paper, 1), 0, 1)
    return np.asarray(out * inside, np.float32)


def _stamped(page: Rendered, rng: np.random.Generator) -> Edit:
    """A round stamp in coloured ink, over the edge of the portrait or beside it."""
    style, box = style_of(page), flat_boxes(page)["portrait"]
    coverage = np.zeros((style.height, style.width), np.uint8)
    radius = int(rng.integers(46, 80))
    x = int(np.clip(box.x + box.width * rng.uniform(0.6, 1.2), radius + 2, style.width - radius - 2))
    y = int(np.clip(box.y + box.height * rng.uniform(0.5, 1.0), radius + 2, style.height - radius - 2))
    for share in (1.0, 0.92, 0.55):
        cv2.circle(coverage, (x, y), int(radius * share), 255, int(rng.integers(1, 4)), cv2.LINE_AA)
    ink = coverage.astype(np.float32) / np.float32(255)
    write(ink, style.state, (x - 0.42 * radius, y + 8), "bold", max(int(radius * 0.36), 12))
    worn = cv2.resize(rng.uniform(0.4, 1.0, (24, 24)).astype(np.float32), (style.width, style.height))
    letters = soft(seen(ink * worn, page), softness(page) * float(rng.uniform(0.75, 1.1)))
    picture = page.rgb.copy()
    red, blue = int(rng.integers(30, 170)), int(rng.integers(40, 170))
    lay(picture, letters, (red, int(rng.integers(20, 70)), blue), float(rng.uniform(0.55, 0.85)))
    return Edit(picture, letters > TRACE)


def overlay(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Stick a slip of paper on the page: a field printed anew, or a photograph over the portrait. Its edges catch the
    light and throw a slight shadow. Meant for the flat page, which is photographed afterwards."""
    style = style_of(page)
    name = "portrait" if rng.random() < 0.4 else str(rng.choice(EDITABLE))
    box = grown(flat_boxes(page)[name], int(rng.integers(2, 8)), (style.width, style.height))
    slip = _slip(page, name, box, rng, wish)
    turn = cv2.getRotationMatrix2D((box.x + box.width / 2, box.y + box.height / 2), rng.normal(0, 0.5), 1.0)
    size = (style.width, style.height)
    lies = cv2.warpAffine(rectangle(style, box, 0), turn, size)
    drop = np.array([[1, 0, rng.uniform(-2.5, 2.5)], [0, 1, rng.uniform(0.5, 3)]], np.float64)
    shadow = soft(np.asarray(cv2.warpAffine(lies, drop, size), np.float32), rng.uniform(0.8, 2.5)) * (1 - lies)
    picture = page.rgb.copy()
    lay(picture, seen(shadow, page), (20, 20, 24), float(rng.uniform(0.1, 0.45)))
    slipped = np.asarray(cv2.warpAffine(slip, turn, size), np.uint8)
    laid = np.asarray(seen(slipped, page, grown(box, 12, size)), np.uint8)
    share = seen(np.asarray(lies, np.float32), page)
    lay(picture, share, laid)
    return Edit(picture, share > 0.5)


def _slip(page: Rendered, name: str, box: Box, rng: np.random.Generator, wish: Wish) -> Rgb:
    """The slip on a flat page that is otherwise its paper, so that turning it a little brings no black in."""
    style = style_of(page)
    paper = np.clip(np.array(style.paper) + rng.normal(0, 4, 3) - rng.uniform(0, 8), 0, 255)
    slip = np.empty((style.height, style.width, 3), np.uint8)
    slip[:] = paper
    if name == "portrait":
        head = wish.portrait if wish.portrait is not None else stand_in(int(rng.integers(1 << 30)))
        slip[window(box)] = fit(head, box)
    else:
        wanted, _ = wanted_page(page, Wish({name: another(page, name, rng)}, None), rng)
        coverage = blank_coverage(style)
        field_ink(style, name, field_text(wanted, name), coverage, nudge_of(page, name))
        lay(slip, coverage, style.ink, float(rng.uniform(0.8, 0.97)))
    rim = int(rng.integers(-35, 25))
    edge = np.clip(paper + rim, 0, 255).astype(int).tolist()
    cv2.rectangle(slip, (box.x, box.y), (box.x + box.width - 1, box.y + box.height - 1), edge, 1)
    return slip
