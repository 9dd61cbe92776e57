"""What a person wants done with a case: nobody else decides it in the meantime."""

from typing import Any

import pytest

from agent.case import AuditEntry
from agent.errors import ReviewRefused
from agent.review.record import Wish, decide, defer
from agent.runner import alone, review
from agent.store import Store

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
    with pytest.raises(ReviewRefused, match="'closed'; only open and drafted cases can wait"):
        defer(drafted.store, "C-1", "ada")
    assert drafted.store.status("C-1") == "closed"
