"""The JSON that other programs read: what `review --json` and `queue --json` have now they keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.case import CaseFile, Finding, Review, Status
from agent.review.queue import QueueRow
from tools.evidence import Evidence, Unavailable
from tools.tool import AnyTool

Json = dict[str, Any]


def case_json(
    file: CaseFile, tools: Mapping[str, AnyTool], status: Status, reviews: Sequence[Review], attempts: int
) -> Json:
    """One draft with its findings, statements and ledger, where its case stands and what people decided, on this draft
    and others. References are `EVIDENCE_ID.fact`; `decide --draft` takes `draft_sha256`. `attempt` is the number of
    this draft, `attempts` that of the newest; `version` is the casework that made it, empty where none was kept. `row`
    is the row of the disposition table, `possible` what the unknown facts still allow, `open_facts` those that decide
    between; a statement's `part` is where on the page it stands."""
    return {
        "case_id": file.case.case_id,
        "type": file.case.type,
        "flags": [flag.code for flag in file.case.flags],
        "status": status,
        "attempt": file.attempt,
        "attempts": attempts,
        "version": file.version,
        "draft_sha256": file.sha256,
        "reviews": [each.model_dump(mode="json") for each in reviews],
        "disposition": file.draft.disposition,
        "confidence": file.draft.confidence,
        "row": file.recommendation.row,
        "possible": list(file.recommendation.possible),
        "open_facts": list(file.recommendation.open_facts),
        "reason_codes": list(file.draft.reason_codes),
        "findings": [_finding(each) for each in file.findings],
        "statements": [
            {
                "text": each.text,
                "part": each.part,
                "rules": list(each.rules),
                "references": list(each.references),
                "source": each.source,
            }
            for each in file.draft.statements
        ],
        "customer_message": file.draft.customer_message,
        "notes": list(file.draft.notes),
        "missing": [each.model_dump(mode="json") for each in file.recommendation.missing],
        "flips": [each.model_dump(mode="json") for each in file.recommendation.flips],
        "ledger": {"root": file.ledger.root, "evidence": [_entry(each, tools) for each in file.ledger.entries]},
        "policy_sha256": file.policy_sha256,
        "prompts": dict(file.prompts),
        "model": {"name": file.model, "roles": list(file.roles), "calls": len(file.calls)},
        "timings_ms": dict(file.timings_ms),
    }


def queue_json(rows: Sequence[QueueRow]) -> Json:
    """Cases in the order in which they are shown."""
    return {"cases": [row.model_dump(mode="json") for row in rows]}


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "reason_code": finding.reason_code,
        "severity": finding.severity,
        "facts": list(finding.references),
        "text": finding.text,
    }


def _entry(entry: Evidence | Unavailable, tools: Mapping[str, AnyTool]) -> Json:
    shown: Json = {"id": entry.id, "tool": entry.tool}
    if isinstance(entry, Evidence):
        facts = {fact.name: fact.value for fact in entry.facts}
        return shown | {"facts": facts, "trust": entry.trust, "notes": list(entry.notes)}
    trust = tools[entry.tool].trust if entry.tool in tools else None
    return shown | {"facts": {}, "trust": trust, "notes": [], "unavailable": entry.reason}
