"""What a file says of itself beside its picture: one look at its bytes, without decoding a pixel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from vision.consistency import metadata, pdf, provenance, quantisation
from vision.consistency.container import Container, opened
from vision.consistency.metadata import Claimed
from vision.consistency.report import Check, FileReport


def inspect(data: bytes, on: date) -> FileReport:
    """Look through a file that was handed in by the day `on`. Any bytes may be given; what is not found is empty."""
    file = opened(data)
    said = metadata.claimed(file)
    return FileReport(
        format=file.kind,
        software=said.software,
        editor=metadata.editor(said),
        taken=tuple(time.isoformat() for time in said.times),
        encoder=quantisation.encoder(file.tables, file.adobe),
        claimed_by=provenance.generator(file.jumbf) if provenance.manifest(file.jumbf) else "",
        revisions=pdf.revisions(data) if file.kind == "PDF" else None,
        checks=tuple(_checks(data, file, said, on)),
    )


def _checks(data: bytes, file: Container, said: Claimed, on: date) -> Iterator[Check]:
    if file.kind == "PDF":
        yield pdf.check(data)
        return
    yield metadata.editor_check(said)
    yield metadata.date_check(said, on)
    yield quantisation.check(file.tables, file.adobe)
    yield provenance.check(file.jumbf)
