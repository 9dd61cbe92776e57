"""Walking through the queue by keyboard, from a pipe as from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.store import Store

Casework = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ids(casework: Casework, drafts: Path) -> list[str]:
    """The cases in the order of the queue, all of them drafted."""
    return [row["case_id"] for row in json.loads(casework("queue", "--json")[1])["cases"]]


def work(casework: Casework, *answers: str, reviewer: str = "ada") -> str:
    code, out, err = casework("work", "--no-model", "--reviewer", reviewer, answers="".join(f"{a}\n" for a in answers))
    assert (code, err) == (0, "")
    return out


def test_next_and_quit_decide_nothing(casework: Casework, home: Path) -> None:
    ids = [row["case_id"] for row in json.loads(casework("queue", "--json")[1])["cases"]]
    assert Store(home).status(ids[0]) == "open"
    out = work(casework, "n", "q")
    assert ids[0] in out
    assert ids[1] in out
    assert ids[2] not in out
    assert "0 decided" in out
    assert Store(home).status(ids[0]) == "drafted"


def test_the_end_of_the_input_ends_the_walk(casework: Casework, home: Path) -> None:
    assert "0 decided" in work(casework)
    assert Store(home).verify() == ()


def test_accepting_takes_the_recommendation_and_its_first_reason(
    casework: Casework, ids: list[str], home: Path
) -> None:
    draft = Store(home).latest_file(ids[0]).draft  # type: ignore[union-attr]
    out = work(casework, "a", "", "", "looks right", "q")
    assert "1 decided" in out
    [review] = Store(home).reviews(ids[0])
    assert (review.reviewer, review.disposition, review.comment) == ("ada", draft.disposition, "looks right")
    assert review.reason_code == (draft.reason_codes or ("NO_FINDING",))[0]


def test_an_override_asks_for_evidence_and_is_refused_without(casework: Casework, ids: list[str], home: Path) -> None:
    reject = ("o", "rej", "confirmed_fraud", "FACE_MISMATCH")
    out = work(casework, *reject, "", "no evidence", *reject, "E1 E2", "now with", "q")
    assert "not done: " in out
    assert "--cite" in out
    [review] = Store(home).reviews(ids[0])
    assert (review.disposition, review.cited, review.comment) == ("reject", ("E1", "E2"), "now with")
    assert Store(home).status(ids[0]) == "awaiting_second"


def test_a_second_reviewer_meets_the_case_again(casework: Casework, ids: list[str], home: Path) -> None:
    reject = ("o", "reject", "confirmed_fraud", "FACE_MISMATCH", "E1", "")
    work(casework, *reject, "q")
    out = work(casework, *reject, "q", reviewer="ada")
    assert "different reviewer" in out
    out = work(casework, *reject, "q", reviewer="bo")
    assert "status: closed" in out
    assert Store(home).status(ids[0]) == "closed"


def test_asking_the_customer_shows_the_letter(casework: Casework, ids: list[str], home: Path) -> None:
    for place, case_id in enumerate(ids):
        file = Store(home).latest_file(case_id)
        if file is not None and file.draft.customer_message:
            out = work(casework, *["n"] * place, "k", "", "", "", "q")
            assert "Dear customer," in out
            assert Store(home).status(case_id) == "awaiting_customer"
            return
    pytest.fail("the exchange has no case to ask about")


def test_a_deferred_case_comes_last(casework: Casework, ids: list[str], home: Path) -> None:
    work(casework, "d", "q")
    assert Store(home).status(ids[0]) == "deferred"
    assert Store(home).audit(ids[0])[-1].actor == "ada"
    assert ids[0] not in work(casework, "q")
    walked = work(casework, *["n"] * (len(ids) - 1), "q")
    assert ids[0] in walked.rpartition(f"{len(ids)} of {len(ids)}")[2]


def test_the_page_opens_and_the_case_is_still_there(
    casework: Casework, ids: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: dict[Path, str] = {}

    def look(url: str) -> bool:
        page = Path(url.removeprefix("file://"))
        opened[page] = page.read_text()
        return True

    monkeypatch.setattr("webbrowser.open", look)
    out = work(casework, "p", "p", "n", "p", "q")
    assert [page.name for page in opened] == [f"{case_id}.html" for case_id in ids[:2]]
    assert all(text.lstrip().lower().startswith("<!doctype html") for text in opened.values())
    assert all(str(page) in out.replace("\n", "") for page in opened)


def test_no_page_is_left_behind(
    casework: Casework, ids: list[str], home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It holds the customer's pictures. One copy a case while the walk lasts, none after it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    seen: list[int] = []
    monkeypatch.setattr("webbrowser.open", lambda _: seen.append(len(list((tmp_path / "own").rglob("*.html")))) or True)
    work(casework, "p", "p", "q")
    assert seen == [1, 1]
    assert list((tmp_path / "own").iterdir()) == []


def test_an_unclear_answer_is_asked_again(casework: Casework, ids: list[str], home: Path) -> None:
    out = work(casework, "?", "o", "re", "nonsense", "approve", "false", "FACE_MATCH_STRONG", "E1", "", "q")
    assert "that is none of the keys" in out
    assert "one of: approve, request_resubmission" in out
    assert Store(home).reviews(ids[0])[0].disposition == "approve"
