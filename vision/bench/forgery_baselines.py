"""Detectors of edits without training, to be measured beside the others: error level analysis (Krawetz, 2007) and a
noise map (after Mahdian and Saic, 2009).

Each gives a picture a map of windows of 24 pixels, 16 apart; a picture's score is the mean of its hottest windows.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vision.forgery.features import CELL, STRIDE, WINDOW
from vision.image import Picture
from vision.synth.resave import Save, decode, encode

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
POOL = 6
"""The most suspicious windows whose mean is a picture's score: fixed before anything was measured."""
SAVED_AGAIN = Save("jpeg", 90, 0)


def pooled(heat: Floats) -> float:
    """The mean of the POOL largest values of a map, each first averaged with its neighbours by 1, 2, 1."""
    smooth = cv2.GaussianBlur(heat, (3, 3), 0, borderType=cv2.BORDER_REFLECT).ravel()
    return float(np.partition(smooth, -POOL)[-POOL:].mean())


def error_levels(picture: Picture) -> float:
    """How far the windows that change most in one more saving stand out from the others."""
    again = decode(encode(picture.rgb, SAVED_AGAIN))
    return pooled(_outlying(cv2.absdiff(picture.rgb, again).mean(axis=2, dtype=np.float32)))


def noise_map(picture: Picture) -> float:
    """How far the windows whose noise is most unlike the others' stand out."""
    luma = cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2GRAY)
    grain = cv2.absdiff(luma, cv2.medianBlur(luma, 3)).astype(np.float32)
    return pooled(np.abs(_outlying(np.minimum(grain, 8))))


def _outlying(field: Floats) -> Floats:
    """The mean of each window of a picture's field, less the picture's median, in units of its spread."""
    rows, columns = field.shape[0] // CELL, field.shape[1] // CELL
    cells = cv2.resize(field[: rows * CELL, : columns * CELL], (columns, rows), interpolation=cv2.INTER_AREA)
    windows = np.log(cv2.blur(cells, (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT)[1::STRIDE, 1::STRIDE] + 0.05)
    middle = np.median(windows)
    return np.asarray((windows - middle) / (1.4826 * np.median(np.abs(windows - middle)) + 1e-3), np.float32)
