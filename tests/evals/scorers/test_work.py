"""Work: calls, failures, tokens and time of a saved review."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.case import CaseFile, ModelCall
from evals.scorers.work import trajectory, work
from evals.world.label import Label
from tools.evidence import Ledger, Unavailable

LABEL = Label(
    case_id="C-1", customer_id="U-1", story="test", is_fraud=True, ideal="escalate", intolerable=False, doubt=0.0,
    proof=("face.similarity", "account.age_days"), reviewers=("escalate",) * 3, what_happened="A test.",
)  # fmt: skip


def test_a_small_review(make_file: Callable[..., CaseFile]) -> None:
    scored = work(make_file(), LABEL)
    assert scored.tools == ("face.match", "sql.velocity", "liveness.assess")
    assert (scored.calls, scored.redundant, scored.unavailable, scored.failed) == (3, 0, 1, 1)
    assert scored.needed == 0.5
    assert scored.milliseconds == 12.5


def test_what_nothing_is_set_up_for_is_no_failure(make_file: Callable[..., CaseFile]) -> None:
    file = make_file()
    reason = "liveness was not assessed; no liveness weights are configured"
    failed = {}
    for fault in ("ours", "setup", "customer", "policy"):
        silent = file.ledger.entries[2].model_copy(update={"fault": fault, "reason": reason})
        ledger = Ledger(entries=(*file.ledger.entries[:2], silent))
        failed[fault] = work(file.model_copy(update={"ledger": ledger}), LABEL).failed
    assert failed == {"ours": 1, "setup": 0, "customer": 0, "policy": 0}, "whatever the words, the fault decides"


def test_asking_twice_is_redundant(make_file: Callable[..., CaseFile]) -> None:
    file = make_file()
    again = file.ledger.entries[0].model_copy(update={"id": "E4"})
    ledger = Ledger(entries=(*file.ledger.entries, again))
    assert work(file.model_copy(update={"ledger": ledger}), LABEL).redundant == 1


def test_proof_counts_the_tools_that_could_show_the_truth(make_file: Callable[..., CaseFile]) -> None:
    assert work(make_file(), LABEL).proof == 0.5
    assert work(make_file(), LABEL.model_copy(update={"proof": ("face.similarity",)})).proof == 1.0
    assert work(make_file(), LABEL.model_copy(update={"proof": ()})).proof is None


def test_wrong_arguments_are_counted(make_file: Callable[..., CaseFile]) -> None:
    file = make_file()
    refused = file.ledger.entries[2].model_copy(update={"reason": "tool 'x' cannot take these arguments: limit"})
    assert isinstance(refused, Unavailable)
    ledger = Ledger(entries=(*file.ledger.entries[:2], refused))
    scored = work(file.model_copy(update={"ledger": ledger}), LABEL)
    assert (scored.misdirected, scored.unavailable, scored.failed) == (1, 1, 0)


def test_a_table_that_the_data_never_had_is_no_failure(make_file: Callable[..., CaseFile]) -> None:
    file, failed = make_file(), {}
    for table in ("devices", "devises"):
        lacking = {"reason": f"the warehouse has no table '{table}'; run `casework warehouse check`"}
        ledger = Ledger(entries=(*file.ledger.entries[:2], file.ledger.entries[2].model_copy(update=lacking)))
        failed[table] = work(file.model_copy(update={"ledger": ledger}), LABEL).failed
    assert failed == {"devices": 0, "devises": 1}, "a table that no catalogue has is a fault of ours"


def test_time_without_its_measuring_is_none(make_file: Callable[..., CaseFile]) -> None:
    assert work(make_file(), LABEL, remembered=True).milliseconds is None


def test_a_trajectory_is_matched_in_order() -> None:
    assert trajectory(["a", "b", "c"], ["a", "b", "c"]) == 1.0
    assert trajectory(["c", "b", "a"], ["a", "b", "c"]) == pytest.approx(1 / 3)
    assert trajectory(["a", "x", "b"], ["a", "b"]) == pytest.approx(0.8)
    assert (trajectory([], ["a"]), trajectory([], [])) == (0.0, 1.0)


def test_model_calls_are_added_up(make_file: Callable[..., CaseFile]) -> None:
    call = ModelCall(
        role="merge",
        prompt="p",
        prompt_sha256="0",
        request_sha256="0",
        answer="{",
        model="m",
        tokens_in=40,
        tokens_out=2,
    )
    silent = call.model_copy(update={"answer": "", "error": "no answer within 30 s"})
    scored = work(make_file(calls=(call, call.model_copy(update={"error": "no JSON"}), silent)), LABEL)
    assert (scored.model_calls, scored.schema_failures, scored.unanswered, scored.tokens) == (3, 1, 1, 126)


def test_real_reviews(reviewed: list[tuple[CaseFile, Label]]) -> None:
    for file, label in reviewed:
        scored = work(file, label)
        assert scored.redundant == 0
        assert scored.calls == len(file.ledger.entries)
