"""What all reviews of a robustness run share, and how a desk is opened over one of its warehouses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agent.case import Case, Role
from agent.desk import Desk, open_sources, policy_for, read_source, warehouse_url
from agent.errors import AgentError
from agent.llm.chat import ChatModel
from agent.policy.model import Policy
from agent.session import load_prompts
from agent.settings import Settings
from agent.store import Store
from evals.cases import LabelledCases
from evals.runs.memory import PATIENCE_S, Patient
from prompts import Prompts
from tools.dialects import DUCKDB
from tools.tool import Sources
from tools.warehouse import Warehouse

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Rig:
    """A labelled set of `size` cases, of which `cases` are tried, over the file `warehouse`, its `own` or another, with
    the policy and prompts they are reviewed with, and a language model if any."""

    name: str
    size: int
    cases: tuple[Case, ...]
    warehouse: Path
    own: bool
    settings: Settings
    store: Store
    policy: Policy
    prompts: Prompts
    model: ChatModel | None = None
    roles: frozenset[Role] = frozenset()

    @contextmanager
    def desk(self, warehouse: Path, model: ChatModel | None) -> Iterator[tuple[Desk, Sources]]:
        """A desk over a warehouse, patient with its tools, and its sources, for cases whose files lie with those of the
        first (see `beside`). The first picture loads the models."""
        own = {"warehouse_url": f"duckdb:///{warehouse}", "warehouse_without": "", "face_rates": None}
        patience = {"tool_timeout_s": PATIENCE_S, "case_timeout_s": 10 * PATIENCE_S}
        settings = self.settings.model_copy(update=own | patience)
        opened = open_sources(self.cases[0].source, settings, self.policy)
        sources = Patient.behind(opened)
        try:
            roles = self.roles if model else frozenset()
            yield Desk(settings, self.store, self.policy, self.prompts, sources, model, roles), sources
        finally:
            sources.warehouse.close()


def rigged(labelled: LabelledCases, settings: Settings, store: Store, n: int = 0) -> Rig:
    """Everything ready to review a set, or `n` of its cases spread over it, without a language model. Cases that lie
    elsewhere, as those that people decided, are tried over the warehouse that `casework eval run` has for them.

    Raises AgentError where that is no file, which variants need to rewrite copies of it, or lacks tables, as imported
    data does: variants write into most of them; and for cases of sources that say different things of themselves.
    """
    size, path = len(labelled.cases), _file(labelled, settings)
    if len(set(map(_said, {case.source: case for case in labelled.cases}.values()))) > 1:
        what = f"the cases of {labelled.name!r} lie in folders with different thresholds, but one policy is tried"
        raise AgentError(what, "choose a set of the cases of one folder")
    with closing(Warehouse.open(f"duckdb:///{path}")) as warehouse:
        absent = [table.name for table in warehouse.catalogue.tables if table.name not in warehouse.kinds]
    if absent:
        what = f"the warehouse of {labelled.name!r} has no table {absent[0]!r}"
        raise AgentError(what, "choose a set with every table of tools/catalogue.yaml, as dev has")
    cases = tuple(labelled.cases[place * size // n] for place in range(n)) if 0 < n < size else labelled.cases
    policy, prompts = policy_for(cases[0].source, settings), load_prompts(settings)
    return Rig(labelled.name, size, cases, path, labelled.own, settings, store, policy, prompts)


def _file(labelled: LabelledCases, settings: Settings) -> Path:
    """The file that holds the tables of a set."""
    if labelled.own:
        settings = settings.model_copy(update={"warehouse_url": ""})
    urls = {warehouse_url(case.source, settings) for case in labelled.cases}
    scheme, _, path = next(iter(urls)).partition(":///")
    if len(urls) == 1 and scheme == DUCKDB and Path(path).is_file():
        return Path(path)
    what = (
        f"the tables of {labelled.name!r} are not in a DuckDB file on this machine, and variants rewrite copies of one"
    )
    raise AgentError(what, "set WAREHOUSE_URL to such a file, or choose a set that brings its own, as dev does")


def _said(case: Case) -> str:
    """What the folder of a case says that its reviews depend on."""
    return read_source(case.source).model_dump_json(exclude={"kind", "seed", "note"})


def beside(desk: Desk, case: Case) -> Desk:
    """The same desk, with the files of a case."""
    return replace(desk, sources=replace(desk.sources, files=Path(case.source))) if desk.sources else desk
