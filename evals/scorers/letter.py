"""Whether the letter to the customer asks all that the policy asks, nothing else, and gives nothing away.

It is read line by line, as the customer reads it, and held against the findings and the policy's texts. What put it
together and the verifier that let it pass are not asked again: where those fail, this one still sees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from agent.case import CaseFile
from agent.draft.letter import (
    ASK_AGAIN,
    ASK_ANYTHING,
    ASK_FOR,
    ASK_OWNERS,
    CLOSING,
    GREETING,
    NOTHING_SENT,
    TELLS_OWNERS,
    WHY_ASKED,
)
from tools.evidence import Evidence, Frozen, Unavailable

QUESTION = re.compile(r"(?:Could|Would|Can) you(?: please| kindly)? (?P<wanted>.+)\?")
REQUEST = re.compile(r"Please (?P<wanted>.+)\.")
PART = re.compile(r"[^\W_]+")
ARTICLES = frozenset({"a", "an", "its", "that", "the", "these", "this", "those", "which"})
TELLING = re.compile(
    r"(?i)\b(?:accus|adverse|alert|attack|block|crim|escalat|fake|flag|forg|fraud|illegal|investigat|launder|manipul|mule"
    r"|police|reject|report|ring\b|risk|sanction|scam|screening|stolen|structuring|suspect|suspic|tamper|terror|watchlist)"
)
"""Beginnings of words that tell what is suspected: written down here once more, should the verifier's list lose one."""


Requests = dict[str, set[str]]
"""What a customer may be asked, each text with what it asks for as far as the policy says that."""


class Letter(Frozen):
    """The lines of a letter, how many of them the policy does not allow or the others make superfluous, and how many of
    its requests no line makes."""

    lines: int
    wrong: int
    omitted: int

    @property
    def faults(self) -> int:
        return self.wrong + self.omitted


def letter(file: CaseFile) -> Letter:
    """Score one saved review, with no line at all where there is no letter.

    A line is allowed that stands in every letter of its disposition, or that asks for what a finding asks for, an
    adverse one only where no other asks, or for missing evidence that the customer could send: as the policy words it,
    or as a question in the same words. No text counts as the policy's that tells what is suspected, a figure, or the
    name of a flag, a reason or a rule. What each asks for has to be asked for and, as far as the policy says what that
    is, by no two lines; where there is nothing the customer is sent to support. Not so where something is to be sent
    again, as that letter would not say what. Where the recommendation asks for nothing, no line is allowed.
    """
    lines = [line for line in file.draft.customer_message.split("\n") if line]
    why = _why(file)
    frame, requests = ({GREETING, why.capitalize(), CLOSING}, _requests(file)) if why else (set(), {})
    made = {text: asks for text, asks in requests.items() if any(_asks(line, text) for line in lines)}
    wrong = sum(line not in frame and not any(_asks(line, text) for text in requests) for line in lines)
    vague = file.recommendation.disposition == "request_resubmission" and {*requests} == {ASK_ANYTHING}
    return Letter(lines=len(lines), wrong=wrong + _idle(made), omitted=max(_omitted(requests, made), vague))


def _idle(made: Requests) -> int:
    """How many requests ask for what the others ask for anyway."""
    rest = ({want for other, wants in made.items() if other != text for want in wants} for text in made)
    return sum(bool(asks) and _met(asks, others) for asks, others in zip(made.values(), rest, strict=True))


def _omitted(requests: Requests, made: Requests) -> int:
    """How many more requests it takes to ask for everything."""
    asked, count = {want for asks in made.values() for want in asks}, 0
    for text, asks in sorted(requests.items(), key=lambda each: -len(each[1])):
        if text not in made and not (asks and _met(asks, asked)):
            asked |= {*asks}
            count += 1
    return count


def _met(asks: Iterable[str], asked: Iterable[str]) -> bool:
    """Whether all that a text asks for is asked for: `document` by whatever asks for a document."""
    told = {*asked, *(want.split(".")[0] for want in asked)}
    return all(want in told for want in asks)


def _why(file: CaseFile) -> str | None:
    """Why the letter asks; who sent nothing is told of nothing that they sent."""
    first = file.recommendation.disposition == "request_resubmission" and not file.case.attachments
    return NOTHING_SENT if first else WHY_ASKED.get(file.recommendation.disposition)


def _requests(file: CaseFile) -> Requests:
    """All that the customer may be asked for, or to write to us where that is nothing."""
    secrets = set(_secrets(file))
    told = {adverse: _texts(file, secrets, adverse) for adverse in (False, True)}
    texts = told[False] or told[True]
    sent, lacking = {each.role for each in file.case.attachments}, _lacking(file)
    texts |= {(ASK_AGAIN if role in sent else ASK_FOR)[role]: {role} for role in ASK_FOR if role in lacking}
    texts |= {ASK_OWNERS: {"addresses.from", "addresses.to"}} if TELLS_OWNERS in lacking else {}
    return {text: asks for text, asks in texts.items() if not _tells(text, secrets)} or {ASK_ANYTHING: set()}


def _lacking(file: CaseFile) -> set[str]:
    """What the customer could send so that a tool would tell what it left out and matters: the attachments at fault, or
    the tool where there are none."""
    last = {entry.tool: entry for entry in file.ledger.entries}
    found: set[str] = set()
    for missing in file.recommendation.missing:
        entry = last.get(missing.tool)
        if missing.matters and entry and any(_sendable(entry, fact) for fact in missing.facts):
            found |= {*entry.roles} or {entry.tool}
    return found


def _sendable(entry: Evidence | Unavailable, fact: str) -> bool:
    """Whether a fact is unknown for what the customer did or did not send."""
    fault = entry.fault if isinstance(entry, Unavailable) else entry.faults.get(fact, "customer")
    return fault == "customer"


def _texts(file: CaseFile, secrets: set[str], adverse: bool) -> Requests:
    """What the findings of one kind ask the customer in words that may be told."""
    texts: Requests = {}
    for each in file.findings:
        if (each.severity == "adverse") == adverse and each.customer_text and not _tells(each.customer_text, secrets):
            texts.setdefault(each.customer_text, set()).update(each.asks)
    return texts


def _secrets(file: CaseFile) -> Iterator[str]:
    """What the case is called by inside: its flags, and the reasons and names of the rules that fired."""
    yield from (_parts(flag.code) for flag in file.case.flags)
    yield from (_parts(name) for each in file.findings for name in (each.rule, each.reason_code))


def _asks(line: str, request: str) -> bool:
    """Whether a line is a request, or the question made of it: the customer is asked to do the same in the same words,
    letter by letter and blank by blank, articles apart."""
    asked, wanted = QUESTION.fullmatch(line), REQUEST.fullmatch(request)
    return line == request or bool(asked and wanted and _bare(asked["wanted"]) == _bare(wanted["wanted"]))


def _bare(text: str) -> list[str]:
    return [word for word in text.split(" ") if word not in ARTICLES]


def _tells(text: str, secrets: set[str]) -> bool:
    plain = unicodedata.normalize("NFKC", text)
    named = any(f" {secret} " in f" {_parts(plain)} " for secret in secrets)
    return named or TELLING.search(plain) is not None or any(character.isnumeric() for character in plain)


def _parts(text: str) -> str:
    """Letters and figures alone, so that `shared_device` and "shared device" are one."""
    return " ".join(PART.findall(text.casefold()))
