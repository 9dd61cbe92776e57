"""Drafts for every case that waits for one, the most urgent first, by several processes: what a team finds in the
morning.

A case that fails leaves the others alone. A batch that was cut off, even by kill -9, goes on when it is asked for
again: drafts are kept one by one, and a review that was cut off is finished.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from datetime import datetime

from agent.case import Disposition
from agent.desk import file_hashes, policy_for
from agent.errors import AgentError, CaseworkError, ReviewRefused
from agent.llm import unanswered
from agent.llm.served import Served
from agent.policy.model import load_policy
from agent.pool import workers
from agent.review.allowed import changes
from agent.review.queue import ALL, Filters, QueueRow, by_priority
from agent.session import load_prompts, review_case
from agent.settings import Settings
from agent.store import Store
from tools.evidence import Frozen


class Prepared(Frozen):
    """What became of one case: its recommendation and confidence, or what stood in the way and what would help. A case
    that somebody else has taken up meanwhile was `left` to them, and says why. `silent` says how a model that was asked
    gave no answer, so that the policy worded the draft."""

    case_id: str
    seconds: float
    disposition: Disposition | None = None
    confidence: float | None = None
    left: str = ""
    silent: str = ""
    failure: str = ""
    remedy: str = ""


def waiting(store: Store, settings: Settings, moment: datetime, filters: Filters = ALL) -> tuple[str, ...]:
    """The cases without a draft that a person could decide on, most urgent first: open ones, and drafted ones whose
    case, files or policy have changed since."""
    policies: dict[str, str] = {}
    rows = by_priority(store.queue(filters), moment)
    return tuple(row.case_id for row in rows if _waits(store, settings, row, policies))


def _waits(store: Store, settings: Settings, row: QueueRow, policies: dict[str, str]) -> bool:
    """`policies` keeps the sha256 of the policy by source: many cases share one."""
    if row.status != "drafted":
        return row.status == "open"
    case, file = store.case(row.case_id), store.latest_file(row.case_id)
    if case.source not in policies:
        policies[case.source] = policy_for(case.source, settings).sha256
    return file is None or bool(changes(file, case, file_hashes(case), policies[case.source]))


def prepare(
    settings: Settings, case_ids: Sequence[str], served: Served | None = None, processes: int = 2
) -> Iterator[Prepared]:
    """Draft cases, and tell of each as soon as it is done. `served` words the drafts; None leaves that to the policy.

    Raises PolicyError or PromptError before the first case, since they would fail every one; AgentError where a worker
    dies.
    """
    load_policy(settings.policy_dir)
    if served:
        load_prompts(settings)
    with workers(min(processes, max(len(case_ids), 1))) as pool:
        running = {pool.submit(_prepared, settings, case_id, served): case_id for case_id in case_ids}
        for each in as_completed(running):
            error = each.exception()
            if isinstance(error, BrokenProcessPool):
                remedy = "free some memory, and start the batch again: it continues"
                raise AgentError("a worker process died", remedy) from error
            yield _unforeseen(running[each], error) if error else each.result()


def _unforeseen(case_id: str, error: BaseException) -> Prepared:
    """What no review should end with must not end the others either."""
    remedy = f"report what `casework --debug review {case_id}` shows"
    return Prepared(case_id=case_id, seconds=0.0, failure=f"unexpected {type(error).__name__}", remedy=remedy)


def _prepared(settings: Settings, case_id: str, served: Served | None) -> Prepared:
    began = time.perf_counter()
    with closing(Store(settings.casework_home)) as store:
        told = _drafted(store, settings, case_id, served)
    return Prepared.model_validate({"case_id": case_id, "seconds": round(time.perf_counter() - began, 2), **told})


def _drafted(store: Store, settings: Settings, case_id: str, served: Served | None) -> dict[str, object]:
    def wanted() -> bool:
        """The list is as old as the batch: another one, or a reviewer, may have drafted the case since."""
        return _waits(store, settings, store.row(case_id), {})

    try:
        file = review_case(store, settings, case_id, with_model=served is not None, served=served, wanted=wanted)
    except ReviewRefused as refused:
        return {"left": refused.what}
    except CaseworkError as error:
        return {"failure": error.what, "remedy": error.remedy}
    silent = next((call.error for call in file.calls if unanswered(call)), "")
    return {"disposition": file.draft.disposition, "confidence": file.draft.confidence, "silent": silent}
