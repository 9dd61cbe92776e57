"""Boosted decision trees as plain arrays: read from safetensors, evaluated with numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.forgery.sight import Floats

LINKS = ("feature", "left", "right", "roots")
NUMBERS = ("threshold", "value")


@dataclass(frozen=True)
class Trees:
    """A forest whose values add up to a logit. A leaf is its own left and right child, so that every path may be
    walked to the same depth; `roots` are the nodes at which trees begin, `base` is what an empty forest would say."""

    feature: npt.NDArray[np.int32]
    threshold: Floats
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: Floats
    roots: npt.NDArray[np.int32]
    base: float
    depth: int

    def logit(self, rows: Floats) -> Floats:
        """The logit of each row of features."""
        total = np.full(len(rows), self.base, np.float32)
        values, starts = np.ascontiguousarray(rows).ravel(), np.arange(len(rows)) * rows.shape[1]
        children = np.stack([self.left, self.right], axis=1).astype(np.int64).ravel()
        for root in self.roots:
            node = np.full(len(rows), root, np.int64)
            for _ in range(self.depth):
                beyond = values.take(starts + self.feature.take(node)) > self.threshold.take(node)
                node = children.take(2 * node + beyond)
            total += self.value.take(node)
        return total

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[np.generic]]:
        """Named arrays for a safetensors file."""
        named: dict[str, npt.NDArray[np.generic]] = {
            f"{prefix}.{part}": getattr(self, part) for part in LINKS + NUMBERS
        }
        named[f"{prefix}.shape"] = np.array([self.base, self.depth], np.float32)
        return named

    @classmethod
    def of(cls, prefix: str, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Trees:
        """The forest that `arrays` wrote under this prefix."""
        base, depth = arrays[f"{prefix}.shape"].tolist()
        feature, left, right, roots = (arrays[f"{prefix}.{part}"].astype(np.int32) for part in LINKS)
        threshold, value = (arrays[f"{prefix}.{part}"].astype(np.float32) for part in NUMBERS)
        return cls(feature, threshold, left, right, value, roots, base=float(base), depth=int(depth))
