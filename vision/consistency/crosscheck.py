"""Field by field, which sources of a document agree, in pairs.

Sources are the visual zone, the machine readable zone, the barcode, and, where the caller knows it, the application.
Every pair is compared, so that a table shows which source stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from vision import agree
from vision.consistency.report import CrossCheck
from vision.document.sources import FIELDS, SOURCES, Claims, FieldName, agreement
from vision.types import Agreement, Claim, Source


def declared(texts: Mapping[FieldName, str]) -> Claims:
    """What an application says; fields it leaves empty are left out. Dates are ISO 8601."""
    source: Source = "application"
    return {(name, source): Claim(source=source, text=text, value=text) for name, text in texts.items() if text}


def compare(claims: Claims) -> tuple[CrossCheck, ...]:
    """Every pair of sources of every field. The name in one piece is compared with the application alone: within the
    document its parts are."""
    checks = []
    for name in FIELDS:
        present = [claims[name, source] for source in SOURCES if (name, source) in claims]
        for left, right in combinations(present, 2):
            if name == "name" and left.source != "application":
                continue
            same = agreement(name, left, right)
            if same != "absent":
                checks.append(CrossCheck(field=name, left=left, right=right, outcome=same))
    return tuple(checks)


def worst(checks: Iterable[CrossCheck], source: Source) -> Agreement:
    """The worst of the pairs in which a source stands against another of the document."""
    return agree.worst(each.outcome for each in within(checks) if source in (each.left.source, each.right.source))


def within(checks: Iterable[CrossCheck]) -> tuple[CrossCheck, ...]:
    """The pairs of two sources of the document itself."""
    return tuple(check for check in checks if check.left.source != "application")


def conflicts(checks: Sequence[CrossCheck]) -> tuple[str, ...]:
    """The fields of which two sources of the document say different things, each once."""
    return tuple(dict.fromkeys(check.field for check in within(checks) if check.outcome == "mismatch"))
