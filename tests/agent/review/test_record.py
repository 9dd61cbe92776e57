"""What a person wants done with a case: nobody else decides it in the meantime, nor on files that changed."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.case import AuditEntry, Review, Status
from agent.errors import ReviewRefused, StoreError
from agent.review.decisions import Asked
from agent.review.record import Wish, check, decide, defer
from agent.runner import Reopening, alone, review
from agent.settings import login_name
from agent.store import Store
from tools.tool import Attachment

APPROVED = Wish("grace", "false_positive", "NO_FINDING", "approve")


@pytest.fixture
def drafted(tiny: Any) -> Any:
    file = review(tiny.desk(), tiny.case)
    assert file.draft.disposition == "approve"
    return tiny


def test_a_case_that_another_process_works_on_is_not_put_aside(drafted: Any) -> None:
    with alone(drafted.settings.casework_home, "C-1"), pytest.raises(ReviewRefused, match="by another process"):
        defer(drafted.store, "C-1", "ada")
    assert drafted.store.status("C-1") == "drafted"
    assert defer(drafted.store, "C-1", "ada") == "deferred"


def test_a_case_that_is_being_put_aside_is_not_decided(drafted: Any) -> None:
    """The other one comes in between the look at the status and its change."""
    tried: list[str] = []

    class Racing(Store):
        def audit(self, case_id: str) -> tuple[AuditEntry, ...]:
            with pytest.raises(ReviewRefused, match="by another process"):
                decide(drafted.store, drafted.settings, case_id, APPROVED)
            tried.append(case_id)
            return super().audit(case_id)

    racing = Racing(drafted.settings.casework_home)
    assert defer(racing, "C-1", "ada") == "deferred"
    racing.close()
    assert tried == ["C-1"]
    assert drafted.store.reviews("C-1") == ()


def test_a_case_that_is_settled_is_not_put_aside(drafted: Any) -> None:
    decide(drafted.store, drafted.settings, "C-1", APPROVED)
    with pytest.raises(ReviewRefused, match="'closed'; only open and drafted cases can be deferred"):
        defer(drafted.store, "C-1", "ada")
    assert drafted.store.status("C-1") == "closed"


def told_otherwise(drafted: Any, wish: Wish) -> str:
    with pytest.raises(ReviewRefused) as caught:
        decide(drafted.store, drafted.settings, "C-1", wish)
    assert drafted.store.reviews("C-1") == ()
    return str(caught.value)


@pytest.mark.parametrize("name", ["reviewer", "comment"])
def test_what_is_no_text_is_refused_and_never_recorded_later(drafted: Any, name: str) -> None:
    """It used to fail in the middle, and was then recorded in the place of what the next person asked for."""
    wish = replace(APPROVED, **{name: "ren\udce9"})
    assert f"the {name} 'ren\\udce9' is not valid text" in told_otherwise(drafted, wish)
    reject = Wish("zoe", "confirmed_fraud", "NO_FINDING", "reject", cited=("E1",))
    assert decide(drafted.store, drafted.settings, "C-1", reject)[1] == "awaiting_second"
    assert [each.reviewer for each in drafted.store.reviews("C-1")] == ["zoe"]
    with pytest.raises(ReviewRefused, match="not valid text"):
        defer(drafted.store, "C-1", "ren\udce9")


@pytest.mark.parametrize("then", ["decide", "review"])
def test_a_decision_that_failed_is_never_recorded_in_the_place_of_another(drafted: Any, then: str) -> None:
    class Locked(Store):
        def add_review(self, review: Review, status: Status, key: str) -> bool:
            raise StoreError("case store: database is locked", "wait for it and try again")

    locked = Locked(drafted.settings.casework_home)
    with pytest.raises(StoreError, match="locked"):
        decide(locked, drafted.settings, "C-1", APPROVED)
    locked.close()
    if then == "review":
        review(drafted.desk(), drafted.case)
        assert (drafted.store.reviews("C-1"), drafted.store.status("C-1")) == ((), "drafted")
    reject = Wish("zoe", "confirmed_fraud", "NO_FINDING", "reject", cited=("E1",))
    assert decide(drafted.store, drafted.settings, "C-1", reject)[1] == "awaiting_second"
    assert [(each.reviewer, each.disposition) for each in drafted.store.reviews("C-1")] == [("zoe", "reject")]
    assert drafted.store.verify() == ()


def test_a_decision_keeps_the_login_beside_the_name(drafted: Any) -> None:
    decide(
        drafted.store, drafted.settings, "C-1", Wish("dora", "worth_reviewing", "NO_FINDING", "reject", cited=("E1",))
    )
    decide(
        drafted.store, drafted.settings, "C-1", Wish("carl", "worth_reviewing", "NO_FINDING", "reject", cited=("E1",))
    )
    assert [each.login for each in drafted.store.reviews("C-1")] == [login_name()] * 2
    trail = [json.loads(each.content) for each in drafted.store.audit("C-1") if each.action == "reviewed"]
    assert [each["login"] for each in trail] == [login_name()] * 2
    assert [(each.login, each.one_login) for each in drafted.store.decisions(Asked())] == [
        (login_name(), False),
        (login_name(), True),
    ]
    assert drafted.store.verify() == ()


def test_a_decision_without_a_login_reads_and_hashes_as_it_did(drafted: Any, make_review: Any) -> None:
    old = make_review(drafted.store.latest_file("C-1"))
    assert "login" not in old.model_dump_json()
    drafted.store.add_review(old, "awaiting_second", "1:record:1")
    assert drafted.store.reviews("C-1") == (old,)
    assert "login" not in drafted.store.audit("C-1")[-1].content
    assert [each.login for each in drafted.store.decisions(Asked())] == [""]


def test_who_is_not_among_the_reviewers_neither_decides_nor_reopens(drafted: Any) -> None:
    listed = drafted.settings.model_copy(update={"reviewers": "Grace, Bo Ek"})
    with pytest.raises(ReviewRefused, match="'dora' is not among the reviewers"):
        decide(drafted.store, listed, "C-1", replace(APPROVED, reviewer="dora"))
    assert decide(drafted.store, listed, "C-1", APPROVED)[1] == "closed"
    desk = replace(drafted.desk(), settings=listed)
    with pytest.raises(ReviewRefused, match="'dora' is not among the reviewers"):
        review(desk, drafted.case, reopen=Reopening("dora", "a letter came"))
    review(desk, drafted.case, reopen=Reopening("bo.ek", "a letter came"))
    assert drafted.store.status("C-1") == "drafted"


def test_what_is_no_name_puts_no_case_aside(drafted: Any) -> None:
    with pytest.raises(ReviewRefused, match="is not a name"):
        defer(drafted.store, "C-1", "=cmd()+1")


def test_an_opinion_that_came_meanwhile_is_told_before_another_is_taken(drafted: Any) -> None:
    reject = Wish("dora", "worth_reviewing", "NO_FINDING", "reject", cited=("E1",))
    decide(drafted.store, drafted.settings, "C-1", reject)
    carl = replace(reject, reviewer="carl", known=0)
    with pytest.raises(ReviewRefused, match=r"'dora' decided reject \(worth_reviewing\) on case 'C-1' meanwhile"):
        decide(drafted.store, drafted.settings, "C-1", carl)
    assert check(drafted.store, drafted.settings, "C-1", replace(carl, known=1)) == "closed"
    assert drafted.store.status("C-1") == "awaiting_second"
    assert decide(drafted.store, drafted.settings, "C-1", replace(carl, known=1))[1] == "closed"


def test_a_case_is_reopened_by_somebody_for_a_reason(drafted: Any) -> None:
    decide(drafted.store, drafted.settings, "C-1", APPROVED)
    for again, told in (
        (None, "is closed; give --reopen and --reason"),
        (Reopening("mallory", " "), "give --reason"),
        (Reopening("", "new evidence"), "give --reviewer"),
        (Reopening("mallory", "new\udce9"), "not valid text"),
    ):
        with pytest.raises(ReviewRefused, match=told):
            review(drafted.desk(), drafted.case, reopen=again)
    assert review(drafted.desk(), drafted.case, reopen=Reopening("mallory", "new evidence")).attempt == 2
    [entry] = [each for each in drafted.store.audit("C-1") if each.action == "reopened"]
    assert (entry.actor, entry.content) == ("mallory", '{"attempt":2,"reason":"new evidence"}')
    assert drafted.store.verify() == ()


def test_what_two_settled_nobody_overturns_alone(drafted: Any) -> None:
    for name in ("ada", "bo"):
        decide(drafted.store, drafted.settings, "C-1", Wish(name, "confirmed_fraud", "NO_FINDING", "reject", ("E1",)))
    assert drafted.store.status("C-1") == "closed"
    review(drafted.desk(), drafted.case, reopen=Reopening("mallory", "a mistake"))
    assert decide(drafted.store, drafted.settings, "C-1", replace(APPROVED, reviewer="mallory"))[1] == "awaiting_second"
    assert decide(drafted.store, drafted.settings, "C-1", APPROVED)[1] == "closed"


@pytest.fixture
def selfie(tiny: Any, tmp_path: Path) -> Path:
    """The attached file of a second case, C-2, whose tools look at none."""
    path = tmp_path / "selfie.jpg"
    path.write_bytes(b"as it came")
    attached = Attachment(role="selfie", path=path.name, sha256=hashlib.sha256(b"as it came").hexdigest())
    changes = {"case_id": "C-2", "source": str(tmp_path), "attachments": (attached,)}
    tiny.case = tiny.case.model_copy(update=changes)
    tiny.store.add_cases([tiny.case])
    return path


@pytest.mark.parametrize("altered", [b"another", None])
def test_a_file_that_was_lost_or_altered_before_the_draft_holds_up_no_decision(
    tiny: Any, selfie: Path, altered: bytes | None
) -> None:
    selfie.unlink() if altered is None else selfie.write_bytes(altered)
    review(tiny.desk(), tiny.case)
    assert decide(tiny.store, tiny.settings, "C-2", APPROVED)[1] == "closed"


def test_a_file_that_is_put_right_after_the_draft_asks_for_another_review(tiny: Any, selfie: Path) -> None:
    selfie.write_bytes(b"another")
    review(tiny.desk(), tiny.case)
    selfie.write_bytes(b"as it came")
    with pytest.raises(ReviewRefused, match=r"the selfie of case .C-2. changed.*casework review C-2"):
        decide(tiny.store, tiny.settings, "C-2", APPROVED)
    review(tiny.desk(), tiny.case)
    assert decide(tiny.store, tiny.settings, "C-2", APPROVED)[1] == "closed"


def test_a_case_file_that_does_not_say_what_it_found_keeps_its_hash(make_file: Any) -> None:
    assert "files" not in make_file().model_dump(mode="json")
    assert make_file(files={}).sha256 != make_file().sha256
