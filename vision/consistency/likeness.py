"""Hashes by which a picture is found again on other accounts: 64 bits, alike after it was saved, shrunk or edited.

Two regions are hashed, neither of which the fields of a document reach. The background is what lies around the page in
a photograph (`vision.consistency.frame`): two documents with other data on the same table in the same light are one
photograph. A scan, a picture cut to its page or one before an even ground has no such frame, and cannot tell whether
it is another's with other data: it gets a number of its own pixels and is found again unchanged alone. The portrait is
rectified by the eyes of its face. The page itself is not hashed: genuine documents of a series share it.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import cv2
import numpy as np

from vision import weights
from vision.consistency.frame import texture_hash
from vision.consistency.report import Fingerprints
from vision.face.yunet import Detector, Face
from vision.image import Pixels

SAME = 6
"""Hamming distance up to which two backgrounds are one photograph. Of 60 drawn photographs 56 have a frame that tells;
55 of the 56 are found again after a messenger, 49 after one that shrinks to half, 56 of 56 with other data, 53 of 58
where two such went through a messenger, none after a crop. Of genuine documents of a series by different people, 48 in
each of four, no scan has such a frame and 166 of 192 photographs do. Of their 3,363 pairs and 16,653 of another series
none lies within 15 bits: they are 31 apart, give or take 4.4, so that chance puts two within six in less than one of a
hundred million pairs."""
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
    found = texture_hash(picture)
    return Fingerprints(
        background=_own(picture) if found is None else found,
        told_by="pixels" if found is None else "frame",
        portrait=portrait(picture, largest) if largest else None,
    )


def _own(picture: Pixels) -> int:
    """64 bits that no other picture has."""
    told = sha256(repr(picture.shape).encode() + np.ascontiguousarray(picture).tobytes())
    return int.from_bytes(told.digest()[:8])


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
