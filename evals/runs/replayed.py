"""A run made again from its record: today's policy, prompts and code, the evidence and a model's answers of then.

Nothing is measured and no model is asked, so that a change of the code, the policy or a prompt can be held against the
gate in seconds. `agent.replay` rebuilds a review with what it was made with; here only what came from outside stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel

from agent import steps
from agent.case import CaseFile, ModelCall, Role
from agent.desk import Desk, policy_for
from agent.llm import Message, request_sha256
from agent.session import load_prompts
from agent.settings import Settings
from agent.steps import Material
from agent.store import Store
from evals.runs import Run

UNRECORDED = "no recorded answer to this question"


@dataclass(frozen=True)
class Replayed:
    """A run made again. `changed` names the cases whose draft is another than the recorded one; `unanswered` those that
    ask for more than the record holds: a model's answer to a question, or a fact that could change the outcome and that
    a review of today would have asked for."""

    run: Run
    changed: tuple[str, ...]
    unanswered: tuple[str, ...]


class Record:
    """A model that gives a recorded answer to each recorded question, in any order, and to others none."""

    def __init__(self, name: str, calls: Iterable[ModelCall]) -> None:
        self.name = name
        self._answers = {call.request_sha256: call for call in calls}

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        asked = request_sha256(role, messages, schema, max_tokens)
        unknown = ModelCall(role=role, request_sha256=asked, error=UNRECORDED, model=self.name)
        return self._answers.get(asked, unknown)


def replayed(run: Run, settings: Settings) -> Replayed:
    """Draft every case of a run once more. Raises PolicyError or PromptError where today's do not load."""
    with TemporaryDirectory(prefix="casework-") as folder:
        store = Store(Path(folder))
        try:
            files = tuple(_again(file, run.folder, store, settings) for file in run.files)
        finally:
            store.close()
    pairs = list(zip(run.files, files, strict=True))
    # Whether a draft's promises hold was found out about the recorded draft.
    notes = {case_id: note.model_copy(update={"faithful": None}) for case_id, note in run.notes.items()}
    return Replayed(
        run=replace(run, files=files, notes=notes),
        changed=tuple(then.case.case_id for then, now in pairs if then.draft != now.draft),
        unanswered=tuple(now.case.case_id for then, now in pairs if _asks_more(then, now)),
    )


def _asks_more(then: CaseFile, now: CaseFile) -> bool:
    facts = {*now.recommendation.open_facts} - {*then.recommendation.open_facts}
    return bool(facts) or any(call.error == UNRECORDED for call in now.calls)


def _again(file: CaseFile, folder: Path, store: Store, settings: Settings) -> CaseFile:
    # A recording brings what its source says of itself, and names it from its own folder.
    placed = file.case.model_copy(update={"source": str(folder / file.case.source)})
    policy, prompts = policy_for(placed.source, settings), load_prompts(settings)
    model = Record(file.model, file.calls) if file.model else None
    desk = Desk(settings, store, policy, prompts, None, model, frozenset(file.roles))
    asked = tuple(call for call in file.calls if call.role == "investigate")
    findings = steps.fire(desk, file.case, file.ledger)
    recommendation = steps.decide(desk, file.case, file.ledger, asked)
    material = Material(case=file.case, ledger=file.ledger, findings=findings, recommendation=recommendation)
    proposal = steps.draft(desk, material, model)
    return steps.ground(desk, file.attempt, material, proposal, (*asked, *proposal.calls), file.timings_ms)
