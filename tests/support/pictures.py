"""Pictures as files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def png(rgb: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()


def grainy(shape: tuple[int, int], sigma: float = 4.0) -> np.ndarray:
    """A ramp from dark to light (height, width, 3) under noise of this deviation."""
    rng = np.random.default_rng(1)
    ramp = np.linspace(70, 180, shape[1])[None, :, None]
    return np.clip(np.rint(ramp + rng.normal(0, sigma, (*shape, 3))), 0, 255).astype(np.uint8)
