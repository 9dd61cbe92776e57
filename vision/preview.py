"""Small pictures of customers' files to look at, encoded anew: nothing of the file itself reaches a page."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vision import decode
from vision.image import Pixels

QUALITY = 88


@dataclass(frozen=True)
class Preview:
    """A JPEG without metadata. `scale` turns coordinates of the original into coordinates of this one."""

    jpeg: bytes
    width: int
    height: int
    scale: float


def preview(data: bytes, side: int) -> Preview:
    """A picture, its longer side at most `side` pixels. Raises `BadImage`."""
    return _shrunk(decode.still(data).rgb, side)


def contact_sheet(data: bytes, side: int) -> Preview:
    """Six frames of a clip, from first to last, as one picture of at most `side` pixels. Raises `BadImage`."""
    frames = decode.clip(data).frames
    chosen = frames[np.linspace(0, len(frames) - 1, 6).round().astype(int)]
    return _shrunk(np.vstack([np.hstack(row) for row in (chosen[:3], chosen[3:])]), side)


def _shrunk(rgb: Pixels, side: int) -> Preview:
    whole = Image.fromarray(rgb)
    scale = min(1.0, side / max(whole.size))
    small = whole.resize((max(1, round(whole.width * scale)), max(1, round(whole.height * scale))))
    encoded = io.BytesIO()
    small.save(encoded, "JPEG", quality=QUALITY)
    return Preview(encoded.getvalue(), small.width, small.height, scale)
