"""Whether a selfie shows a live person. Without a model the answer is "not assessed", never "live"."""

from __future__ import annotations

from pathlib import Path

from vision import image
from vision.errors import WeightsError
from vision.types import Liveness

NO_WEIGHTS = "no liveness weights are configured"


def assess(capture: bytes, weights: Path | None) -> Liveness:
    """Judge a selfie: "not_assessed" where no weights are configured.

    No liveness model is part of this version, so that a folder of weights, whatever it holds, raises `WeightsError`
    instead of being passed over in silence. Raises `BadImage` for what is no picture.
    """
    image.load(capture)
    if weights is None:
        return Liveness(verdict="not_assessed", score=None, reason=NO_WEIGHTS)
    what = "holds no model that this version can run" if weights.is_dir() else "is no folder"
    raise WeightsError(f"the folder of liveness weights {str(weights)!r} {what}", "unset LIVENESS_WEIGHTS")
