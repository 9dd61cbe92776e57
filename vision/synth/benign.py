"""What customers do to a picture of their own document, and nobody means harm by.

A bar over a number and a watermark change pixels, but they say so: nobody could take them for the document. They are
labelled genuine and have no mask.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from vision.synth.documents import Rendered
from vision.synth.forge.scene import grown, window
from vision.synth.lettering import Rgb, lay, write
from vision.synth.resave import Mask

Benign = Literal["brightness", "redaction", "watermark"]
BENIGN: tuple[Benign, ...] = ("brightness", "redaction", "watermark")
HIDEABLE = ("number", "surname", "given_names", "issue_date", "nationality", "mrz")
WORDS = ("FOR VERIFICATION AT EXCHANGE ONLY", "COPY - KYC ONLY", "NOT VALID FOR LOANS", "ONLY FOR ACCOUNT OPENING")


def decorated(page: Rendered, way: Benign, rng: np.random.Generator, edited: Mask | None = None) -> Rgb:
    """The picture after a harmless change. What was edited before is never covered by a bar."""
    if way == "brightness":
        return _brightened(page.rgb, rng)
    if way == "watermark":
        return _watermarked(page.rgb, rng)
    return _redacted(page, rng, edited)


def _brightened(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    level = np.arange(256) / 255
    curve = (level ** rng.uniform(0.7, 1.4) - 0.5) * rng.uniform(0.8, 1.3) + 0.5 + rng.uniform(-0.08, 0.08)
    return np.asarray(cv2.LUT(rgb, np.clip(np.rint(curve * 255), 0, 255).astype(np.uint8)), np.uint8)


def _watermarked(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    height, width = rgb.shape[:2]
    ink, words = np.zeros((height, width), np.float32), WORDS[int(rng.integers(len(WORDS)))]
    px, lines = int(width * rng.uniform(0.025, 0.05)), int(rng.integers(1, 5))
    for line in range(lines):
        write(ink, words, (width * rng.uniform(0, 0.3), height * (line + 0.5) / lines), "sans", px)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-35, 35), 1.0)
    marked, grey = rgb.copy(), int(rng.choice([20, 110, 245]))
    lay(
        marked,
        np.asarray(cv2.warpAffine(ink, turn, (width, height)), np.float32),
        (grey, grey, grey),
        rng.uniform(0.2, 0.6),
    )
    return marked


def _redacted(page: Rendered, rng: np.random.Generator, edited: Mask | None) -> Rgb:
    rgb = page.rgb.copy()
    size = (rgb.shape[1], rgb.shape[0])
    boxes = [grown(page.boxes[name], int(rng.integers(0, 8)), size) for name in HIDEABLE if name in page.boxes]
    free = [box for box in boxes if edited is None or not edited[window(box)].any()]
    for index in rng.permutation(len(free))[: int(rng.integers(1, 3))]:
        place = window(free[index])
        if rng.random() < 0.5:
            rgb[place] = rng.integers(0, 40) if rng.random() < 0.7 else 255
        else:
            rgb[place] = cv2.GaussianBlur(rgb[place], (0, 0), rng.uniform(6, 14))
    return rgb
