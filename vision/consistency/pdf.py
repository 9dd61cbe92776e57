"""How often a PDF was saved on top of itself, from its bytes alone. PDFs are never rendered.

An incremental update (ISO 32000-1, 7.5.6) appends changed objects, a cross-reference that points back (`/Prev`) and
another `%%EOF`. A linearised file has two of them from the start (annex F), which is taken into account.
"""

from __future__ import annotations

import re

from vision.consistency.report import Check

MOST_BYTES = 25_000_000
END = re.compile(rb"startxref\s+\d{1,10}\s+%%EOF")
LINEARISED = re.compile(rb"/Linearized\s+[\d.]+")


def revisions(data: bytes) -> int | None:
    """How many times a PDF was saved, 1 for a file written once; None where it is damaged or over 25 MB."""
    if len(data) > MOST_BYTES:
        return None
    ends = len(END.findall(data))
    if LINEARISED.search(data[:2048]):
        ends -= 1
    return ends if ends > 0 else None


def check(data: bytes) -> Check:
    """Whether a PDF was changed after it was first saved."""
    count = revisions(data)
    if count is None:
        return Check(name="revisions", result="not_assessed", meaning="the PDF is damaged or too large")
    meaning = "the PDF was saved once" if count == 1 else f"the PDF was saved {count} times, each on top of the last"
    return Check(
        name="revisions", result="passed" if count == 1 else "failed", meaning=meaning, value=float(count), limit=1.0
    )
