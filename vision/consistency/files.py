"""What a file says of itself beside its picture: one look at its bytes, without decoding a pixel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from vision.consistency import metadata, pdf, provenance, quantisation
from vision.consistency.container import Container, opened
from vision.consistency.metadata import Claimed
from vision.consistency.provenance import Manifest
from vision.consistency.report import Check, FileReport


def inspect(data: bytes, on: date) -> FileReport:
    """Look through a file that was handed in by the day `on`. Any bytes may be given; what is not found is empty."""
    file = opened(data)
    manifest = provenance.read(file.jumbf)
    said = metadata.claimed(file, manifest)
    saves = pdf.saves(data) if file.kind == "PDF" else None
    return FileReport(
        format=file.kind,
        software=said.software,
        editor=metadata.editor(said),
        taken=tuple(time.isoformat() for time in said.times),
        encoder=quantisation.encoder(file.tables, file.adobe),
        claimed_by=manifest.maker if manifest else "",
        revisions=saves.count if saves else None,
        checks=(pdf.check(saves),) if file.kind == "PDF" else tuple(_checks(file, said, manifest, on)),
    )


def _checks(file: Container, said: Claimed, manifest: Manifest | None, on: date) -> Iterator[Check]:
    tables = quantisation.check(file.tables, file.adobe)
    for told in (metadata.editor_check(said), metadata.date_check(said, on), tables, provenance.check(manifest)):
        yield told if said.whole or told.result == "failed" else _unread(told)


def _unread(told: Check) -> Check:
    """A check that may have missed something: what was not read is never taken to be clean."""
    return Check(name=told.name, result="not_assessed", meaning="the file is damaged, or says more than is read")
