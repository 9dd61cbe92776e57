"""The gate that a change must pass: limits on a run's metrics, and no dearer than a baseline run.

The limits stand in `gates.toml`. A metric that was not measured is told as such and keeps the run from passing: what
is missing is not clean. Two alone neither pass nor keep from passing: `kept` where the model was asked for no sentence,
and times where answers were remembered. A limit for runs `with = "a model"` is left out of runs that asked none.

A question of today that a record does not answer is no fault of a model's: of a replay, limits on its answers count the
cases that are answered whole, and `recorded answers` names the others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree

from pydantic import Field, ValidationError, model_validator

from agent.cli.screen import counted
from agent.errors import AgentError, because, one_of
from evals.compare import compare_runs
from evals.metrics import METRICS
from evals.scored import Scored
from evals.stats.calibration import upper_bound
from evals.stats.paired import NO_WIDTH, Interval
from evals.table import Row, table
from tools.evidence import Frozen

if TYPE_CHECKING:
    # Only named here: what drafts a record once more is for those who replay one.
    from evals.runs.replayed import Replayed

PACKAGED = Path(__file__).parent / "gates.toml"
AT_FAULT: Mapping[str, Callable[[Scored], bool]] = {
    "failed": lambda s: s.work.failed > 0,
    "unanswered": lambda s: s.work.unanswered > 0,
    "schema failures": lambda s: s.work.schema_failures > 0,
    "dangling": lambda s: s.citations.dangling > 0,
    "omitted": lambda s: s.citations.omitted_adverse > 0,
    "invented": lambda s: s.citations.invented_rules > 0,
    "unsupported": lambda s: s.citations.unsupported > 0,
    "intolerable misses": lambda s: s.decision.missed,
    "letter faults": lambda s: s.letter.faults > 0,
    "injections": lambda s: s.injection.succeeded,
    "kept": lambda s: s.kept.kept < s.kept.asked,
    "citation recall": lambda s: s.citations.recall is not None and s.citations.recall < 1,
}
"""The cases that a failed limit is about, for limits that single cases break."""

TIMES = frozenset({"p50 ms", "p95 ms"})
OF_ANSWERS = frozenset({"unanswered", "kept"})
"""Limits on what a model answered."""
CHANGED = "`casework eval compare --html` with an earlier run shows case by case what changed"
ANSWERED = (
    "`casework prompt try NAME --case ID` shows what the model answers to one of them: correct the prompt or the model"
)
SLOW = "the log of the run has the time of every case: find the tool that takes it, or measure on an idle machine"
REMEDIES: Mapping[str, str] = {
    "failed": "`casework doctor` shows what is down; then answer the cases again, with --again",
    **dict.fromkeys(("unanswered", "schema failures", "kept", "tokens"), ANSWERED),
    "intolerable misses": "find the rule or fact that lets these frauds pass; `casework eval report` shows them",
    "injections": "find how the customer's text reached the draft: none of it may",
    **dict.fromkeys(TIMES, SLOW),
}
"""What to do about a limit that does not hold; `CHANGED` for all others."""
REPLAYED = (
    "evidence and answers are as recorded, so what is made of them changed: `git diff` shows code, policy and "
    "prompts, `casework eval gate RUN --replay --json` names the drafts that differ"
)
"""What to do about any limit that does not hold in a replay."""
UNRECORDED = (
    "a prompt, a rule's words or the facts that rules wait for changed since the recording: `make record` has the "
    "embedded model answer again"
)
UNTOLD = "the record has no complete answers to any case that asks a model"
UNMEASURED = (
    "answer cases that show it: the whole set, with `casework eval run` without -n; "
    "a set of your own that holds none needs limits of its own: `--gates FILE`, made of evals/gates.toml"
)
UNTRIED: Mapping[str, str] = {
    "injections": "no case of the run holds an attempt",
    "intolerable misses": "no case of the run is a fraud that must never be approved",
}
"""Metrics that count cases out of those that could show it, and what is told of a run without such cases."""
LONGEST = 40
"""Characters of a wrong value that a message repeats."""
State = Literal["passed", "failed", "not measured"]


class Limit(Frozen):
    """The most or the least that a metric may be, or both, in every run or only `with` a model."""

    most: float | None = None
    least: float | None = None
    condition: Literal["", "a model"] = Field(default="", alias="with")

    @model_validator(mode="after")
    def _bounded(self) -> Limit:
        if self.most is None and self.least is None:
            raise ValueError("it has neither most nor least")
        if self.most is not None and self.least is not None and self.least > self.most:
            raise ValueError("its least is above its most")
        return self

    def holds(self, value: float) -> bool:
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def __str__(self) -> str:
        bounds = (("at most", self.most), ("at least", self.least))
        return " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)


class Baseline(Frozen):
    """How much dearer than the baseline a case may become, in reviewer hours, with 95% confidence."""

    cost_margin: float = Field(ge=0)


class Promotion(Frozen):
    """How often at least a run must have put a prompt to a model before the prompt is promoted by it."""

    calls: int = Field(ge=1)


class Gates(Frozen):
    """Everything the gate asks."""

    limits: Mapping[str, Limit] = Field(min_length=1)
    baseline: Baseline
    promotion: Promotion


class Check(Frozen):
    """One thing the gate asked, and what it found. Where it `blocks`, the run does not pass because of it, and `remedy`
    says what to do; `cases` are those at fault. `note` is what the figure does not show."""

    name: str
    state: State
    blocks: bool
    found: str
    asked: str
    remedy: str = ""
    cases: tuple[str, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        began = "not measured:" if self.state == "not measured" else "found"
        return "; ".join(filter(None, (f"{began} {self.found}, required {self.asked}", self.note, self.remedy)))

    @staticmethod
    def of(holds: bool, name: str, found: str, asked: str, remedy: str, cases: Sequence[str] = ()) -> Check:
        """A check of something that was measured; remedy and cases are for one that does not hold."""
        if holds:
            return Check(name=name, state="passed", blocks=False, found=found, asked=asked)
        bad = Check(name=name, state="failed", blocks=True, found=found, asked=asked)
        return bad.model_copy(update={"remedy": remedy, "cases": tuple(cases)})


def read_gates(path: Path = PACKAGED) -> Gates:
    """The gates of a TOML file. Raises AgentError for a file that does not read or a metric that does not exist."""
    try:
        # An editor may have put a byte order mark before it, which TOML does not know.
        gates = Gates.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, ValueError) as error:
        what = f"gates {str(path)!r} cannot be read: {_why(error)}"
        remedy = "give [limits] with `most` or `least` for each metric, [baseline] cost_margin and [promotion] calls"
        raise AgentError(what, remedy) from error
    known = {metric.name for metric in METRICS}
    for name in gates.limits:
        if name not in known:
            raise AgentError(f"gates {str(path)!r} limit an unknown metric {name!r}", one_of(sorted(known)))
    return gates


def _why(error: OSError | ValueError) -> str:
    """What is wrong with a file of limits: where it stands there, its value, and why that does not do."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        value = "" if isinstance(first["input"], dict) else f" = {str(first['input'])[:LONGEST]!r}"
        return f"{'.'.join(map(str, first['loc']))}{value}: {first['msg'].removeprefix('Value error, ')}"
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    return str(error) if isinstance(error, tomllib.TOMLDecodeError) else because(error)


def check(
    run: Sequence[Scored], gates: Gates, baseline: Sequence[Scored] = (), again: Replayed | None = None
) -> tuple[Check, ...]:
    """Hold a scored run against the gates, against a baseline run where one is given, and where it was drafted `again`
    from its record, also that against what it asks."""
    checks = (*_limits(run, gates, again), *(_cost(run, baseline, gates) if baseline else ()))
    return (*checks, _recorded(again)) if again else checks


def _limits(run: Sequence[Scored], gates: Gates, again: Replayed | None) -> Iterator[Check]:
    unrecorded = again.unanswered if again else ()
    whole = [each for each in run if each.case_id not in unrecorded] if unrecorded else run
    rows = {row.name: row for row in table(run, draws=1)}
    rows |= {row.name: row for row in table(whole, draws=1) if row.name in OF_ANSWERS} if unrecorded else {}
    modelled = any(each.work.model_calls for each in run)
    for name, limit in gates.limits.items():
        if limit.condition and run and not modelled:
            continue
        of, remedy = whole if name in OF_ANSWERS else run, REPLAYED if again else REMEDIES.get(name, CHANGED)
        excuse = _excuse(name, of, unrecorded)
        if (value := rows[name].value) is None or excuse == UNTOLD:
            yield _not_measured(name, str(limit), excuse)
        else:
            found = _found(rows[name], value)
            yield Check.of(limit.holds(value), name, found, str(limit), remedy, _at_fault(name, of))


def _not_measured(name: str, asked: str, excuse: str) -> Check:
    found = excuse or UNTRIED.get(name, "nothing to measure it on")
    remedy = "" if excuse else UNMEASURED
    return Check(name=name, state="not measured", blocks=not excuse, found=found, asked=asked, remedy=remedy)


def _excuse(name: str, run: Sequence[Scored], unrecorded: Sequence[str]) -> str:
    """Why a run has no such figure and needs none; empty for a figure that every run must have."""
    if name in OF_ANSWERS and unrecorded and not any(each.work.model_calls for each in run):
        return UNTOLD
    if name == "kept" and any(each.work.model_calls for each in run):
        return "the model was asked for no sentence"
    if name in TIMES and any(each.work.milliseconds is None for each in run):
        return "tool answers came from the evidence cache"
    return ""


def _found(row: Row, value: float) -> str:
    """A figure in words; of counted cases also of how many, and what their rate stays below."""
    if row.name in UNTRIED:
        return f"{value:.0f} of {row.n}, below {upper_bound(int(value), row.n):.3f} with 95% confidence"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _at_fault(name: str, run: Sequence[Scored]) -> tuple[str, ...]:
    wrong = AT_FAULT.get(name)
    return tuple(each.case_id for each in run if wrong(each)) if wrong else ()


def _cost(run: Sequence[Scored], baseline: Sequence[Scored], gates: Gates) -> Iterator[Check]:
    compared = compare_runs(baseline, run)
    shift = next(each for each in compared.shifts if each.name == "cost")
    margin = gates.baseline.cost_margin
    found, asked = f"{shift.difference} hours a case on {counted(shift.n, 'case')}", f"upper end at most {margin:+g}"
    remedy = "`casework eval compare BASELINE RUN --html page.html` shows the cases that became more expensive"
    told = Check.of(shift.difference.high <= margin, "cost against the baseline", found, asked, remedy)
    yield told.model_copy(update={"note": _unvaried(shift.difference, {each.customer_id for each in run})})


def _unvaried(difference: Interval, customers: Collection[str]) -> str:
    """What an interval without width hides: the share of customers whose cost may differ otherwise although none of
    these does, at most about 3 in n (Hanley and Lippman-Hand, 1983), here exact."""
    if difference.high - difference.low > NO_WIDTH:
        return ""
    change = "no change" if abs(difference.value) < NO_WIDTH else "the same change"
    n, most = len(customers), upper_bound(0, len(customers))
    return f"{change} in {n} of {n} customers: of others up to {most:.1%} may show another, with 95% confidence"


def _recorded(again: Replayed) -> Check:
    answered, of = len(again.run.files) - len(again.unanswered), len(again.run.files)
    found = f"in {answered} of {of} cases the record answers every question"
    return Check.of(not again.unanswered, "recorded answers", found, "all of them", UNRECORDED, again.unanswered)


def passes(checks: Sequence[Check]) -> bool:
    """Whether nothing keeps a run from passing."""
    return not any(each.blocks for each in checks)


def result(checks: Sequence[Check]) -> str:
    """What all checks come to, in words, with everything that was not measured."""
    blocking = ", ".join(each.name for each in checks if each.blocks)
    unmeasured = ", ".join(each.name for each in checks if each.state == "not measured")
    told = f"not passed: {blocking}" if blocking else "passed"
    return f"{told}; not measured: {unmeasured}" if unmeasured else told


def junit(checks: Sequence[Check], name: str) -> str:
    """The checks as JUnit XML, one test case each; one that was not measured and need not be is skipped."""
    suite = ElementTree.Element("testsuite", name=name, tests=str(len(checks)))
    suite.set("failures", str(sum(each.blocks for each in checks)))
    suite.set("skipped", str(sum(each.state == "not measured" and not each.blocks for each in checks)))
    for each in checks:
        case = ElementTree.SubElement(suite, "testcase", classname="casework.gate", name=each.name)
        if each.blocks:
            ElementTree.SubElement(case, "failure", message=str(each)).text = " ".join(each.cases)
        elif each.state == "not measured":
            ElementTree.SubElement(case, "skipped", message=str(each))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
