"""Made-up examples with facts of every kind, some of them unknown, and labels by a rule that a test plants."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from agent.mining.examples import Example
from tools.evidence import FactSpec, Value

Truth = Callable[[Mapping[str, Any], random.Random], bool]
SPECS = {
    spec.name: spec
    for spec in (
        FactSpec(name="exposure.balance_usd", kind="number", meaning="x", unit="USD", low=0),
        FactSpec(name="forgery.score", kind="number", meaning="x", low=0, high=1),
        FactSpec(name="account.age_days", kind="count", meaning="x", unit="days", low=0),
        FactSpec(name="device.accounts_sharing", kind="count", meaning="x", low=0, least=7),
        FactSpec(name="device.emulator", kind="flag", meaning="x"),
        FactSpec(name="document.type", kind="category", meaning="x", choices=("passport", "id_card", "visa")),
        FactSpec(name="document.number", kind="text", meaning="x"),
    )
}


def value(spec: FactSpec, draw: random.Random) -> Value:
    if spec.kind == "number":
        return draw.uniform(0, spec.high or 400)
    if spec.kind == "count":
        return draw.randint(0, 30)
    return draw.random() < 0.3 if spec.kind == "flag" else draw.choice(spec.choices or ("A1", "B2"))


@pytest.fixture
def specs() -> dict[str, FactSpec]:
    return dict(SPECS)


@pytest.fixture
def make_examples() -> Callable[..., list[Example]]:
    """So many examples of as many customers, recommended `approve`; one fact of ten is unknown."""

    def make(count: int, truth: Truth, seed: int = 7) -> list[Example]:
        draw = random.Random(seed)
        found = []
        for number in range(count):
            told = {name: value(spec, draw) for name, spec in SPECS.items() if draw.random() < 0.9}
            fraud, at = truth(told, draw), "2026-11-01T08:00:00Z"
            found.append(Example(f"C-{number}", f"U{seed}-{number}", "kyc", at, fraud, "approve", {}, told))
        return found

    return make
