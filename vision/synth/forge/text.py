"""Edits of what a document says: fields, single digits, the machine readable zone, and values taken away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from vision.synth.documents import Rendered, field_ink, printed, zone, zone_ink
from vision.synth.forge.scene import (
    TRACE,
    Edit,
    Wish,
    blank_coverage,
    field_text,
    flat_boxes,
    hole_of,
    ink_of,
    removed,
    seen,
    soft,
    softness,
    style_of,
)
from vision.synth.forge.values import name as invented
from vision.synth.forge.values import other_day, other_digits, other_year, shuffled
from vision.synth.lettering import Coverage, Rgb, Typeface, lay
from vision.synth.resave import Mask
from vision.synth.template import TYPEFACES
from vision.types import Box

EDITABLE = ("surname", "given_names", "birth_date", "number", "expiry_date")
NUMBERED = ("birth_date", "number", "expiry_date", "issue_date")


def text(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Replace whole fields of the visual zone in the document's own typeface."""
    return _fields(page, rng, wish, style_of(page).typeface)


def text_font(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Replace whole fields in a typeface that is not the document's."""
    others = [name for name in TYPEFACES["common"] if name != style_of(page).typeface]
    return _fields(page, rng, wish, others[int(rng.integers(len(others)))])


def _fields(page: Rendered, rng: np.random.Generator, wish: Wish, typeface: Typeface) -> Edit:
    wanted, _ = wanted_page(page, wish, rng)
    style, touched = style_of(page), np.zeros(page.rgb.shape[:2], np.bool_)
    before, after = printed(page.holder, page.issue), printed(wanted.holder, wanted.issue)
    for name in (name for name in before if before[name] != after[name]):
        new, nudge = blank_coverage(style), nudge_of(page, name)
        shift = (nudge[0], nudge[1] + float(rng.normal(0, 0.4)))
        field_ink(replace(style, typeface=typeface), name, after[name], new, shift)
        edit = rewritten(page, _old(page, name), new, page.boxes[name], rng)
        page, touched = replace(page, rgb=edit.rgb), touched | edit.touched
    return Edit(page.rgb, touched)


def digit(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Replace one or two digits of one field and leave the rest of it alone."""
    asked = wish if wish.text else Wish(_one_digit(page, str(rng.choice(NUMBERED)), rng), None)
    wanted, name = wanted_page(page, asked, rng)
    after, style = field_text(wanted, name), style_of(page)
    old, new = _old(page, name), blank_coverage(style)
    field_ink(style, name, after, new, nudge_of(page, name))
    columns = _glyphs(old, new)
    return rewritten(page, old * columns, new * columns, page.boxes[name], rng, old * (1 - columns))


def _one_digit(page: Rendered, name: str, rng: np.random.Generator) -> dict[str, str]:
    if name == "number":
        return {name: other_digits(page.holder.number, rng)}
    return {name: other_year(_dates(page)[name], rng).isoformat()}


def _glyphs(old: Coverage, new: Coverage) -> Coverage:
    """1 in the columns of the letters that differ, out to the gaps beside them."""
    differ = np.asarray((np.abs(old - new) > 0.3).any(axis=0), np.bool_)
    inked = np.asarray((np.maximum(old, new) > 0.1).any(axis=0), np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inked, [False]]).astype(np.int8)))
    columns = np.zeros(len(inked), np.float32)
    for start, end in edges.reshape(-1, 2):
        columns[start:end] = differ[start:end].any()
    return columns[None, :]


def mrz(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Change the machine readable zone alone; a series without one has a digit changed instead."""
    if not page.lines:
        return digit(page, rng, wish)
    style, (wanted, _) = style_of(page), wanted_page(page, wish, rng)
    lines = zone(wanted.holder, wanted.issue)
    if lines == page.lines:
        lines = (*page.lines[:-1], shuffled(page.lines[-1], rng))
    old, new = blank_coverage(style), blank_coverage(style)
    for row, (before, after) in enumerate(zip(page.lines, lines, strict=True)):
        for coverage, line in ((old, before), (new, after)):
            changed = "".join(
                letter if was != becomes else " " for letter, was, becomes in zip(line, before, after, strict=True)
            )
            zone_ink(style, tuple(changed if turn == row else " " * len(line) for turn in range(len(lines))), coverage)
    return rewritten(page, old, new, page.boxes["mrz"], rng)


def erase(page: Rendered, rng: np.random.Generator, wish: Wish) -> Edit:
    """Take a field's value away and leave paper."""
    name = str(rng.choice((*EDITABLE, "issue_date")))
    hole = hole_of(seen(_old(page, name), page))
    return Edit(removed(page.rgb, hole, rng), hole)


def nudge_of(page: Rendered, name: str) -> tuple[float, float]:
    """How far this copy of the series has a field's value from its slot."""
    there = flat_boxes(page)[name]
    slot = field_ink(style_of(page), name, field_text(page, name), blank_coverage(style_of(page)))
    return there.x - slot.x, there.y - slot.y


def _old(page: Rendered, name: str) -> Coverage:
    coverage = blank_coverage(style_of(page))
    field_ink(style_of(page), name, field_text(page, name), coverage, nudge_of(page, name))
    return coverage


def rewritten(
    page: Rendered, old: Coverage, new: Coverage, box: Box, rng: np.random.Generator, kept: Coverage | None = None
) -> Edit:
    """Take the `old` letters of the flat page off the picture and put the `new` ones there, as dark and as sharp as the
    rest; letters that are `kept` stay whole."""
    hole = hole_of(seen(old, page))
    if kept is not None:
        hole &= seen(kept, page) < TRACE
    return lettered(page, removed(page.rgb, hole, rng), hole, new, rng, box)


def lettered(page: Rendered, picture: Rgb, hole: Mask, new: Coverage, rng: np.random.Generator, box: Box) -> Edit:
    """Letters of the flat page put on a picture of it whose `hole` was filled; their ink is that of a box of `page`."""
    letters = soft(seen(new, page), softness(page) * float(rng.uniform(0.75, 1.1)))
    # The ink's colour was taken where blurred letters are darkest: there the new ones shall have it in full.
    inked = letters[letters > 0.1]
    peak = float(np.quantile(inked, 0.9)) if inked.size else 1.0
    lay(picture, np.minimum(letters / peak, 1), ink_of(page, box), float(rng.uniform(0.92, 1.0)))
    return Edit(picture, hole | (letters > TRACE))


def wanted_page(page: Rendered, wish: Wish, rng: np.random.Generator) -> tuple[Rendered, str]:
    """The document as the forger would like it, and the first field of it that is to change."""
    asked = dict(wish.text)
    name = next(iter(asked), str(rng.choice(EDITABLE)))
    if not asked:
        asked = {name: another(page, name, rng)}
    people = {key: value for key, value in asked.items() if key not in ("issue_date", "expiry_date", "birth_date")}
    born = date.fromisoformat(asked["birth_date"]) if "birth_date" in asked else page.holder.birth_date
    issued = date.fromisoformat(asked["issue_date"]) if "issue_date" in asked else page.issue.issued
    expires = date.fromisoformat(asked["expiry_date"]) if "expiry_date" in asked else page.issue.expires
    holder = replace(page.holder, birth_date=born, **people)
    return replace(page, holder=holder, issue=replace(page.issue, issued=issued, expires=expires)), name


def another(page: Rendered, name: str, rng: np.random.Generator) -> str:
    """Another value for a field, dates in ISO form."""
    if name in _dates(page):
        return other_day(_dates(page)[name], rng).isoformat()
    return invented(rng) if name in ("surname", "given_names") else shuffled(page.holder.number, rng)


def _dates(page: Rendered) -> dict[str, date]:
    return {"birth_date": page.holder.birth_date, "expiry_date": page.issue.expires, "issue_date": page.issue.issued}
