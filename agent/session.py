"""A review of one case from end to end: its sources, the model and the roles it has earned, opened and closed again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType

from agent import steps
from agent.case import Case, CaseFile, ModelCall
from agent.desk import Desk, file_hashes, open_sources, policy_for
from agent.errors import PromptError
from agent.llm.chat import ChatModel
from agent.llm.opening import open_model
from agent.llm.qualify import granted
from agent.llm.served import Served
from agent.nodes import budgeted, gathered, next_evidence, since
from agent.runner import Progress, Reopening, review, silent
from agent.settings import Settings
from agent.steps import Material
from agent.store import Store
from prompts import BadPrompt, Prompts
from tools.evidence import Ledger


def review_case(
    store: Store,
    settings: Settings,
    case_id: str,
    *,
    with_model: bool = True,
    served: Served | None = None,
    reopen: Reopening | None = None,
    wanted: Callable[[], bool] = lambda: True,
    progress: Progress = silent,
) -> CaseFile:
    """Draft one case of the store and leave it waiting for a person. `served` is a model that runs already; without it
    the one that the settings name is opened. `wanted` is asked again when nobody else can touch the case any more.

    Raises UnknownCase, SettingsError, PolicyError, PromptError, WarehouseError, ReviewRefused or StoreError; a tool or
    a model that fails is none of these, it stands in the draft.
    """
    case = store.case(case_id)
    with open_desk(store, settings, case, with_model, served=served) as desk:
        return review(desk, case, progress, reopen, wanted)


@contextmanager
def open_desk(
    store: Store,
    settings: Settings,
    case: Case,
    with_model: bool = True,
    variants: Mapping[str, str] = MappingProxyType({}),
    served: Served | None = None,
) -> Iterator[Desk]:
    """Everything a review of this case needs, open for as long as it lasts. `variants` are prompts by name that are
    tried in the place of their originals; `served` is a model that runs already. Without a model nobody is asked, and
    no prompt is read: one that is broken is in nobody's way."""
    policy = policy_for(case.source, settings)
    sources = open_sources(case.source, settings, policy, pictures=bool(case.attachments))
    try:
        with _speaking(settings, with_model, served) as model:
            prompts = load_prompts(settings, variants) if model else Prompts({})
            roles = granted(settings.casework_home, model.name, model.endpoint, prompts) if model else frozenset()
            yield Desk(settings, store, policy, prompts, sources, model, roles)
    finally:
        sources.warehouse.close()


def _speaking(settings: Settings, with_model: bool, served: Served | None) -> AbstractContextManager[ChatModel | None]:
    if with_model and served is None:
        return open_model(settings)
    return nullcontext(served.model(settings) if with_model and served else None)


def assess(desk: Desk, case: Case, attempt: int = 1) -> CaseFile:
    """The case file of a review that nobody waits for: the steps of the graph in one go, without checkpoints, store or
    audit. For evaluations and trials; what it comes to is what the graph comes to."""
    began, deadline = time.perf_counter(), time.monotonic() + desk.settings.case_timeout_s
    files, ledger = file_hashes(case), gathered(desk, case)
    times = since(began, "gather")
    began = time.perf_counter()
    ledger, calls = _investigated(desk, case, ledger, deadline)
    times |= since(began, "investigate")
    began = time.perf_counter()
    findings, recommendation = steps.fire(desk, case, ledger), steps.decide(desk, case, ledger, calls)
    times |= since(began, "decide")
    began = time.perf_counter()
    material = Material(case=case, ledger=ledger, findings=findings, recommendation=recommendation, files=files)
    proposal = steps.draft(desk, material, budgeted(desk, calls, deadline - time.monotonic()))
    file = steps.ground(desk, attempt, material, proposal, (*calls, *proposal.calls), {})
    return file.model_copy(update={"timings_ms": times | since(began, "draft")})


def _investigated(desk: Desk, case: Case, ledger: Ledger, deadline: float) -> tuple[Ledger, tuple[ModelCall, ...]]:
    """Ask further tools while they can settle the case, within its bounds; the ledger, and what a model chose."""
    entry, calls = next_evidence(desk, case, ledger, (), deadline)
    while entry is not None:
        ledger = ledger.append(entry)
        entry, made = next_evidence(desk, case, ledger, calls, deadline)
        calls += made
    return ledger, calls


def load_prompts(settings: Settings, variants: Mapping[str, str] = MappingProxyType({})) -> Prompts:
    """The prompts the settings name, with `variants` (name to variant) in the place of their originals.

    Raises PromptError with file and line.
    """
    try:
        return Prompts.load(settings.prompts_dir, variants)
    except BadPrompt as error:
        raise PromptError(error.what, error.remedy) from error
