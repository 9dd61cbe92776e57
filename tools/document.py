"""What the identity document says, whether that is what the customer declared, and whether it was tampered with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from tools.attachments import attached
from tools.evidence import Exhibit, FactSpec, Value
from tools.names import dates_agree, names_agree, numbers_agree
from tools.playbook import moment
from tools.registry import Found, NoArguments, Sources, Subject, tool
from tools.untrusted import neutralise
from vision.types import Agreement, Box, DocumentReading, ForgeryReport

AGREEMENTS: tuple[Agreement, ...] = ("match", "partial", "mismatch", "absent")
WORST_FIRST: tuple[Agreement, ...] = ("mismatch", "partial", "match", "absent")
DOCUMENT_TYPES = ("passport", "id_card", "driving_licence", "unknown")
FIELD_LIMIT = 120


def _agreement(name: str, meaning: str) -> FactSpec:
    return FactSpec(name=name, kind="category", meaning=meaning, choices=AGREEMENTS)


READ_FACTS = (
    FactSpec(name="document.readable", kind="flag", meaning="whether the document could be read"),
    FactSpec(name="document.quality", kind="number", meaning="how far the capture can be trusted", low=0, high=1),
    FactSpec(name="document.type", kind="category", meaning="what kind of document it is", choices=DOCUMENT_TYPES),
    FactSpec(
        name="document.days_to_expiry", kind="count", unit="days", meaning="days from the flag to the expiry date"
    ),
    FactSpec(name="document.holder_age", kind="count", unit="years", low=0, meaning="age of the holder at the flag"),
    FactSpec(
        name="document.mrz_valid", kind="flag", meaning="whether every check digit of the machine readable zone agrees"
    ),
    _agreement("document.mrz_agreement", "machine readable zone against the visual zone, the worst field"),
    _agreement("document.name_agreement", "name on the document against the application"),
    _agreement("document.birth_date_agreement", "birth date on the document against the application"),
    _agreement("document.number_agreement", "document number on the document against the application"),
)
FORGERY_FACTS = (
    FactSpec(name="forgery.score", kind="number", low=0, high=1, noise=0.05, meaning="traces of tampering"),
    FactSpec(
        name="forgery.verdict",
        kind="category",
        choices=("genuine", "forged", "inconclusive"),
        meaning="what the traces amount to",
    ),
    FactSpec(
        name="forgery.region",
        kind="category",
        choices=("portrait", "text", "mrz", "whole", "other"),
        meaning="where the strongest traces are",
    ),
    FactSpec(
        name="forgery.recapture",
        kind="number",
        low=0,
        high=1,
        noise=0.05,
        meaning="probability that a screen or a print was photographed",
    ),
    FactSpec(name="forgery.quality", kind="number", low=0, high=1, meaning="how far the capture can be trusted"),
)
APPLICATION = """
SELECT document_number, declared_name, declared_birth_date
FROM kyc_submissions
WHERE customer_id = :customer_id AND submitted_at <= :as_of
ORDER BY submitted_at DESC, submission_id DESC
LIMIT 1
"""


@tool("document.read", READ_FACTS, trust="measured", cost=3.0)
def document_read(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Read the document, and compare what it says with the customer's latest application."""
    reading = sources.vision.read(attached(subject, sources, "document"))
    facts: dict[str, Value | None] = {
        "document.readable": reading.readable,
        "document.quality": reading.quality.score,
        "document.type": reading.type,
    }
    if not reading.readable:
        note = f"everything the document says: {reading.reason or 'it could not be read'}"
        return Found(facts=_known(facts), notes=(note,), source=_model(reading))
    application = _application(subject, sources)
    facts |= _stated(reading, moment(subject.as_of).date()) | _compared(reading, application)
    missing = tuple(f"{name}: the document does not show it" for name, value in facts.items() if value is None)
    unmatched = () if application else ("agreement with the application: the customer has no identity submission",)
    exhibits = (_field_table(reading, application, facts), _field_boxes(reading))
    return Found(facts=_known(facts), exhibits=exhibits, notes=missing + unmatched, source=_model(reading))


@tool("document.forgery", FORGERY_FACTS, trust="measured", cost=1.0)
def document_forgery(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Look for traces of tampering in the document's image."""
    report = sources.vision.forgery(attached(subject, sources, "document"))
    conclusive = report.verdict != "inconclusive"
    facts = {
        "forgery.score": report.score if conclusive else None,
        "forgery.verdict": report.verdict,
        "forgery.region": report.region,
        "forgery.recapture": report.recapture,
        "forgery.quality": report.quality.score,
    }
    reason = report.reason or "the picture cannot tell"
    notes = tuple(f"{name}: {reason}" for name, value in facts.items() if value is None)
    return Found(facts=_known(facts), exhibits=_traces(report), notes=notes, source=_model(report))


def _stated(reading: DocumentReading, today: date) -> dict[str, Value | None]:
    """Facts of the document alone, as of the day of the flag."""
    born, expiry, mrz = reading.birth_date, reading.expiry_date, reading.mrz
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day)) if born else None
    sources = (
        reading.name_mrz_visual,
        reading.birth_date_mrz_visual,
        reading.number_mrz_visual,
        reading.expiry_mrz_visual,
    )
    return {
        "document.days_to_expiry": (expiry - today).days if expiry else None,
        "document.holder_age": age if age is not None and age >= 0 else None,
        "document.mrz_valid": mrz.valid if mrz else None,
        "document.mrz_agreement": min(sources, key=WORST_FIRST.index) if mrz else "absent",
    }


def _compared(reading: DocumentReading, application: Mapping[str, Any]) -> dict[str, Value | None]:
    """The document against the application; nothing where there is no application to compare with."""
    if not application:
        return {}
    return {
        "document.name_agreement": names_agree(reading.name, application["declared_name"] or ""),
        "document.birth_date_agreement": dates_agree(reading.birth_date, application["declared_birth_date"]),
        "document.number_agreement": numbers_agree(reading.number, application["document_number"] or ""),
    }


def _application(subject: Subject, sources: Sources) -> Mapping[str, Any]:
    rows = sources.warehouse.query(APPLICATION, {"customer_id": subject.customer_id, "as_of": moment(subject.as_of)})
    return rows[0] if rows else {}


def _field_table(
    reading: DocumentReading, application: Mapping[str, Any], facts: Mapping[str, Value | None]
) -> Exhibit:
    """Each compared field in all the spellings there are of it."""
    mrz = reading.mrz
    visual = {each.name: each.text for each in reading.fields if each.source == "visual"}
    rows = (
        (
            "name",
            "declared_name",
            visual.get("name") or reading.name,
            f"{mrz.surname} {mrz.given_names}" if mrz else "",
        ),
        ("birth date", "declared_birth_date", visual.get("birth_date") or reading.birth_date, mrz and mrz.birth_date),
        ("number", "document_number", visual.get("number") or reading.number, mrz and mrz.number),
    )
    content = [
        {
            "name": name,
            "application": _shown(application.get(column)),
            "visual": _shown(seen),
            "mrz": _shown(coded),
            "agreement": facts.get(f"document.{name.replace(' ', '_')}_agreement") or "absent",
        }
        for name, column, seen, coded in rows
    ]
    return Exhibit(kind="fields", title="Application and document", content=json.dumps(content, ensure_ascii=False))


def _field_boxes(reading: DocumentReading) -> Exhibit:
    content = [
        {"box": _corner(each.box), "label": each.name, "severity": "info"}
        for each in reading.fields
        if each.box is not None
    ]
    return Exhibit(kind="boxes", title="Where it was read", content=json.dumps(content), of="document")


def _traces(report: ForgeryReport) -> tuple[Exhibit, ...]:
    boxes = [
        {"box": _corner(each.box), "label": each.meaning, "severity": each.severity}
        for each in report.signals
        if each.box is not None
    ]
    drawn = (
        [Exhibit(kind="boxes", title="Traces of tampering", content=json.dumps(boxes), of="document")] if boxes else []
    )
    if report.heatmap_png:
        image = json.dumps({"png": report.heatmap_png})
        drawn.append(Exhibit(kind="heatmap", title="Where tampering is likely", content=image, of="document"))
    return tuple(drawn)


def _corner(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _shown(value: object) -> str:
    return neutralise(str(value), FIELD_LIMIT) if value else ""


def _known(facts: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if value is not None}


def _model(measured: DocumentReading | ForgeryReport) -> str:
    return f"{measured.model.name} {measured.model.sha256[:12]}"
