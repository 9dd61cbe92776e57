"""The letter to the customer, in the policy's own words: it accuses of nothing, names no figure and asks nothing twice.
Pure.

It asks what the findings ask, and for evidence that is missing where another picture or clip could mend that. What only
we could mend is nobody else's to send. Each rule says what its text asks for, so that a text that the others make
superfluous is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.case import Finding, Missing, Recommendation, Wanted
from tools.evidence import AttachmentRole

ACCUSING = re.compile(
    r"(?i)\b(?:accus|adverse|alert|attack|block|crim|escalat|fake|flag|forg|fraud|illegal|investigat|launder|manipul|mule"
    r"|police|reject|report|ring\b|risk|sanction|scam|screening|stolen|structuring|suspect|suspic|tamper|terror|watchlist)"
)
"""Beginnings of words that tell what is suspected. A text that holds one never reaches a customer."""

GREETING = "Dear customer,"
CLOSING = "Thank you. Your account team"
WHY_ASKED: Mapping[str, str] = {
    "request_resubmission": "we could not complete the check of what you sent us.",
    "request_information": "we need a little more from you to complete the review of your account.",
}
NOTHING_SENT = "we do not yet have all that we need to check your identity."
ASK_FOR: Mapping[AttachmentRole, str] = {
    "document": "Please upload a picture of your identity document.",
    "back": "Please upload a picture of the back of your identity document.",
    "selfie": "Please take a selfie in good light.",
    "clip": "Please record a selfie clip.",
}
ASK_AGAIN: Mapping[AttachmentRole, str] = {
    "document": "Please upload a new picture of your identity document.",
    "back": "Please upload a new picture of the back of your identity document.",
    "selfie": "Please take a new selfie in good light.",
    "clip": "Please record a new selfie clip.",
}
"""What the customer is asked for, by the attachment that is to come: for the first time, or again."""
ASK_OWNERS = "Please tell us who owns the addresses that your money came from and went to."
TELLS_OWNERS = "sql.counterparty_risk"
"""The tool that leaves out what the customer can tell."""
ASK_ANYTHING = "Please contact us through the support page of your account."


def may_be_told(text: str) -> bool:
    """Whether a customer may read a text: it accuses of nothing and names no figure, in whatever letters."""
    read = unicodedata.normalize("NFKC", text)
    return not ACCUSING.search(read) and not any(character.isnumeric() for character in read)


@dataclass(frozen=True)
class Request:
    """One line of a letter: what it asks for, and the rules whose text it is, none where evidence is missing."""

    text: str
    asks: tuple[Wanted, ...]
    rules: tuple[str, ...] = ()


def customer_texts(findings: Sequence[Finding], recommendation: Recommendation) -> dict[str, tuple[str, ...]]:
    """What the policy's texts ask a customer, each text once with the rules that have it; empty unless the disposition
    asks for something."""
    return {each.text: each.rules for each in _requests(findings, recommendation, ()) if each.rules}


def customer_message(
    findings: Sequence[Finding],
    recommendation: Recommendation,
    questions: Mapping[str, str],
    sent: Collection[AttachmentRole],
) -> str:
    """The letter for a `request_*` disposition, empty for any other. `questions` holds checked wordings by the text
    they are of, `sent` what came with the case."""
    if recommendation.disposition not in WHY_ASKED:
        return ""
    requests = [each.text for each in _requests(findings, recommendation, sent)]
    asked = dict.fromkeys(questions.get(request, request) for request in requests) or (ASK_ANYTHING,)
    bare = recommendation.disposition == "request_resubmission" and not sent
    why = NOTHING_SENT if bare else WHY_ASKED[recommendation.disposition]
    return "\n\n".join((GREETING, why.capitalize(), "\n".join(asked), CLOSING))


def _requests(
    findings: Sequence[Finding], recommendation: Recommendation, sent: Collection[AttachmentRole]
) -> list[Request]:
    """All that is asked, without what asks for nothing that the rest does not ask for; of two that ask for the same the
    first stays.

    Adverse findings are left out whatever their text says: to mention one would tip the customer off. Where a request
    rests on nothing else, what it asks is theirs.
    """
    if recommendation.disposition not in WHY_ASKED:
        return []
    others = [finding for finding in findings if finding.severity != "adverse"]
    asked = [*(_texts(others) or _texts(findings)), *_asked_again(recommendation.missing, sent)]
    for each in reversed(tuple(asked)):
        rest = {want for other in asked if other is not each for want in other.asks}
        if each.asks and all(_met(want, rest) for want in each.asks):
            asked = [other for other in asked if other is not each]
    return asked


def _met(want: Wanted, asked: Iterable[Wanted]) -> bool:
    """Whether something is asked for: `document` by whatever asks for a document."""
    return any(other == want or other.startswith(f"{want}.") for other in asked)


def _texts(findings: Sequence[Finding]) -> list[Request]:
    texts: dict[str, Request] = {}
    for each in findings:
        if (text := each.customer_text) and may_be_told(text):
            before = texts.get(text, Request(text, each.asks))
            asks = tuple(dict.fromkeys((*before.asks, *each.asks)))
            texts[text] = Request(text, asks, (*before.rules, each.rule))
    return list(texts.values())


def _asked_again(missing: Iterable[Missing], sent: Collection[AttachmentRole]) -> Iterator[Request]:
    """A request for all that is missing and matters and that the customer could mend."""
    for each in missing:
        if each.matters and each.mendable:
            for role in each.roles:
                yield Request((ASK_AGAIN if role in sent else ASK_FOR)[role], (role,))
            if each.tool == TELLS_OWNERS:
                yield Request(ASK_OWNERS, ("addresses.from", "addresses.to"))
