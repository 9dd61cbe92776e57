"""Two runs over the same cases, side by side: what changed, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from statistics import fmean
from typing import Literal

from agent.case import CaseFile, Disposition
from agent.errors import AgentError
from evals.paired import Interval, clustered_mean, compare, holm
from evals.scored import Scored
from tools.evidence import Frozen

Binary = Callable[[Scored], bool]
Number = Callable[[Scored], float | None]

TESTED: Mapping[str, Binary] = {
    "right": lambda s: s.decision.right,
    "no intolerable miss": lambda s: not s.decision.missed,
    "every figure supported": lambda s: s.citations.unsupported == 0,
    "every adverse finding told": lambda s: s.citations.omitted_adverse == 0,
    "every reference resolves": lambda s: s.citations.dangling == 0,
}
"""What is either so or not of a review: tested by McNemar's exact test, all of them together by Holm."""
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
    """One yes-or-no question in both runs. Shares are of the same `n` cases, `p_adjusted` is after Holm; `smallest` is
    the least difference so many cases would have shown."""

    name: str
    n: int
    first: float
    second: float
    difference: Interval
    fixed: int
    broken: int
    p_value: float
    p_adjusted: float
    smallest: float | None

    @property
    def verdict(self) -> Literal["better", "worse", "no difference seen"]:
        if self.p_adjusted >= 0.05:
            return "no difference seen"
        return "better" if self.fixed > self.broken else "worse"


class Shift(Frozen):
    """One quantity in both runs: its means over the cases where both have it, and their paired difference."""

    name: str
    n: int
    first: float
    second: float
    difference: Interval


class Changed(Frozen):
    """A case whose answer is right in one run only."""

    case_id: str
    story: str
    ideal: Disposition
    first: Disposition
    second: Disposition


class Compared(Frozen):
    """The whole comparison. `only_first` and `only_second` are cases that the other run lacks, and are left out."""

    n: int
    tests: tuple[Question, ...]
    shifts: tuple[Shift, ...]
    fixed: tuple[Changed, ...]
    broken: tuple[Changed, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def compare_runs(first: Sequence[Scored], second: Sequence[Scored]) -> Compared:
    """Pair two scored runs by case. Raises AgentError where they share none."""
    left, right = ({each.case_id: each for each in run} for run in (first, second))
    shared = sorted(left.keys() & right.keys())
    if not shared:
        raise AgentError("the two runs have no case in common", "compare runs over the same split")
    pairs = [(left[case_id], right[case_id]) for case_id in shared]
    tests = [_test(name, of, pairs) for name, of in TESTED.items()]
    adjusted = holm({test.name: test.p_value for test in tests})
    return Compared(
        n=len(pairs),
        tests=tuple(test.model_copy(update={"p_adjusted": adjusted[test.name]}) for test in tests),
        shifts=tuple(shift for name, of in MEASURED.items() if (shift := _shift(name, of, pairs)) is not None),
        fixed=tuple(_changed(a, b) for a, b in pairs if b.decision.right and not a.decision.right),
        broken=tuple(_changed(a, b) for a, b in pairs if a.decision.right and not b.decision.right),
        only_first=tuple(sorted(left.keys() - right.keys())),
        only_second=tuple(sorted(right.keys() - left.keys())),
    )


def _test(name: str, of: Binary, pairs: Sequence[tuple[Scored, Scored]]) -> Question:
    found = compare([of(a) for a, _ in pairs], [of(b) for _, b in pairs], [a.customer_id for a, _ in pairs])
    return Question(
        name=name,
        n=found.n,
        first=fmean(of(a) for a, _ in pairs),
        second=fmean(of(b) for _, b in pairs),
        difference=found.difference,
        fixed=found.fixed,
        broken=found.broken,
        p_value=found.p_value,
        p_adjusted=1.0,
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


def _changed(first: Scored, second: Scored) -> Changed:
    return Changed(
        case_id=first.case_id,
        story=first.story,
        ideal=first.decision.ideal,
        first=first.decision.answer,
        second=second.decision.answer,
    )


class Sentence(Frozen):
    """A sentence of one draft; `alike` if the other draft says it too."""

    text: str
    alike: bool


def side_by_side(first: CaseFile, second: CaseFile) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """The statements of two drafts of one case, each marked where the other does not say the same."""
    left, right = ([told.text for told in file.draft.statements] for file in (first, second))
    same = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    in_left = {block.a + step for block in same for step in range(block.size)}
    in_right = {block.b + step for block in same for step in range(block.size)}
    return _marked(left, in_left), _marked(right, in_right)


def _marked(texts: Sequence[str], alike: set[int]) -> tuple[Sentence, ...]:
    return tuple(Sentence(text=text, alike=place in alike) for place, text in enumerate(texts))
