"""Error rates of faces as `casework vision bench face --json` prints them, for tests that measure none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vision.rates import Estimate, FaceBench, QualityBand
from vision.types import ModelVersion
from vision.weights import PINNED
from vision.wilson import share

SFACE = ModelVersion(name="sface", sha256=PINNED["sface"].sha256)


def estimate(count: int, of: int) -> Estimate:
    """A share with Wilson's interval."""
    return Estimate(**share(count, of).model_dump())


def band(wrong: tuple[int, int], missed: tuple[int, int]) -> QualityBand:
    """False matches of how many impostor pairs, false non-matches of how many genuine ones; none of no pairs."""
    (false, impostor), (lost, genuine) = wrong, missed
    return QualityBand(
        genuine=genuine,
        impostor=impostor,
        false_match_rate=estimate(false, impostor) if impostor else None,
        false_non_match_rate=estimate(lost, genuine) if genuine else None,
    )


def face_bench(**changes: Any) -> FaceBench:
    """300 pairs by the shipped recogniser at the policy's thresholds; none of the lowest quality."""
    fields: dict[str, Any] = {
        "pairs": 300,
        "genuine": 38,
        "impostor": 262,
        "refused": 0,
        "auc": estimate(38, 38),
        "eer": estimate(0, 38),
        "tar": {},
        "match_threshold": 0.43,
        "mismatch_threshold": 0.28,
        "false_match_rate": estimate(0, 262),
        "false_non_match_rate": estimate(1, 38),
        "false_mismatch_rate": estimate(0, 38),
        "unclear_share": estimate(11, 300),
        "qualities": {
            "0.25 to 0.5": band((0, 0), (0, 0)),
            "0.5 to 0.8": band((0, 62), (1, 8)),
            "0.8 to 1": band((0, 200), (0, 30)),
        },
        "reasons": {},
        "model": SFACE,
    }
    return FaceBench.model_validate(fields | changes)


def written(path: Path, **changes: Any) -> Path:
    """The same as the file that a bench was sent into."""
    path.write_text(face_bench(**changes).model_dump_json() + "\n", "utf-8")
    return path
