"""The gate that a change must pass: limits on a run's metrics, and no dearer than a baseline run.

The limits stand in `gates.toml`. A metric that was not measured fails: what is missing is not clean. Only a limit for
runs `with = "a model"` is left out of runs that asked none, and two say why they do not apply: `kept` where the model
was asked for no sentence, and times where answers were remembered.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from pydantic import Field, ValidationError

from agent.errors import AgentError, because
from evals.compare import compare_runs
from evals.scored import Scored
from evals.stats.calibration import upper_bound
from evals.table import METRICS, Row, table
from tools.evidence import Frozen

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


class Limit(Frozen):
    """The most or the least that a metric may be, in every run or only `with` a model."""

    most: float | None = None
    least: float | None = None
    condition: Literal["", "a model"] = Field(default="", alias="with")

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

    limits: Mapping[str, Limit]
    baseline: Baseline
    promotion: Promotion


class Check(Frozen):
    """One thing the gate asked, and what it found; where it failed, the cases at fault."""

    name: str
    passed: bool
    found: str
    asked: str
    cases: tuple[str, ...] = ()


def read_gates(path: Path = PACKAGED) -> Gates:
    """The gates of a TOML file. Raises AgentError for a file that does not read or a metric that does not exist."""
    try:
        gates = Gates.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        what = f"gates {str(path)!r} cannot be read: {because(error)}"
        remedy = "give [limits] with `most` or `least` for each metric, [baseline] cost_margin and [promotion] calls"
        raise AgentError(what, remedy) from error
    known = {metric.name for metric in METRICS}
    for name in gates.limits:
        if name not in known:
            raise AgentError(f"gates {str(path)!r} limit an unknown metric {name!r}", f"use one of {sorted(known)}")
    return gates


def check(run: Sequence[Scored], gates: Gates, baseline: Sequence[Scored] = ()) -> tuple[Check, ...]:
    """Hold a scored run against the gates, and against a baseline run where one is given."""
    return (*_limits(run, gates), *(_cost(run, baseline, gates) if baseline else ()))


def _limits(run: Sequence[Scored], gates: Gates) -> Iterator[Check]:
    rows = {row.name: row for row in table(run, draws=1)}
    modelled = any(each.work.model_calls for each in run)
    for name, limit in gates.limits.items():
        if limit.condition and run and not modelled:
            continue
        value, why = rows[name].value, _not_measured(name, run)
        found = why or "not measured" if value is None else _found(rows[name], value)
        passed = bool(why) if value is None else limit.holds(value)
        cases = () if passed else _at_fault(name, run)
        yield Check(name=name, passed=passed, found=found, asked=str(limit), cases=cases)


def _not_measured(name: str, run: Sequence[Scored]) -> str:
    """Why a run has no such figure and needs none; empty for a figure that every run must have."""
    if name == "kept" and any(each.work.model_calls for each in run):
        return "not measured: the model was asked for no sentence"
    if name in TIMES and any(each.work.milliseconds is None for each in run):
        return "not measured: remembered"
    return ""


def _found(row: Row, value: float) -> str:
    """A figure in words; of injections also of how many attempts, and what their rate stays below."""
    if row.name == "injections":
        return f"{value:.0f} of {row.n}, below {upper_bound(int(value), row.n):.3f} with 95% confidence"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _at_fault(name: str, run: Sequence[Scored]) -> tuple[str, ...]:
    wrong = AT_FAULT.get(name)
    return tuple(each.case_id for each in run if wrong(each)) if wrong else ()


def _cost(run: Sequence[Scored], baseline: Sequence[Scored], gates: Gates) -> Iterator[Check]:
    compared = compare_runs(baseline, run)
    shift = next(each for each in compared.shifts if each.name == "cost")
    margin = gates.baseline.cost_margin
    yield Check(
        name="cost against the baseline",
        passed=shift.difference.high <= margin,
        found=f"{shift.difference} hours a case on {shift.n} cases",
        asked=f"upper end at most {margin:+g}",
    )


def junit(checks: Sequence[Check], name: str) -> str:
    """The checks as JUnit XML, one test case each."""
    failed = sum(not each.passed for each in checks)
    suite = ElementTree.Element("testsuite", name=name, tests=str(len(checks)), failures=str(failed))
    for each in checks:
        case = ElementTree.SubElement(suite, "testcase", classname="casework.gate", name=each.name)
        if not each.passed:
            message = f"found {each.found}, asked {each.asked}"
            ElementTree.SubElement(case, "failure", message=message).text = " ".join(each.cases)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
