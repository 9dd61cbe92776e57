"""A review of one case from end to end: its sources, the model and the roles it has earned, opened and closed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from agent.case import Case, CaseFile
from agent.desk import Desk, open_sources, policy_for
from agent.errors import PromptError
from agent.llm.local import open_model
from agent.llm.qualify import granted
from agent.runner import Progress, review, silent
from agent.settings import Settings
from agent.store import Store
from prompts import BadPrompt, Prompts


def review_case(
    store: Store,
    settings: Settings,
    case_id: str,
    *,
    with_model: bool = True,
    reopen: bool = False,
    progress: Progress = silent,
) -> CaseFile:
    """Draft one case of the store and leave it waiting for a person.

    Raises UnknownCase, PolicyError, PromptError, WarehouseError, ReviewRefused or StoreError; a tool or a model that
    fails is none of these, it stands in the draft.
    """
    case = store.case(case_id)
    with open_desk(store, settings, case, with_model) as desk:
        return review(desk, case, progress, reopen)


@contextmanager
def open_desk(store: Store, settings: Settings, case: Case, with_model: bool = True) -> Iterator[Desk]:
    """Everything a review of this case needs, open for as long as it lasts."""
    prompts, policy = load_prompts(settings), policy_for(case, settings)
    sources = open_sources(case, settings, policy)
    try:
        with open_model(settings) if with_model else nullcontext() as model:
            roles = granted(settings.casework_home, model.name, model.endpoint, prompts) if model else frozenset()
            yield Desk(settings, store, policy, prompts, sources, model, roles)
    finally:
        sources.warehouse.close()


def load_prompts(settings: Settings) -> Prompts:
    """The prompts the settings name. Raises PromptError with file and line."""
    try:
        return Prompts.load(settings.prompts_dir)
    except BadPrompt as error:
        raise PromptError(error.what, error.remedy) from error
