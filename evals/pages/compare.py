"""The page of a comparison: the figures on top, then every case with both drafts side by side, changed ones first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from agent.case import CaseFile, Disposition
from evals.compare import Compared, Question, heard, ruled
from evals.pages import environment
from evals.pages.differing import Sentence, side_by_side
from evals.runs import Run
from evals.table import FLATTERED
from evals.world.label import Label
from tools.evidence import Frozen

Kind = Literal["broken", "fixed", "moved", "reworded", "same"]
KINDS: dict[Kind, str] = {
    "broken": "broken",
    "fixed": "fixed",
    "moved": "wrong in both, different answer",
    "reworded": "wording only",
    "same": "same draft",
}


class Side(Frozen):
    """One run's answer to a case."""

    disposition: Disposition
    confidence: float
    sentences: tuple[Sentence, ...]


class Pair(Frozen):
    """A case as both runs answered it."""

    case_id: str
    type: str
    story: str
    happened: str
    ideal: Disposition
    kind: Kind
    first: Side
    second: Side


def page(first: Run, second: Run, compared: Compared, gate: str = "") -> str:
    """The page as HTML, with the command of the `gate` that comes next, if any. Both runs must hold the cases that were
    compared."""
    pairs = paired(first, second)
    return (
        environment()
        .get_template("compare.html.j2")
        .render(
            first=first.info,
            second=second.info,
            made=(first.info, second.info),
            runs=(first.folder.name, second.folder.name),
            gate=gate,
            compared=compared,
            headline=headline(compared),
            flattered=FLATTERED if any(label.decided for label in first.labels) else "",
            heard=heard(first, second),
            rules=ruled(first, second),
            pairs=pairs,
            kinds=KINDS,
            counts=Counter(pair.kind for pair in pairs),
        )
    )


def paired(first: Run, second: Run) -> tuple[Pair, ...]:
    """The cases of both runs, the ones that changed most first."""
    others = {file.case.case_id: file for file in second.files}
    shared = zip(first.labels, first.files, strict=True)
    pairs = [_pair(label, file, others[label.case_id]) for label, file in shared if label.case_id in others]
    order = list(KINDS)
    return tuple(sorted(pairs, key=lambda pair: (order.index(pair.kind), pair.case_id)))


def _pair(label: Label, first: CaseFile, second: CaseFile) -> Pair:
    left, right = side_by_side(first, second)
    return Pair(
        case_id=label.case_id,
        type=first.case.type,
        story=label.story,
        happened=label.what_happened,
        ideal=label.ideal,
        kind=_kind(label.ideal, first.draft.disposition, second.draft.disposition, (*left, *right)),
        first=Side(disposition=first.draft.disposition, confidence=first.draft.confidence, sentences=left),
        second=Side(disposition=second.draft.disposition, confidence=second.draft.confidence, sentences=right),
    )


def _kind(ideal: Disposition, first: Disposition, second: Disposition, told: Sequence[Sentence]) -> Kind:
    if first != second:
        return "fixed" if second == ideal else "broken" if first == ideal else "moved"
    return "same" if all(sentence.alike for sentence in told) else "reworded"


def headline(compared: Compared) -> str:
    """What the comparison comes to, in a few plain sentences: right answers first where they moved, else what a case
    costs and the questions where those moved, most surely first, and then the right answers."""
    right, *others = compared.tests
    moved = [*_about_cost(compared), *map(_about, sorted((each for each in others if each.moved), key=_surely))]
    return " ".join([_about_right(right), *moved] if right.moved else [*moved, _about_right(right)])


def _surely(test: Question) -> tuple[float, bool]:
    return test.p_adjusted or 0.0, test.verdict == "better"


def _about_cost(compared: Compared) -> Iterator[str]:
    """What a case costs, where the whole interval of the difference lies on one side."""
    for shift in compared.shifts:
        low, high = shift.difference.low, shift.difference.high
        if shift.name == "cost" and (low > 0 or high < 0):
            how = "dearer" if low > 0 else "cheaper"
            span = f"95% {low:+.2f} to {high:+.2f}"
            yield f"The second run is {how}: {shift.difference.value:+.2f} hours a case ({span})."


def _about(test: Question) -> str:
    return f"The second run is {test.verdict} in {test.name!r}: {_change(test)}."


def _about_right(right: Question) -> str:
    seen = {
        "better": "The second run is right more often",
        "worse": "The second run is right less often",
        "no difference seen": "No difference in right answers was seen",
    }[right.verdict]
    if right.smallest is None:
        return f"{seen}: {_change(right)}. So few cases can show none."
    smallest = f"{100 * right.smallest:.1f} points"
    return f"{seen}: {_change(right)}. A difference of {smallest} would be detected with 80% power."


def _change(test: Question) -> str:
    span = f"95% {100 * test.difference.low:+.1f} to {100 * test.difference.high:+.1f}"
    change = f"{100 * test.difference.value:+.1f} points ({span})"
    return f"{change}; {test.fixed} fixed, {test.broken} broken of {test.n}"
