"""Hashes by which a picture is found again on other accounts: 64 bits, alike after it was saved, shrunk or edited.

Two regions are hashed, neither of which the fields of a document reach. The background is the frame of the delivered
picture: the table, the light, the edge of the page. Two documents with other data before the same background are one
photograph. The portrait is rectified by the eyes of its face. The page between them is not hashed: genuine documents of
a series share it, so that finding it again says nothing.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from vision import weights
from vision.consistency.report import Fingerprints
from vision.face.yunet import Detector, Face
from vision.image import Pixels

Floats = npt.NDArray[np.float32]

BITS = 64
SAME = 3
"""Hamming distance up to which two backgrounds are one photograph."""
SAME_PORTRAIT = 6
"""Hamming distance up to which two portraits are one picture. Of rendered heads on drawn documents 14 of 14 re-saves
lie within it, one in nine photographs of the same print on another document, and none of 1,456 pairs of different
people. So it finds a file that is used again; a portrait that is photographed anew is the face search's to find."""
SURE, SEARCHED = 0.8, 640
WIDE, TALL, EYES, EYE_LINE = 64, 80, 24.0, 32.0
"""The rectified portrait in pixels: its size, the distance of its eyes, and how far down they stand."""


def fingerprints(picture: Pixels) -> Fingerprints:
    """The hashes of an upright RGB picture of a document. Raises `WeightsError` where the face detector is missing."""
    faces = [face for face in _detector().find(picture, SEARCHED) if face.plausible and face.score >= SURE]
    # The ghost portrait of a series is smaller than the portrait itself.
    largest = max(faces, key=lambda face: face.side, default=None)
    return Fingerprints(background=background(picture), portrait=portrait(picture, largest) if largest else None)


def background(picture: Pixels) -> int:
    """64 comparisons between places of the frame: the band of the title and the two side edges."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (96, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    cells = np.concatenate([
        cv2.resize(small[:8], (48, 4), interpolation=cv2.INTER_AREA).ravel(),
        cv2.resize(small[8:, :3], (1, 28), interpolation=cv2.INTER_AREA).ravel(),
        cv2.resize(small[8:, -3:], (1, 28), interpolation=cv2.INTER_AREA).ravel(),
    ])  # fmt: skip
    pairs = np.random.default_rng(0x4A54).integers(0, len(cells), (BITS, 2))
    return int(sum(1 << bit for bit, (left, right) in enumerate(pairs) if cells[left] > cells[right]))


def portrait(picture: Pixels, face: Face) -> int:
    """The signs of the 64 lowest frequencies of the face, its eyes brought to fixed places (Zauner, 2010)."""
    left, right = (np.asarray(face.landmarks[place], np.float64) for place in (0, 1))
    across = right - left
    scale = EYES / max(float(np.hypot(*across)), 1e-3)
    angle = float(np.arctan2(across[1], across[0]))
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shift = np.array([WIDE / 2, EYE_LINE]) - turn @ ((left + right) / 2)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    blurred = cv2.GaussianBlur(grey, (0, 0), 0.5 / scale) if scale < 1 else grey
    flat = cv2.warpAffine(blurred, np.column_stack([turn, shift]), (WIDE, TALL), borderMode=cv2.BORDER_REPLICATE)
    waves = cv2.dct(cv2.resize(flat, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32))[:9, :8].ravel()[1:65]
    return int(sum(1 << bit for bit, high in enumerate(waves > np.median(waves)) if high))


def distance(left: int, right: int) -> int:
    """In how many of 64 bits two hashes differ."""
    return (left ^ right).bit_count()


@cache
def _detector() -> Detector:
    return Detector(weights.find("yunet"))
