"""YuNet, the face detector: boxes, five landmarks and a score for every face of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]

FLOOR = 0.5
OVERLAP = 0.3
MOST = 50


@dataclass(frozen=True, eq=False)
class Face:
    """One detection in pixels of the picture searched: box corner and size, `landmarks` 5 x 2 (the eye on the left of
    the picture, the other eye, nose, the two corners of the mouth) and the detector's `score` in [0, 1]."""

    x: float
    y: float
    width: float
    height: float
    landmarks: Points
    score: float

    @property
    def side(self) -> float:
        """The shorter side of the box: what "a face of 24 pixels" means here."""
        return min(self.width, self.height)

    def turned(self, height: float) -> Face:
        """The same face after a quarter turn clockwise of its picture, which was so high before."""
        landmarks = np.stack([height - self.landmarks[:, 1], self.landmarks[:, 0]], axis=1).astype(np.float32)
        return Face(height - self.y - self.height, self.x, self.height, self.width, landmarks, self.score)

    def overlap(self, other: Face) -> float:
        """The area that two faces share, over that which they cover together."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        shared = max(across, 0.0) * max(down, 0.0)
        return shared / max(self.width * self.height + other.width * other.height - shared, 1e-9)

    @property
    def plausible(self) -> bool:
        """Whether the landmarks lie as in an upright face: eyes above mouth and side by side, nose between them."""
        left, right, nose, *mouth = self.landmarks
        eyes, lips = (left + right) / 2, (mouth[0] + mouth[1]) / 2
        down = lips - eyes
        length = float(np.hypot(*down))
        if length < 1e-3 or down[1] < 0.7 * length or right[0] <= left[0]:
            return False
        drop = float((nose - eyes) @ down) / length**2
        return 0.05 < drop < 0.95 and float(np.hypot(*(right - left))) < 2.5 * length


class Detector:
    """Finds faces of about 10 to 400 pixels after the picture is scaled to `longest` pixels. One call at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        # OpenCV 5 warns at every load that its new engine knows no targets; nothing can be done about it.
        level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            self._net = cv2.FaceDetectorYN.create(str(path), "", (320, 320), FLOOR, OVERLAP, MOST)
        finally:
            cv2.utils.logging.setLogLevel(level)

    def find(self, rgb: Pixels, longest: int) -> list[Face]:
        """Faces of an RGB picture, the best score first, in pixels of that picture."""
        height, width = rgb.shape[:2]
        scale = longest / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.cvtColor(cv2.resize(rgb, size, interpolation=method), cv2.COLOR_RGB2BGR)
        with self._lock:
            self._net.setInputSize(size)
            rows = self._net.detect(small)[1]
        if rows is None:
            return []
        return sorted((_face(row, scale) for row in rows), key=lambda face: -face.score)


def _face(row: NDArray[np.float32], scale: float) -> Face:
    x, y, width, height = (float(value) / scale for value in row[:4])
    return Face(x, y, width, height, (row[4:14] / scale).reshape(5, 2).astype(np.float32), float(row[14]))
