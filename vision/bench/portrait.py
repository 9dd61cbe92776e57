"""What a document shows of a photograph: the portrait beside which the selfie will be held."""

from __future__ import annotations

import cv2
import numpy as np

from vision import face
from vision.face import Pixels
from vision.face.rotations import sight
from vision.face.yunet import Face

WIDTH, HEIGHT = 90, 120
FACE_SHARE = 0.6
"""Height of the face's box over that of the portrait: ICAO 9303 wants the head, which is taller, at 70 to 80 %."""
GRAIN = 6.0
QUALITY = 60
MARGIN = 40


def portrait(rgb: Pixels, seed: int = 0) -> Pixels | None:
    """The largest face of a photograph as it stands on a card: 90 x 120 pixels with print grain of 6 grey levels, on a
    plain page, saved as JPEG of quality 60. None where no face is found. Equal arguments give equal portraits."""
    seen = sight(rgb, face.detector())
    if not seen.faces:
        return None
    small = cv2.resize(_cut(seen.upright, seen.faces[0]), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(seed).normal(0, GRAIN, (HEIGHT, WIDTH, 1))
    page = np.full((HEIGHT + 2 * MARGIN, WIDTH + 6 * MARGIN, 3), 215, np.uint8)
    page[MARGIN:-MARGIN, MARGIN : MARGIN + WIDTH] = np.clip(small + grain, 0, 255)
    encoded = cv2.imencode(".jpg", page[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), np.uint8)


def _cut(rgb: Pixels, found: Face) -> Pixels:
    """The part of a picture around a face with the shape of a portrait, edge pixels repeated beyond the border."""
    tall = found.height / FACE_SHARE
    wide = tall * WIDTH / HEIGHT
    left, top = found.x + found.width / 2 - wide / 2, found.y + found.height / 2 - 0.52 * tall
    border = int(tall) + 1
    around = cv2.copyMakeBorder(rgb, border, border, border, border, cv2.BORDER_REPLICATE)
    x, y = round(left) + border, round(top) + border
    return np.asarray(around[y : y + round(tall), x : x + round(wide)], np.uint8)
