"""The letter to the customer, in the policy's own words: it accuses of nothing, names no figure and asks nothing twice.
Pure.

It asks what the findings ask, and for evidence that is missing where another picture or clip could mend that. What only
we could mend is nobody else's to send.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.case import Finding, Missing, Recommendation

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
ASK_FOR: Mapping[str, str] = {
    "document": "Please upload a new picture of your identity document.",
    "selfie": "Please take a new selfie in good light.",
    "clip": "Please record a new selfie clip.",
    "sql.counterparty_risk": "Please tell us who owns the addresses that your money came from and went to.",
}
"""What the customer is asked for, by the attachment that is to come again or the tool that lacks something else."""
LACKED: Mapping[str, str] = {"document": "document", "face": "selfie", "clip": "clip", "liveness": "clip"}
"""The attachment that would have to come again, by the first word of the tool that had no use of it."""
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


def customer_message(findings: Sequence[Finding], recommendation: Recommendation, questions: Mapping[str, str]) -> str:
    """The letter for a `request_*` disposition, empty for any other. `questions` holds checked wordings by the text
    they are of."""
    if recommendation.disposition not in WHY_ASKED:
        return ""
    texts = customer_texts(findings, recommendation)
    requests = (*texts, *_asked_again(recommendation.missing, texts))
    asked = dict.fromkeys(questions.get(request, request) for request in requests) or (ASK_ANYTHING,)
    return "\n\n".join((GREETING, WHY_ASKED[recommendation.disposition].capitalize(), "\n".join(asked), CLOSING))


def _asked_again(missing: Iterable[Missing], texts: Iterable[str]) -> Iterator[str]:
    """A request for all that is missing and matters, that the customer could mend, and that no text asks for."""
    sending = " ".join(" ".join(SENT.findall(text)) for text in texts)
    for each in missing:
        if each.matters and each.mendable:
            for source in _lacked(each):
                if source in ASK_FOR and not re.search(rf"\b{source}\b(?! clip)", sending):
                    yield ASK_FOR[source]


def _lacked(missing: Missing) -> Sequence[str]:
    """What would have to come again: the attachments that the reason names, as `document: no face was found`, or else
    what a tool of that name needs."""
    named = [part.partition(": ")[0] for part in missing.reason.split("; ")]
    return [name for name in named if name in ASK_FOR] or [LACKED.get(missing.tool.partition(".")[0], missing.tool)]
