"""From a proposal to a draft: what a model worded is taken only if it says what the policy says. Pure.

The draft is built from the policy's own statements (`agent.draft.plan`); a proposal can only offer other words for some
of them. Other words are taken under three strict forms, and dropped for the policy's text otherwise:

- a summary is the markers `[F1]`, `[F2]`, each once, held together by connectives of a closed list;
- a reworded sentence has the words, references and stops of the policy's sentence in the same order, and differs in
  small words of a closed list alone;
- a question opens with one of a closed list and goes on as the policy's request does, articles apart.

What is taken ships as it was said, so it has to be written in the one way there is: blanks where they belong and
capitals where the policy has them, or a sentence begins. What is written otherwise is dropped, not mended.

So no model output can add a figure, a name or a claim, turn a polarity, or lose a finding.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from agent.case import Case, Draft, Finding, ModelCall, Recommendation, Role, Statement
from agent.draft.letter import customer_message, customer_texts
from agent.draft.plan import by_weight, plan, strongest
from agent.render import format_comparison, format_value
from tools.evidence import FactSpec, Frozen, Ledger

CONNECTIVES: Mapping[str, str] = {
    "and": ", and ",
    "in addition": ". In addition, ",
    "also": ". Also, ",
    "furthermore": ". Furthermore, ",
    "moreover": ". Moreover, ",
}
"""All that may stand between two findings. None of them claims a cause, a contrast or a time."""

DETERMINERS = frozenset({"a", "an", "its", "that", "the", "these", "this", "those", "which"})
GLUE = DETERMINERS | {"also", "and", "both", "here"}
NUMBERS: Mapping[str, str] = {"are": "is", "have": "has", "were": "was"}
"""Forms that may stand for each other. Others may not: an account that sent is none that was sent."""
NEGATIONS = frozenset({"cannot", "neither", "never", "no", "none", "nor", "not", "without"})
"""What stands after one of these decides what is denied: there no small word comes or goes."""
OPENINGS = (
    "Could you please ",
    "Could you kindly ",
    "Could you ",
    "Would you please ",
    "Would you kindly ",
    "Would you ",
    "Can you please ",
    "Can you kindly ",
    "Can you ",
)
"""How a question may begin: it is always the customer who is to do something."""
MOST_ADDED = 6
MOST_IN_A_ROW = 3

MARKER = re.compile(r"\[F([1-9])\]")
TOKEN = re.compile(r"\{E[0-9]+(?:\.[a-z0-9_]+)+\}|[A-Za-z]+(?:['-][A-Za-z]+)*|[.,;:()?]")
UNSPACED = re.compile(r" (?=[.,;:?)])|(?<=\() ")
"""Where no blank stands among tokens that are joined by blanks."""
ENDS = frozenset({".", "?"})
CAPITAL = re.compile(r"[A-Z][a-z]*")
"""A word with a capital that it may owe to the beginning of a sentence; an abbreviation has more of them."""
UNCAPITAL = re.compile(r"(?:^|[.?] )[a-z]")
"""A sentence that begins with a small letter."""
REFERENCE = re.compile(r"\{E[0-9]+(?:\.[a-z0-9_]+)+\}")

Why = Literal["no model", "not granted", "not asked", "unreachable", "no answer", "refused"]
SAYS: Mapping[Why, str] = {
    "no model": "no language model was used",
    "not granted": "the model has not earned this role",
    "not asked": "the case had no time or tokens left for the model",
    "unreachable": "no model answered at its endpoint; `casework llm status` says why",
    "no answer": "the model did not answer as asked",
    "refused": "the model's text failed verification against the ledger",
}


class Fallback(Frozen):
    """A role for which the policy's own words stand, and why."""

    role: Role
    why: Why


class Question(Frozen):
    """A request to the customer that was worded anew, and the rules that make it."""

    rules: tuple[str, ...]
    text: str


class Proposal(Frozen):
    """A draft before it is checked: statements of source `model` hold markers and references, not values. Nothing in it
    is trusted; `calls` are kept for the record."""

    statements: tuple[Statement, ...] = ()
    questions: tuple[Question, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()


def ground(
    proposal: Proposal,
    case: Case,
    ledger: Ledger,
    findings: Sequence[Finding],
    recommendation: Recommendation,
    specs: Mapping[str, FactSpec],
) -> Draft:
    """The checked draft. Whatever the proposal holds, every finding and the recommended disposition are in it."""
    offered = {(told.part, told.rules): told.text for told in proposal.statements if told.source == "model"}
    refused: list[Role] = []
    statements = []
    for own in plan(case, ledger, findings, recommendation, specs):
        text = offered.get((own.part, own.rules))
        taken = None if text is None else _taken(text, own, findings, specs)
        if text is not None and taken is None:
            refused.append("merge" if own.part == "summary" else "word")
        statements.append(own if taken is None else own.model_copy(update={"text": taken, "source": "model"}))
    requests = {rules: text for text, rules in customer_texts(findings, recommendation).items()}
    questions = {
        requests[asked.rules]: asked.text
        for asked in proposal.questions
        if asked.rules in requests and asks_the_same(asked.text, requests[asked.rules])
    }
    if len(questions) < len(proposal.questions):
        refused.append("question")
    fallbacks = (*proposal.fallbacks, *(Fallback(role=role, why="refused") for role in refused))
    notes = dict.fromkeys(f"{each.role}: the policy's own text is used; {SAYS[each.why]}" for each in fallbacks)
    return Draft(
        case_id=case.case_id,
        disposition=recommendation.disposition,
        confidence=recommendation.confidence,
        reason_codes=tuple(dict.fromkeys(finding.reason_code for finding in by_weight(findings))),
        statements=tuple(_resolved(told, ledger) for told in statements),
        customer_message=customer_message(
            findings, recommendation, questions, {each.role for each in case.attachments}
        ),
        notes=tuple(notes),
    )


def _taken(text: str, own: Statement, findings: Sequence[Finding], specs: Mapping[str, FactSpec]) -> str | None:
    """The rendered text of a model's statement, None if it may not stand in place of the policy's own."""
    if own.part == "summary":
        told = strongest(findings)
        paragraph = joined(text, told, specs)
        rest = own.text.removeprefix(" ".join(finding.text for finding in told))
        return None if paragraph is None else paragraph + rest
    meant = [finding for finding in findings if (finding.rule,) == own.rules]
    return reworded(text, skeleton(meant[0], specs)) if own.part == "finding" and len(meant) == 1 else None


def _resolved(told: Statement, ledger: Ledger) -> Statement:
    """The statement without references that point at nothing, so that each one shown can be followed."""
    known = tuple(reference for reference in told.references if ledger.resolve(reference) is not None)
    return told if known == told.references else told.model_copy(update={"references": known})


def joined(text: str, told: Sequence[Finding], specs: Mapping[str, FactSpec]) -> str | None:
    """The paragraph that markers and connectives describe, None unless each finding is marked once and nothing else is
    there but connectives."""
    pieces = MARKER.split(text)
    markers, between = [int(number) for number in pieces[1::2]], pieces[2:-1:2]
    if sorted(markers) != list(range(1, len(told) + 1)) or (pieces[0], pieces[-1]) != ("", "."):
        return None
    if any(connective not in CONNECTIVES.values() for connective in between):
        return None
    clauses = [told[number - 1] for number in markers]
    paragraph = _stem(clauses[0])
    for connective, finding in zip(between, clauses[1:], strict=True):
        paragraph += connective + _lowered(_stem(finding), skeleton(finding, specs))
    return paragraph + "."


def _stem(finding: Finding) -> str:
    return finding.text.strip().removesuffix(".")


def _lowered(stem: str, own: Skeleton) -> str:
    """The clause with a small first letter, unless it begins with a value or an abbreviation."""
    first = re.match(r"[A-Z][a-z]*(?![A-Za-z0-9])", own.text)
    return stem[0].lower() + stem[1:] if first else stem


@dataclass(frozen=True)
class Skeleton:
    """A policy sentence with `{E3.face.similarity}` where its values stand, and those values in the same order."""

    text: str
    values: tuple[str, ...]

    @property
    def wordable(self) -> bool:
        """Whether a model may see and reword it: every figure is behind a reference, and nothing unusual is in it."""
        bare = REFERENCE.sub("", self.text)
        return not any(character.isnumeric() for character in bare) and tokens(self.text) is not None


def skeleton(finding: Finding, specs: Mapping[str, FactSpec]) -> Skeleton:
    """The policy's sentence of a finding with references in place of the values and comparisons rendered into it."""
    literals: dict[str, list[str]] = {}
    for leaf in finding.trace:
        spec = specs.get(leaf.fact)
        if spec is None or leaf.value is None or isinstance(leaf.value, bool) or not leaf.evidence_id:
            continue
        reference = f"{{{leaf.evidence_id}.{leaf.fact}}}"
        for literal in {format_comparison(leaf, spec), format_value(leaf.value, spec)} - {""}:
            literals.setdefault(literal, []).append(reference)
    if not literals:
        return Skeleton(finding.text, ())
    values: list[str] = []

    def slot(match: re.Match[str]) -> str:
        values.append(match[0])
        references = literals[match[0]]
        return references.pop(0) if len(references) > 1 else references[0]

    longest_first = sorted(literals, key=lambda literal: (-len(literal), literal))
    pattern = "|".join(map(re.escape, longest_first))
    text = re.sub(rf"(?<![\w.,])(?:{pattern})(?![\w])", slot, finding.text)
    return Skeleton(text, tuple(values))


def tokens(text: str) -> list[str] | None:
    """References, words and stops in order, a word at the beginning of a sentence with a small first letter; None where
    anything else is in the text, a blank too many or too few among it. A comma counts: "no, a face is found" is not
    "no face is found"."""
    found = TOKEN.findall(text)
    if UNSPACED.sub("", " ".join(found)) != text:
        return None
    begins = (before in ENDS for before in (".", *found))
    return [_small(token) if first else token for token, first in zip(found, begins, strict=False)]


def _small(word: str) -> str:
    return word.lower() if CAPITAL.fullmatch(word) else word


def copies(text: str, own: str) -> bool:
    """Whether a text says nothing but what the policy says, word for word: to hold so shows no ability."""
    return (tokens(text) or text) == (tokens(own) or own)


def reworded(text: str, own: Skeleton) -> str | None:
    """A sentence that says the same as the policy's in other small words, with its values in place, else None."""
    if not own.wordable or not same_sense(text, own.text, GLUE):
        return None
    values = iter(own.values)
    return REFERENCE.sub(lambda _: next(values), text)


def askable(request: str) -> bool:
    """Whether a request of the policy is one that a question can be made of: a single sentence that asks."""
    return request.startswith("Please ") and request.endswith(".") and request.count(".") == 1


def asks_the_same(text: str, request: str) -> bool:
    """Whether a question asks what a request of the policy asks, and nothing else."""
    wanted = asked_for(text)
    return askable(request) and wanted is not None and same_sense(wanted, request, DETERMINERS)


def asked_for(question: str) -> str | None:
    """The request that a question makes; None where it is no question that may be asked."""
    opening = next((each for each in OPENINGS if question.startswith(each)), None)
    return None if opening is None or not question.endswith("?") else f"Please {question[len(opening) : -1]}."


def same_sense(text: str, own: str, small: AbstractSet[str]) -> bool:
    """Whether two texts have the same references, words and stops in the same order, small words apart, and the first
    begins its sentences with capitals."""
    theirs, ours = tokens(text), tokens(own)
    if not theirs or not ours or len(theirs) > len(ours) + MOST_ADDED or UNCAPITAL.search(text):
        return False
    return _bare(theirs, small) == _bare(ours, small) and not _stutters(theirs, small)


def _bare(told: Sequence[str], small: AbstractSet[str]) -> list[str]:
    """What is left of a sentence without the small words that may come and go."""
    kept = (token for before, token in pairwise(("", *told)) if token not in small or before.casefold() in NEGATIONS)
    return [NUMBERS.get(token, token) for token in kept]


def _stutters(told: Sequence[str], small: AbstractSet[str]) -> bool:
    """Whether small words pile up: one twice in a row, or more of them than a sentence needs."""
    runs = "".join("x" if token in small else " " for token in told).split()
    return any(map(operator.eq, told, told[1:])) or max(map(len, runs), default=0) > MOST_IN_A_ROW
