"""What the checks of a document look like on a reviewer's page. No rule reads any of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tools.evidence import AttachmentRole, Exhibit
from tools.untrusted import neutralise
from vision import agree
from vision.consistency.report import Check, CrossCheck
from vision.document.sources import FIELDS, Claims
from vision.types import Box, DocumentReading, ForgeryReport

TEXT_LIMIT = 120


def field_table(said: Claims, table: Sequence[CrossCheck]) -> Exhibit:
    """Each field in all the spellings there are of it, and how each two of them agree."""
    content = []
    for name in FIELDS:
        shown: dict[str, str] = {source: _shown(claim.text) for (field, source), claim in said.items() if field == name}
        own = [check for check in table if check.field == name]
        if shown:
            found = agree.worst(check.outcome for check in own)
            pairs = ", ".join(f"{check.left.source}/{check.right.source} {check.outcome}" for check in own)
            content.append({"name": name.replace("_", " "), **shown, "agreement": found, "pairs": pairs})
    return Exhibit(kind="fields", title="The sources of each field", content=json.dumps(content, ensure_ascii=False))


def field_boxes(reading: DocumentReading, table: Sequence[CrossCheck], of: AttachmentRole) -> Exhibit:
    """Where the fields stand on a side of the document, those in red that another source contradicts."""
    doubted = {
        (claim.source, check.field)
        for check in table
        for claim in (check.left, check.right)
        if check.outcome == "mismatch"
    }
    content = [
        {
            "box": _corner(each.box),
            "label": each.name,
            "severity": "high" if (each.source, each.name) in doubted else "info",
        }
        for each in reading.fields
        if each.box is not None
    ]
    return Exhibit(kind="boxes", title="Where it was read", content=json.dumps(content), of=of)


def checks(checks: Sequence[Check], title: str = "Checks") -> Exhibit:
    """What each check compared and found. Software and makers that a file names are text of a stranger."""
    content = [
        {
            "name": check.name.replace("_", " "),
            "result": check.result,
            "meaning": _shown(check.meaning),
            "value": check.value,
            "limit": check.limit,
        }
        for check in checks
    ]
    return Exhibit(kind="checks", title=title, content=json.dumps(content, ensure_ascii=False))


def traces(report: ForgeryReport, of: AttachmentRole) -> tuple[Exhibit, ...]:
    """Where a side of a document looks edited, and how, if a detector ventures a guess; nothing where it counts as
    genuine, whatever was seen on the way there."""
    if report.verdict == "genuine":
        return ()
    boxes = [
        {"box": _corner(each.box), "label": each.meaning, "severity": each.severity}
        for each in report.signals
        if each.box is not None
    ]
    drawn = [Exhibit(kind="boxes", title="Traces of tampering", content=json.dumps(boxes), of=of)] if boxes else []
    if report.heatmap_png:
        image = json.dumps({"png": report.heatmap_png})
        drawn.append(Exhibit(kind="heatmap", title="Where tampering is likely", content=image, of=of))
    return (*drawn, *_guessed(report))


def _guessed(report: ForgeryReport) -> tuple[Exhibit, ...]:
    """The kind of edit as one more row of checks, none where there is no guess."""
    if not report.operator:
        return ()
    meaning = f"of the edits that are known, the traces are most like: {_shown(report.operator.replace('_', ' '))}"
    row = {"name": "kind of edit", "result": "guess", "meaning": meaning, "value": report.operator_score}
    return (Exhibit(kind="checks", title="How it looks edited", content=json.dumps([row])),)


def _corner(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _shown(value: object) -> str:
    return neutralise(str(value), TEXT_LIMIT) if value else ""
