"""Edits a forger makes to the photograph of a document, each with the mask of the pixels it changed.

The forger is taken to know his craft: letters follow the page's perspective, take the colour of the ink around them and
the sharpness of the photograph, and half the time something is done afterwards to hide the seams.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from vision.synth.capture import CaptureKind, decode, jpeg, photograph, upload
from vision.synth.documents import Holder, Rendered, field_ink, fit, greyed, printed, render, zone, zone_ink
from vision.synth.lettering import Coverage, Rgb, Typeface, lay
from vision.synth.portraits import stand_in
from vision.synth.template import Template, template
from vision.types import Box

Operator = Literal["portrait", "text", "digit", "mrz", "splice", "copy_move", "erase"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
Mask = npt.NDArray[np.bool_]
DATES = ("birth_date", "issue_date", "expiry_date")
EDITABLE = ("surname", "given_names", "birth_date", "number", "expiry_date")
HIDDEN = 0.5
"""Share of forgeries after which the forger covers his traces."""


@dataclass(frozen=True)
class Forged:
    """An edited picture, before it is saved. `mask` is true where the edit changed it."""

    rgb: Rgb
    mask: Mask
    operator: Operator


@dataclass(frozen=True)
class _Wish:
    text: Mapping[str, str]
    portrait: Rgb | None


def forge(
    rendered: Rendered,
    operator: Operator,
    seed: int,
    *,
    text: Mapping[str, str] | None = None,
    portrait: Rgb | None = None,
) -> Forged:
    """Edit a picture of a document: a photograph (`vision.synth.capture.photograph`), or a flat page.

    `text` names fields and what they shall say (dates in ISO form), for `text`, `digit` and `mrz`; `portrait` is the
    head that `portrait` puts in. What is not given is drawn from the seed."""
    rng = np.random.default_rng([0xF0E6, OPERATORS.index(operator), seed])
    edited = EDITS[operator](rendered, rng, _Wish(text or {}, portrait))
    changed = (cv2.absdiff(edited, rendered.rgb).max(axis=2) > 2).astype(np.uint8)
    closed = np.asarray(cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), np.uint8)
    rgb, mask = _hide(edited, closed, rng) if rng.random() < HIDDEN else (edited, closed)
    return Forged(rgb, mask > 0, operator)


def forged_capture(
    page: Rendered,
    operator: Operator,
    kind: CaptureKind,
    seed: int,
    *,
    text: Mapping[str, str] | None = None,
    portrait: Rgb | None = None,
) -> tuple[bytes, Mask]:
    """Photograph a flat page, edit the photograph and save it: the JPEG a forger uploads, and the edit's mask."""
    forged = forge(photograph(page, kind, seed), operator, seed, text=text, portrait=portrait)
    return upload(forged.rgb, seed), forged.mask


def _style(page: Rendered) -> Template:
    return template(page.issue.kind, page.issue.template)


def _seen(coverage: Coverage, page: Rendered, plane: npt.NDArray[np.float64] | None = None) -> Coverage:
    """A mask of the flat page as it lies in the picture."""
    size = (page.rgb.shape[1], page.rgb.shape[0])
    return np.asarray(cv2.warpPerspective(coverage, page.plane if plane is None else plane, size), np.float32)


def _flat(style: Template) -> Coverage:
    return np.zeros((style.height, style.width), np.float32)


def _ink(page: Rendered, box: Box) -> tuple[int, int, int]:
    """The colour of the letters in a box: the median of its darkest tenth."""
    window = page.rgb[box.y : box.y + box.height, box.x : box.x + box.width].reshape(-1, 3)
    luma = window.sum(axis=1)
    dark = np.median(window[luma <= np.quantile(luma, 0.1)], axis=0)
    return int(dark[0]), int(dark[1]), int(dark[2])


def _remove(picture: Rgb, letters: Coverage, rng: np.random.Generator) -> Rgb:
    """Take letters off a picture by filling them in from around."""
    hole = cv2.dilate((letters > 0.1).astype(np.uint8), np.ones((7, 7), np.uint8))
    if not hole.any():
        return picture.copy()
    way = cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS
    rows, columns = np.nonzero(hole.any(axis=1))[0], np.nonzero(hole.any(axis=0))[0]
    top, left = max(rows[0] - 12, 0), max(columns[0] - 12, 0)
    window = np.s_[top : rows[-1] + 13, left : columns[-1] + 13]
    filled = picture.copy()
    filled[window] = cv2.inpaint(np.ascontiguousarray(picture[window]), hole[window], 3, way)
    return filled


def _rewrite(page: Rendered, old: Coverage, new: Coverage, box: Box, rng: np.random.Generator) -> Rgb:
    """Take the `old` letters of the flat page off the picture and put the `new` ones there."""
    picture = _remove(page.rgb, _seen(old, page), rng)
    letters = np.asarray(cv2.GaussianBlur(_seen(new, page), (0, 0), rng.uniform(0.4, 0.9)), np.float32)
    lay(picture, letters, _ink(page, box), float(rng.uniform(0.9, 1.0)))
    return picture


def _shuffled(value: str, rng: np.random.Generator) -> str:
    """Another text of the same shape: letters for letters, digits for digits."""
    digits, letters = string.digits, string.ascii_uppercase
    pick = {True: digits, False: letters}
    return "".join(pick[c.isdigit()][int(rng.integers(len(pick[c.isdigit()])))] if c.isalnum() else c for c in value)


def _other_day(day: date, rng: np.random.Generator) -> date:
    return day + timedelta(days=int(rng.integers(200, 4000)) * int(rng.choice([-1, 1])))


def _new_holder(page: Rendered, wish: _Wish, rng: np.random.Generator) -> tuple[Rendered, str]:
    """The document as the forger would like it, and the one field of it that was drawn from the seed, if any."""
    asked = dict(wish.text)
    name = next(iter(asked), str(rng.choice(EDITABLE)))
    if not asked:
        asked = {name: _drawn(page, name, rng)}
    people = {key: value for key, value in asked.items() if key not in ("issue_date", "expiry_date", "birth_date")}
    born = date.fromisoformat(asked["birth_date"]) if "birth_date" in asked else page.holder.birth_date
    issued = date.fromisoformat(asked["issue_date"]) if "issue_date" in asked else page.issue.issued
    expires = date.fromisoformat(asked["expiry_date"]) if "expiry_date" in asked else page.issue.expires
    holder = replace(page.holder, birth_date=born, **people)
    return replace(page, holder=holder, issue=replace(page.issue, issued=issued, expires=expires)), name


def _drawn(page: Rendered, name: str, rng: np.random.Generator) -> str:
    days = {"birth_date": page.holder.birth_date, "expiry_date": page.issue.expires, "issue_date": page.issue.issued}
    if name in days:
        return _other_day(days[name], rng).isoformat()
    return _shuffled(str(getattr(page.holder, name)).upper(), rng)


def _text(page: Rendered, rng: np.random.Generator, wish: _Wish) -> Rgb:
    """Replace whole fields of the visual zone, two times in five in a typeface that is not the document's."""
    wanted, _ = _new_holder(page, wish, rng)
    before, after = printed(page.holder, page.issue), printed(wanted.holder, wanted.issue)
    style = _style(page)
    faces: tuple[Typeface, ...] = ("sans", "bold", "serif", "condensed")
    other: Typeface = style.typeface if rng.random() < 0.6 else faces[int(rng.integers(len(faces)))]
    for name in (name for name in before if before[name] != after[name]):
        old, new = _flat(style), _flat(style)
        field_ink(style, name, before[name], old)
        field_ink(replace(style, typeface=other), name, after[name], new, (0, float(rng.normal(0, 0.7))))
        page = replace(page, rgb=_rewrite(page, old, new, page.boxes[name], rng))
    return page.rgb


def _digit(page: Rendered, rng: np.random.Generator, wish: _Wish) -> Rgb:
    """Replace one or two digits of one field and leave the rest of it alone."""
    style, before = _style(page), printed(page.holder, page.issue)
    if wish.text:
        wanted, name = _new_holder(page, wish, rng)
        after = printed(wanted.holder, wanted.issue)[name]
    else:
        name = str(rng.choice(("birth_date", "number", "expiry_date", "issue_date")))
        places = [index for index, letter in enumerate(before[name]) if letter.isdigit()] or [0]
        letters = list(before[name])
        for place in rng.choice(places, int(rng.integers(1, 3))):
            letters[place] = str(
                (int(letters[place]) + int(rng.integers(1, 10))) % 10 if letters[place].isdigit() else 7
            )
        after = "".join(letters)
    old, new = _flat(style), _flat(style)
    field_ink(style, name, before[name], old)
    field_ink(style, name, after, new)
    differ = cv2.dilate((np.abs(old - new) > 0.3).astype(np.uint8), np.ones((9, 13), np.uint8))
    return _rewrite(page, old * differ, new * differ, page.boxes[name], rng)


def _mrz(page: Rendered, rng: np.random.Generator, wish: _Wish) -> Rgb:
    """Change the machine readable zone alone; a series without one has a field changed instead."""
    style = _style(page)
    if not page.lines:
        return _digit(page, rng, wish)
    wanted, _ = _new_holder(page, wish, rng)
    lines = zone(wanted.holder, wanted.issue)
    if lines == page.lines:
        lines = (*page.lines[:-1], _shuffled(page.lines[-1], rng))
    old, new = _flat(style), _flat(style)
    for row, (before, after) in enumerate(zip(page.lines, lines, strict=True)):
        keep = [" " * len(before)] * len(lines)
        spots = [first != second for first, second in zip(before, after, strict=True)]
        for coverage, line in ((old, before), (new, after)):
            keep[row] = "".join(letter if spot else " " for letter, spot in zip(line, spots, strict=True))
            zone_ink(style, tuple(keep), coverage)
    return _rewrite(page, old, new, page.boxes["mrz"], rng)


def _rectangle(style: Template, box: Box, rng: np.random.Generator) -> Coverage:
    """A box of the flat page with edges feathered by 0 to 3 pixels."""
    coverage = _flat(style)
    coverage[box.y : box.y + box.height, box.x : box.x + box.width] = 1
    feather = rng.uniform(0, 3)
    return np.asarray(cv2.GaussianBlur(coverage, (0, 0), feather), np.float32) if feather > 0.4 else coverage


def _field_box(style: Template, page: Rendered, name: str) -> Box:
    """The box of a field's value, or of the portrait, on the flat page."""
    if name == "portrait":
        return style.portrait
    return field_ink(style, name, printed(page.holder, page.issue)[name], _flat(style))


def _portrait(page: Rendered, rng: np.random.Generator, wish: _Wish) -> Rgb:
    """Put another head into the portrait's place. It has a history of its own: another camera, JPEG, scale."""
    style, box = _style(page), _style(page).portrait
    head = wish.portrait if wish.portrait is not None else stand_in(int(rng.integers(1 << 30)))
    grainy = head + rng.normal(0, rng.uniform(0.5, 4), head.shape)
    own = decode(jpeg(np.clip(grainy, 0, 255).astype(np.uint8), rng, 75, 97))
    own = greyed(own) if style.grey_portrait else own
    flat = np.zeros((style.height, style.width, 3), np.uint8)
    flat[box.y : box.y + box.height, box.x : box.x + box.width] = fit(own, box)
    size = (page.rgb.shape[1], page.rgb.shape[0])
    laid = np.asarray(cv2.warpPerspective(flat, page.plane, size, flags=cv2.INTER_CUBIC), np.uint8)
    laid = np.asarray(cv2.GaussianBlur(laid, (0, 0), rng.uniform(0.3, 0.8)), np.uint8)
    inset = Box(x=box.x + 1, y=box.y + 1, width=box.width - 2, height=box.height - 2)
    share = _seen(_rectangle(style, inset, rng), page)
    picture = page.rgb.copy()
    lay(picture, share, _toned(laid, page.rgb, share > 0.5) if rng.random() < 0.5 else laid)
    return picture


def _toned(source: Rgb, target: Rgb, where: Mask) -> Rgb:
    """`source` with the brightness and contrast that `target` has in the same place, half way."""
    mean, spread = source[where].mean(axis=0), source[where].std(axis=0) + 1
    goal, width = target[where].mean(axis=0), target[where].std(axis=0) + 1
    moved = (source - mean) * (0.5 + 0.5 * width / spread) + (mean + goal) / 2
    return np.asarray(np.clip(np.rint(moved), 0, 255), np.uint8)


def _splice(page: Rendered, rng: np.random.Generator, wish: _Wish) -> Rgb:
    """Paste one field from a photograph of another holder's document of the same series."""
    style = _style(page)
    name = str(rng.choice((*EDITABLE, "portrait")))
    stranger = Holder(
        _shuffled(page.holder.surname, rng),
        _shuffled(page.holder.given_names, rng),
        _other_day(page.holder.birth_date, rng),
        page.holder.sex,
        page.holder.nationality,
        _shuffled(page.holder.number, rng),
    )
    seed = int(rng.integers(1 << 30))
    donor = photograph(render(stranger, page.issue, stand_in(seed), seed), "phone", seed)
    size = (page.rgb.shape[1], page.rgb.shape[0])
    across = page.plane @ np.linalg.inv(donor.plane)
    laid = np.asarray(cv2.warpPerspective(donor.rgb, across, size, flags=cv2.INTER_CUBIC), np.uint8)
    own, other = _field_box(style, page, name), _field_box(style, donor, name)
    wide, tall = max(own.width, other.width), max(own.height, other.height)
    share = _seen(_rectangle(style, Box(x=own.x, y=own.y, width=wide, height=tall), rng), page)
    picture = page.rgb.copy()
    lay(picture, share, _toned(laid, page.rgb, share > 0.5) if rng.random() < 0.7 else laid)
    return picture


def _copy_move(page: Rendered, rng: np.random.Generator, wish: _Wish) -> Rgb:
    """Copy one place of the picture over another: a field over a field, or bare paper over a field."""
    names = rng.permutation([name for name in page.boxes if name in (*EDITABLE, "issue_date")])
    target, source = page.boxes[str(names[0])], page.boxes[str(names[1])]
    height, width = min(target.height, source.height), min(target.width, source.width)
    height, width = target.height if rng.random() < 0.4 else height, max(width, 40)
    rows, columns = page.rgb.shape[:2]
    height, width = min(height, rows - target.y), min(width, columns - target.x)
    if height == target.height:
        left, top = int(rng.integers(0, columns - width)), int(rng.integers(0, rows - height))
    else:
        left, top = min(source.x, columns - width), min(source.y, rows - height)
    laid, share = page.rgb.copy(), np.zeros((rows, columns), np.float32)
    window = np.s_[target.y : target.y + height, target.x : target.x + width]
    laid[window] = page.rgb[top : top + height, left : left + width]
    share[window] = 1
    feather = rng.uniform(0, 2.5)
    picture = page.rgb.copy()
    lay(picture, np.asarray(cv2.GaussianBlur(share, (0, 0), feather), np.float32) if feather > 0.4 else share, laid)
    return picture


def _erase(page: Rendered, rng: np.random.Generator, wish: _Wish) -> Rgb:
    """Take a field's value away and leave paper."""
    style, name = _style(page), str(rng.choice((*EDITABLE, "issue_date")))
    letters = _flat(style)
    field_ink(style, name, printed(page.holder, page.issue)[name], letters)
    return _remove(page.rgb, _seen(letters, page), rng)


EDITS: Mapping[Operator, Callable[[Rendered, np.random.Generator, _Wish], Rgb]] = {
    "portrait": _portrait,
    "text": _text,
    "digit": _digit,
    "mrz": _mrz,
    "splice": _splice,
    "copy_move": _copy_move,
    "erase": _erase,
}


def _hide(picture: Rgb, mask: npt.NDArray[np.uint8], rng: np.random.Generator) -> tuple[Rgb, npt.NDArray[np.uint8]]:
    """Cover the traces: noise in the edit, a little blur over it, a smoothed seam, or all of it resampled."""
    way = int(rng.integers(4))
    near = cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0
    if way == 3:
        scale = rng.uniform(0.9, 0.99)
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8), np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST))
    hidden = picture.copy()
    if way == 0:
        noise = rng.normal(0, rng.uniform(1, 3), picture.shape)
        hidden[near] = np.clip(picture + noise, 0, 255).astype(np.uint8)[near]
    elif way == 1:
        hidden[near] = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 0.8))[near]
    else:
        seam = near & ~(cv2.erode(mask, np.ones((3, 3), np.uint8)) > 0)
        hidden[seam] = cv2.medianBlur(picture, 3)[seam]
    return hidden, mask
