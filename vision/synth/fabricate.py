"""Pictures that are false as a whole: a grey copy, a page that never lay before a camera, metadata that was edited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import cv2
import numpy as np
from PIL import Image

from vision.synth.capture import Shot
from vision.synth.capture.pose import lie
from vision.synth.lettering import Rgb

Fabrication = Literal["grey_copy", "synthetic", "metadata"]
FABRICATIONS: tuple[Fabrication, ...] = ("grey_copy", "synthetic", "metadata")
CAMERAS = (("Aurora", "A7"), ("Aurora", "A9 Pro"), ("Meridian", "Note 4"), ("Kestrel", "KX-20"), ("Solano", "S3"))
EDITORS = ("Adobe Photoshop 25.11 (Windows)", "GIMP 2.10.38", "Affinity Photo 2.5", "Photopea")
MAKE, MODEL, SOFTWARE, CHANGED, DETAILS, TAKEN = 0x10F, 0x110, 0x131, 0x132, 0x8769, 0x9003


def grey_copy(page: Rgb, rng: np.random.Generator) -> Rgb:
    """A flat page as an office copier gives it: grey, steep, with specks of toner."""
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY).astype(np.float32)
    steep = 255 / (1 + np.exp(-(grey - rng.uniform(110, 150)) / rng.uniform(22, 45)))
    steep += rng.normal(0, rng.uniform(2, 7), grey.shape)
    specks = np.asarray(rng.random(grey.shape) < rng.uniform(0.00002, 0.0002), np.uint8)
    steep[cv2.dilate(specks, np.ones((2, 2), np.uint8)) > 0] = 30
    return np.repeat(np.clip(np.rint(steep), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def synthetic(page: Rgb, rng: np.random.Generator) -> Shot:
    """A drawn page passed off as a capture: laid on a plain ground, blurred, shaded and given noise; no sensor."""
    pose = lie((page.shape[1], page.shape[0]), (0.85, 1.1), bool(rng.random() < 0.5), rng)
    places, blur = pose.places(), float(rng.uniform(0.3, 0.8))
    seen = cv2.remap(page, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    inside = cv2.remap(np.ones(page.shape[:2], np.float32), *places, cv2.INTER_LINEAR)[..., None]
    ground = rng.uniform(60, 250) + rng.uniform(-15, 15, 3)
    laid = cv2.GaussianBlur(seen * inside + ground.astype(np.float32) * (1 - inside), (0, 0), blur)
    slope = np.linspace(1 - rng.uniform(0, 0.1), 1 + rng.uniform(0, 0.1), laid.shape[1], dtype=np.float32)
    noise = rng.standard_normal((*laid.shape[:2], 3), dtype=np.float32) * np.float32(rng.uniform(0.5, 5))
    return Shot(np.clip(np.rint(laid * slope[None, :, None] + noise), 0, 255).astype(np.uint8), pose, blur)


def camera_exif(rng: np.random.Generator) -> Image.Exif:
    """What a camera writes into its files."""
    exif, taken = Image.Exif(), _moment(rng)
    maker, model = CAMERAS[int(rng.integers(len(CAMERAS)))]
    exif[MAKE], exif[MODEL], exif[CHANGED] = maker, model, f"{taken:%Y:%m:%d %H:%M:%S}"
    exif.get_ifd(DETAILS)[TAKEN] = f"{taken:%Y:%m:%d %H:%M:%S}"
    return exif


def edited_exif(rng: np.random.Generator) -> Image.Exif:
    """Metadata after somebody changed it: an editor's name, and a picture that was saved before it was taken."""
    exif = camera_exif(rng)
    exif[SOFTWARE] = EDITORS[int(rng.integers(len(EDITORS)))]
    exif[CHANGED] = f"{_moment(rng) - timedelta(days=2500):%Y:%m:%d %H:%M:%S}"
    return exif


def _moment(rng: np.random.Generator) -> datetime:
    return datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=int(rng.integers(1_500_000)))
