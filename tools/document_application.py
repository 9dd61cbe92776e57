"""A document beside the customer's latest application, and the application beside the account that it is for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tools.errors import WarehouseError
from tools.evidence import Value
from tools.playbook.subject import require
from tools.tool import Sources, Subject
from tools.warehouse import Parameter
from vision import agree
from vision.document.sources import FieldName, incomplete, shortened
from vision.types import Agreement, DocumentReading

Application = Mapping[str, Any]
"""The row of an application, empty where there is none."""
APPLICATION = """
SELECT s.document_number, s.declared_name, s.declared_birth_date, c.full_name, c.birth_date
FROM kyc_submissions AS s
LEFT JOIN customers AS c ON c.customer_id = s.customer_id
WHERE s.customer_id = :customer_id AND s.submitted_at <= :as_of
ORDER BY s.submitted_at DESC, s.submission_id DESC
LIMIT 1
"""
TEXTS, DATES = ("document_number", "declared_name", "full_name"), ("declared_birth_date", "birth_date")


def application(subject: Subject, sources: Sources) -> Application:
    """The customer's latest application before the flag. Raises `WarehouseError`."""
    bound: dict[str, Parameter] = {"customer_id": subject.customer_id, "as_of": subject.moment}
    require(sources, APPLICATION, frozenset(), bound)
    rows = sources.warehouse.query(APPLICATION, bound)
    if not rows:
        return {}
    row = dict(rows[0])
    return row | {name: _text(row[name]) for name in TEXTS} | {name: _day(name, row[name]) for name in DATES}


def compared(reading: DocumentReading, application: Application) -> dict[str, Value | None]:
    """The document against the application; nothing where there is no application to compare with."""
    if not application:
        return {}
    cut = shortened(reading.fields, reading.mrz)
    name = agree.names(application["declared_name"], reading.name, "spelling", truncated=cut)
    return {
        "document.names_comparable": name != "absent",
        "document.name_agreement": name if name != "absent" else None,
        "document.birth_date_agreement": _births(reading, application["declared_birth_date"]),
        "document.number_agreement": agree.codes(reading.number, application["document_number"], "spelling"),
    }


def owned(application: Application) -> dict[str, Value | None]:
    """The application against the account it is for: a document that agrees with the one may be a stranger's to the
    other. What cannot be compared is not known to agree."""
    if not application:
        return {}
    found = {
        "document.account_name": agree.names(application["full_name"], application["declared_name"], "spelling"),
        "document.account_birth_date": agree.days(
            application["birth_date"], application["declared_birth_date"], "spelling"
        ),
    }
    return {name: None if said == "absent" else said for name, said in found.items()}


def applied_for(application: Application) -> dict[FieldName, str]:
    """The fields of an application that a document has too."""
    columns: dict[FieldName, str] = {
        "name": "declared_name", "birth_date": "declared_birth_date", "number": "document_number",
    }  # fmt: skip
    return {name: str(application[column]) for name, column in columns.items() if application.get(column)}


def _births(reading: DocumentReading, declared: date | None) -> Agreement:
    """The birth date against the application's, as far as the document has it."""
    known = reading.mrz.born_in if reading.mrz and not reading.birth_date else None
    partly = incomplete(known, declared.isoformat()) if known and declared else None
    return partly or agree.days(reading.birth_date, declared, "spelling")


def _text(cell: object) -> str:
    """What an exchange may keep as a number, a document's for one, as text."""
    return "" if cell is None else str(cell)


def _day(column: str, cell: object) -> date | None:
    """A day that an exchange may keep as a time or as text."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        return date.fromisoformat(str(cell).strip()[:10])
    except ValueError:
        raise WarehouseError(
            f"column {column!r} holds values that are not dates", "convert it to DATE in a view"
        ) from None
