"""Walking through the queue by keyboard, from a pipe as from a terminal."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

import agent.policy
from agent.cli.work import ended_in_order
from agent.review.record import Wish, decide
from agent.settings import Settings
from agent.store import Store

Casework = Callable[..., tuple[int, str, str]]
POLICY = Path(agent.policy.__file__).parent


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
    out = work(casework, "a", "", "", "looks right", "y", "q")
    assert "1 decided" in out
    [review] = Store(home).reviews(ids[0])
    assert (review.reviewer, review.disposition, review.comment) == ("ada", draft.disposition, "looks right")
    assert review.reason_code == (draft.reason_codes or ("NO_FINDING",))[0]


REJECT = ("o", "rej", "confirmed_fraud", "FACE_MISMATCH")


def test_nothing_is_recorded_without_a_yes(casework: Casework, ids: list[str], home: Path) -> None:
    out = work(casework, *REJECT, "E1", "a comment", "", *REJECT, "E1", "a comment", "maybe", "q")
    assert out.count(f"reject {ids[0]}, confirmed_fraud? [y/N]") == 2
    assert out.count("not recorded") == 2
    assert Store(home).reviews(ids[0]) == ()


@pytest.mark.parametrize("said", ["approve", "ack", "ass", "dispute", "done", "decline", "aa", "kk", ""])
def test_a_key_is_the_whole_answer(casework: Casework, ids: list[str], home: Path, said: str) -> None:
    out = work(casework, said, "", "", "looks fine", "y")
    assert out.count("type one of the keys shown") == 5
    assert Store(home).reviews(ids[0]) == ()
    assert Store(home).status(ids[0]) == "drafted"


def test_a_word_is_as_good_as_its_key(casework: Casework, ids: list[str], home: Path) -> None:
    work(casework, "Defer", "NEXT", "accept", "", "", "", "yes", "quit")
    assert Store(home).status(ids[0]) == "deferred"
    assert Store(home).status(ids[1]) == "drafted"
    assert len(Store(home).reviews(ids[2])) == 1


def test_an_override_without_evidence_is_refused_before_anything_long_is_typed(
    casework: Casework, ids: list[str], home: Path
) -> None:
    out = work(casework, *REJECT, "", *REJECT, "E1, E2,E1", "now with", "y", "q")
    assert "not done: " in out
    assert "--cite" in out
    [review] = Store(home).reviews(ids[0])
    assert (review.disposition, review.cited, review.comment) == ("reject", ("E1", "E2", "E1"), "now with")
    assert Store(home).status(ids[0]) == "awaiting_second"


@pytest.mark.parametrize("answered", range(1, 5))
def test_any_question_can_be_taken_back(casework: Casework, ids: list[str], home: Path, answered: int) -> None:
    out = work(casework, *(*REJECT, "E1")[:answered], "cancel", "q")
    assert "not done: cancelled; nothing was recorded" in out
    assert "0 decided" in out
    assert Store(home).reviews(ids[0]) == ()


def test_what_is_no_text_is_asked_again(casework: Casework, ids: list[str], home: Path) -> None:
    out = work(casework, *REJECT, "E1", "ren\udce9", "\x1b[D", "René", "y", "q")
    assert out.count("that is not valid text; type it again") == 2
    [review] = Store(home).reviews(ids[0])
    assert review.comment == "René"


def test_a_name_that_is_no_text_decides_nothing_and_ends_nothing(
    casework: Casework, ids: list[str], home: Path
) -> None:
    out = work(casework, *REJECT, "E1", "", "y", "d", "n", "q", reviewer="ren\udce9")
    assert out.count("is not valid text") == 2
    assert "0 decided" in out
    assert Store(home).reviews(ids[0]) == ()


def test_a_second_reviewer_sees_who_decided_what_and_confirms_it(
    casework: Casework, ids: list[str], home: Path
) -> None:
    work(casework, *REJECT, "E1", "", "y", "q")
    out = work(casework, "q", reviewer="Ada ")
    assert f"{ids[0]} waits for another reviewer: you decided it first" in out
    assert f"{ids[1]}  " in out
    out = work(casework, "a", "c", "me too", "y", "q", reviewer="bo")
    assert "ada decided: reject, confirmed_fraud" in out
    assert "type one of the keys shown" in out
    assert "[c]onfirm" in out.partition("status: ")[0]
    assert f"reject {ids[0]}, confirmed_fraud? [y/N]" in out
    assert "status: closed" in out
    first, second = Store(home).reviews(ids[0])
    assert (second.reviewer, second.comment) == ("bo", "me too")
    assert (second.disposition, second.outcome, second.reason_code, second.cited) == (
        *(first.disposition, first.outcome),
        *(first.reason_code, first.cited),
    )
    assert Store(home).status(ids[0]) == "closed"


def test_who_decides_otherwise_is_told_what_it_leads_to(casework: Casework, ids: list[str], home: Path) -> None:
    work(casework, *REJECT, "E1", "", "y", "q")
    out = work(casework, "o", "escalate", "worth", "NO_FINDING", "E1", "", "y", "q", reviewer="bo")
    assert "ada decided differently: two other reviewers will then have to agree" in out
    assert Store(home).status(ids[0]) == "drafted"


def test_a_decision_that_came_meanwhile_is_shown_before_another_is_taken(
    casework: Casework, ids: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She decides while he reads: he is told, and is no second who does not know of it."""
    settings = Settings(casework_home=home)
    dora = Wish("dora", "confirmed_fraud", "NO_FINDING", "reject", ("E1",), "she stole it")

    def meanwhile(_: str) -> bool:
        return bool(decide(Store(home), settings, ids[0], dora))

    monkeypatch.setattr("webbrowser.open", meanwhile)
    out = work(casework, "p", "q", reviewer="carl")
    assert "dora decided: reject, confirmed_fraud" in out
    assert "she stole it" in out
    assert [each.reviewer for each in Store(home).reviews(ids[0])] == ["dora"]


def test_a_case_that_is_closed_meanwhile_is_passed(
    casework: Casework, ids: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(casework_home=home)

    def meanwhile(_: str) -> bool:
        for name in ("dora", "emil"):
            decide(Store(home), settings, ids[0], Wish(name, "confirmed_fraud", "NO_FINDING", "reject", ("E1",)))
        return True

    monkeypatch.setattr("webbrowser.open", meanwhile)
    out = work(casework, "p", "q", reviewer="carl")
    assert f"{ids[0]} is now closed" in out
    assert f"{ids[1]}  " in out


def test_asking_the_customer_shows_the_letter(casework: Casework, ids: list[str], home: Path) -> None:
    for place, case_id in enumerate(ids):
        file = Store(home).latest_file(case_id)
        if file is not None and file.draft.customer_message:
            out = work(casework, *["n"] * place, "k", "", "", "", "y", "q")
            assert "Dear customer," in out
            assert Store(home).status(case_id) == "awaiting_customer"
            out = work(casework, "q")
            assert f"Overdue, waiting for the customer: {case_id}" in out
            return
    pytest.fail("the exchange has no case to ask about")


def test_without_a_letter_the_reviewer_says_what_is_asked(casework: Casework, ids: list[str], home: Path) -> None:
    for place, case_id in enumerate(ids):
        file = Store(home).latest_file(case_id)
        if file is not None and not file.draft.customer_message:
            asking = [*["n"] * place, "k", "", "", "E1"]
            out = work(casework, *asking, "", "y", "q")
            assert f"not done: the draft of case {case_id!r} has no letter for request_information" in out
            assert Store(home).status(case_id) == "drafted"
            assert "status: awaiting_" in work(casework, *asking, "Whose is the address?", "y", "q")
            return
    pytest.fail("the exchange has no case without a letter")


def test_an_outdated_draft_is_said_to_be_so_and_made_again(
    casework: Casework, ids: list[str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = tmp_path / "policy"
    shutil.copytree(POLICY, edited, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (edited / "thresholds.yaml").read_text("utf-8")
    (edited / "thresholds.yaml").write_text(text.replace("value: 365", "value: 370"), "utf-8")
    monkeypatch.setenv("POLICY_DIR", str(edited))
    out = work(casework, "a", "r", "a", "", "", "as it should be", "y", "q")
    assert "the policy changed since this draft was made" in out
    assert "type one of the keys shown" in out
    assert [review.attempt for review in Store(home).reviews(ids[0])] == [2]


def test_where_a_case_stands_is_told_above_the_keys(casework: Casework, ids: list[str], home: Path) -> None:
    file = Store(home).latest_file(ids[0])
    assert file is not None
    head = (
        f"{ids[0]} {file.draft.disposition.upper()} {file.draft.confidence:.2f}; drafted; due {file.case.due_at[:10]}"
    )
    assert head in work(casework, "q")


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
    out = work(casework, "?", "o", "re", "nonsense", "approve", "false", "FACE_MATCH_STRONG", "E1", "", "y", "q")
    assert "type one of the keys shown" in out
    assert "choose one of approve, request_resubmission" in out
    assert Store(home).reviews(ids[0])[0].disposition == "approve"


def test_a_page_that_cannot_be_written_ends_nothing(
    casework: Casework, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    out = work(casework, "p", "n", "q")
    assert "not done: the page cannot be written: no space left on device" in out
    assert ids[1] in out


@pytest.mark.parametrize("told", [signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT])
def test_who_is_told_to_end_leaves_no_page_behind(
    ids: list[str], home: Path, tmp_path: Path, told: signal.Signals
) -> None:
    """As a terminal does that is closed while somebody looks at a customer's pictures."""
    (tmp_path / "own").mkdir()
    changes = {"CASEWORK_HOME": str(home), "TMPDIR": str(tmp_path / "own"), "BROWSER": "true"}
    command = [sys.executable, "-m", "agent", "work", "--no-model", "--reviewer", "ada"]
    with subprocess.Popen(
        command, env={**os.environ, **changes}, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as child:
        assert child.stdin is not None
        child.stdin.write("p\n")
        child.stdin.flush()
        until = time.monotonic() + 60
        while not list((tmp_path / "own").rglob("*.html")) and time.monotonic() < until:
            time.sleep(0.05)
        assert list((tmp_path / "own").rglob("*.html"))
        child.send_signal(told)
        assert child.wait(60) == 128 + told
    assert list((tmp_path / "own").iterdir()) == []


def told_to_end(becomes: type[Exception] | None) -> None:
    """Be told to end within what turns that into an exception of its own, or into nothing."""
    with ended_in_order():
        try:
            signal.raise_signal(signal.SIGHUP)
        except SystemExit as error:
            if becomes:
                raise becomes from error


@pytest.mark.parametrize("becomes", [ValueError, None])
def test_being_told_to_end_ends_whatever_it_becomes_on_its_way(becomes: type[Exception] | None) -> None:
    before = signal.getsignal(signal.SIGHUP)
    with pytest.raises(typer.Exit) as left:
        told_to_end(becomes)
    assert left.value.exit_code == 128 + signal.SIGHUP
    assert signal.getsignal(signal.SIGHUP) is before


def test_another_fault_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="own"), ended_in_order():
        raise ValueError("its own")
