"""One self-contained page of a search: what changed, how both wordings score, what else was tried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from evals.cli.verdicts import p_value
from evals.lab.judge import source
from evals.lab.optimise import Optimised


@dataclass(frozen=True)
class Stretch:
    """A run of words that both texts share, or that one of them alone has."""

    kind: Literal["same", "gone", "new"]
    text: str


def page(found: Optimised) -> str:
    """The page as HTML: no script, light and dark."""
    pages = Environment(
        loader=PackageLoader("evals.lab"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("optimise.html.j2").render(
        found=found, stretches=stretches(source(found.seed), source(found.best)), p_value=p_value
    )


def stretches(before: str, after: str) -> list[Stretch]:
    """Two texts as one, word by word."""
    left, right = ([word for line in text.splitlines() for word in (*line.split(), "\n")] for text in (before, after))
    told: list[Stretch] = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            told.append(Stretch("same", _joined(left[a:b])))
            continue
        told += [Stretch("gone", _joined(left[a:b]))] if a < b else []
        told += [Stretch("new", _joined(right[c:d]))] if c < d else []
    return told


def _joined(words: list[str]) -> str:
    """The words of a stretch; a blank stands between it and the next unless it ends its line."""
    text = re.sub(r" ?\n ?", "\n", " ".join(words))
    return text if text.endswith("\n") else f"{text} "
