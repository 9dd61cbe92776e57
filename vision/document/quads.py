"""Lines of text as four corners: top left and right, bottom right and left, in the picture that they lie in."""

from __future__ import annotations

import math
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from vision.image import Pixels

Floats = npt.NDArray[np.float32]
Turn = Literal[0, 90, 180, 270]


def crop(rgb: Pixels, quad: Floats, grow: float = 0.0) -> Pixels:
    """The part of a picture inside four corners, laid flat; `grow` widens it by that share of its height all round."""
    across = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])
    down = np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])
    width, height = max(int(max(across)), 4), max(int(max(down)), 4)
    edge = grow * height
    corners = [[edge, edge], [width + edge, edge], [width + edge, height + edge], [edge, height + edge]]
    plane = cv2.getPerspectiveTransform(quad.astype(np.float32), np.array(corners, np.float32))
    size = (round(width + 2 * edge), round(height + 2 * edge))
    flat = cv2.warpPerspective(rgb, plane, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.uint8)


def turned(quad: Floats, height: int, width: int, turn: Turn) -> Floats:
    """The corners of a line after its picture (height x width) was turned clockwise, in reading order again."""
    x, y = quad[:, 0], quad[:, 1]
    places = {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[turn]
    return ordered(np.stack(places, axis=1))


def tallness(quad: Floats) -> float:
    """The height of a line, however it is tilted."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad.tolist()
    return (math.hypot(x3 - x0, y3 - y0) + math.hypot(x2 - x1, y2 - y1)) / 2


def length(quad: Floats) -> float:
    """The longer side of a line's box."""
    (x0, y0), (x1, y1), _, (x3, y3) = quad.tolist()
    return max(math.hypot(x1 - x0, y1 - y0), math.hypot(x3 - x0, y3 - y0))


def flipped(quad: Floats, width: int) -> Floats:
    """The corners of a line after its picture was mirrored, in reading order again."""
    return ordered(np.stack([width - quad[:, 0], quad[:, 1]], axis=1))


def holds(quad: Floats, other: Floats) -> bool:
    """Whether the middle of another line lies in a line."""
    x, y = other.mean(axis=0).tolist()
    return cv2.pointPolygonTest(quad, (x, y), measureDist=False) >= 0


def ordered(corners: npt.NDArray[Any]) -> Floats:
    """Four corners as top left, top right, bottom right, bottom left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1], kind="stable")]
    top_right, bottom_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.stack([top_left, top_right, bottom_right, bottom_left]).astype(np.float32)


def stands(quad: Floats) -> bool:
    """Whether a line runs up or down rather than across."""
    across = (np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    return bool(tallness(quad) >= 1.5 * across)
