"""Planted faults, and what is counted of them. The reader here reads nothing; the real one runs in the slow test."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pytest

from vision import decode
from vision.bench.consistency import SOUGHT, VISIBLE, left, measure, verdicts
from vision.bench.planted import (
    FAULTS,
    TODAY,
    Fault,
    Planted,
    _impossible,
    _issue,
    _person,
    _series,
    planted,
    relettered,
    stripes_left,
)
from vision.consistency.dates import validity
from vision.document.reader import DocumentReader
from vision.document.sources import claims
from vision.synth.documents import Holder, Issue, render
from vision.synth.portraits import stand_in
from vision.synth.resave import Save, encode
from vision.types import DocumentReading, ModelVersion, Quality, ReadField

pytestmark = pytest.mark.heavy


def blind(data: bytes) -> DocumentReading:
    return DocumentReading(
        type="unknown", country="", fields=(), mrz=None, name="", number="", birth_date=None, expiry_date=None,
        name_mrz_visual="absent", birth_date_mrz_visual="absent", number_mrz_visual="absent",
        expiry_mrz_visual="absent", readable=False, model=ModelVersion(name="none", sha256=""),
        quality=Quality(score=0, sharpness=0, exposure=0, size=0),
    )  # fmt: skip


def test_every_fault_is_sought_by_a_check() -> None:
    assert set(SOUGHT) == set(FAULTS)


@pytest.mark.parametrize("fault", [None, "grey_copy", "editor"])
def test_equal_seeds_plant_equal_bytes(fault: str | None) -> None:
    first, again = (planted(fault, 3) for _ in range(2))  # type: ignore[arg-type]
    assert first.data == again.data
    assert decode.still(first.data).format == "JPEG"


def test_planted_dates_are_impossible_and_others_are_not() -> None:
    def result(holder: Holder, issue: Issue) -> str:
        field = ReadField(name="issue_date", text=issue.issued.isoformat(), source="visual", confidence=0.99)
        dated = {"birth_date": holder.birth_date, "expiry_date": issue.expires, "type": issue.kind, "fields": (field,)}
        reading = blind(b"").model_copy(update=dated)
        return validity(reading, claims(reading.fields, None), TODAY).result

    for seed in range(200):
        rng = np.random.default_rng(seed)
        kind, series = _series("validity", rng)
        holder, issue = _person(rng), _issue(kind, series, rng)
        assert result(holder, issue) == "passed", seed
        assert result(holder, _impossible(issue, holder, rng)) == "failed", seed


def test_a_field_set_anew_changes_its_second_half_alone() -> None:

    holder = Holder("NOVAK", "ANNA", date(1980, 2, 3), "F", "UTO", "AB1904567")
    page = render(holder, Issue("id_card", 3, date(2021, 2, 3), date(2029, 2, 2)), stand_in(3), 1)
    box = page.boxes["number"]
    for trait in ("baseline", "height", "stroke", "ink"):
        changed = np.abs(relettered(page, "number", trait).astype(int) - page.rgb).max(axis=2) > 40
        rows, columns = np.nonzero(changed)
        assert box.y <= rows.min() <= rows.max() < box.y + box.height
        assert box.x + 0.35 * box.width < columns.min() <= columns.max() < box.x + box.width


def test_stripes_are_weighed_in_the_file_and_those_of_a_finer_display_are_gone() -> None:
    paper = np.full((160, 240, 3), 200, np.uint8)
    strong = [stripes_left(paper, seed) for seed in range(12)]
    assert -0.1 < min(strong) < 0.3
    assert 5 < max(strong) < 60


def test_a_display_without_stripes_in_its_file_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    once = cache(planted)
    monkeypatch.setattr("vision.bench.consistency.planted", once)
    shown = [once("moire", seed) for seed in (5, 6, 7)]
    kept = [each.data for each in shown if each.stripes >= VISIBLE]
    assert left("moire", (5, 6, 7)) == kept
    assert 0 < len(kept) < 3
    assert len(left("editor", (5, 6))) == 2


def test_a_bench_that_begins_elsewhere_draws_other_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[Fault | None, int]] = []
    small = encode(np.full((40, 60, 3), 200, np.uint8), Save("jpeg", 90))

    def noted(fault: Fault | None, seed: int) -> Planted:
        drawn.append((fault, seed))
        return Planted(small, fault, VISIBLE)

    monkeypatch.setattr("vision.bench.consistency.planted", noted)
    measure(blind, 2)
    before = set(drawn)
    assert len(before) == len(drawn) == 2 * len(FAULTS) + 10
    measure(blind, 2, first=500)
    assert {(fault, seed + 500) for fault, seed in before} == set(drawn) - before


@pytest.mark.parametrize("fault", ["grey_copy", "editor", "dates"])
def test_faults_that_need_no_reading_are_found_without_one(fault: str) -> None:
    found = verdicts(blind, planted(fault, 7).data)  # type: ignore[arg-type]
    assert found[fault] == "failed"
    assert found["crosscheck"] == found["validity"] == "not_assessed"


@pytest.mark.parametrize("seed", [3, 4])
def test_a_broken_check_digit_is_found_through_the_capture_and_a_sound_zone_is_not_accused(seed: int) -> None:
    read = DocumentReader().read
    assert verdicts(read, planted("check_digit", seed).data)["check_digit"] == "failed"
    assert verdicts(read, planted("number", seed).data)["check_digit"] == "passed"
    assert verdicts(blind, planted("editor", seed).data)["check_digit"] == "not_assessed"


@pytest.mark.slow
def test_with_the_real_reader_planted_faults_are_found_and_clean_documents_mostly_left_alone() -> None:
    figures = measure(DocumentReader().read, 2)
    assert set(figures.recall) == set(FAULTS)
    assert figures.recall["grey_copy"].value == figures.recall["editor"].value == 1.0
    assert figures.false_alarm["grey_copy"].value == figures.false_alarm["editor"].value == 0.0
    assert figures.recall["specimen"].of == 2
    assert figures.recall["moire"].of == 2 * (1 - figures.stripes_lost.value)
    assert figures.false_alarm["crosscheck"].of == 10
