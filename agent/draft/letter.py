"""The letter to the customer, in the policy's own words: it accuses of nothing, names no figure and asks nothing twice.
Pure.

It asks what the findings ask, and for evidence that is missing where another picture or clip could mend that. What only
we could mend is nobody else's to send.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from agent.case import Finding, Missing, Recommendation
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
    "selfie": "Please take a selfie in good light.",
    "clip": "Please record a selfie clip.",
}
ASK_AGAIN: Mapping[AttachmentRole, str] = {
    "document": "Please upload a new picture of your identity document.",
    "selfie": "Please take a new selfie in good light.",
    "clip": "Please record a new selfie clip.",
}
"""What the customer is asked for, by the attachment that is to come: for the first time, or again."""
ASK_OWNERS = "Please tell us who owns the addresses that your money came from and went to."
TELLS_OWNERS = "sql.counterparty_risk"
"""The tool that leaves out what the customer can tell."""
SENT = re.compile(r"(?i)\b(?:record|send|take|upload)\b[^.?!]*")
"""What a text asks to be sent, as far as its sentence goes."""
ASK_ANYTHING = "Please contact us through the support page of your account."


def may_be_told(text: str) -> bool:
    """Whether a customer may read a text: it accuses of nothing and names no figure, in whatever letters."""
    read = unicodedata.normalize("NFKC", text)
    return not ACCUSING.search(read) and not any(character.isnumeric() for character in read)


def customer_texts(findings: Sequence[Finding], recommendation: Recommendation) -> dict[str, tuple[str, ...]]:
    """What a customer may be told or asked, each text once with the rules that have it; empty unless the disposition
    asks for something.

    Adverse findings are left out whatever their text says: to mention one would tip the customer off. Where a request
    rests on nothing else, what it asks is theirs.
    """
    if recommendation.disposition not in WHY_ASKED:
        return {}
    others = [finding for finding in findings if finding.severity != "adverse"]
    return _texts(others) or _texts(findings)


def _texts(findings: Sequence[Finding]) -> dict[str, tuple[str, ...]]:
    texts: dict[str, tuple[str, ...]] = {}
    for finding in findings:
        if (text := finding.customer_text) and may_be_told(text):
            texts[text] = (*texts.get(text, ()), finding.rule)
    return texts


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
    texts = customer_texts(findings, recommendation)
    requests = (*texts, *_asked_again(recommendation.missing, texts, sent))
    asked = dict.fromkeys(questions.get(request, request) for request in requests) or (ASK_ANYTHING,)
    bare = recommendation.disposition == "request_resubmission" and not sent
    why = NOTHING_SENT if bare else WHY_ASKED[recommendation.disposition]
    return "\n\n".join((GREETING, why.capitalize(), "\n".join(asked), CLOSING))


def _asked_again(missing: Iterable[Missing], texts: Iterable[str], sent: Collection[AttachmentRole]) -> Iterator[str]:
    """A request for all that is missing and matters, that the customer could mend, and that no text asks for."""
    sending = " ".join(" ".join(SENT.findall(text)) for text in texts)
    for each in missing:
        if each.matters and each.mendable:
            for role in each.roles:
                if not re.search(rf"\b{role}\b(?! clip)", sending):
                    yield (ASK_AGAIN if role in sent else ASK_FOR)[role]
            if each.tool == TELLS_OWNERS:
                yield ASK_OWNERS
