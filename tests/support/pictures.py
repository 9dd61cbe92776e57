"""Pictures as files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def png(rgb: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()
