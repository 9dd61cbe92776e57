"""Whether a sentence of a draft says what it stands for, and nothing else.

A sentence that names rules is held against the findings of the review: their texts or titles in any order, with joints
between them, differing in small words alone. One that names no rule says what the policy's plan says. Which words are
small and which are joints is written down here once more, so that a verifier that grows lax is found out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.case import CaseFile, Finding, Statement
from agent.draft.plan import plan, strongest
from tools.registry import fact_specs

WORD = re.compile(r"[-+]?\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’-][^\W\d_]+)*|[<>=≤≥%]")
SMALL = frozenset({"a", "also", "an", "and", "both", "here", "its", "that", "the", "these", "this", "those", "which"})
"""Words that come and go without a change of sense."""
Words = tuple[str, ...]
JOINTS: tuple[Words, ...] = ((), ("in", "addition"), ("furthermore",), ("moreover",))
"""What may stand between two findings, small words apart."""


def planned(file: CaseFile) -> tuple[Statement, ...]:
    """What the policy says of a case by itself, the summary first."""
    return plan(file.case, file.ledger, file.findings, file.recommendation, fact_specs())


def said(told: Statement, file: CaseFile, own: Sequence[Statement]) -> bool:
    """Whether a statement says what it stands for, and cites at least one fact of each finding it speaks of. `own` is
    what the policy says by itself."""
    if not told.rules:
        return any(_same(told, each) for each in own)
    by_rule = {finding.rule: finding for finding in file.findings}
    findings = [by_rule[rule] for rule in told.rules if rule in by_rule]
    if len(findings) < len(told.rules) or not all(_cited(finding, told, file) for finding in findings):
        return False
    closing = own[0].text.removeprefix(" ".join(finding.text for finding in strongest(file.findings)))
    sayings = [{words(finding.text), words(finding.title)} - {()} for finding in findings]
    return _only(words(told.text), sayings, words(closing) if told.part == "summary" else ())


def words(text: str) -> Words:
    """Figures and words in small letters, without those a model may choose."""
    return tuple(word for each in WORD.findall(text) if (word := each.casefold()) not in SMALL)


def _same(told: Statement, own: Statement) -> bool:
    """Whether a statement without rules is the policy's own, or one of what is missing that says no more than it."""
    if told.part == own.part == "missing":
        rest = iter(words(own.text))
        return all(word in rest for word in words(told.text))
    return (told.part, told.rules, told.references, told.text) == (own.part, own.rules, own.references, own.text)


def _cited(finding: Finding, told: Statement, file: CaseFile) -> bool:
    known = [each for each in finding.references if file.ledger.resolve(each) is not None]
    return not known or any(each in told.references for each in known)


def _only(text: Words, sayings: Sequence[set[Words]], closing: Words) -> bool:
    """Whether a text is made of one saying of each finding, with connectives between, and perhaps the closing."""
    if not sayings:
        return text in ((), closing)
    rests = (text[len(joint) :] for joint in JOINTS if text[: len(joint)] == joint)
    return any(
        rest[: len(one)] == one and _only(rest[len(one) :], [*sayings[:place], *sayings[place + 1 :]], closing)
        for rest in rests
        for place, either in enumerate(sayings)
        for one in either
    )
