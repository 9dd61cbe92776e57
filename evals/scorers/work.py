"""What a review cost and which way it went: tools, tokens, milliseconds, failures."""

from __future__ import annotations

from collections import Counter

from agent.case import CaseFile
from tools.evidence import Evidence, Frozen, Unavailable


class Work(Frozen):
    """The work of one review. `redundant` calls asked a tool the same thing again; `needed` is the share of the tools
    that answered with a fact a finding or a flip rests on. `schema_failures` are model answers of another form than was
    asked for."""

    calls: int
    redundant: int
    needed: float | None
    unavailable: int
    failed: int
    model_calls: int
    schema_failures: int
    tokens: int
    milliseconds: float


def work(file: CaseFile) -> Work:
    """Score the work of one saved review."""
    entries = file.ledger.entries
    asked = Counter((entry.tool, entry.provenance.arguments) for entry in entries)
    answered = {entry.tool for entry in entries if isinstance(entry, Evidence)}
    silent = [entry for entry in entries if isinstance(entry, Unavailable)]
    return Work(
        calls=len(entries),
        redundant=sum(times - 1 for times in asked.values()),
        needed=len(answered & _used(file)) / len(answered) if answered else None,
        unavailable=len(silent),
        failed=sum(entry.fault == "ours" for entry in silent),
        model_calls=len(file.calls),
        schema_failures=sum(bool(call.error) for call in file.calls),
        tokens=sum(call.tokens_in + call.tokens_out for call in file.calls),
        milliseconds=sum(file.timings_ms.values()),
    )


def _used(file: CaseFile) -> set[str]:
    """The tools whose evidence a finding or a flip rests on."""
    tools = {entry.id: entry.tool for entry in file.ledger.entries}
    flips = (change.reference for flip in file.recommendation.flips for change in flip.changes)
    findings = (reference for finding in file.findings for reference in finding.references)
    return {tools[evidence] for each in (*findings, *flips) if (evidence := each.partition(".")[0]) in tools}
