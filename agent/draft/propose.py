"""Proposing the words of a draft: the policy's own, and a model's where it has earned the role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from agent.case import Case, Finding, ModelCall, Recommendation, Role, Statement
from agent.draft.ground import Fallback, Proposal, Question, Why, askable, skeleton
from agent.draft.letter import customer_texts
from agent.draft.plan import plan, strongest
from agent.llm import UNREACHABLE, Model, not_made, not_reached
from agent.llm.roles import Answer, merge, question, word
from prompts import Prompts
from tools.evidence import FactSpec, Ledger


def write(
    case: Case,
    ledger: Ledger,
    findings: Sequence[Finding],
    recommendation: Recommendation,
    specs: Mapping[str, FactSpec],
    model: Model | None,
    roles: AbstractSet[Role],
    prompts: Prompts,
) -> Proposal:
    """Every statement of the draft with markers and references, nothing rendered or trusted yet, and the calls made.

    A role that is not granted, does not answer or does not hold leaves the policy's words and a fallback that says so.
    """
    writer = _Writer(model, roles, prompts, specs)
    statements = [
        writer.worded(statement, findings) for statement in plan(case, ledger, findings, recommendation, specs)
    ]
    questions = tuple(writer.questions(customer_texts(findings, recommendation)))
    return Proposal(
        statements=tuple(statements),
        questions=questions,
        calls=tuple(writer.calls),
        fallbacks=tuple(dict.fromkeys(writer.fallbacks)),
    )


@dataclass
class _Writer:
    model: Model | None
    roles: AbstractSet[Role]
    prompts: Prompts
    specs: Mapping[str, FactSpec]
    calls: list[ModelCall] = field(default_factory=list)
    fallbacks: list[Fallback] = field(default_factory=list)

    def worded(self, own: Statement, findings: Sequence[Finding]) -> Statement:
        """The statement in a model's words if it may and does give some, else as it is."""
        text = None
        told = strongest(findings)
        if own.part == "summary" and len(told) > 1:
            model = self._granted("merge")
            text = self._noted("merge", merge(model, self.prompts, told, self.specs)) if model else None
        elif own.part == "finding":
            for finding in told:
                if (finding.rule,) == own.rules and skeleton(finding, self.specs).wordable:
                    model = self._granted("word")
                    text = self._noted("word", word(model, self.prompts, finding, self.specs)) if model else None
        return own if text is None else own.model_copy(update={"text": text, "source": "model"})

    def questions(self, requests: Mapping[str, tuple[str, ...]]) -> Iterator[Question]:
        """Each request in a model's words, asked once however many rules make it."""
        for request, rules in requests.items():
            model = self._granted("question") if askable(request) else None
            text = self._noted("question", question(model, self.prompts, request)) if model else None
            if text is not None:
                yield Question(rules=rules, text=text)

    def _granted(self, role: Role) -> Model | None:
        if self.model is None or role not in self.roles:
            self.fallbacks.append(Fallback(role=role, why=self._why_not()))
            return None
        return self.model

    def _why_not(self) -> Why:
        if self.model is None:
            return "no model"
        return "unreachable" if self.model.name == UNREACHABLE else "not granted"

    def _noted(self, role: Role, answer: Answer) -> str | None:
        self.calls.append(answer.call)
        if answer.text is None:
            self.fallbacks.append(Fallback(role=role, why=_failed(answer.call)))
        return answer.text


def _failed(call: ModelCall) -> Why:
    if not_made(call):
        return "not asked"
    if not_reached(call):
        return "unreachable"
    return "no answer" if call.error else "refused"
