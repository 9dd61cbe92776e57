"""Variants of the language model alone: it draws otherwise. They are tried where a model speaks at all."""

from __future__ import annotations

from evals.robustness.variant import Changed, Copy, variant


@variant("seed", seed=11)
def seed_11(copy: Copy) -> Changed:
    """The language model answers with seed 11."""
    return copy.cases


@variant("seed", seed=23)
def seed_23(copy: Copy) -> Changed:
    """The language model answers with seed 23."""
    return copy.cases
