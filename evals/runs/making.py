"""Makes a run: every case of a labelled set answered and scored, in worker processes, and none of them twice."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from agent.case import Case, CaseFile
from agent.desk import policy_for, warehouse_url
from agent.errors import AgentError, CaseworkError
from agent.pool import workers
from agent.session import load_prompts
from agent.settings import Settings
from evals import runs
from evals.cases import LabelledCases, commit
from evals.runs import Made, Run, RunInfo
from evals.runs.memory import code_sha256, file_sha256
from evals.runs.workers import Answered, Way, answer, tables_sha256
from evals.scored import Noted, Scored, scored
from evals.scorers.decision import read_costs

PACKAGES = ("agent", "tools", "vision", "prompts", "evals/baselines")
"""Whose code an answer depends on."""
NOWHERE = frozenset(
    {"casework_home", "casework_reviewer", "casework_debug", "warehouse_url", "policy_dir", "prompts_dir"}
    | {"llm_base_url", "llm_api_key", "llm_model", "vision_api_key", "reader_api_key", "face_rates"}
)
"""Settings that an answer does not depend on, or that a run names by their content."""
WAREHOUSE = "warehouse.duckdb"
Progress = Callable[[int, int], None]
"""Told how many cases are answered, and of how many."""


def picked(cases: LabelledCases, n: int) -> LabelledCases:
    """So many of the cases, spread evenly over the set; all of them where n is 0 or more than there are."""
    total = len(cases.cases)
    if not 0 < n < total:
        return cases
    places = [place * total // n for place in range(n)]
    return replace(
        cases,
        cases=tuple(cases.cases[place] for place in places),
        labels=tuple(cases.labels[place] for place in places),
    )


def seated(cases: LabelledCases, way: Way) -> Way:
    """The same way over the warehouse of the cases. A set that brings its own is asked about that one, whatever the
    settings name, and without error rates of a team's faces, which are none of those in it; cases that lie elsewhere,
    as those that people decided, are gathered for as their reviews were.

    Raises AgentError where those have no warehouse.
    """
    if not cases.own:
        _check_reached(cases, way.settings)
        return way
    own = {"warehouse_url": "", "warehouse_without": "", "face_rates": None}
    return replace(way, settings=way.settings.model_copy(update=own))


def _check_reached(cases: LabelledCases, settings: Settings) -> None:
    sources = {case.source for case in cases.cases}
    if not settings.warehouse_url and not all((Path(source) / WAREHOUSE).is_file() for source in sources):
        what = f"there is no warehouse for the cases of {cases.name!r}: WAREHOUSE_URL is empty"
        raise AgentError(what, "set it to the warehouse that they were reviewed over")


def made_from(cases: LabelledCases, way: Way) -> Made:
    """What a run of these cases would be made from. Raises PolicyError or PromptError where one does not load."""
    way = seated(cases, way)
    return _made(cases, way, _policies(cases, way.settings))


def _policies(cases: LabelledCases, settings: Settings) -> Mapping[str, str]:
    """The sha256 of the policy by source: a source may have thresholds of its own."""
    sources = dict.fromkeys(case.source for case in cases.cases)
    return {source: policy_for(source, settings).sha256 for source in sources}


def _held(cases: LabelledCases, settings: Settings) -> list[str]:
    """What tells the warehouses of the cases from others: the hash of a file, else the server and database, without who
    logs in."""
    urls = sorted({warehouse_url(case.source, settings) for case in cases.cases})
    return [tables_sha256(url) or url.rpartition("@")[2].partition("?")[0] for url in urls]


def _made(cases: LabelledCases, way: Way, policies: Mapping[str, str]) -> Made:
    prompts, distinct = load_prompts(way.settings, dict(way.variants)), sorted({*policies.values()})
    listed = [case.model_copy(update={"source": ""}).model_dump_json() for case in cases.cases]
    listed += [label.model_dump_json() for label in cases.labels]
    with_model = way.model if way.answers in ("review", "agent") else None
    return Made(
        cases=Path(cases.name).name,
        cases_sha256=_sha256(*listed, *_held(cases, way.settings)),
        n=len(cases.cases),
        answers=way.answers,
        model=with_model.name if with_model else "",
        endpoint=with_model.endpoint if with_model else "",
        roles=tuple(sorted(way.roles)) if with_model else (),
        variants=dict(way.variants),
        prompts=prompts.sha256s,
        policy_sha256=distinct[0] if len(distinct) == 1 else _sha256(*distinct),
        settings_sha256=_sha256(way.settings.model_dump_json(exclude=set(NOWHERE)), *_rates(way.settings)),
        code_sha256=_sha256(*map(code_sha256, PACKAGES)),
    )


def _rates(settings: Settings) -> list[str]:
    return [file_sha256(settings.face_rates)] if settings.face_rates else []


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def run(
    cases: LabelledCases,
    way: Way,
    *,
    name: str = "",
    again: bool = False,
    processes: int = 2,
    progress: Progress = lambda *_: None,
) -> Run:
    """The run of a way of answering over a set: read where it is finished, finished where it was cut off, else made.
    Cases in which the model owes an answer are asked again; who only reads a run asks nothing.

    `name` is its folder, by default one that changes with everything the answers depend on. `again` starts it anew.

    Raises AgentError where a name is none, a run of that name was made from something else, or the evaluation does not
    end well.
    """
    if name and not runs.NAME.fullmatch(name):
        raise AgentError(f"{name!r} is not a valid name for a run", "use letters, digits, - and _, and dots inside")
    way = seated(cases, way)
    policies = _policies(cases, way.settings)
    made, home = _made(cases, way, policies), way.settings.casework_home
    folder = home / runs.FOLDER / (name or made.usual)
    with runs.alone(folder):
        if again or not _begun(folder, made):
            runs.write(folder, _begin(folder.name, made), cases.labels)
        owed = runs.forget_owed(folder) if made.model else 0
        if runs.read_info(folder).seconds is None:
            _Sitting(cases, way, folder, made, policies, progress).finish(processes)
        else:
            progress(made.n, made.n)
    return replace(runs.read(folder), asked_again=owed)


def _begun(folder: Path, made: Made) -> bool:
    if not (folder / "run.json").is_file():
        return False
    info = runs.read_info(folder)
    if info.made != made:
        changed = [field for field, value in made if getattr(info, field) != value]
        what = f"run {folder.name!r} was made with other {', '.join(changed)}"
        raise AgentError(what, "give another --name, or --again to make it again")
    return True


def _begin(name: str, made: Made) -> RunInfo:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return RunInfo(**dict(made), name=name, commit=commit(), started_at=now)


@dataclass
class _Sitting:
    """One attempt at a run: what was answered before stays, the rest is answered now."""

    cases: LabelledCases
    way: Way
    folder: Path
    made: Made
    policies: Mapping[str, str]
    progress: Progress
    files: dict[str, CaseFile] = field(default_factory=dict)
    notes: dict[str, Noted] = field(default_factory=dict)
    scores: dict[str, Scored] = field(default_factory=dict)
    done: int = 0
    failure: CaseworkError | None = None

    def finish(self, processes: int) -> None:
        began = time.perf_counter()
        self.files, self.notes = runs.answered(self.folder), runs.noted(self.folder)
        for log in self.folder.glob("*.eval"):
            log.unlink()
        with workers(processes) as pool:
            log_path = self._evaluated(pool, processes)
        order = [label.case_id for label in self.cases.labels]
        info = runs.read_info(self.folder).model_copy(
            update={
                "seconds": round(time.perf_counter() - began, 2),
                "asked": sum(each.asked for each in self.notes.values()),
                "remembered": sum(each.remembered for each in self.notes.values()),
                "log": log_path.name,
            }
        )
        files, notes = [self.files[case_id] for case_id in order], [self.notes[case_id] for case_id in order]
        runs.write(self.folder, info, self.cases.labels, files, notes)

    def _evaluated(self, pool: Executor, processes: int) -> Path:
        from evals.runs.tasks import labelled_task, logged

        by_case = {case.case_id: case for case in self.cases.cases}
        labels = {label.case_id: label for label in self.cases.labels}
        costs = read_costs()

        async def answering(case_id: str) -> CaseFile:
            if case_id not in self.files:
                await self._answer(pool, by_case[case_id])
            self.done += 1
            self.progress(self.done, len(by_case))
            return self.files[case_id]

        def scoring(case_id: str) -> Scored:
            if case_id not in self.scores:
                self.scores[case_id] = scored(self.files[case_id], labels[case_id], costs, self.notes[case_id])
            return self.scores[case_id]

        task = labelled_task(self.folder.name, self.cases.cases, self.cases.labels, answering, scoring)
        try:
            return logged(task, self.folder, at_once=processes + 1)
        except AgentError:
            if self.failure is not None:
                raise self.failure from None
            raise

    async def _answer(self, pool: Executor, case: Case) -> None:
        try:
            told = await asyncio.wrap_future(pool.submit(answer, self.way, case))
            self._hold(told, self.policies[case.source])
            runs.append(self.folder, told.file, told.noted)
        except CaseworkError as error:
            self.failure = error
            raise
        except BrokenProcessPool as error:
            self.failure = AgentError("a worker process died", "free some memory, and run it again: it continues")
            raise self.failure from error
        self.files[case.case_id], self.notes[case.case_id] = told.file, told.noted

    def _hold(self, told: Answered, policy: str) -> None:
        """A worker reads the files itself, when it starts: they may have been edited since the run was begun."""
        if (told.policy_sha256, dict(told.prompts)) != (policy, self.made.prompts):
            changed = "policy" if told.policy_sha256 != policy else "prompts"
            what = f"the {changed} changed after run {self.folder.name!r} began; no answer made with it was kept"
            raise AgentError(what, "start another run, or restore what it began with and run it again")
