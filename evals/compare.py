"""Two runs over the same cases, side by side: what changed, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Literal

from pydantic import computed_field

from agent.case import Disposition
from agent.errors import AgentError
from agent.llm import unanswered
from evals import runs
from evals.runs import Run
from evals.scored import Scored
from evals.stats.paired import LEVEL, Interval, clustered_mean, compare, holm
from tools.evidence import Frozen

Binary = Callable[[Scored], bool | None]
Number = Callable[[Scored], float | None]

TESTED: Mapping[str, Binary] = {
    "right": lambda s: s.decision.right,
    "no intolerable miss": lambda s: not s.decision.missed if s.decision.intolerable else None,
    "every sentence supported": lambda s: s.citations.unsupported == 0,
    "every adverse finding told": lambda s: s.citations.omitted_adverse == 0,
    "every reference resolves": lambda s: s.citations.dangling == 0,
    "no fault in the letter": lambda s: s.letter.faults == 0,
    "every model sentence kept": lambda s: s.kept.kept == s.kept.asked if s.kept.asked else None,
}
"""What is either so or not of a review, None where the question does not arise: tested by McNemar's exact test,
together by Holm (see `compare_runs`)."""
MEASURED: Mapping[str, Number] = {
    "cost": lambda s: s.decision.cost,
    "confidence": lambda s: s.decision.confidence,
    "citation precision": lambda s: s.citations.precision,
    "citation recall": lambda s: s.citations.recall,
    "words": lambda s: s.wording.words,
    "reading ease": lambda s: s.wording.reading_ease,
    "tool calls": lambda s: s.work.calls,
    "tokens": lambda s: s.work.tokens,
    "milliseconds": lambda s: s.work.milliseconds,
}


class Question(Frozen):
    """One yes-or-no question in both runs. Shares are of the `n` cases where it arises in both, `p_adjusted` is after
    Holm, None where too few answers changed for the test to reject; `smallest` is the least difference so many cases
    would have shown."""

    name: str
    n: int
    first: float
    second: float
    difference: Interval
    fixed: int
    broken: int
    p_value: float
    p_adjusted: float | None
    smallest: float | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Literal["better", "worse", "no difference seen"]:
        if self.p_adjusted is None or self.p_adjusted >= LEVEL:
            return "no difference seen"
        return "better" if self.fixed > self.broken else "worse"

    @property
    def moved(self) -> bool:
        """Whether the answers changed by more than chance."""
        return self.verdict != "no difference seen"


class Shift(Frozen):
    """One quantity in both runs: its means over the cases where both have it, and their paired difference."""

    name: str
    n: int
    first: float
    second: float
    difference: Interval


class Changed(Frozen):
    """A case that got another answer in the second run."""

    case_id: str
    story: str
    ideal: Disposition
    first: Disposition
    second: Disposition


class Ruled(Frozen):
    """A rule that fires in other cases: in how many in the second run alone, in how many in the first alone."""

    rule: str
    more: int
    less: int


class Compared(Frozen):
    """The whole comparison. `fixed`, `broken` and `moved`, which is wrong in both runs, are all cases with another
    answer. `only_first` and `only_second` are cases that the other run lacks, and are left out."""

    n: int
    tests: tuple[Question, ...]
    shifts: tuple[Shift, ...]
    fixed: tuple[Changed, ...]
    broken: tuple[Changed, ...]
    moved: tuple[Changed, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def timed(self) -> int:
        """Cases of which neither run remembered a tool answer, so that their times can be compared."""
        return next((shift.n for shift in self.shifts if shift.name == "milliseconds"), 0)


class Silence(Frozen):
    """How many of a run's model calls got no answer: what their cases came to says nothing of a prompt or a model."""

    unanswered: int
    calls: int

    def __str__(self) -> str:
        return f"{self.unanswered} of {self.calls}"


def check_comparable(first: Run, second: Run, shared: bool = False) -> None:
    """Raise AgentError unless both runs answered the same cases; with `shared`, where a case of both is another one."""
    left, right = ({label.case_id: label for label in run.labels} for run in (first, second))
    names = f"runs {first.info.name!r} and {second.info.name!r}"
    for case_id in sorted(left.keys() & right.keys()):
        if left[case_id] != right[case_id]:
            what = f"{names} are of different sets: case {case_id!r} is not the same in both"
            raise AgentError(what, "compare runs over the same cases")
    alone = sorted(left.keys() ^ right.keys())
    if alone and not shared:
        what = f"{names} are of different cases: {len(alone)} are in one alone, {alone[0]!r} the first of them"
        raise AgentError(what, "answer the same cases with both; `eval compare --shared` compares those in common")


def named_baseline(home: Path, run: Run, name: str, *, redrafted: bool = False) -> Run:
    """The run of that name, for another to be held against. A run that was `redrafted` may be held against its record.

    Raises AgentError where there is no such run, where it is the run itself, of other cases, or owes answers.
    """
    baseline = runs.read(runs.find(home, name))
    if baseline.folder.resolve() == run.folder.resolve() and not redrafted:
        raise AgentError(f"run {name!r} cannot be its own baseline", "name another run over the same cases")
    check_comparable(baseline, run)
    if baseline.owed:
        failed = f"its model failed to answer {baseline.owed} of {len(baseline.files)} cases"
        what = f"run {name!r} cannot be a baseline: {failed}"
        raise AgentError(what, "make it again with the same options: that asks these cases only")
    return baseline


def compare_runs(first: Sequence[Scored], second: Sequence[Scored]) -> Compared:
    """Pair two scored runs by case. Raises AgentError where they share none.

    Holm corrects for the questions whose test could reject at all: one with fewer than six changed answers cannot raise
    a false alarm, and would only cost the others their power (Tarone, 1990).
    """
    left, right = ({each.case_id: each for each in run} for run in (first, second))
    shared = sorted(left.keys() & right.keys())
    if not shared:
        raise AgentError("the two runs have no case in common", "compare runs over the same split")
    pairs = [(left[case_id], right[case_id]) for case_id in shared]
    tests = [test for name, of in TESTED.items() if (test := _test(name, of, pairs)) is not None]
    adjusted = holm({test.name: test.p_adjusted for test in tests if test.p_adjusted is not None})
    return Compared(
        n=len(pairs),
        tests=tuple(test.model_copy(update={"p_adjusted": adjusted.get(test.name)}) for test in tests),
        shifts=tuple(shift for name, of in MEASURED.items() if (shift := _shift(name, of, pairs)) is not None),
        fixed=tuple(_changed(pairs, False, True)),
        broken=tuple(_changed(pairs, True, False)),
        moved=tuple(_changed(pairs, False, False)),
        only_first=tuple(sorted(left.keys() - right.keys())),
        only_second=tuple(sorted(right.keys() - left.keys())),
    )


def _test(name: str, of: Binary, pairs: Sequence[tuple[Scored, Scored]]) -> Question | None:
    both = [(x, y, a.customer_id) for a, b in pairs if (x := of(a)) is not None and (y := of(b)) is not None]
    if not both:
        return None
    first, second, customers = zip(*both, strict=True)
    found = compare(first, second, customers)
    return Question(
        name=name,
        n=found.n,
        first=fmean(first),
        second=fmean(second),
        difference=found.difference,
        fixed=found.fixed,
        broken=found.broken,
        p_value=found.p_value,
        p_adjusted=found.p_value if found.able else None,
        smallest=found.smallest,
    )


def _shift(name: str, of: Number, pairs: Sequence[tuple[Scored, Scored]]) -> Shift | None:
    both = [(x, y, a.customer_id) for a, b in pairs if (x := of(a)) is not None and (y := of(b)) is not None]
    if not both:
        return None
    return Shift(
        name=name,
        n=len(both),
        first=fmean(x for x, _, _ in both),
        second=fmean(y for _, y, _ in both),
        difference=clustered_mean([y - x for x, y, _ in both], [customer for _, _, customer in both]),
    )


def _changed(pairs: Iterable[tuple[Scored, Scored]], *right: bool) -> Iterator[Changed]:
    """The cases with another answer that was, and is now, right or not."""
    for first, second in pairs:
        before, after = first.decision, second.decision
        same = before.right == after.right and before.answer == after.answer
        if not same and (before.right, after.right) == right:
            yield Changed(
                case_id=first.case_id,
                story=first.story,
                ideal=before.ideal,
                first=before.answer,
                second=after.answer,
            )


def ruled(first: Run, second: Run) -> tuple[Ruled, ...]:
    """The rules that fire in other cases, of the cases that both runs hold."""
    fired = [
        {file.case.case_id: {each.rule for each in file.findings} for file in run.files} for run in (first, second)
    ]
    shared = fired[0].keys() & fired[1].keys()
    more = Counter(rule for case_id in shared for rule in fired[1][case_id] - fired[0][case_id])
    less = Counter(rule for case_id in shared for rule in fired[0][case_id] - fired[1][case_id])
    return tuple(Ruled(rule=rule, more=more[rule], less=less[rule]) for rule in sorted({*more, *less}))


def silence(run: Run) -> Silence:
    """The calls of a run that got no answer. Those that a case had no tokens or no time left for are none."""
    calls = [call for file in run.files for call in file.calls]
    return Silence(unanswered=sum(map(unanswered, calls)), calls=len(calls))


def heard(first: Run, second: Run) -> str:
    """A line that says how many model calls got no answer, empty where all did."""
    left, right = silence(first), silence(second)
    if not left.unanswered + right.unanswered:
        return ""
    return (
        f"model calls without an answer: {left} of first, {right} of second; "
        "their cases are in the policy's words; these cases do not measure the model"
    )
