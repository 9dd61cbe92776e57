"""The parts of a page that every copy of a series has in common: its paper, its titles and its labels."""

from __future__ import annotations

import numpy as np

from vision.synth.lettering import Coverage, Rgb, Typeface, fitting, font, lay, write
from vision.synth.printing import rainbow
from vision.synth.scripts import WORDS, spell
from vision.synth.template import CODES, HELD_OUT, KINDS, TITLES, Slot, Template


def paper(style: Template) -> Rgb:
    """Paper with a slope of tone and, in rainbow print, a breath of the inks."""
    rng = np.random.default_rng([0x9A9E, style.printing.seed])
    across, down = np.linspace(-1, 1, style.width)[None, :], np.linspace(-1, 1, style.height)[:, None]
    slope = across * rng.uniform(-9, 9) + down * rng.uniform(-9, 9)
    page = np.clip(np.asarray(style.paper, np.float32) + slope[..., None], 0, 255).astype(np.uint8)
    if style.printing.rainbow:
        lay(page, np.ones((style.height, style.width), np.float32), rainbow(style), 0.12)
    return page


def titles(page: Rgb, style: Template) -> None:
    """The state, the kind of document and the state's code along the top, in both scripts of the state."""
    header, colour = style.printing.header, style.accent
    if header == "band":
        band = page[:106]
        band[:] = np.rint(band * 0.15 + np.asarray(style.accent) * 0.85).astype(np.uint8)
        colour = (250, 250, 250)
    elif header == "ruled":
        page[104:107, 46 : style.width - 46] = style.accent
    title_face: Typeface = "bold" if style.number < HELD_OUT else style.typeface
    state_face: Typeface = "condensed" if style.number < HELD_OUT else style.typeface
    title, coverage = TITLES[style.kind], np.zeros((style.height, style.width), np.float32)
    x, y = (style.width // 2 - 200, 60) if header == "centred" else (46, 60)
    write(coverage, style.country, (x, y), state_face, 40)
    end = write(coverage, title, (x, y + 36), title_face, 26)[2]
    write(coverage, f"{CODES[style.kind]}  {style.state}", (style.width - 210, 60), title_face, 30)
    if style.native_labels:
        own = WORDS[style.script].titles[KINDS.index(style.kind)]
        room = style.width - 110 - end
        write(coverage, own, (end + 80, y + 36), style.native_typeface, fitting(own, style.native_typeface, 26, room))
        name = spell(style.country, style.script)
        left = x + int(font(state_face, 40).getlength(style.country)) + 40
        room = style.width - 230 - left
        write(coverage, name, (left, y), style.native_typeface, fitting(name, style.native_typeface, 34, room))
    lay(page, coverage, colour)


def label(coverage: Coverage, style: Template, slot: Slot, text: str, own: str) -> None:
    """The label of a slot: in Latin script, then in the state's own."""
    joined = f"{text} / " if text and own else text
    px = style.label_px
    while px > 11 and _span(joined, style.label_typeface, px) + _span(own, style.native_typeface, px) > slot.width:
        px -= 1
    if joined:
        write(coverage, joined, (slot.x, slot.label_y), style.label_typeface, px)
    if own:
        left = slot.x + _span(joined, style.label_typeface, px)
        write(coverage, own, (left, slot.label_y), style.native_typeface, px)


def _span(text: str, typeface: Typeface, px: int) -> float:
    return font(typeface, px).getlength(text)
