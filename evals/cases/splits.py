"""The splits as `splits.toml` fixes them: what each is drawn from, and the sha256 of each of its parts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import Field

from agent.errors import AgentError, one_of
from evals.world.stratum import Stratum
from tools.evidence import Frozen

FILE = Path(__file__).with_name("splits.toml")


class Hashes(Frozen):
    """The sha256 of each part of a set, apart, so that a difference says where it lies. `cases` leaves the attachments
    out, `rows` the hashes and vectors that are measured in pictures: `pictures` holds these with the files. Empty is a
    part that is not there or not known."""

    cases: str = ""
    labels: str = ""
    rows: str = ""
    pictures: str = ""


class Split(Frozen):
    """One split: its seed, how much of it there is, its part of all that can be drawn, and its frozen hashes.
    `other_pictures` are those of its pictures as other processors draw them."""

    name: str
    letter: str = Field(pattern=r"^[A-Z]$")
    seed: int
    cases: int = Field(ge=1)
    customers: int = Field(ge=0)
    place: int
    of: int
    held_out: bool = False
    locked: bool = False
    sha256: Hashes = Hashes()
    other_pictures: tuple[str, ...] = ()

    @property
    def stratum(self) -> Stratum:
        return Stratum(self.place, self.of, self.letter, self.held_out)


@cache
def load_splits() -> Mapping[str, Split]:
    """Every split by name, in the order of the file, which says whose part is whose."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    return MappingProxyType({
        name: Split.model_validate({**fields, "name": name, "place": place, "of": len(told)})
        for place, (name, fields) in enumerate(told.items())
    })  # fmt: skip


def split(name: str) -> Split:
    """Raises AgentError with the known names where there is no such split."""
    if name not in load_splits():
        raise AgentError(f"there is no split {name!r}", one_of(load_splits()))
    return load_splits()[name]
