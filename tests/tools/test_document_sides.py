"""A document of which both sides were sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest

from tools.attachments import has
from tools.call import call_tool
from tools.document import document_file, document_forgery, document_read
from tools.document_sides import sides
from tools.errors import Unusable
from tools.evidence import Unavailable
from tools.tool import Found, NoArguments, Tool
from vision.consistency.report import Check
from vision.errors import BadImage
from vision.types import Box, DocumentReading, ForgeryReport, ReadField

BOTH = ("document", "back", "selfie")
BORN = ReadField(name="birth_date", text="17.05.1990", source="visual", box=Box(x=1, y=9, width=30, height=4))
NAMED = (
    ReadField(name="surname", text="EXAMPLE", source="visual"),
    ReadField(name="given_names", text="ANNA", source="visual"),
    ReadField(name="number", text="X1234567", source="visual"),
)


def run(tool: Tool[NoArguments], there: object) -> tuple[dict[str, object], Found]:
    found = tool.run(there.subject, there.sources, NoArguments())  # type: ignore[attr-defined]
    return dict(found.facts), found


@pytest.fixture
def front(reading: Callable[..., DocumentReading]) -> DocumentReading:
    """A card with its names, birth date and number in front."""
    return reading(fields=(*NAMED, BORN), mrz=None, type="id_card")


@pytest.fixture
def applied(exchange):
    usual = {"customer_id": "C1", "declared_birth_date": date(1990, 5, 17), "document_number": "X1234567"}
    exchange.add("kyc_submissions", submitted_at=exchange.ago(days=2), declared_name="Anna Example", **usual)
    exchange.rows["customers"][-1] |= {"full_name": "Anna Example", "birth_date": date(1990, 5, 17)}


def test_the_zone_behind_is_held_against_the_print_in_front(applied, desk, front, reading):
    alone, _ = run(document_read, desk(reading=front))
    facts, found = run(document_read, desk(BOTH, reading=front, behind=reading(fields=())))
    assert "document.mrz_valid" not in alone
    assert (facts["document.mrz_valid"], facts["document.mrz_agreement"]) == (True, "match")
    assert facts["document.name_agreement"] == "match"
    assert [exhibit.of for exhibit in found.exhibits if exhibit.kind == "boxes"] == ["document", "back"]


def test_a_front_that_was_edited_contradicts_the_zone_behind(applied, desk, front, reading):
    edited = front.model_copy(update={"fields": (*NAMED, BORN.model_copy(update={"text": "17.05.1980"}))})
    facts, found = run(document_read, desk(BOTH, reading=edited, behind=reading(fields=())))
    assert facts["document.mrz_agreement"] == "mismatch"
    assert facts["document.crosscheck_conflicts"] == 1
    marks = json.loads(next(exhibit.content for exhibit in found.exhibits if exhibit.of == "document"))
    assert [mark["severity"] for mark in marks] == ["high"]


def test_sides_of_two_documents_are_several(applied, desk, reading):
    other = reading()
    zone = other.mrz.model_copy(update={"number": "Y7654321"})
    facts, _ = run(document_read, desk(BOTH, reading=reading(), behind=other.model_copy(update={"mrz": zone})))
    assert facts["document.several"] is True


def test_what_the_picture_of_the_back_failed_counts_and_says_so(applied, desk, front, reading):
    passed = tuple(Check(name=name, result="passed", meaning="fine") for name in ("moire", "number_checksum"))
    failed = tuple(Check(name=name, result="failed", meaning="not fine") for name in ("moire", "number_checksum"))
    there = desk(BOTH, reading=front, behind=reading(fields=()), checks=passed, back_checks=failed)
    facts, found = run(document_read, there)
    assert (facts["document.moire_check"], facts["document.number_check"]) == ("failed", "passed")
    rows = json.loads(next(exhibit.content for exhibit in found.exhibits if exhibit.kind == "checks"))
    assert rows[0]["meaning"] == "on the back: not fine"


@pytest.mark.parametrize(
    ("front", "back", "worst"),
    [
        ("genuine", "forged", "forged"),
        ("genuine", "inconclusive", "inconclusive"),
        ("forged", "inconclusive", "forged"),
        ("genuine", "genuine", "genuine"),
    ],
)
def test_the_side_that_looks_worse_is_the_documents(
    desk, forgery_report: Callable[..., ForgeryReport], front: str, back: str, worst: str
) -> None:
    reports = {
        "report": forgery_report(verdict=front, recapture=0.7),
        "report_behind": forgery_report(verdict=back, recapture=0.2),
    }
    facts, found = run(document_forgery, desk(BOTH, **reports))
    assert facts["forgery.verdict"] == worst
    assert facts["forgery.recapture"] == 0.7
    drawn = {exhibit.of for exhibit in found.exhibits if exhibit.kind == "heatmap"}
    assert drawn == {role for role, verdict in (("document", front), ("back", back)) if verdict != "genuine"}


def test_the_files_of_both_sides_are_looked_at(desk):
    facts, found = run(document_file, desk(BOTH))
    assert facts["file.editor_check"] == "not_assessed"
    assert [exhibit.title for exhibit in found.exhibits] == ["Checks", "Checks of the back"]


@pytest.mark.parametrize(("roles", "expected"), [(BOTH[:1], ["document"]), (BOTH, ["document", "back"])])
def test_a_document_has_the_sides_that_were_sent(desk, roles: tuple[str, ...], expected: list[str]) -> None:
    there = desk(roles)
    assert has(there.subject, "back") == (len(expected) == 2)
    assert [side.role for side in sides(there.subject, there.sources, len)] == expected


def test_a_back_that_is_no_picture_is_named(desk):
    def measure(picture: bytes) -> int:
        if b"back" in picture:
            raise BadImage("the file is no picture", "send a JPEG")
        return 1

    there = desk(BOTH)
    with pytest.raises(Unusable, match=r"back: the file is no picture.*send a JPEG"):
        sides(there.subject, there.sources, measure)


def test_a_back_that_is_gone_leaves_the_tool_without_an_answer(desk):
    there = desk(BOTH)
    (there.sources.files / "back.jpg").unlink()
    answer = call_tool(document_forgery, "E1", there.subject, there.sources)
    assert isinstance(answer, Unavailable)
    assert "the back cannot be read" in answer.reason
    assert answer.fault == "ours"
