"""Cases from outside get into the store all or none, and none takes the place of another unless that is meant."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.case import Case, CaseFile, Review, Status
from agent.review.record import Wish, decide
from agent.runner import review
from agent.store import Store
from agent.store.arriving import AT_ONCE, GIVES_WAY, Clash, Taken

Make = Callable[..., Case]
NO_POLICY = "files, row 1: the policy it was made with is gone or changed"
"""These files were made by hand."""


def test_new_cases_are_open_and_audited_however_many(store: Store, make_case: Make) -> None:
    cases, told = [make_case(f"C-{n}") for n in range(AT_ONCE + 1)], list[tuple[int, int]]()
    assert store.take_in(cases, "ada", tell=lambda *done: told.append(done)) == Taken(
        new=len(cases), same=0, replaced=0
    )
    assert told == [(AT_ONCE, AT_ONCE + 1), (AT_ONCE + 1, AT_ONCE + 1)]
    assert {row.status for row in store.queue()} == {"open"}
    assert [(entry.actor, entry.action) for entry in store.audit(f"C-{AT_ONCE}")] == [("ada", "added")]
    assert store.verify() == ()
    assert store.take_in(cases, "bob") == Taken(new=0, same=len(cases), replaced=0)
    assert len(store.audit("C-0")) == 1


def test_one_clash_keeps_all_out(store: Store, make_case: Make) -> None:
    store.add_cases([make_case("C-1")])
    taken = store.take_in([make_case("C-2"), make_case("C-1", exposure_usd=9.0)], "ada")
    assert taken.clashes == (Clash(case_id="C-1", status="open", differs=("exposure_usd",), replaceable=True),)
    assert [row.case_id for row in store.queue()] == ["C-1"]
    assert store.case("C-1").exposure_usd == 1200.0


def test_what_is_not_to_be_kept_is_told_and_left(store: Store, make_case: Make) -> None:
    assert store.take_in([make_case()], "ada", keep=False).new == 1
    assert store.queue() == ()


@pytest.mark.parametrize("status", ["open", "drafted", "deferred", "awaiting_customer", "awaiting_second", "closed"])
def test_a_case_gives_way_until_somebody_has_decided(
    status: Status,
    store: Store,
    make_case: Make,
    make_file: Callable[..., CaseFile],
    make_review: Callable[..., Review],
) -> None:
    store.add_cases([make_case()])
    if status != "open":
        store.save_file(make_file())
        store.add_review(make_review(make_file()), status, "1:record:1")
    taken = store.take_in([make_case(exposure_usd=9.0)], "ada", replace=True)
    assert taken.replaced == (status in GIVES_WAY)
    assert store.status("C-1") == ("open" if status in GIVES_WAY else status)
    assert {each.what for each in store.verify()} <= {NO_POLICY}
    assert [clash.replaceable for clash in taken.clashes] == ([] if status in GIVES_WAY else [False])


def test_what_the_customer_sent_is_reviewed_and_decided_like_the_first(tiny: Any) -> None:
    tiny.answers["two"] = True
    assert review(tiny.desk(), tiny.case).draft.customer_message
    asked = Wish("ada", "inconclusive", "NO_FINDING", "request_information")
    assert decide(tiny.store, tiny.settings, "C-1", asked)[1] == "awaiting_customer"
    answered = tiny.case.model_copy(update={"exposure_usd": 9.0})
    assert tiny.store.take_in([answered], "ada", replace=True).replaced == 1
    assert tiny.store.status("C-1") == "open"

    tiny.answers["two"] = False
    assert review(tiny.desk(), answered).attempt == 2
    assert decide(tiny.store, tiny.settings, "C-1", Wish("ada", "false_positive", "NO_FINDING"))[1] == "closed"
    assert tiny.store.verify() == ()
