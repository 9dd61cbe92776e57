"""Places of a picture given another history than the rest: what the detector shall notice whoever made the edit.

No operator of `vision.synth.forge` is imitated: the same content is processed again within a random outline, or what
lies near by is laid over it. Learning from these beside real edits keeps the network from learning operators instead of
inconsistency. Both places of a copy are marked, for no pixel tells which of two was there first, and they lie so near
that one crop shows them: of a real copy the other place is most often outside.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from vision.synth.resave import Mask, decode, drawn_save, encode

Rgb = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]
Window = tuple[slice, slice]
Edit = Callable[[Rgb, np.random.Generator], Field]
COPIED = 0.25
"""Share of places that are covered with what lies near by."""
REACH = 110
"""Pixels between a place and what is laid over it, at most, in either direction."""
SEEN = 0.7
"""Mean change in grey levels below which an edit counts as none."""


def _softened(rgb: Rgb, rng: np.random.Generator) -> Field:
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.5, 1.4)), np.float32)


def _sharpened(rgb: Rgb, rng: np.random.Generator) -> Field:
    soft = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.7, 1.5)).astype(np.float32)
    return rgb + (rgb - soft) * np.float32(rng.uniform(0.5, 1.5))


def _noisy(rgb: Rgb, rng: np.random.Generator) -> Field:
    grain = rng.standard_normal(rgb.shape, dtype=np.float32) * np.float32(rng.uniform(2, 7))
    if rng.random() < 0.5:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.5, 1.0)), np.float32) * 2
    if rng.random() < 0.4:
        grain = np.repeat(grain[..., :1], 3, axis=2)
    return rgb + grain


def _cleaned(rgb: Rgb, rng: np.random.Generator) -> Field:
    if rng.random() < 0.5:
        return np.asarray(cv2.medianBlur(rgb, 3), np.float32)
    return np.asarray(cv2.bilateralFilter(rgb, 5, rng.uniform(10, 40), 2), np.float32)


def _saved(rgb: Rgb, rng: np.random.Generator) -> Field:
    """Saved on its own before it came here, on a grid of its own."""
    down, across = (int(shift) for shift in rng.integers(0, 8, 2))
    framed = cv2.copyMakeBorder(rgb, down, 0, across, 0, cv2.BORDER_REFLECT_101)
    return decode(encode(np.asarray(framed, np.uint8), drawn_save(rng, 55, 90)))[down:, across:].astype(np.float32)


def _resampled(rgb: Rgb, rng: np.random.Generator) -> Field:
    """Scaled away and back, or moved by parts of a pixel and a little turned."""
    height, width = rgb.shape[:2]
    if rng.random() < 0.5:
        share = rng.uniform(0.55, 0.9)
        small = cv2.resize(rgb, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-1, 1), rng.uniform(0.99, 1.01))
    move = np.asarray(turn, np.float64)
    move[:, 2] += rng.uniform(-2, 2, 2)
    way = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC
    return np.asarray(cv2.warpAffine(rgb, move, (width, height), flags=way, borderMode=cv2.BORDER_REFLECT), np.float32)


def _toned(rgb: Rgb, rng: np.random.Generator) -> Field:
    """Other contrast and colour, as ink or another print would have, and the noise that goes with it."""
    middle = rgb.reshape(-1, 3).mean(axis=0)
    gain = rng.uniform(0.75, 1.25, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0.7, 1.3))
    return np.asarray((rgb - middle) * gain + middle + rng.uniform(-8, 8, 3), np.float32)


EDITS: tuple[Edit, ...] = (_softened, _sharpened, _noisy, _cleaned, _saved, _resampled, _toned)


def outline(shape: tuple[int, int], rng: np.random.Generator) -> Field:
    """The share, 0 to 1, by which each pixel is edited: a box like a portrait, a line of text or a letter, or an oval,
    its edge hard or soft."""
    height, width = shape
    kind = rng.random()
    if kind < 0.35:
        size = rng.integers(60, 240, 2)
    elif kind < 0.75:
        size = np.array([rng.integers(12, 44), rng.integers(40, 260)])
    else:
        size = rng.integers(10, 40, 2)
    tall, wide = min(int(size[0]), height // 2), min(int(size[1]), width - 16)
    top, left = int(rng.integers(0, height - tall)), int(rng.integers(0, width - wide))
    share = np.zeros(shape, np.float32)
    if kind > 0.2:
        share[top : top + tall, left : left + wide] = 1
    else:
        cv2.ellipse(share, (left + wide // 2, top + tall // 2), (wide // 2, tall // 2), 0, 0, 360, 1.0, -1)
    feather = rng.uniform(0, 2.5)
    return np.asarray(cv2.GaussianBlur(share, (0, 0), feather), np.float32) if feather > 0.4 else share


def tampered(rgb: Rgb, rng: np.random.Generator) -> tuple[Rgb, Mask]:
    """A picture with one to three places that were processed again by one to three edits each, or that what lies near
    by was copied to, and the mask of those places."""
    result, mask = rgb.copy(), np.zeros(rgb.shape[:2], bool)
    for _ in range(int(rng.integers(1, 4))):
        share = outline((rgb.shape[0], rgb.shape[1]), rng)
        rows, columns = np.nonzero(share.any(axis=1))[0], np.nonzero(share.any(axis=0))[0]
        window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        part, place = result[window], share[window][..., None]
        if min(part.shape[:2]) < 4:
            continue
        source = _beside(window, (rgb.shape[0], rgb.shape[1]), rng) if rng.random() < COPIED else None
        changed = _again(part, rng) if source is None else result[source]
        laid = np.rint(part * (1 - place) + changed * place).astype(np.uint8)
        if np.abs(laid.astype(np.int16) - part)[place[..., 0] > 0.5].mean() >= SEEN:
            result[window] = laid
            for touched in (window,) if source is None else (window, source):
                mask[touched] |= place[..., 0] > 0.5
    return result, mask


def _again(part: Rgb, rng: np.random.Generator) -> Rgb:
    """The same content, processed by one to three edits."""
    for index in rng.choice(len(EDITS), int(rng.integers(1, 4)), replace=False):
        part = np.clip(np.rint(EDITS[int(index)](part, rng)), 0, 255).astype(np.uint8)
    return part


def _beside(window: Window, shape: tuple[int, int], rng: np.random.Generator) -> Window | None:
    """A window of the same size near by that does not overlap it; None where eight tries found none."""
    for _ in range(8):
        shift = rng.integers(-REACH, REACH + 1, 2)
        found = [(side.start + by, side.stop + by) for side, by in zip(window, shift, strict=True)]
        inside = all(start >= 0 and stop <= length for (start, stop), length in zip(found, shape, strict=True))
        if inside and any(abs(by) >= side.stop - side.start for side, by in zip(window, shift, strict=True)):
            return slice(*found[0]), slice(*found[1])
    return None
