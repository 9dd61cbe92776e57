"""Reviews by what they share: small groups are hidden, and every review is counted."""

from __future__ import annotations

from evals.scored import Scored
from evals.slices import confusion, covered, slices, too_small


def test_no_review_is_no_slice() -> None:
    assert slices([]) == ()


def test_small_slices_are_hidden(reviews: list[Scored]) -> None:
    many = reviews * 5
    shown = slices(many)
    assert all(each.n >= 5 and each.low - 1e-9 <= each.right / each.n <= each.high + 1e-9 for each in shown)
    assert {each.by for each in shown} == {"type", "subject", "story"}, "nothing is noted of country and document here"
    assert [each for each in slices(reviews[:2]) if each.by == "story"] == []
    assert too_small(reviews[:2], ("story", "country")) == {"story": len({each.story for each in reviews[:2]})}


def test_coverage_is_told_by_case_type(reviews: list[Scored]) -> None:
    every = covered([each.model_copy(update={"type": "kyc"}) for each in reviews * 10], risk=1.0)
    assert [(kind, each.coverage) for kind, each in every.items()] == [("kyc", 1.0)]


def test_confusion_counts_every_review(reviews: list[Scored]) -> None:
    counts = confusion(reviews)
    assert sum(sum(row.values()) for row in counts.values()) == len(reviews)
