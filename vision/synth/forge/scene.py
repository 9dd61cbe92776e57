"""What every edit needs: where parts of the page stand in the picture, its ink, and ways to lay things there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vision.synth.capture import Photograph, photographed, take
from vision.synth.capture.pose import Pose
from vision.synth.capture.sensor import DEVICES, first_save
from vision.synth.documents import Holder, Rendered, printed, render
from vision.synth.forge.values import name, other_day, shuffled
from vision.synth.lettering import Coverage, Rgb
from vision.synth.portraits import stand_in
from vision.synth.resave import Mask, decode, encode
from vision.synth.template import Template, template
from vision.types import Box

TRACE = 0.04
"""Coverage from which on a pixel counts as edited."""


@dataclass(frozen=True)
class Wish:
    """What the forger was asked for: texts by field, a head. What is not asked for is drawn."""

    text: Mapping[str, str]
    portrait: Rgb | None


@dataclass(frozen=True)
class Edit:
    """An edited picture and the pixels the edit laid or filled."""

    rgb: Rgb
    touched: Mask


def style_of(page: Rendered) -> Template:
    """The series of a page."""
    return template(page.issue.kind, page.issue.template)


def blank_coverage(style: Template) -> Coverage:
    """No ink on the flat page."""
    return np.zeros((style.height, style.width), np.float32)


def pose_of(page: Rendered) -> Pose:
    """How the flat page lies in the picture."""
    if isinstance(page, Photograph) and page.pose is not None:
        return page.pose
    style = style_of(page)
    return Pose(page.plane, (page.rgb.shape[1], page.rgb.shape[0]), (style.width, style.height))


def flat_boxes(page: Rendered) -> Mapping[str, Box]:
    """Where the parts stand on the flat page."""
    return page.page.boxes if isinstance(page, Photograph) and page.page is not None else page.boxes


def softness(page: Rendered) -> float:
    """How unsharp the picture is: standard deviation of its blur in pixels."""
    return page.blur if isinstance(page, Photograph) else 0.3


def grown(box: Box, margin: int, size: tuple[int, int]) -> Box:
    """A box with a margin, cut to a picture of this width and height."""
    x, y = max(box.x - margin, 0), max(box.y - margin, 0)
    right, bottom = min(box.x + box.width + margin, size[0]), min(box.y + box.height + margin, size[1])
    return Box(x=x, y=y, width=max(right - x, 1), height=max(bottom - y, 1))


def window(box: Box) -> tuple[slice, slice]:
    """The pixels of a box."""
    return np.s_[box.y : box.y + box.height, box.x : box.x + box.width]


def seen(flat: Coverage | Rgb, page: Rendered, box: Box | None = None) -> Coverage:
    """Something drawn on the flat page as it lies in the picture; only `box` of it (by default where it is not 0)."""
    pose = pose_of(page)
    out = np.zeros((pose.size[1], pose.size[0], *flat.shape[2:]), flat.dtype)
    if box is None:
        ink = flat if flat.ndim == 2 else flat.max(axis=2)
        rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
        if not len(rows):
            return out
        box = Box(x=int(columns[0]), y=int(rows[0]), width=int(np.ptp(columns)) + 1, height=int(np.ptp(rows)) + 1)
    place = grown(pose.moved(box), 4, pose.size)
    out[window(place)] = cv2.remap(flat, *pose.places(place), cv2.INTER_LINEAR)
    return out


def soft(coverage: Coverage, sigma: float) -> Coverage:
    """Coverage with blurred edges."""
    return np.asarray(cv2.GaussianBlur(coverage, (0, 0), sigma), np.float32) if sigma > 0.2 else coverage


def rectangle(style: Template, box: Box, feather: float) -> Coverage:
    """A box of the flat page with edges feathered by so many pixels."""
    coverage = blank_coverage(style)
    coverage[window(box)] = 1
    return soft(coverage, feather)


def ink_of(page: Rendered, box: Box) -> tuple[int, int, int]:
    """The colour of the letters in a box of the picture: the median of its darkest twentieth."""
    pixels = page.rgb[window(box)].reshape(-1, 3)
    luma = pixels.sum(axis=1)
    dark = np.median(pixels[luma <= np.quantile(luma, 0.05)], axis=0)
    return int(dark[0]), int(dark[1]), int(dark[2])


def around(mask: Mask, margin: int = 12) -> tuple[slice, slice]:
    """The window of a mask, with a margin; the mask must not be empty."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    top, left = max(int(rows[0]) - margin, 0), max(int(columns[0]) - margin, 0)
    return np.s_[top : int(rows[-1]) + margin + 1, left : int(columns[-1]) + margin + 1]


def hole_of(letters: Coverage) -> Mask:
    """The pixels a forger clears to take letters away: their ink and a little around it."""
    return np.asarray(cv2.dilate((letters > 0.1).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)


def removed(picture: Rgb, hole: Mask, rng: np.random.Generator) -> Rgb:
    """A picture whose hole is filled from around it, by one of two classical ways (Telea; Bertalmio et al.)."""
    filled = picture.copy()
    if hole.any():
        way, place = cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS, around(hole)
        filled[place] = cv2.inpaint(np.ascontiguousarray(picture[place]), hole[place].astype(np.uint8), 3, way)
    return filled


def toned(source: Rgb, target: Rgb, where: Mask, share: float = 0.5) -> Rgb:
    """`source` with a share of the brightness and contrast that `target` has in the same place."""
    mean, spread = source[where].mean(axis=0), source[where].std(axis=0) + 1
    goal, width = target[where].mean(axis=0), target[where].std(axis=0) + 1
    moved = (source - mean) * ((1 - share) + share * width / spread) + mean * (1 - share) + goal * share
    return np.asarray(np.clip(np.rint(moved), 0, 255), np.uint8)


def donor(page: Rendered, wish: Wish, rng: np.random.Generator) -> Photograph:
    """A photograph of another holder's document of the same series, as often as not by the same device."""
    holder, seed = page.holder, int(rng.integers(1 << 30))
    stranger = Holder(
        name(rng),
        name(rng),
        other_day(holder.birth_date, rng),
        holder.sex,
        holder.nationality,
        shuffled(holder.number, rng),
    )
    head = wish.portrait if wish.portrait is not None else stand_in(seed)
    flat = render(stranger, page.issue, head, seed)
    own = page.pipeline if isinstance(page, Photograph) else "phone"
    pipeline = own if rng.random() < 0.5 else "phone"
    taken = photographed(flat, take(flat.rgb, DEVICES[pipeline], "paper", rng), pipeline)
    return replace(taken, rgb=decode(encode(taken.rgb, first_save(DEVICES[pipeline], rng))))


def across(source: Rendered, page: Rendered, box: Box) -> Rgb:
    """A box of the flat page as `source` shows it, moved to where `page` shows it; black elsewhere."""
    pose, other = pose_of(page), pose_of(source)
    place = grown(pose.moved(box), 4, pose.size)
    x, y = pose.places(place)
    points = other.forward(np.stack([x.ravel(), y.ravel()], 1).astype(np.float64)).astype(np.float32)
    out = np.zeros((pose.size[1], pose.size[0], 3), np.uint8)
    shape = (place.height, place.width)
    out[window(place)] = cv2.remap(
        source.rgb, points[:, 0].reshape(shape), points[:, 1].reshape(shape), cv2.INTER_CUBIC
    )
    return out


def field_text(page: Rendered, field: str) -> str:
    """What the page says in a field."""
    return printed(page.holder, page.issue)[field]
