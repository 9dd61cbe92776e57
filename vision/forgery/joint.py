"""Two witnesses of forgery whose logits are added up: what reviews use.

The trees (`vision.forgery.blocks`) know the traces that editing leaves in statistics of small blocks, the network
(`vision.forgery.net`) those it learned to see. They err on different pictures, so that at this line both together find
more edits than the trees at theirs, and call half as many genuine pictures forged. Marks, screens and prints, and
whether a picture can tell at all come from the trees, but no place is marked in a picture that counts as genuine. How
one was edited that counts as forged is the network's guess. Of a picture of more pixels than the network was measured
on, such as a phone takes, it sees, at full size, the tiles that the trees find hottest.
Measured figures and limits: `vision/weights/forgery.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from vision import decode
from vision.forgery.blocks import STEP, Line
from vision.forgery.detector import ForgeryModel, grid
from vision.forgery.sight import Floats
from vision.forgery.tiles import Prediction, Tile, predict, tiles
from vision.forgery.views import noise_level
from vision.image import Picture
from vision.types import ForgeryReport, ModelVersion

SHARE = 2.0
"""How much the network's logit weighs beside that of the trees."""
LINE = Line(slope=0.2598, offset=-1.7117, forged=0.8176)
"""What `python -m vision.train.forgery_joint` fixed on 240 uploads, 120 of them genuine: two in a hundred reach it."""
MOST = 6
"""Tiles that the network looks at in a picture of more pixels than it was measured on: two megapixels at most."""


class JointForgery:
    """The detector with its weights. Safe to share between threads: nothing changes after it was made."""

    def __init__(self, network: ForgeryModel) -> None:
        self.network, self.trees = network, network.trees
        both = "".join(each.version.sha256 for each in (self.trees, self.network))
        self.version = ModelVersion(name="forgery-joint", sha256=hashlib.sha256(both.encode()).hexdigest())

    @staticmethod
    def joined(trees: float, network: float) -> float:
        """The logit of both."""
        return trees + SHARE * network

    def network_logit(self, picture: Picture) -> float:
        """What the network says of a decoded picture."""
        return self.network_says(picture).image

    def network_says(self, picture: Picture, only: Sequence[Tile] = ()) -> Prediction:
        """All that the network says of a decoded picture, or of some tiles of it."""
        noise = noise_level(picture.rgb)
        return predict(self.network.net, picture.rgb, grid(picture), noise, self.network.run, only)

    def inspect(self, data: bytes) -> ForgeryReport:
        """Look for traces of tampering in an encoded picture. Raises `BadImage`.

        In a picture of more pixels than the network was measured on it looks at the hottest tiles of the trees alone.
        One too small for the trees is inconclusive."""
        picture = decode.still(data)
        seen, (rows, columns) = self.trees.measured(picture), picture.rgb.shape[:2]
        if seen.heat is None:
            return self.trees.judged(seen)
        large = rows * columns > self.network.limits.pixels
        said = self.network_says(picture, hottest(seen.heat, STEP * seen.zoom, tiles(rows, columns)) if large else ())
        report = self.network.named(self.trees.judged(seen, self.joined(0.0, said.image), LINE), said)
        note = f"; the network saw the {MOST} most suspicious tiles of so large a picture" if large else ""
        return report.model_copy(update={"model": self.version, "reason": report.reason + note})


def hottest(heat: Floats, step: float, of: Sequence[Tile]) -> tuple[Tile, ...]:
    """The MOST tiles that hold the largest values of a map whose cells begin `step` pixels apart."""

    def peak(tile: Tile) -> float:
        top, bottom, left, right = (int(side / step) for side in tile)
        return float(heat[top:bottom, left:right].max())

    return tuple(sorted(of, key=peak, reverse=True)[:MOST])
