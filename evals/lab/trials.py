"""What a prompt is tried on: the very questions that a review puts to a model, about the saved evidence of a case or
out of the qualification set. Asking them again needs no warehouse and no picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pydantic import BaseModel

from agent import steps
from agent.case import Case, CaseFile, Finding, ModelCall, Role
from agent.desk import Desk
from agent.draft.ground import askable, joined, reworded, skeleton
from agent.draft.letter import customer_texts
from agent.draft.plan import strongest
from agent.llm import Message, Model, request_sha256
from agent.llm import qualify as qualifying
from agent.llm.investigate import ESCALATE
from agent.llm.roles import merge, question, word
from evals.lab.verdict import Verdict, judged
from prompts import Prompts
from tools.evidence import FactSpec, Ledger

NOT_ASKED = "no model was asked"
Specs = Mapping[str, FactSpec]


@dataclass(frozen=True)
class Sent:
    """One question as a model receives it."""

    role: Role
    messages: tuple[Message, ...]
    schema: type[BaseModel] | None
    max_tokens: int


@dataclass
class Listener:
    """A model that keeps what it is asked and hands it on, to nobody where there is no other model."""

    model: Model | None = None
    name: str = "listener"
    sent: list[Sent] = field(default_factory=list)
    calls: list[ModelCall] = field(default_factory=list)

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        self.sent.append(Sent(role, messages, schema, max_tokens))
        if self.model is not None:
            call = self.model.ask(role, messages, schema, max_tokens)
        else:
            asked = request_sha256(role, messages, schema, max_tokens)
            call = ModelCall(role=role, request_sha256=asked, error=NOT_ASKED, model=self.name)
        self.calls.append(call)
        return call


@dataclass(frozen=True)
class Trial:
    """One question of a role. `own` is what the policy says by itself, `customer` the cluster for intervals."""

    name: str
    customer: str
    own: str
    put: Callable[[Model, Prompts], Verdict]

    def sent(self, prompts: Prompts) -> Sent:
        """The question as it would be sent. Raises PromptError where the prompt does not render."""
        listener = Listener()
        self.put(listener, prompts)
        return listener.sent[0]


def of_case(file: CaseFile, role: Role, desk: Desk) -> tuple[Trial, ...]:
    """Every question that the review of a case puts to a model in one role; none where the case gives no occasion."""
    if role == "merge":
        return tuple(_merges(file, desk))
    if role == "word":
        return tuple(_wordings(file, desk))
    if role == "question":
        return tuple(_questions(file))
    return tuple(_choices(file, desk))


def _merges(file: CaseFile, desk: Desk) -> Iterator[Trial]:
    told = strongest(file.findings)
    if len(told) > 1:
        own = " ".join(finding.text for finding in told)
        yield _trial(file, "summary", own, partial(_merged, told, desk.specs))


def _merged(told: Sequence[Finding], specs: Specs, model: Model, prompts: Prompts) -> Verdict:
    answer = merge(model, prompts, told, specs)
    own = " ".join(finding.text for finding in told)
    return judged("merge", answer, own, own, answer.text and joined(answer.text, told, specs))


def _wordings(file: CaseFile, desk: Desk) -> Iterator[Trial]:
    for finding in strongest(file.findings):
        if skeleton(finding, desk.specs).wordable:
            yield _trial(file, finding.rule, finding.text, partial(_worded, finding, desk.specs))


def _worded(finding: Finding, specs: Specs, model: Model, prompts: Prompts) -> Verdict:
    answer, own = word(model, prompts, finding, specs), skeleton(finding, specs)
    return judged("word", answer, own.text, finding.text, answer.text and reworded(answer.text, own))


def _questions(file: CaseFile) -> Iterator[Trial]:
    for request, rules in customer_texts(file.findings, file.recommendation).items():
        if askable(request):
            yield _trial(file, " ".join(rules), request, partial(_asked, request))


def _asked(request: str, model: Model, prompts: Prompts) -> Verdict:
    answer = question(model, prompts, request)
    return judged("question", answer, request, request, answer.text)


def _choices(file: CaseFile, desk: Desk) -> Iterator[Trial]:
    """The choices of a review: one after the mandatory evidence, and one after each further piece that it asked for."""
    entries = file.ledger.entries
    for count in range(len(desk.policy.mandatory(file.case.type)), len(entries) + 1):
        ledger, listener = Ledger(entries=entries[:count]), Listener()
        cheapest, calls = steps.investigate(_investigating(desk, desk.prompts), file.case, ledger, listener)
        if calls:
            yield _trial(file, f"after E{count}", cheapest or ESCALATE, partial(_chosen, file.case, ledger, desk))


def _investigating(desk: Desk, prompts: Prompts) -> Desk:
    return replace(desk, prompts=prompts, roles=frozenset({"investigate"}))


def _chosen(case: Case, ledger: Ledger, desk: Desk, model: Model, prompts: Prompts) -> Verdict:
    tool, (call,) = steps.investigate(_investigating(desk, prompts), case, ledger, model)
    if call.error:
        return Verdict("unanswered", call.error, f"asks {tool}, the cheapest", call)
    if tool is None:
        return Verdict("refused", "it escalates the case although a tool could tell an open fact", ESCALATE, call)
    return Verdict("passed", "the tool can tell an open fact", f"asks {tool}", call)


def _trial(file: CaseFile, what: str, own: str, put: Callable[[Model, Prompts], Verdict]) -> Trial:
    return Trial(f"{file.case.case_id} {what}", file.case.customer_id, own, put)


def qualification(role: Role) -> tuple[Trial, ...]:
    """The fixed questions on which a model earns a role."""
    return tuple(
        Trial(f"qualification {number}", f"qualification {number}", "", partial(_qualified, asked))
        for number, asked in enumerate(qualifying.trials(role, qualifying.load_questions()), 1)
    )


def _qualified(asked: qualifying.Trial, model: Model, prompts: Prompts) -> Verdict:
    listener = Listener(model, model.name)
    outcome = asked(listener, prompts)
    call = listener.calls[-1]
    return Verdict(outcome, call.error or outcome, "", call)
