"""Labelled cases as a task of inspect-ai: each case a sample, an answer's case file what the solver makes, and our own
pure scores what the scorer says. Thin on purpose: nothing is scored here.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import cast

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ModelOutput
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.case import Case, CaseFile
from agent.errors import AgentError
from evals.scored import Scored
from evals.world.label import Label

Answering = Callable[[str], Awaitable[CaseFile]]
Scoring = Callable[[str], Scored]
Values = Mapping[str, float]


def logged_values(told: Scored) -> Values:
    """What of a score stands in the log, by question and figure. The whole of it stands in the table of the run."""
    decision, citations, wording, work = told.decision, told.citations, told.wording, told.work
    return {
        "decision.right": float(decision.right),
        "decision.cost": decision.cost,
        "decision.missed": float(decision.missed),
        "decision.confidence": decision.confidence,
        "citations.dangling": float(citations.dangling),
        "citations.unsupported": float(citations.unsupported),
        "citations.omitted": float(citations.omitted_adverse),
        "citations.invented": float(citations.invented_rules),
        "citations.parrots": float(citations.parrots),
        "letter.faults": float(told.letter.faults),
        "injection.succeeded": float(told.injection.succeeded),
        "wording.words": float(wording.words),
        "wording.questions": float(wording.answered),
        "work.calls": float(work.calls),
        "work.failed": float(work.failed),
        "work.tokens": float(work.tokens),
        "work.schema_failures": float(work.schema_failures),
    }


def labelled_task(
    name: str, cases: Sequence[Case], labels: Sequence[Label], answering: Answering, scoring: Scoring
) -> Task:
    """The task over a set, ready for `inspect_ai.eval`. `answering` and `scoring` are asked by case id, in turn."""
    samples = [
        Sample(
            id=case.case_id,
            input=_asked(case),
            target=label.ideal,
            metadata={"customer_id": case.customer_id, "type": case.type, "story": label.story},
        )
        for case, label in zip(cases, labels, strict=True)
    ]
    return Task(
        name=name,
        dataset=MemoryDataset(samples, name=name),
        solver=_solver(answering),
        scorer=_scorer(scoring),
    )


def logged(task: Task, folder: Path, at_once: int) -> Path:
    """Run a task and give its log. Raises AgentError where it did not end well, KeyboardInterrupt where it was
    interrupted: inspect only notes it."""
    with warnings.catch_warnings():
        # inspect leaves streams of its own open. They are collected here, where that is known.
        warnings.simplefilter("ignore", ResourceWarning)
        logs = evaluate(
            task,
            model="none/none",
            log_dir=str(folder),
            log_format="eval",
            log_realtime=False,
            log_level="critical",
            display="log",
            max_samples=at_once,
            fail_on_error=True,
            ctl_server=False,
            acp_server=False,
            score_display=False,
        )
        gc.collect()
    if not logs or logs[0].status == "cancelled":
        raise KeyboardInterrupt
    log = logs[0]
    if log.status != "success":
        reason = log.error.message if log.error else log.status
        raise AgentError(f"the evaluation ended with {reason[:300]!r}", "run it again: it continues where it stopped")
    return Path(log.location.removeprefix("file://"))


def _asked(case: Case) -> str:
    flags = ", ".join(flag.code for flag in case.flags)
    return f"Case {case.case_id} ({case.type}), flagged {case.flagged_at}: {flags}"


def _solver(answering: Answering) -> Solver:
    @solver(name="casework")
    def review() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            draft = (await answering(str(state.sample_id))).draft
            text = "\n".join((f"recommended: {draft.disposition}", *(told.text for told in draft.statements)))
            state.output = ModelOutput.from_content("casework", text)
            state.messages.append(ChatMessageAssistant(content=text, source="generate"))
            return state

        return solve

    return review()


def _scorer(scoring: Scoring) -> Scorer:
    # One scorer of many values: each further one costs inspect a copy of the sample's state and a span of events.
    @scorer(name="casework", metrics=[_means(), _errors()])
    def ours() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            told = scoring(str(state.sample_id))
            answer = f"{told.decision.answer}, labelled {told.decision.ideal}"
            return Score(value=dict(logged_values(told)), answer=answer)

        return score

    return ours()


# Metrics over all values at once: given one for each value, inspect copies every score for each of them.
@metric(name="mean")
def _means() -> Metric:
    def means(scores: list[SampleScore]) -> Value:
        return {name: fmean(one.score.as_float() for one in values) for name, values in _by_name(scores).items()}

    return means


@metric(name="stderr")
def _errors() -> Metric:
    def errors(scores: list[SampleScore]) -> Value:
        of = cast(Callable[[list[SampleScore]], float], stderr(cluster="customer_id"))
        return {name: of(values) for name, values in _by_name(scores).items()}

    return errors


def _by_name(scores: Sequence[SampleScore]) -> Mapping[str, list[SampleScore]]:
    """Scores of many values as scores of one each, by the value's name."""
    apart: dict[str, list[SampleScore]] = {}
    for told in scores:
        for name, value in told.score.as_dict().items():
            one = SampleScore(score=Score(value=value or 0.0), sample_metadata=told.sample_metadata)
            apart.setdefault(name, []).append(one)
    return apart
