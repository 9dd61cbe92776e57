"""Which encoder's quantisation tables a JPEG carries: a fingerprint of the program that saved it last.

The usual library (libjpeg and all that build on it) scales the tables of ITU-T T.81 annex K by a quality from 1 to 100.
Adobe's programs, mozjpeg and camera makers have tables of their own (Farid, Digital Image Ballistics from JPEG
Quantization, 2006). A family is a hint for a reviewer: most phones and every messenger save with the usual library.
"""

from __future__ import annotations

from functools import cache

from vision.consistency.container import Table
from vision.consistency.report import Check

LUMA: Table = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
"""ITU-T T.81, table K.1."""
MOZJPEG: Table = (
    16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75, 16, 20, 24, 31, 43, 62, 91, 135, 18, 27, 31, 40, 53,
    74, 106, 156, 25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238, 56, 53, 91, 106, 131, 169, 226,
    311, 85, 75, 135, 156, 189, 238, 311, 418,
)  # fmt: skip
"""The default of mozjpeg (Robidoux), whose scaling is the usual library's."""


@cache
def _families() -> dict[Table, str]:
    """Every table of the families that scale one table, by what they are called."""
    found: dict[Table, str] = {}
    for name, base in (("mozjpeg", MOZJPEG), ("libjpeg", LUMA)):
        found |= {_scaled(base, quality): f"{name} quality {quality}" for quality in range(1, 101)}
    return found


def _scaled(base: Table, quality: int) -> Table:
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(max((step * percent + 50) // 100, 1), 255) for step in base)


def encoder(tables: tuple[Table, ...], adobe: bool = False) -> str:
    """The family of a JPEG's tables: "libjpeg quality N", "mozjpeg quality N", "Adobe", "own tables"; "" for none."""
    if not tables:
        return ""
    return _families().get(tables[0], "Adobe" if adobe else "own tables")


def check(tables: tuple[Table, ...], adobe: bool = False) -> Check:
    """The family as a row to show. It accuses nobody, so it passes or is not assessed."""
    found = encoder(tables, adobe)
    if not found:
        return Check(name="quantisation", result="not_assessed", meaning="no JPEG tables")
    return Check(name="quantisation", result="passed", meaning=f"last saved with {found}")
