"""Two witnesses of forgery whose logits are added up: what reviews use.

The trees (`vision.forgery.blocks`) know the traces that editing leaves in statistics of small blocks, the network
(`vision.forgery.net`) those it learned to see. They err on different pictures, so that at this line both together find
more edits than the trees at theirs, and call half as many genuine pictures forged. Marks, screens and prints, and
whether a picture can tell at all come from the trees, but no place is marked in a picture that counts as genuine.
Measured figures and limits: `vision/weights/forgery.md`.
"""

from __future__ import annotations

import hashlib

from vision import decode
from vision.forgery.blocks import SMALLEST, Line
from vision.forgery.detector import ForgeryModel, grid
from vision.forgery.tiles import predict
from vision.forgery.views import noise_level
from vision.image import Picture
from vision.types import ForgeryReport, ModelVersion

SHARE = 2.0
"""How much the network's logit weighs beside that of the trees."""
LINE = Line(slope=0.4809, offset=-1.5375, forged=0.6699)
"""What `python -m vision.train.forgery_joint` fixed on 240 uploads, 120 of them genuine: two in a hundred reach it."""


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
        noise = noise_level(picture.rgb)
        return predict(self.network.net, picture.rgb, grid(picture), noise, self.network.run).image

    def inspect(self, data: bytes) -> ForgeryReport:
        """Look for traces of tampering in an encoded picture. Raises `BadImage`.

        A picture of more pixels than the network was measured on is judged by the trees alone."""
        picture = decode.still(data)
        rows, columns = picture.rgb.shape[:2]
        if min(rows, columns) < SMALLEST or rows * columns > self.network.limits.pixels:
            return self.trees.examine(picture)
        report = self.trees.examine(picture, self.joined(0.0, self.network_logit(picture)), LINE)
        return report.model_copy(update={"model": self.version})
