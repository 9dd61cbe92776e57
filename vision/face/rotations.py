"""The faces of a picture, whichever way each lies.

A picture may come in any of four rotations. A face turned by 90 or 180 degrees is still found, with landmarks that look
upright, and its similarity then drops to about 0.1: a mismatch that nobody would see. So all four rotations are always
searched and the best score decides which way a face lies (upright real faces score 0.90 and more, and 0.03 above their
own other rotations, also when small, dark, noisy or blurred; measured on 25 photographs in eight conditions and two
scales). Faces of a picture may lie in different ways, as a person does who holds up a card sideways: all of them count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vision.face.yunet import Detector, Face
from vision.image import Pixels
from vision.types import Box, FaceCount

Rotation = Literal[0, 90, 180, 270]

ROTATIONS: tuple[Rotation, ...] = (0, 90, 180, 270)
# Longest side in pixels at which faces are searched: the usual one, then for small and for picture-filling faces.
USUAL, FINE, COARSE = 640, 1600, 256
SURE, UNSURE = 0.8, 0.65
# Two faces that share at least this much of their joint area are one: in 25 photographs, five ways each, and 100
# rendered documents and selfies, a sure face shared 0.48 or more with itself in another rotation.
SAME = 0.3


@dataclass(frozen=True, eq=False)
class Sight:
    """What was seen in a picture turned by `rotation`, that of the largest face: sure faces, and unsure ones beside
    them, the largest first and each but once, and the best score of all."""

    upright: Pixels
    rotation: Rotation
    faces: tuple[Face, ...]
    unsure: tuple[Face, ...]
    best: float

    @property
    def count(self) -> FaceCount:
        boxes = tuple(
            Box(x=round(face.x), y=round(face.y), width=round(face.width), height=round(face.height))
            for face in self.faces
        )
        return FaceCount(count=len(boxes), boxes=boxes, rotation=self.rotation)


def _turned(rgb: Pixels, rotation: Rotation) -> Pixels:
    """The picture turned clockwise."""
    return np.ascontiguousarray(np.rot90(rgb, -rotation // 90))


@dataclass(frozen=True, eq=False)
class _Found:
    """A face as it lies in the picture turned by `rotation`, and as it lies in the picture as it came."""

    rotation: Rotation
    face: Face
    unturned: Face

    def touches(self, other: _Found) -> bool:
        return self.unturned.overlap(other.unturned) > 0

    def lying(self, rotation: Rotation, rgb: Pixels) -> Face:
        """Where it lies once the picture is turned."""
        return self.face if rotation == self.rotation else _turn(self.unturned, rotation, rgb)


def sight(rgb: Pixels, detector: Detector) -> Sight:
    """Search a picture in all rotations, at further scales only while no face is sure."""
    best, rotation = 0.0, ROTATIONS[0]
    found: list[_Found] = []
    scales = (USUAL, FINE, COARSE) if max(rgb.shape[:2]) > 1.5 * USUAL else (USUAL, COARSE)
    for scale in scales:
        found = _distinct(_searched(rgb, detector, scale))
        if found and found[0].face.score > best:
            best, rotation = found[0].face.score, found[0].rotation
        if best >= SURE:
            break
    found.sort(key=lambda each: -each.face.side)
    sure = [each for each in found if each.face.score >= SURE]
    unsure = [each for each in found if UNSURE <= each.face.score < SURE and not any(map(each.touches, sure))]
    rotation = sure[0].rotation if sure else rotation
    faces, others = (tuple(each.lying(rotation, rgb) for each in some) for some in (sure, unsure))
    return Sight(_turned(rgb, rotation), rotation, faces, others, best)


def _searched(rgb: Pixels, detector: Detector, scale: int) -> list[_Found]:
    """The plausible faces of all rotations, each as often as it was found."""
    found = []
    for rotation in ROTATIONS:
        turned = _turned(rgb, rotation)
        faces = (each for each in detector.find(turned, scale) if each.plausible)
        found += [_Found(rotation, each, _turn(each, -rotation % 360, turned)) for each in faces]
    return found


def _turn(face: Face, rotation: int, rgb: Pixels) -> Face:
    """A face of the picture where it lies once that is turned clockwise."""
    height, width = rgb.shape[:2]
    for _ in range(rotation // 90):
        face = face.turned(height)
        height, width = width, height
    return face


def _distinct(found: list[_Found]) -> list[_Found]:
    """Every face once, in the rotation in which it scores best; the best score first."""
    kept: list[_Found] = []
    for each in sorted(found, key=lambda one: -one.face.score):
        if all(each.unturned.overlap(other.unturned) < SAME for other in kept):
            kept.append(each)
    return kept
