"""The draft in the policy's own words: what it says, in which order, resting on which references. Pure.

This text is always there. A language model may only offer other words for single statements of it, and
`agent.draft.ground` decides whether they are taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Literal

from agent.case import Case, Change, Finding, Flip, Missing, Recommendation, Severity, Statement
from agent.render import format_beside
from tools.evidence import Evidence, FactSpec, Ledger, Unavailable
from tools.untrusted import CUT, neutralise

SUMMARY_LENGTH = 4
MOST_PLACES = 5
MOST_FLIPS = 3
REASON_LENGTH = 160
Part = Literal["summary", "finding", "for_customer", "missing", "flip"]
RANK: Mapping[Severity, int] = {"adverse": 0, "suspicious": 1, "mitigating": 2}

CALLED: Mapping[str, str] = {
    "clip.match": "the face in the clip",
    "document.file": "what the file says of itself",
    "document.read": "what the document says",
    "face.reuse": "the search for the same face",
    "liveness.assess": "liveness",
}
"""What a sentence calls a tool where the words of its name do not make one."""


def plan(
    case: Case,
    ledger: Ledger,
    findings: Sequence[Finding],
    recommendation: Recommendation,
    specs: Mapping[str, FactSpec],
) -> tuple[Statement, ...]:
    """Every statement of the draft: summary, for the customer, missing, what would change it, then each finding."""
    return (
        _summary(findings, recommendation),
        _for_customer(findings),
        *_missing(recommendation, specs),
        *(_flip(flip, specs) for flip in recommendation.flips[:MOST_FLIPS]),
        _circumstances(case, ledger, findings),
        *(_own_words(finding) for finding in by_weight(findings)),
    )


def by_weight(findings: Sequence[Finding]) -> list[Finding]:
    """Adverse before suspicious before mitigating, otherwise as they fired."""
    return sorted(findings, key=lambda finding: RANK[finding.severity])


def strongest(findings: Sequence[Finding]) -> list[Finding]:
    """The findings the summary speaks of: those against the customer, the gravest first."""
    return [finding for finding in by_weight(findings) if finding.severity != "mitigating"][:SUMMARY_LENGTH]


def _summary(findings: Sequence[Finding], recommendation: Recommendation) -> Statement:
    told = strongest(findings)
    if not told:
        open_part = "" if len(recommendation.possible) <= 1 else ", but facts that could change this are unknown"
        return _template("summary", f"No rule found anything against the customer{open_part}.")
    return _template("summary", " ".join(finding.text for finding in told) + _more(findings), told)


def _more(findings: Sequence[Finding]) -> str:
    """That the summary leaves findings against the customer out."""
    against = [finding.severity for finding in findings if finding.severity != "mitigating"]
    adverse = against.count("adverse") - SUMMARY_LENGTH
    if adverse > 0:
        return (
            f" {adverse} more adverse findings follow below." if adverse > 1 else " One more adverse finding follows."
        )
    return " Further findings follow below." if len(against) > SUMMARY_LENGTH else ""


def _for_customer(findings: Sequence[Finding]) -> Statement:
    told = [finding for finding in findings if finding.severity == "mitigating"]
    text = " ".join(finding.text for finding in told) or "No rule found anything in the customer's favour."
    return _template("for_customer", text, told)


def _missing(recommendation: Recommendation, specs: Mapping[str, FactSpec]) -> Iterator[Statement]:
    """What could still change the recommendation, one statement each, then in one what could not."""
    # What the policy waits for never leaves `approve`.
    waived = "; the policy does not wait for it" if recommendation.disposition == "approve" else ""
    for missing in recommendation.missing:
        if missing.matters:
            yield _template("missing", _sentence(f"{_lacking(missing, specs)} could change the recommendation{waived}"))
    if len(recommendation.possible) <= 1:
        yield _template("missing", "Nothing is missing that could change the recommendation.")
    elif not any(missing.matters for missing in recommendation.missing):
        names = ", ".join(called(name, specs) for name in recommendation.open_facts) or "facts of this case"
        yield _template("missing", f"Unknown, and could change the recommendation: {names}.")
    idle = "; ".join(_lacking(missing, specs) for missing in recommendation.missing if not missing.matters)
    if idle:
        yield _template("missing", f"Missing without effect on the recommendation: {idle}.")


def _lacking(missing: Missing, specs: Mapping[str, FactSpec]) -> str:
    """What is not there, by its facts where they are few, and why."""
    few = 0 < len(missing.facts) <= 2
    told = ", ".join(called(name, specs) for name in missing.facts) if few else _tool(missing.tool)
    reason = shorten(neutralise(missing.reason), REASON_LENGTH, placeholder=CUT).rstrip(".")
    return f"{told} ({reason})"


def _flip(flip: Flip, specs: Mapping[str, FactSpec]) -> Statement:
    changes = " and ".join(_change(change, specs) for change in flip.changes)
    return Statement(
        text=f"If {changes}, the recommendation would be to {plain(flip.disposition)}.",
        references=tuple(change.reference for change in flip.changes),
        source="template",
        part="flip",
    )


def _change(change: Change, specs: Mapping[str, FactSpec]) -> str:
    spec = specs.get(change.fact)
    now = format_beside(change.now, spec, change.becomes) if spec else str(change.now)
    return f"{called(change.fact, specs)} were {change.becomes} (now {now})"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _circumstances(case: Case, ledger: Ledger, findings: Sequence[Finding]) -> Statement:
    """Who, what and when in time order, where, why and how: as far as they are known."""
    raised = sorted(case.flags, key=lambda flag: flag.raised_at)
    flags = "; ".join(f"{_when(flag.raised_at)} {plain(flag.code)}" for flag in raised)
    places = "; ".join(_places(ledger))
    why = ", ".join(dict.fromkeys(finding.reason_code for finding in by_weight(findings)))
    silent = sum(isinstance(entry, Unavailable) for entry in ledger.entries)
    parts = {
        "Who": f"the account holder of case {case.case_id}",
        "What and when": flags or f"{_when(case.flagged_at)} flagged",
        "Where": places,
        "Why": why,
        "How": f"{len(ledger.entries) - silent} sources answered, {silent} did not",
    }
    return _template("finding", " ".join(f"{name}: {text}." for name, text in parts.items() if text))


def _when(at: str) -> str:
    return at[:16].replace("T", " ")


def _places(ledger: Ledger) -> list[str]:
    """Places of the timeline exhibits in time order, without what the customer merely stated."""
    seen: dict[str, str] = {}
    for entry in ledger.entries:
        if isinstance(entry, Evidence) and entry.trust != "stated":
            for exhibit in entry.exhibits:
                if exhibit.kind == "timeline":
                    for event in json.loads(exhibit.content):
                        place = neutralise(" ".join(str(event.get("place") or "").split()), 60)
                        seen[place] = min(seen.get(place, event["at"]), event["at"])
    return [place for place in sorted(seen, key=lambda place: (seen[place], place)) if place][:MOST_PLACES]


def _own_words(finding: Finding) -> Statement:
    return _template("finding", finding.text, [finding])


def _template(part: Part, text: str, findings: Sequence[Finding] = ()) -> Statement:
    references = dict.fromkeys(reference for finding in findings for reference in finding.references)
    rules = tuple(finding.rule for finding in findings)
    return Statement(text=text, references=tuple(references), source="template", rules=rules, part=part)


def plain(name: str) -> str:
    """`request_information`, `face.similarity` or `sql.velocity` as words."""
    return name.removeprefix("sql.").replace(".", " ").replace("_", " ")


def called(fact: str, specs: Mapping[str, FactSpec]) -> str:
    """What a sentence calls a fact: its label, or else its name as words."""
    spec = specs.get(fact)
    return (spec.label if spec else "") or plain(fact)


def _tool(name: str) -> str:
    return CALLED.get(name) or plain(name)
