"""Whether a sentence of a draft says what it stands for, and nothing else.

A sentence that names rules is held against the findings of the review: their texts or titles in any order, with joints
between them, differing in small words alone: letter by letter, stop by stop and blank by blank. One that names no rule
says what the policy's plan says. Which words are small and which are joints is written down here once more, so that a
verifier that grows lax is found out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.case import CaseFile, Finding, Statement
from agent.draft.plan import plan, strongest
from tools.registry import fact_specs

STOP = re.compile(r"^(\()|([.,;:?)])(?=[.,;:?)]*$)")
"""What stands before a word, or after it."""
SLACK = re.compile(r"^ | $|  | [.,;:?)]|\( |(?:^|[.?] )[a-z]")
"""A blank where none belongs, or a sentence that begins with a small letter."""
CAPITAL = re.compile(r"[A-Z][a-z]*")
SMALL = frozenset({"a", "also", "an", "and", "both", "here", "its", "that", "the", "these", "this", "those", "which"})
"""Words that come and go without a change of sense."""
Words = tuple[str, ...]
JOINTS: tuple[Words, ...] = (
    (".",),
    (",",),
    (".", "also", ","),
    (".", "in", "addition", ","),
    (".", "furthermore", ","),
    (".", "moreover", ","),
)
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
    if SLACK.search(told.text) and told.text not in {each.text for each in own}:
        return False
    sayings = [{words(text.removesuffix(".")) for text in (each.text, each.title) if text} for each in findings]
    after = words(closing.strip()) if told.part == "summary" and closing else ()
    return _only((".", *words(told.text)), sayings, after)


def words(text: str) -> Words:
    """Words, figures and stops as they are written, without the words a model may choose, unless a comma follows them.
    The first word of a sentence begins with a small letter, unless it is an abbreviation."""
    found = [part for each in text.split(" ") for part in (list(filter(None, STOP.split(each))) or [""])]
    begins = (before in (".", "?") for before in (".", *found))
    told = (_small(word) if first else word for word, first in zip(found, begins, strict=False))
    return tuple(word for word, after in pairwise((*told, "")) if word not in SMALL or after == ",")


def _small(word: str) -> str:
    return word.lower() if CAPITAL.fullmatch(word) else word


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
        return text in ((), (".",), (".", *closing))
    rests = (text[len(joint) :] for joint in JOINTS if text[: len(joint)] == joint)
    return any(
        rest[: len(one)] == one and _only(rest[len(one) :], [*sayings[:place], *sayings[place + 1 :]], closing)
        for rest in rests
        for place, either in enumerate(sayings)
        for one in either
    )
