"""What a rule's text to the customer lacks, gives away, or asks for without saying so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from agent.draft.letter import ACCUSING
from agent.policy.expression import And, Expression, Or, Total
from agent.policy.model import Policy, Rule
from agent.policy.rows import counts

NAMED: Mapping[str, re.Pattern[str]] = {
    "document": re.compile(r"(?i)\b(?:document|passport|identity card|driving licence)\b"),
    "selfie": re.compile(r"(?i)\bselfie\b(?! clip)"),
    "clip": re.compile(r"(?i)\bclip\b"),
    "addresses": re.compile(r"\baddresses\b"),
}
"""What a customer text calls the things that a rule may ask for."""
ASKING = re.compile(r"(?i)\b(?:record|send|take|upload|who owns)\b[^.?!]*")
WHERE_THERE = re.compile(r"(?i),[^,.?!]* if you have one")


def requesting(policy: Policy) -> list[str]:
    """The counts that lead to a request to the customer by growing: a rule in one of them needs a text."""
    return [name for row, when in policy.table if row.then.startswith("request_") for name in _raising(when)]


def letter_problems(rule: Rule, asked_for: Iterable[str]) -> Iterator[str]:
    """What is wrong with the customer text of a rule, where the counts `asked_for` lead to a request."""
    if not rule.customer_text and any(counts(name, rule) for name in asked_for):
        yield "can lead to a request and has no customer_text"
    telling = ACCUSING.search(rule.customer_text)
    if telling:
        yield f"customer_text would tell the customer what is suspected: {telling[0]!r}"
    if "{" in rule.customer_text:
        yield "customer_text shows a value; customers are told no measurements"
    for thing, named in NAMED.items():
        declared = any(want.partition(".")[0] == thing for want in rule.asks)
        if not declared and any(named.search(sending) for sending in _sending(rule.customer_text)):
            yield f"customer_text asks for {thing!r}, and `asks` does not say so"
        if declared and not (named.search(rule.customer_text) and any(_sending(rule.customer_text))):
            yield f"asks says {thing!r}, which customer_text does not ask for"


def _sending(text: str) -> list[str]:
    """What a text asks the customer to send or to tell the owners of, without what they may leave out."""
    return ASKING.findall(WHERE_THERE.sub("", text))


def _raising(condition: Expression) -> Iterator[str]:
    """The counts that make a row hold by growing."""
    if isinstance(condition, And | Or):
        for part in condition.parts:
            yield from _raising(part)
    elif isinstance(condition, Total) and condition.operator in {">", ">=", "=="} and condition.bound >= 0:
        yield from (name for name, weight in condition.weights if weight > 0)
