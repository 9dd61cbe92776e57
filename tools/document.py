"""What the identity document says, whether that is what the customer declared, and whether it was tampered with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from tools import document_exhibits as exhibits
from tools.document_application import Application, application, applied_for, compared, owned
from tools.document_facts import FILE_FACTS, FORGERY_FACTS, READ_FACTS
from tools.document_sides import Side, sides, worse_checks, worst_side
from tools.evidence import Value
from tools.tool import Found, NoArguments, Sources, Subject, tool
from vision import agree
from vision.consistency import files
from vision.consistency.crosscheck import compare, conflicts, declared, worst
from vision.consistency.report import CheckName, ConsistencyReport, FileCheckName, Result
from vision.document.sides import together
from vision.document.sources import claims
from vision.types import DocumentReading, ForgeryReport, Mrz

CHECKED: Mapping[CheckName, str] = {
    "number_checksum": "document.number_check",
    "specimen": "document.specimen_check",
    "validity": "document.validity_check",
    "font_break": "document.lettering_check",
    "grey_copy": "document.colour_check",
    "moire": "document.moire_check",
}
FILE_CHECKED: Mapping[FileCheckName, str] = {
    "editor": "file.editor_check",
    "dates": "file.dates_check",
    "revisions": "file.revisions_check",
}
STRICT: tuple[Result, ...] = ("failed", "not_assessed", "passed")
"""The worst first: a check that was made of one side alone was not made of the document."""
SIDES = ("Checks", "Checks of the back")
NOT_SHOWN = "the document does not show it"
OF_AGE = 21
"""The highest age at which any state lets somebody come of age."""
CUT = "the picture ends before the last check digit of the machine readable zone"
NO_APPLICATION = "the customer has no identity submission"
UNTOLD: Mapping[str, str] = {
    "document.name_agreement": "the names on document and application are not in letters that can be compared",
    "document.account_name": "the names on account and application are lacking, or not in letters that can be compared",
    "document.account_birth_date": "the account or the application has no birth date",
}
"""Why a fact is left out of a document that was read."""


@tool("document.read", READ_FACTS, trust="measured", cost=3.0, version="7", looks_at=("document",))
def document_read(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Read the document, and compare what it says with the customer's latest application."""
    today, read = subject.moment.date(), sides(subject, sources, sources.vision.read)
    reading = _whole(read, today)
    if reading.several:
        return _of_several(reading)
    report = _consistency(sources, read, reading, today)
    facts: dict[str, Value | None] = {
        "document.several": False,
        "document.readable": reading.readable,
        "document.quality": reading.quality.score,
        "document.type": reading.type,
    }
    facts |= {fact: report.result(check) for check, fact in CHECKED.items()}
    facts["document.number_check"] = _number_check(report)
    if not reading.readable:
        checks = exhibits.checks(report.checks)
        return Found(facts=_known(facts), exhibits=(checks,), notes=_unread(facts, reading), source=_model(reading))
    applied = application(subject, sources)
    facts |= _stated(reading, today) | _crosschecked(report) | compared(reading, applied) | owned(applied)
    said = {**claims(reading.fields, reading.mrz), **declared(applied_for(applied))}
    table = compare(said)
    drawn = (
        exhibits.field_table(said, table),
        *(exhibits.field_boxes(side.said, table, side.role) for side in read),
        exhibits.checks(report.checks),
    )
    return Found(
        facts=_known(facts),
        exhibits=drawn,
        notes=_untold(facts, reading.mrz),
        source=_model(reading),
        faults=dict.fromkeys(_ours(facts, applied), "ours"),
    )


@tool("document.forgery", FORGERY_FACTS, trust="measured", cost=1.0, version="3", looks_at=("document",))
def document_forgery(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Look for traces of tampering in the pictures of the document."""
    looked = sides(subject, sources, sources.vision.forgery)
    worst = worst_side(looked)
    report = worst.said
    conclusive = report.verdict != "inconclusive"
    facts = {
        "forgery.score": report.score if conclusive else None,
        "forgery.verdict": report.verdict,
        "forgery.region": report.region,
        "forgery.recapture": max(
            (each.said.recapture for each in looked if each.said.recapture is not None), default=None
        ),
        "forgery.quality": min(each.said.quality.score for each in looked),
    }
    reason = report.reason or "the picture cannot tell"
    notes = tuple(f"{name}: {reason}" for name, value in facts.items() if value is None)
    drawn = tuple(exhibit for each in looked for exhibit in exhibits.traces(each.said, each.role))
    return Found(facts=_known(facts), exhibits=drawn, notes=notes, source=_model(report), roles=(worst.role,))


@tool("document.file", FILE_FACTS, trust="measured", cost=0.05, version="3", looks_at=("document",))
def document_file(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Look at what the document's file says of itself: programs, times, tables, manifests, revisions."""
    reports = [side.said for side in sides(subject, sources, partial(files.inspect, on=subject.moment.date()))]
    facts = {
        fact: min((report.result(name) for report in reports), key=STRICT.index) for name, fact in FILE_CHECKED.items()
    }
    drawn = tuple(exhibits.checks(report.checks, title) for report, title in zip(reports, SIDES, strict=False))
    return Found(facts=facts, exhibits=drawn, source=f"{reports[0].format or 'unknown'} file")


def _whole(read: Sequence[Side[DocumentReading]], today: date) -> DocumentReading:
    """What the document says, on both sides where both were sent."""
    front, *back = (side.said for side in read)
    return together(front, back[0], today) if back else front


def _consistency(
    sources: Sources, read: Sequence[Side[DocumentReading]], whole: DocumentReading, today: date
) -> ConsistencyReport:
    front, *back = read
    report = sources.vision.consistency(front.picture, whole, today)
    for side in back:
        report = worse_checks(report, sources.vision.consistency(side.picture, side.said, today))
    return report


def _of_several(reading: DocumentReading) -> Found:
    """A picture of several documents: what was read is of all of them, so that it tells nothing of one."""
    facts: dict[str, Value] = {"document.several": True, "document.quality": reading.quality.score}
    return Found(facts=facts, notes=_unread(facts, reading), source=_model(reading))


def _unread(facts: Mapping[str, Value | None], reading: DocumentReading) -> tuple[str, ...]:
    """Why nothing is told of what a document says that was not read."""
    reason = reading.reason or "it could not be read"
    return tuple(f"{spec.name}: {reason}" for spec in READ_FACTS if facts.get(spec.name) is None)


def _untold(facts: Mapping[str, Value | None], zone: Mrz | None) -> tuple[str, ...]:
    """Why facts are left out of a document that was read: where there is no application, none was compared with it."""
    reasons = {name: UNTOLD.get(name, NOT_SHOWN) for name in facts}
    if zone is not None:
        reasons["document.mrz_valid"] = CUT
    return tuple(
        f"{spec.name}: {reasons.get(spec.name, NO_APPLICATION)}" for spec in READ_FACTS if facts.get(spec.name) is None
    )


def _ours(facts: Mapping[str, Value | None], application: Application) -> Iterator[str]:
    """The facts that are left out because the exchange's own records lack something, which no picture can mend."""
    for spec in READ_FACTS:
        of_records = spec.name not in facts or spec.name.startswith("document.account_")
        nameless = spec.name == "document.name_agreement" and not application.get("declared_name")
        if facts.get(spec.name) is None and (of_records or nameless):
            yield spec.name


def _stated(reading: DocumentReading, today: date) -> dict[str, Value | None]:
    """Facts of the document alone, as of the day of the flag."""
    expiry, mrz = reading.expiry_date, reading.mrz
    age = _age(reading.birth_date, today) if reading.birth_date else _least_age(mrz, today)
    zones = (
        reading.name_mrz_visual,
        reading.birth_date_mrz_visual,
        reading.number_mrz_visual,
        reading.expiry_mrz_visual,
    )
    return {
        "document.days_to_expiry": (expiry - today).days if expiry else None,
        "document.holder_age": age if age is not None and age >= 0 else None,
        "document.mrz_valid": None if mrz is None or mrz.cut_off else mrz.valid,
        "document.mrz_agreement": agree.worst(zones),
    }


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _least_age(zone: Mrz | None, today: date) -> int | None:
    """The age of a holder of whose birth date the issuer knows the year, or the month too, as if it were at the end of
    these; nothing where that could decide whether somebody is of age."""
    if zone is None or not zone.born_in:
        return None
    year, _, month = zone.born_in.partition("-")
    least = today.year - int(year) - (today.month <= int(month or 12))
    return least if least >= OF_AGE else None


def _crosschecked(report: ConsistencyReport) -> dict[str, Value | None]:
    """The sources of the document against each other."""
    return {
        "document.barcode_agreement": worst(report.crosschecks, "barcode"),
        "document.barcode_birth_date": worst(
            (check for check in report.crosschecks if check.field == "birth_date"), "barcode"
        ),
        "document.crosscheck_conflicts": len(conflicts(report.crosschecks)),
    }


def _number_check(report: ConsistencyReport) -> Value:
    """How the check of national numbers came out: one that passes its checksum may yet be another person's."""
    checksum = report.result("number_checksum")
    return "contradicts" if checksum != "failed" and report.result("number_holder") == "failed" else checksum


def _known(facts: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if value is not None}


def _model(measured: DocumentReading | ForgeryReport) -> str:
    return f"{measured.model.name} {measured.model.sha256[:12]}"
