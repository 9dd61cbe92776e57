"""Readings as the reader would make them, without reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from vision.types import DocumentReading, ModelVersion, Mrz, Quality


def reading(**changes: Any) -> DocumentReading:
    usual: dict[str, Any] = {
        "type": "passport", "country": "UTO", "fields": (), "mrz": None, "name": "ANNA EXAMPLE",
        "number": "X1904567", "birth_date": date(1990, 5, 17), "expiry_date": date(2030, 1, 1),
        "name_mrz_visual": "match", "birth_date_mrz_visual": "match", "number_mrz_visual": "match",
        "expiry_mrz_visual": "match", "readable": True, "model": ModelVersion(name="none", sha256=""),
        "quality": Quality(score=1, sharpness=1, exposure=1, size=1),
    }  # fmt: skip
    return DocumentReading.model_validate(usual | changes)


def passport_zone(optional: str) -> Mrz:
    """A zone of two lines of 44 with these optional data."""
    lines = ("P<UTOEXAMPLE<<ANNA".ljust(44, "<"), "X1204567<3UTO9005173F3001011" + optional.ljust(14, "<") + "<<0")
    return Mrz(
        kind="TD3", lines=lines, valid=True, failed_checks=(), surname="EXAMPLE", given_names="ANNA",
        number="X1204567", nationality="UTO", birth_date=None, expiry_date=None, sex="F",
    )  # fmt: skip


@pytest.fixture(name="reading", scope="session")
def reading_fixture() -> Callable[..., DocumentReading]:
    return reading


@pytest.fixture(name="passport_zone", scope="session")
def passport_zone_fixture() -> Callable[[str], Mrz]:
    return passport_zone
