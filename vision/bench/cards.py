"""The frozen benchmark of forgery detection: sets of pictures, rebuilt from their recipes and checked by hash.

    cards = rebuilt("all_out")
    cards.specimens, cards.unchanged

    python -m vision.bench.cards        # prints the manifest as the sets are here: what to commit to freeze them anew

`forgery.json` names how many pictures of each truth a set holds and the sha256 over the pictures' own, in order. Pixels
may differ in a last bit with another version of a library or on another processor; then `unchanged` is false, and a
figure measured on the set is to be given with the hash that was found.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from vision.errors import BenchError
from vision.synth.deal import draw
from vision.synth.deck import (
    ALL_OUT,
    IN_DISTRIBUTION,
    LEARNED_INPAINTING,
    LEFT_OUT_OPERATOR,
    LEFT_OUT_PIPELINE,
    LEFT_OUT_TEMPLATE,
    MESSENGER,
    Recipe,
    Specimen,
    Truth,
)
from vision.types import Frozen

MANIFEST = Path(__file__).parent / "forgery.json"
SETS: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        IN_DISTRIBUTION,
        LEFT_OUT_OPERATOR,
        LEFT_OUT_TEMPLATE,
        LEFT_OUT_PIPELINE,
        ALL_OUT,
        MESSENGER,
        LEARNED_INPAINTING,
    )
}
TRUTHS: tuple[Truth, ...] = ("genuine", "edited", "recaptured", "fabricated")
SPAN = 100_000
"""Indices of a recipe that belong to one truth: no page is both genuine and edited."""


class SetManifest(Frozen):
    """How many pictures of each truth a set has, and the sha256 over theirs; "" until it is frozen."""

    counts: dict[Truth, int]
    sha256: str


class Manifest(Frozen):
    """What `forgery.json` says."""

    note: str
    sets: dict[str, SetManifest]


@dataclass(frozen=True, eq=False)
class Cards:
    """A set as it was rebuilt here. `unchanged` says whether every picture is the frozen one, byte for byte."""

    name: str
    specimens: tuple[Specimen, ...]
    sha256: str
    unchanged: bool


@lru_cache(maxsize=1)
def manifest() -> Manifest:
    """The sets and their hashes."""
    return Manifest.model_validate_json(MANIFEST.read_bytes())


def drawn(name: str, counts: Mapping[Truth, int]) -> Iterator[Specimen]:
    """The pictures of a set, in order."""
    for turn, truth in enumerate(TRUTHS):
        recipe = replace(SETS[name], truths={truth: 1.0})
        for index in range(counts.get(truth, 0)):
            yield draw(recipe, turn * SPAN + index)


def hash_of(pictures: Iterator[bytes]) -> str:
    """The sha256 over the sha256 of each picture."""
    whole = hashlib.sha256()
    for data in pictures:
        whole.update(hashlib.sha256(data).digest())
    return whole.hexdigest()


def rebuilt(name: str) -> Cards:
    """A set of the benchmark, drawn again, half a CPU second a picture. Raises `BenchError` for an unknown name."""
    if name not in SETS or name not in manifest().sets:
        raise BenchError(f"no set of cards is called {name!r}", f"ask for one of {', '.join(SETS)}")
    frozen = manifest().sets[name]
    specimens = tuple(drawn(name, frozen.counts))
    found = hash_of(specimen.data for specimen in specimens)
    return Cards(name, specimens, found, found == frozen.sha256)


def frozen() -> Manifest:
    """The manifest with the hashes that the sets have here and now."""
    sets = {
        name: known.model_copy(update={"sha256": hash_of(card.data for card in drawn(name, known.counts))})
        for name, known in manifest().sets.items()
    }
    return manifest().model_copy(update={"sets": sets})


if __name__ == "__main__":
    sys.stdout.write(frozen().model_dump_json(indent=2) + "\n")
