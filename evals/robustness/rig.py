"""What all reviews of a robustness run share, and how a desk is opened over one of its warehouses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.case import Case, Role
from agent.desk import Desk, open_sources, policy_for
from agent.errors import AgentError
from agent.llm import ChatModel
from agent.policy.model import Policy
from agent.session import load_prompts
from agent.settings import Settings
from agent.store import Store
from evals.cases import LabelledCases
from evals.runs.memory import PATIENCE_S, Patient
from prompts import Prompts
from tools.tool import Sources
from tools.warehouse import Warehouse

WAREHOUSE = "warehouse.duckdb"
Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Rig:
    """A labelled set of `size` cases, of which `cases` are tried, with the policy and prompts they are reviewed with,
    and a language model if any."""

    name: str
    size: int
    cases: tuple[Case, ...]
    folder: Path
    settings: Settings
    store: Store
    policy: Policy
    prompts: Prompts
    model: ChatModel | None = None
    roles: frozenset[Role] = frozenset()

    @contextmanager
    def desk(self, warehouse: Path, model: ChatModel | None) -> Iterator[tuple[Desk, Sources]]:
        """A desk over a warehouse, patient with its tools, and its sources. The first picture loads the models."""
        own = {"warehouse_url": f"duckdb:///{warehouse}", "warehouse_without": ""}
        patience = {"tool_timeout_s": PATIENCE_S, "case_timeout_s": 10 * PATIENCE_S}
        settings = self.settings.model_copy(update=own | patience)
        opened = open_sources(self.cases[0].model_copy(update={"attachments": ()}), settings, self.policy)
        sources = Patient.behind(opened)
        try:
            roles = self.roles if model else frozenset()
            yield Desk(settings, self.store, self.policy, self.prompts, sources, model, roles), sources
        finally:
            sources.warehouse.close()


def rigged(labelled: LabelledCases, settings: Settings, store: Store, n: int = 0) -> Rig:
    """Everything ready to review a set, or `n` of its cases spread over it, without a language model.

    Raises AgentError for a set without its own warehouse, or with one that lacks tables, as imported data does:
    variants write into most of them.
    """
    size = len(labelled.cases)
    if not (labelled.folder / WAREHOUSE).is_file():
        raise AgentError(f"the set {labelled.name!r} has no {WAREHOUSE}", "take a set with a warehouse of its own")
    with closing(Warehouse.open(f"duckdb:///{labelled.folder / WAREHOUSE}")) as warehouse:
        absent = [table.name for table in warehouse.catalogue.tables if table.name not in warehouse.kinds]
    if absent:
        what = f"the warehouse of {labelled.name!r} has no table {absent[0]!r}"
        raise AgentError(what, "take a set with every table of tools/catalogue.yaml, as dev has")
    cases = tuple(labelled.cases[place * size // n] for place in range(n)) if 0 < n < size else labelled.cases
    policy, prompts = policy_for(cases[0], settings), load_prompts(settings)
    return Rig(labelled.name, size, cases, labelled.folder, settings, store, policy, prompts)
