"""What tampering may leave in pixels, block by block: noise, sharpness, colour mosaic and compression history.

Each measure is taken over windows of 24 pixels, 16 pixels apart, and then compared with the rest of the same picture:
with what a window of like brightness and detail has there, and with its neighbourhood. No feature knows where in the
document it stands, nor what is written there.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]

CELL, WINDOW, STRIDE, AROUND = 8, 3, 2, 9
"""Pixels of a cell (one JPEG block), cells a window is wide, cells between windows, cells a neighbourhood is wide."""
EPS = 1e-3
SQUARE3 = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 4
SQUARE5 = np.array(
    [[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]], np.float32
) / 12  # fmt: skip
"""Two residual filters of the spatial rich model (Fridrich and Kodovsky, 2012)."""
FREQUENCIES = tuple((u, v) for u in range(5) for v in range(5) if 1 <= u + v <= 4)
BASIS = np.array(
    [[np.sqrt((1 if k == 0 else 2) / 8) * np.cos((2 * n + 1) * k * np.pi / 16) for n in range(8)] for k in range(8)],
    np.float32,
)
CONTENT = ("luma", "spread", "blue", "red", "detail")
MEASURES = (
    "second_across", "second_down", "square3", "square5", "median", "quiet3", "quiet5", "quiet_median", "peaky3",
    "peaky5", "flat_noise", "lag_across", "lag_down", "lag_diagonal", "lag_two", "chroma_blue", "chroma_red",
    "red_green", "blue_green", "mosaic", "mosaic_red", "history", "history_low", "empty", "blocky", "sharp", "edge",
    "coarse", "floor_noise", "middle_noise", "floor_blue", "skew3", "skew5", "skew_median", "darkest", "brightest",
    "ink_blue", "ink_red",
)  # fmt: skip
NAMES = tuple(
    [*CONTENT, *(f"{name}" for name in MEASURES), *(f"{name}.self" for name in MEASURES),
     *(f"{name}.near" for name in MEASURES), "whole.noise", "whole.empty", "whole.history", "whole.sharp"]
)  # fmt: skip


@dataclass(frozen=True)
class Blocks:
    """Features of a picture's windows: `values` is (rows, columns, len(NAMES))."""

    values: Field

    @property
    def flat(self) -> Field:
        """One row a window."""
        return self.values.reshape(-1, self.values.shape[2])

    @property
    def spread(self) -> Field:
        """The logarithm of the contrast of each window."""
        return self.values[..., NAMES.index("spread")]


def _cells(pixels: Field) -> Field:
    """The mean of each cell of 8 by 8 pixels."""
    rows, columns = pixels.shape[0] // CELL, pixels.shape[1] // CELL
    return np.asarray(
        cv2.resize(pixels[: rows * CELL, : columns * CELL], (columns, rows), interpolation=cv2.INTER_AREA)
    )


def _windows(cells: Field, width: int = WINDOW) -> Field:
    return np.asarray(cv2.blur(cells, (width, width), borderType=cv2.BORDER_REFLECT), np.float32)


def _mean(pixels: Field) -> Field:
    return _windows(_cells(np.ascontiguousarray(pixels, np.float32)))


def _log(values: Field) -> Field:
    return np.asarray(np.log(values + EPS), np.float32)


def _square3(channel: Field) -> Field:
    return np.asarray(cv2.filter2D(channel, -1, SQUARE3), np.float32)


def _shifted(residual: Field, down: int, across: int) -> Field:
    return np.roll(residual, (down, across), axis=(0, 1))


def _together(first: Field, second: Field) -> Field:
    """Correlation of two residuals in each window."""
    scale = np.sqrt(_mean(first * first) * _mean(second * second) + EPS)
    return np.asarray(_mean(first * second) / scale, np.float32)


def spectrum(luma: Field) -> Field:
    """The DCT of each cell: (rows, columns, 8, 8)."""
    rows, columns = luma.shape[0] // CELL, luma.shape[1] // CELL
    tiles = luma[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL).transpose(0, 2, 1, 3) - 128
    return np.asarray(BASIS @ tiles @ BASIS.T, np.float32)


def _history(coefficients: Field, table: Field | None) -> tuple[Field, Field]:
    """How well each cell fits the compression history of the picture as a whole.

    A picture compressed twice has combs in the histograms of its DCT coefficients. The logarithm of the histogram over
    a smoothed one says for each coefficient whether it stands in a tooth; what was pasted later stands anywhere."""
    fit = np.zeros(coefficients.shape[:2], np.float32)
    low = np.zeros_like(fit)
    for u, v in FREQUENCIES:
        step = 1.0 if table is None else max(float(table[u, v]), 1.0)
        steps = np.rint(coefficients[..., u, v] / step).astype(np.int64)
        inside = np.abs(steps) <= 120
        counts = np.bincount(steps[inside] + 120, minlength=241).astype(np.float32) + 0.5
        smooth = cv2.GaussianBlur(counts[None], (0, 0), 3.0)[0] + 0.5
        comb = np.clip(np.log(counts / smooth), -3, 2)
        comb[119:122] = 0
        gained = np.where(inside, comb[np.clip(steps + 120, 0, 240)], 0)
        fit += gained
        if u + v <= 2:
            low += gained
    return fit, low


def _blocky(luma: Field) -> Field:
    """How much larger the steps across cell borders are than those inside cells."""
    across, down = np.abs(np.diff(luma, axis=1, append=luma[:, -1:])), np.abs(np.diff(luma, axis=0, append=luma[-1:]))
    border = np.zeros_like(luma)
    border[:, 7::8] = across[:, 7::8] * 8
    border[7::8] += down[7::8] * 8
    return np.asarray(_log(_mean(border)) - _log(_mean(across + down)))


def _mosaic(green: Field, red: Field) -> tuple[Field, Field]:
    """Energy of one colour lattice of the sensor over the other, signed as the whole picture has it."""
    rows, columns = np.arange(green.shape[0])[:, None], np.arange(green.shape[1])[None, :]
    even = ((rows + columns) % 2 == 0).astype(np.float32)
    energy = np.minimum(green * green, 25)
    ratio = _log(_mean(energy * even)) - _log(_mean(energy * (1 - even)))
    corner = ((rows % 2 == 0) & (columns % 2 == 0)).astype(np.float32)
    energy = np.minimum(red * red, 25)
    second = _log(_mean(energy * corner)) - _log(_mean(energy * _shifted(corner, 1, 1)))
    return ratio * np.sign(np.median(ratio)), second * np.sign(np.median(second))


def _ranked(pixels: Field, *ranks: int) -> list[Field]:
    """For each rank of 16 the value that so many of a cell's pixels, every second one of each row, stay below."""
    rows, columns = pixels.shape[0] // CELL, pixels.shape[1] // CELL
    sparse = pixels[: rows * CELL : 2, : columns * CELL : 2]
    tiles = sparse.reshape(rows, CELL // 2, columns, CELL // 2).transpose(0, 2, 1, 3)
    ordered = np.partition(tiles.reshape(rows, columns, CELL * CELL // 4), ranks, axis=2)
    return [np.ascontiguousarray(ordered[..., rank]) for rank in ranks]


def _skew(residual: Field) -> Field:
    """Whether a residual leans to one side, as the halo of a sharpened edge does, in [-1, 1]."""
    up, down = np.maximum(residual, 0) ** 2, np.minimum(residual, 0) ** 2
    above, below = _mean(up), _mean(down)
    return (above - below) / (above + below + EPS)


def _strokes(luma: Field, three: Field, blue: Field, rose: Field) -> dict[str, Field]:
    """Noise that strokes do not hide, and the tones and colour of the strokes themselves."""
    size = np.abs(three)
    low, middle = _ranked(size, 4, 8)
    (low_blue,) = _ranked(np.abs(_square3(blue)), 6)
    darkest, brightest = _ranked(luma, 1, 14)
    average = _mean(luma)
    spread = _mean(luma * luma) - average**2 + 4
    wide = np.ones((WINDOW, WINDOW), np.uint8)
    return {
        "floor_noise": _log(_windows(low)),
        "middle_noise": _log(_windows(middle)),
        "floor_blue": _log(_windows(low_blue)),
        "darkest": cv2.erode(darkest, wide),
        "brightest": cv2.dilate(brightest, wide),
        "ink_blue": (_mean(luma * blue) - average * _mean(blue)) / spread,
        "ink_red": (_mean(luma * rose) - average * _mean(rose)) / spread,
    }


def _measure(rgb: Rgb, table: Field | None) -> dict[str, Field]:
    ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    luma, rose, blue = (np.ascontiguousarray(ycc[..., channel], np.float32) for channel in range(3))
    found: dict[str, Field] = {}
    across = cv2.filter2D(luma, -1, np.array([[1, -2, 1]], np.float32) / 2)
    down = cv2.filter2D(luma, -1, np.array([[1], [-2], [1]], np.float32) / 2)
    three, five = _square3(luma), np.asarray(cv2.filter2D(luma, -1, SQUARE5), np.float32)
    median = luma - cv2.medianBlur(ycc[..., 0], 3)
    slope = np.abs(cv2.Sobel(luma, -1, 1, 0, scale=0.125)) + np.abs(cv2.Sobel(luma, -1, 0, 1, scale=0.125))
    for name, residual in zip(MEASURES, (across, down, three, five, median), strict=False):
        found[name] = _log(_mean(np.minimum(np.abs(residual), 20)))
    for name, residual in (("quiet3", three), ("quiet5", five), ("quiet_median", median)):
        found[name] = _mean((np.abs(residual) < 0.6).astype(np.float32))
    for name, residual in (("peaky3", three), ("peaky5", five)):
        size = np.abs(residual)
        found[name] = _log(_mean(size * size)) - 2 * _log(_mean(size))
    calm = (cv2.blur(slope, (5, 5)) < np.quantile(slope[::4, ::4], 0.5)).astype(np.float32)
    found["flat_noise"] = (_mean(np.abs(three) * calm) + 0.02 * float(np.abs(three).mean())) / (_mean(calm) + 0.02)
    for name, (rows, columns) in (("across", (0, 1)), ("down", (1, 0)), ("diagonal", (1, 1)), ("two", (2, 2))):
        found[f"lag_{name}"] = _together(three, _shifted(three, rows, columns))
    found["chroma_blue"] = _log(_mean(np.abs(_square3(blue))))
    found["chroma_red"] = _log(_mean(np.abs(_square3(rose))))
    parts = [_square3(np.ascontiguousarray(rgb[..., channel], np.float32)) for channel in range(3)]
    found["red_green"], found["blue_green"] = _together(parts[0], parts[1]), _together(parts[2], parts[1])
    found["mosaic"], found["mosaic_red"] = _mosaic(parts[1], parts[0])
    for name, residual in (("skew3", three), ("skew5", five), ("skew_median", median)):
        found[name] = _skew(np.asarray(residual, np.float32))
    found |= _strokes(luma, three, blue, rose) | _compression(luma, table)
    found["sharp"] = _log(_mean(np.abs(across) + np.abs(down))) - _log(_mean(slope))
    found["edge"] = _log(_mean(slope * slope)) - 2 * _log(_mean(slope))
    wide = np.asarray(cv2.GaussianBlur(luma, (0, 0), 1.5), np.float32)
    found["coarse"] = _log(_mean(np.abs(wide - cv2.GaussianBlur(luma, (0, 0), 3.0))))
    return found | _content(wide, blue, rose)


def _content(wide: Field, blue: Field, rose: Field) -> dict[str, Field]:
    """What a window shows, taken from a blurred picture so that noise, which is to be judged, has no say in it."""
    slope = np.abs(cv2.Sobel(wide, -1, 1, 0, scale=0.125)) + np.abs(cv2.Sobel(wide, -1, 0, 1, scale=0.125))
    average = _mean(wide)
    spread = np.log(np.sqrt(np.maximum(_mean(wide * wide) - average**2, 0)) + 3).astype(np.float32)
    detail = np.log(_mean(slope) + 1).astype(np.float32)
    return {
        "luma": average, "spread": spread, "blue": _mean(blue), "red": _mean(rose), "detail": detail,
    }  # fmt: skip


def _compression(luma: Field, table: Field | None) -> dict[str, Field]:
    coefficients = spectrum(luma)
    fit, low = _history(coefficients, table)
    empty = (np.abs(coefficients[..., 3:, 3:]) < 0.5).mean(axis=(2, 3)).astype(np.float32)
    return {
        "history": _windows(fit), "history_low": _windows(low), "empty": _windows(empty), "blocky": _blocky(luma),
    }  # fmt: skip


def _itself(measures: Field, content: Field) -> Field:
    """Each measure against what the same picture has at like content: what a least-squares fit leaves, in robust units.

    The fit is made twice, the second time without the tenth of the windows that fit worst: an edit has no say in what
    is usual."""
    centred = (content - content.mean(axis=0)) / (content.std(axis=0) + EPS)
    design = np.concatenate([np.ones((len(centred), 1), np.float32), centred, centred**2], axis=1)
    left = _robust(measures, design, np.ones(len(design), bool))
    strange = np.minimum(np.abs(left), 12).mean(axis=1)
    return np.clip(_robust(measures, design, strange <= np.quantile(strange, 0.9)), -12, 12)


def _robust(measures: Field, design: Field, usual: npt.NDArray[np.bool_]) -> Field:
    kept = design[usual]
    gram = kept.T @ kept + len(kept) * 1e-4 * np.eye(design.shape[1], dtype=np.float32)
    left = measures - design @ np.linalg.solve(gram, kept.T @ measures[usual])
    middle = np.median(left, axis=0)
    spread = np.median(np.abs(left - middle), axis=0) * 1.4826 + EPS
    return np.asarray((left - middle) / spread, np.float32)


def blocks(rgb: Rgb, steps: tuple[int, ...] = ()) -> Blocks:
    """Measure a picture of at least 64 by 64 pixels. Its rows and columns of windows start in the upper left corner.

    `steps` are the 64 quantisation steps of luma with which it was saved last, row by row, where they are known."""
    found = _measure(rgb, np.asarray(steps, np.float32).reshape(8, 8) if steps else None)
    content = np.stack([found[name] for name in CONTENT], axis=2)
    raw = np.stack([found[name] for name in MEASURES], axis=2)
    shape = raw.shape
    own = _itself(raw.reshape(-1, shape[2]), content.reshape(-1, len(CONTENT))).reshape(shape)
    near = own - cv2.blur(own, (AROUND, AROUND), borderType=cv2.BORDER_REFLECT)
    whole = [np.median(found[name]) for name in ("square3", "empty", "history", "sharp")]
    everywhere = np.broadcast_to(np.asarray(whole, np.float32), (*shape[:2], len(whole)))
    values = np.concatenate([content, raw, own, near, everywhere], axis=2)
    return Blocks(np.ascontiguousarray(values[1::STRIDE, 1::STRIDE], np.float32))


def _bumps(channel: Field) -> list[float]:
    """Peaks of the mean power spectrum over what lies beside them in its row and column: the traces of screens and
    halftones. Ridges along an axis, which straight edges make, are no peaks; the lattice of JPEG blocks is left out."""
    tile, rows, columns = 256, channel.shape[0], channel.shape[1]
    across = np.linspace(0, columns - tile, 4).astype(int)
    down = np.linspace(0, rows - tile, 3).astype(int)
    fade = np.outer(np.hanning(tile), np.hanning(tile)).astype(np.float32)
    tiles = np.stack([channel[y : y + tile, x : x + tile] * fade for y in down for x in across])
    power = np.log(np.mean(np.abs(np.fft.rfft2(tiles)) ** 2, axis=0) + 1).astype(np.float32)
    above = power - np.maximum(cv2.blur(power, (17, 1)), cv2.blur(power, (1, 17)))
    above[::32, ::32] = 0
    turns = np.hypot(np.fft.fftfreq(tile)[:, None], np.fft.rfftfreq(tile)[None, :])
    found = []
    for low, high in ((0.05, 0.18), (0.18, 0.32), (0.32, 0.72)):
        inside = (turns >= low) & (turns < high)
        band = np.sort(above[inside])
        found += [float(band[-2]), float(band[-12:].mean()), float(power[inside].mean())]
    return [*found, found[2] - found[5], found[5] - found[8]]


def whole(rgb: Rgb, windows: Blocks) -> Field:
    """Features of a picture as a whole, at least 256 by 256 pixels: spectral peaks, tones, noise and sharpness."""
    ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    rows, columns = ycc.shape[:2]
    middle = ycc[rows // 8 : rows - rows // 8, columns // 8 : columns - columns // 8]
    residual = ycc - cv2.GaussianBlur(ycc, (0, 0), 3)
    spectra = [value for channel in range(3) for value in _bumps(np.ascontiguousarray(residual[..., channel]))]
    tones = np.percentile(middle.reshape(-1, 3)[::7], (0.5, 5, 50, 95, 99.5), axis=0).ravel()
    raw = windows.flat[:, : len(CONTENT) + len(MEASURES)]
    parts = [np.asarray(spectra), tones, np.median(raw, axis=0), np.quantile(raw, 0.9, axis=0)]
    return np.concatenate(parts).astype(np.float32)
