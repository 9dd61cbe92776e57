"""What a review cost and which way it went: tools, tokens, milliseconds, failures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from agent.case import CaseFile
from evals.world.label import Label
from tools.catalogue import load_catalogue
from tools.evidence import Evidence, Frozen, Unavailable
from tools.registry import all_tools

MISDIRECTED = "cannot take these arguments"
"""How the registry refuses arguments that are not a tool's."""
NO_TABLE = re.compile(r"has no table '(\w+)'")
"""How the warehouse says that it lacks a table. Data from elsewhere need not have every one of the catalogue."""


class Work(Frozen):
    """The work of one review. `tools` are those it asked, in order; `redundant` calls asked a tool the same thing
    again; `needed` is the share of the tools that answered with a fact a finding or a flip rests on, `proof` the share
    of the facts that show the truth whose tool was asked, None where nothing shows it. `misdirected` calls gave
    arguments that the tool does not take; `failed` ones were in order, of a source that is there, and yet without an
    answer. `schema_failures` are model answers of another form than was asked for,
    `unanswered` calls that brought no answer. `milliseconds` is None where evidence was `remembered`: the time that its
    measuring takes is not in it."""

    tools: tuple[str, ...]
    calls: int
    redundant: int
    needed: float | None
    proof: float | None
    misdirected: int
    unavailable: int
    failed: int
    model_calls: int
    schema_failures: int
    unanswered: int
    tokens: int
    milliseconds: float | None


def work(file: CaseFile, label: Label, remembered: bool = False) -> Work:
    """Score the work of one saved review. Facts of the label that no tool declares are passed over."""
    entries = file.ledger.entries
    asked = Counter((entry.tool, entry.provenance.arguments) for entry in entries)
    answered = {entry.tool for entry in entries if isinstance(entry, Evidence)}
    silent = [entry for entry in entries if isinstance(entry, Unavailable)]
    wanted = [owner for fact in label.proof if (owner := _owners().get(fact))]
    return Work(
        tools=tuple(entry.tool for entry in entries),
        calls=len(entries),
        redundant=sum(times - 1 for times in asked.values()),
        needed=len(answered & _used(file)) / len(answered) if answered else None,
        proof=sum(tool in {entry.tool for entry in entries} for tool in wanted) / len(wanted) if wanted else None,
        misdirected=sum(MISDIRECTED in entry.reason for entry in silent),
        unavailable=len(silent),
        failed=sum(map(_failed, silent)),
        model_calls=len(file.calls),
        schema_failures=sum(bool(call.error and call.answer) for call in file.calls),
        unanswered=sum(bool(call.error and not call.answer) for call in file.calls),
        tokens=sum(call.tokens_in + call.tokens_out for call in file.calls),
        milliseconds=None if remembered else sum(file.timings_ms.values()),
    )


def _failed(entry: Unavailable) -> bool:
    lacking = NO_TABLE.search(entry.reason)
    foreign = lacking is not None and lacking[1] in _catalogued()
    return entry.fault == "ours" and MISDIRECTED not in entry.reason and not foreign


def trajectory(tools: Sequence[str], reference: Sequence[str]) -> float:
    """How far one way of investigating follows another: twice the longest common run of calls, in order but not
    necessarily without gaps, over all calls of both; 1 is the same calls in the same order."""
    row = [0] * (len(reference) + 1)
    for tool in tools:
        before = row[:]
        for place, other in enumerate(reference, start=1):
            row[place] = before[place - 1] + 1 if tool == other else max(before[place], row[place - 1])
    total = len(tools) + len(reference)
    return 2 * row[-1] / total if total else 1.0


@cache
def _owners() -> Mapping[str, str]:
    """The tool that declares each fact."""
    return {spec.name: tool.name for tool in all_tools().values() for spec in tool.facts}


@cache
def _catalogued() -> frozenset[str]:
    return frozenset(table.name for table in load_catalogue().tables)


def _used(file: CaseFile) -> set[str]:
    """The tools whose evidence a finding or a flip rests on."""
    tools = {entry.id: entry.tool for entry in file.ledger.entries}
    flips = (change.reference for flip in file.recommendation.flips for change in flip.changes)
    findings = (reference for finding in file.findings for reference in finding.references)
    return {tools[evidence] for each in (*findings, *flips) if (evidence := each.partition(".")[0]) in tools}
