"""What a warehouse on another engine is held to: the answers of DuckDB."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from agent.desk import open_sources, policy_for
from agent.settings import Settings
from agent.store import Store
from tools.call import call_tool
from tools.evidence import Evidence
from tools.playbook import load_playbook
from tools.survey import survey
from tools.warehouse import Warehouse


def told(entry: Any) -> Any:
    """What a tool came to, apart from when and how long; floats to nine places, as sums go in another order."""
    if not isinstance(entry, Evidence):
        return entry.reason
    facts = {fact.name: round(fact.value, 9) if isinstance(fact.value, float) else fact.value for fact in entry.facts}
    return facts, entry.exhibits, entry.notes


def check_queries(store: Store, here: Settings, there: Settings, step: int, limit_s: float = 10.0) -> None:
    """Every query comes to the same on both, about every so-manieth case."""
    for row in store.queue()[::step]:
        case = store.case(row.case_id).model_copy(update={"attachments": ()})
        policy = policy_for(case.source, here)
        sources = [open_sources(case.source, each, policy) for each in (here, there)]
        for tool in load_playbook():
            ours, theirs = (told(call_tool(tool, "E1", case.subject, each, limit_s=limit_s)) for each in sources)
            assert theirs == ours, (case.case_id, tool.name)
        for each in sources:
            each.warehouse.close()


def check_tables(url: str) -> None:
    """`warehouse check` finds every table, and nothing wrong with any."""
    with closing(Warehouse.open(url)) as warehouse:
        reports = survey(warehouse)
    assert all(report.present and report.rows for report in reports)
    assert [each for report in reports for each in report.problems] == []
