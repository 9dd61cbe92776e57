"""What people settled on: real decisions in a real store, and the label or the waiting that they come to."""

from __future__ import annotations

from typing import Any

import pytest

from agent.case import Case, Disposition, Outcome, Review, Status
from agent.review.record import Wish, decide, defer
from agent.runner import Reopening, review
from evals.cases.settled import Told, Waiting, opinions
from evals.world.label import Label


def drafted(tiny: Any, reopen: Reopening | None = None) -> None:
    review(tiny.desk(), tiny.store.case("C-1"), reopen=reopen)


def said(tiny: Any, who: str, disposition: Disposition, outcome: Outcome = "worth_reviewing") -> Status:
    wish = Wish(who, outcome, "NO_FINDING", disposition, cited=("E1",), comment="What do you do?")
    return decide(tiny.store, tiny.settings, "C-1", wish)[1]


def waits(tiny: Any) -> Waiting | None:
    return Told.of(tiny.store, "C-1").waits(tiny.store.status("C-1"))


def labelled(tiny: Any) -> Label:
    assert waits(tiny) is None
    return Told.of(tiny.store, "C-1").label(tiny.store.case("C-1"))


def test_one_person_settles_and_no_opinion_stands_beside_the_label(tiny: Any) -> None:
    drafted(tiny)
    assert said(tiny, "ada", "approve", "false_positive") == "closed"
    label = labelled(tiny)
    assert (label.ideal, label.is_fraud, label.intolerable, label.reviewers) == ("approve", False, False, ())
    assert (label.case_id, label.customer_id, label.decided, label.proof) == ("C-1", "U-C-1", True, ())


def test_two_settle_what_takes_two(tiny: Any) -> None:
    drafted(tiny)
    said(tiny, "ada", "reject", "confirmed_fraud")
    assert waits(tiny) == "waiting for a second person"
    said(tiny, "bob", "reject", "confirmed_fraud")
    label = labelled(tiny)
    assert (label.ideal, label.is_fraud, label.intolerable) == ("reject", True, True)
    assert label.reviewers == ("reject", "reject")
    assert "ada" not in label.model_dump_json()


def test_nobody_said_whether_it_is_fraud(tiny: Any) -> None:
    drafted(tiny)
    for who in ("ada", "bob"):
        said(tiny, who, "escalate")
    assert (labelled(tiny).is_fraud, labelled(tiny).intolerable) == (None, False)


def test_a_dispute_waits_and_then_tells_what_each_person_thought_first(tiny: Any) -> None:
    drafted(tiny)
    said(tiny, "ada", "escalate")
    assert said(tiny, "bob", "approve") == "drafted"
    assert waits(tiny) == "disputed"
    said(tiny, "ada", "approve", "false_positive")
    assert waits(tiny) == "waiting for a second person"
    assert said(tiny, "bob", "approve", "false_positive") == "closed"
    assert (labelled(tiny).ideal, labelled(tiny).reviewers) == ("approve", ("escalate", "approve"))


def test_a_request_waits_and_is_the_label_where_the_answer_lies_elsewhere(tiny: Any) -> None:
    drafted(tiny)
    for request in ("request_information", "request_resubmission"):
        said(tiny, "ada", request, "inconclusive")
        assert waits(tiny) == "waiting for the customer"
        drafted(tiny)
    said(tiny, "ada", "reject", "confirmed_fraud")
    said(tiny, "bob", "reject", "confirmed_fraud")
    label = labelled(tiny)
    assert (label.ideal, label.is_fraud, label.intolerable) == ("request_information", True, True)
    assert label.reviewers == ()


def test_a_request_counts_no_more_where_the_answer_came_into_the_case(tiny: Any) -> None:
    drafted(tiny)
    said(tiny, "ada", "request_information", "inconclusive")
    answered: Case = tiny.case.model_copy(update={"exposure_usd": 9.0})
    assert tiny.store.take_in([answered], "ada", replace=True).replaced == 1
    assert waits(tiny) == "not decided"
    drafted(tiny)
    said(tiny, "bob", "approve", "false_positive")
    assert (labelled(tiny).ideal, labelled(tiny).reviewers) == ("approve", ())


def test_a_case_that_is_taken_up_again_is_labelled_by_what_was_said_last(tiny: Any) -> None:
    drafted(tiny)
    said(tiny, "ada", "approve", "false_positive")
    drafted(tiny, Reopening("bob", "a complaint"))
    assert waits(tiny) == "taken up again"
    for who in ("bob", "cleo"):
        said(tiny, who, "reject", "confirmed_fraud")
    assert (labelled(tiny).ideal, labelled(tiny).reviewers) == ("reject", ("reject", "reject"))


def test_what_nobody_decided_waits(tiny: Any) -> None:
    assert waits(tiny) == "not decided"
    drafted(tiny)
    assert waits(tiny) == "not decided"
    defer(tiny.store, "C-1", "ada")
    assert waits(tiny) == "put aside"


@pytest.mark.parametrize(("names", "told"), [(("Ada", "ada "), 0), (("ada", "bob"), 2), (("ada", "bob", "ada"), 2)])
def test_nobody_is_two_people(make_file: Any, make_review: Any, names: tuple[str, ...], told: int) -> None:
    given: list[Review] = [make_review(make_file(), reviewer=name) for name in names]
    assert len(opinions(given)) == told
