"""What a worker process does: answer one case after another over a source that stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agent.case import Case, CaseFile, Role
from agent.desk import Desk, open_sources, policy_for, vision_config, warehouse_url
from agent.llm.chat import ChatModel
from agent.llm.served import Served
from agent.session import assess, load_prompts
from agent.settings import Settings
from agent.store import Store
from evals.baselines import plain
from evals.runs import Answers
from evals.runs.memory import PATIENCE_S, Memory, Patient, Tally, file_sha256
from evals.scored import Noted
from evals.scorers.faithful import faithful
from tools.dialects import DUCKDB
from tools.errors import WarehouseError
from tools.warehouse import Parameter

COUNTRY = "SELECT nationality AS value FROM customers WHERE customer_id = :customer_id"
DOCUMENT = """
SELECT document_type AS value FROM kyc_submissions WHERE customer_id = :customer_id
ORDER BY submitted_at DESC, submission_id DESC LIMIT 1
"""


@dataclass(frozen=True)
class Way:
    """A way of answering cases: who answers, with which settings, prompts (name and variant) and model."""

    settings: Settings
    answers: Answers
    variants: tuple[tuple[str, str], ...] = ()
    model: Served | None = None
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Answered:
    """The answer to one case with what is noted of it, and the policy and prompts that this process read for it."""

    file: CaseFile
    noted: Noted
    policy_sha256: str
    prompts: Mapping[str, str]


def answer(way: Way, case: Case) -> Answered:
    """Answer one case in this process. What it opens for a case stays open for the next one of the same source."""
    desk, tally = _opened(way, case.source)
    before = replace(tally)
    if way.answers == "agent":
        from evals.baselines import agent  # an agent framework, seconds: only where one answers

        file = agent.answer(desk, case)
    else:
        file = assess(desk, case)
    if way.answers == "rules":
        file = plain.bare(file)
    cache = {"asked": tally.asked - before.asked, "remembered": tally.remembered - before.remembered}
    return Answered(file, noted(desk, file).model_copy(update=cache), desk.policy.sha256, desk.prompts.sha256s)


def noted(desk: Desk, file: CaseFile) -> Noted:
    """What the warehouse and the policy say of a case beside its review."""
    case_id, customer = file.case.case_id, {"customer_id": file.case.customer_id}
    country, document = (_first(desk, query, customer) for query in (COUNTRY, DOCUMENT))
    return Noted(case_id=case_id, country=country, document=document, faithful=faithful(file, desk.policy))


def _first(desk: Desk, query: str, parameters: Mapping[str, Parameter]) -> str:
    """The first value of the first row, nothing where the warehouse has no such row or table."""
    try:
        rows = desk.sources.warehouse.query(query, parameters) if desk.sources else ()
    except WarehouseError:
        return ""
    return str(rows[0]["value"] or "") if rows else ""


def tables_sha256(url: str) -> str:
    """The hash of the file that holds a warehouse; "" where a server does, of which nobody can say what it holds."""
    scheme, _, path = url.partition(":///")
    return file_sha256(Path(path)) if scheme == DUCKDB else ""


_open: dict[tuple[Way, str], tuple[Desk, Tally]] = {}
"""The one desk that this process has open: a server would not bear a connection for every source there is."""


def _opened(way: Way, source: str) -> tuple[Desk, Tally]:
    """The open desk where it is that of the source, else another in its place."""
    if (way, source) not in _open:
        while _open:
            _, (desk, _) = _open.popitem()
            _close(desk)
        _open[way, source] = _desk(way, source)
    return _open[way, source]


def _close(desk: Desk) -> None:
    desk.store.close()
    if desk.sources:
        desk.sources.warehouse.close()


def _desk(way: Way, source: str) -> tuple[Desk, Tally]:
    """A desk over the warehouse of a source, whose tools remember and are given time."""
    patience = {"tool_timeout_s": PATIENCE_S, "case_timeout_s": 10 * PATIENCE_S}
    settings = way.settings.model_copy(update=patience)
    policy = policy_for(source, settings)
    sources = Patient.behind(open_sources(source, settings, policy))
    held = tables_sha256(warehouse_url(source, settings))
    told = f"{held}{settings.warehouse_without}" if held else ""
    memory = Memory.of(settings.casework_home, told, vision_config(settings, policy.values), sources)
    store, prompts = Store(settings.casework_home), load_prompts(settings, dict(way.variants))
    desk = Desk(settings, store, policy, prompts, sources, _model(way), way.roles)
    return replace(desk, tools=memory.tools(desk.tools)), memory.tally


def _model(way: Way) -> ChatModel | None:
    return way.model.model(way.settings) if way.model and way.answers in ("review", "agent") else None
