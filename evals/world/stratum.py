"""Which part of all that can be drawn belongs to one world, so that two worlds have nothing in common.

Numbers that name something (customers, documents, series) go by remainders, heads by blocks. A range that a story draws
from is cut like a comb: every part has teeth all along it, in turns, so that parts differ in values and not in what is
usual.
"""

from __future__ import annotations

from dataclasses import dataclass

TEETH = 9
"""Into how many pieces the range of a measure is cut before each piece is shared out among the parts, in turns: a
multiple of three is fair to three."""
MARGIN = 0.1
"""Share of a part's tooth that is left free at either end, so that no rounding reaches a neighbour's."""
ENOUGH = 4
"""How many whole numbers each part must get, or the range is left to all: three counts cannot be shared out."""
BELOW_ONE = 1 - 1e-9
HEADS = 32
"""Heads a block; a face stands for one of the `evals.world.pictures.CANDIDATES` heads from its number on."""


@dataclass(frozen=True)
class Stratum:
    """The part `place` of `of` equal parts. `letter` begins the ids of its cases; `held_out` says whether its customers
    also do what is done in no other part. The whole changes nothing that is drawn."""

    place: int = 0
    of: int = 1
    letter: str = "C"
    held_out: bool = False

    def number(self, drawn: int) -> int:
        """The number of this part next to the one drawn, on either side by less than `of`."""
        return drawn - drawn % self.of + self.place

    def face(self, drawn: int) -> int:
        """The first number of a block of heads that is this part's; the number drawn if there is but one part."""
        return drawn if self.of == 1 else HEADS * self.number(drawn // HEADS)

    def measure(self, drawn: float, low: float, high: float) -> float:
        """A value of [low, high) moved to this part's tooth of the piece it fell into."""
        if self.of == 1 or high <= low:
            return drawn
        share = min((drawn - low) / (high - low), BELOW_ONE)
        piece, within = divmod(share * TEETH, 1)
        turn = (self.place + piece) % self.of
        tooth = (turn + MARGIN + (1 - 2 * MARGIN) * within) / self.of
        return low + (high - low) * (piece + tooth) / TEETH

    def count(self, drawn: int, low: int, high: int) -> int:
        """A whole number from low to high, both included, moved to this part's remainder where the range is wide
        enough."""
        if high - low + 1 < ENOUGH * self.of:
            return drawn
        moved = low + self.number(drawn - low)
        return moved if moved <= high else moved - self.of


WHOLE = Stratum()
