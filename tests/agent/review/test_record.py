"""What a person wants done with a case: nobody else decides it in the meantime, nor on files that changed."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from agent.case import AuditEntry
from agent.errors import ReviewRefused
from agent.review.record import Wish, decide, defer
from agent.runner import alone, review
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
    with pytest.raises(ReviewRefused, match="'closed'; only open and drafted cases can wait"):
        defer(drafted.store, "C-1", "ada")
    assert drafted.store.status("C-1") == "closed"


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
