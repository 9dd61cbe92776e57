"""What a similarity of faces is worth, by the error rates that a team measured on its own pairs. No rule reads it."""

from __future__ import annotations

import json
from decimal import Decimal

from tools.evidence import AttachmentRole, Exhibit
from vision.rates import Estimate, FaceBench, QualityBand, band_of
from vision.types import FaceMatch

UNMEASURED = QualityBand(genuine=0, impostor=0, false_match_rate=None, false_non_match_rate=None)


def worth(rates: FaceBench | None, measured: FaceMatch, other: AttachmentRole) -> tuple[Exhibit, ...]:
    """The error rates at the match threshold over pairs of the same quality as this one, of the document with the
    `other` picture; nothing where no rates are known, or there is no similarity to be worth anything."""
    if rates is None or measured.similarity is None or measured.quality is None:
        return ()
    quality = measured.quality.worse
    name = band_of(quality)
    band = rates.qualities.get(name, UNMEASURED)
    two, one = "pairs of two people", "pairs of one person"
    rows = [
        _row(
            "match threshold", f"{rates.match_threshold:g}", "two faces this similar or more are taken for one person"
        ),
        _row(
            "quality of this pair",
            f"{quality:g}",
            f"that of the worse of the two faces; the rates below are of pairs from {name}",
        ),
        _row("false match rate", *_rate(band.false_match_rate, two, "reached the threshold")),
        _row("false non-match rate", *_rate(band.false_non_match_rate, one, "stayed below the threshold")),
    ]
    title = f"What the similarity of document and {other} is worth"
    return (Exhibit(kind="checks", title=title, content=json.dumps(rows), of=other),)


def _row(name: str, result: str, meaning: str) -> dict[str, str]:
    return {"name": name, "result": result, "meaning": meaning}


def _rate(rate: Estimate | None, pairs: str, did: str) -> tuple[str, str]:
    """A rate with its interval and the pairs behind it. Where none of them went wrong, the end of the interval is what
    was shown: the rate itself is hardly nothing."""
    if rate is None:
        return "not measured", f"no {pairs} of this quality were measured"
    wrong, high = round(rate.value * rate.of), _percent(rate.high)
    if not wrong:
        return f"up to {high}", f"none of {rate.of} {pairs} {did}; {high} is the upper end of the 95% interval"
    interval = f"95% interval {_percent(rate.low)} to {high}"
    return _percent(rate.value), f"{wrong} of {rate.of} {pairs} {did}; {interval}"


def _percent(share: float) -> str:
    """With three digits that count, however small the share."""
    return f"{Decimal(f'{100 * share:.3g}'):f}%"
