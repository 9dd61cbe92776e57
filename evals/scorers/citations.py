"""Whether a draft rests on its evidence: its figures are looked up in the ledger, its sentences in the findings.

The checks read the finished text and know nothing of how it was made, so that they hold for a draft of any origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from agent.case import CaseFile, Finding, Flip, Statement
from evals.scorers.said import planned, said
from tools.evidence import Evidence, Fact, Frozen, Ledger

FIGURE = re.compile(r"(?<![\w.-])-?\d[\d,]*(?:\.\d+)?%?(?!\w)")
"""A number as people write it: 12, 1,250, 0.43, -3; not the digits of a name such as C-1042 or E3."""

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "document_expired": ("document.days_to_expiry",),
    "document_forgery": ("forgery.",),
    "document_quality": ("document.quality", "document.readable", "forgery.quality"),
    "document_recapture": ("forgery.recapture",),
    "dormant_burst": ("activity.",),
    "duplicate_face": ("face.accounts_sharing",),
    "face_mismatch": ("face.similarity", "face.quality"),
    "high_risk_counterparty": ("counterparty.",),
    "impossible_travel": ("login.",),
    "mrz_mismatch": ("document.mrz",),
    "name_mismatch": ("document.name_agreement",),
    "pep_name_hit": ("screening.",),
    "rapid_in_out": ("flow.in_out_hours", "flow.passthrough_share"),
    "sanctions_name_hit": ("screening.",),
    "shared_address": ("address.",),
    "shared_device": ("device.",),
    "shared_template": ("document.accounts_sharing_template",),
    "structuring": ("flow.near_limit",),
    "under_age": ("document.holder_age",),
}
"""The facts that only repeat what a flag has said already."""


class Citations(Frozen):
    """How a draft cites. Counts are of statements, references or rules; shares lie in [0, 1]."""

    statements: int
    dangling: int
    unsupported: int
    precision: float | None
    recall: float | None
    omitted_adverse: int
    unstated_rules: int
    invented_rules: int
    parrots: bool


def citations(file: CaseFile) -> Citations:
    """Score one saved review.

    `dangling` references resolve to nothing; `unsupported` statements name a figure that neither a fact they cite holds
    nor a rule they speak of, or say in words what no finding they cite says. `precision` is the share of citations that
    the rule spoken of rests on, `recall` the share of the facts that made a rule fire which the draft cites. A draft
    `parrots` where it finds something and rests on nothing beyond what the flags had said.
    """
    statements, findings = file.draft.statements, {finding.rule: finding for finding in file.findings}
    own = planned(file)
    cited = [(reference, told) for told in statements for reference in told.references]
    stated = {rule for told in statements for rule in told.rules}
    needed = {reference for finding in file.findings for reference in finding.references}
    ruled = [(reference, told) for reference, told in cited if told.rules]
    return Citations(
        statements=len(statements),
        dangling=sum(file.ledger.resolve(reference) is None for reference, _ in cited),
        unsupported=sum(not (supported(told, file) and said(told, file, own)) for told in statements),
        precision=_share(sum(_rests_on(reference, told, findings) for reference, told in ruled), len(ruled)),
        recall=_share(len(needed & {reference for reference, _ in cited}), len(needed)),
        omitted_adverse=sum(each.severity == "adverse" and each.rule not in stated for each in file.findings),
        unstated_rules=len(findings.keys() - stated),
        invented_rules=len(stated - findings.keys()),
        parrots=_parrots(file),
    )


def supported(told: Statement, file: CaseFile) -> bool:
    """Whether every figure of a statement is one that its evidence holds, to the digits it is written with."""
    figures = list(_figures(told.text))
    if not figures:
        return True
    known = [Decimal(text) for text in _known(told, file)]
    return all(_among(Decimal(figure), known) for figure in figures)


def _known(told: Statement, file: CaseFile) -> Iterator[str]:
    """Every number a statement may name: of the facts it cites, of its rules, its flips, its case."""
    facts = [fact for reference in told.references if (fact := file.ledger.resolve(reference)) is not None]
    for fact in facts:
        yield from _numbers(fact)
    for finding in file.findings:
        if finding.rule in told.rules:
            yield from _policy(finding)
    yield from _promised(told, file.recommendation.flips)
    if not told.rules and not told.references:
        yield from _surroundings(file)


def _numbers(fact: Fact) -> Iterator[str]:
    if isinstance(fact.value, bool):
        return
    yield from _figures(fact.value) if isinstance(fact.value, str) else (str(fact.value),)


def _policy(finding: Finding) -> Iterator[str]:
    """What the policy itself says in numbers: the thresholds of a rule and the figures of its sentence, `30 days`."""
    yield from _figures(finding.text)
    for leaf in finding.trace:
        bounds = leaf.threshold if isinstance(leaf.threshold, tuple) else (leaf.threshold,)
        yield from (str(bound) for bound in bounds if isinstance(bound, int | float) and not isinstance(bound, bool))


def _promised(told: Statement, flips: Sequence[Flip]) -> Iterator[str]:
    for flip in flips:
        if tuple(change.reference for change in flip.changes) == told.references:
            for change in flip.changes:
                yield from _figures(f"{change.becomes} {change.now}")


def _surroundings(file: CaseFile) -> Iterator[str]:
    """What a sentence about the case itself may name: its moments, how many sources and findings there are, reasons."""
    answered = sum(isinstance(entry, Evidence) for entry in file.ledger.entries)
    yield from map(str, (answered, len(file.ledger.entries) - answered, len(file.findings)))
    told = [file.case.flagged_at, *(flag.raised_at for flag in file.case.flags)]
    told += [missing.reason for missing in file.recommendation.missing]
    told += [exhibit.content for entry in _answers(file.ledger) for exhibit in entry.exhibits]
    yield from _figures(" ".join(told).replace("-", " ").replace(":", " ").replace("T", " "))


def _answers(ledger: Ledger) -> Iterator[Evidence]:
    return (entry for entry in ledger.entries if isinstance(entry, Evidence))


def _figures(text: str) -> Iterator[str]:
    """The numbers of a text, a percentage as the share that it is."""
    for each in FIGURE.findall(text):
        number = Decimal(each.removesuffix("%").replace(",", ""))
        yield str(number.scaleb(-2) if each.endswith("%") else number)


def _among(figure: Decimal, known: Sequence[Decimal]) -> bool:
    step = Decimal(1).scaleb(int(figure.as_tuple().exponent))
    return any(each.quantize(step, ROUND_HALF_UP) == figure or abs(each - figure) <= step / 2 for each in known)


def _rests_on(reference: str, told: Statement, findings: Mapping[str, Finding]) -> bool:
    return any(reference in findings[rule].references for rule in told.rules if rule in findings)


def _parrots(file: CaseFile) -> bool:
    said = tuple(prefix for flag in file.case.flags for prefix in SUBJECTS.get(flag.code, ()))
    facts = [reference.partition(".")[2] for finding in file.findings for reference in finding.references]
    return bool(facts) and all(fact.startswith(said) for fact in facts) if said else False


def _share(hits: int, n: int) -> float | None:
    return hits / n if n else None
