"""Reviews held against the drafts that people saw: what the exchange's records say otherwise by now."""

from __future__ import annotations

from typing import Any

from agent.runner import review
from agent.session import assess
from evals.cases.since import Since, since


def test_what_the_records_tell_otherwise_is_counted(tiny: Any) -> None:
    tiny.answers["two"] = None
    review(tiny.desk(), tiny.case)
    same = assess(tiny.desk(), tiny.case)
    assert since([same], tiny.store) == Since(cases=1, otherwise=0, queries={})
    tiny.answers["one"] = 2
    assert since([assess(tiny.desk(), tiny.case)], tiny.store) == Since(cases=1, otherwise=1, queries={"one": 1})


def test_cases_that_the_store_has_no_draft_of_are_passed_over(tiny: Any, make_case: Any) -> None:
    tiny.store.add_cases([make_case("C-2")])
    others = [assess(tiny.desk(), each) for each in (make_case("C-2"), make_case("C-3"))]
    assert since(others, tiny.store) == Since(cases=0, otherwise=0, queries={})
