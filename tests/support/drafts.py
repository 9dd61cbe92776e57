"""Findings and recommendations for tests of what a draft makes of them."""

from __future__ import annotations

from typing import Any

from agent.case import Finding, Recommendation


def finding(rule: str, severity: str = "adverse", customer_text: str = "", asks: tuple[str, ...] = ()) -> Finding:
    return Finding.model_validate(
        {
            "rule": rule,
            "reason_code": f"CODE_{rule}",
            "severity": severity,
            "title": f"Title of {rule}",
            "references": (f"E1.fact.{rule.lower()}",),
            "text": f"This is {rule}.",
            "customer_text": customer_text,
            "asks": asks,
        }
    )


def advice(disposition: str = "escalate", **changes: Any) -> Recommendation:
    fields = {
        "disposition": disposition,
        "confidence": 0.9,
        "row": "r",
        "possible": (disposition,),
        "open_facts": (),
        "missing": (),
        "flips": (),
    }
    return Recommendation.model_validate(fields | changes)
