"""Work: calls, failures, tokens and time of a saved review."""

from __future__ import annotations

from collections.abc import Callable

from agent.case import CaseFile, ModelCall
from evals.scorers.work import work
from evals.world.label import Label
from tools.evidence import Ledger


def test_a_small_review(make_file: Callable[..., CaseFile]) -> None:
    scored = work(make_file())
    assert (scored.calls, scored.redundant, scored.unavailable, scored.failed) == (3, 0, 1, 1)
    assert scored.needed == 0.5
    assert scored.milliseconds == 12.5


def test_asking_twice_is_redundant(make_file: Callable[..., CaseFile]) -> None:
    file = make_file()
    again = file.ledger.entries[0].model_copy(update={"id": "E4"})
    ledger = Ledger(entries=(*file.ledger.entries, again))
    assert work(file.model_copy(update={"ledger": ledger})).redundant == 1


def test_model_calls_are_added_up(make_file: Callable[..., CaseFile]) -> None:
    call = ModelCall(
        role="merge",
        prompt="p",
        prompt_sha256="0",
        request_sha256="0",
        answer="",
        model="m",
        tokens_in=40,
        tokens_out=2,
    )
    scored = work(make_file(calls=(call, call.model_copy(update={"error": "no JSON"}))))
    assert (scored.model_calls, scored.schema_failures, scored.tokens) == (2, 1, 84)


def test_real_reviews(reviewed: list[tuple[CaseFile, Label]]) -> None:
    for file, _ in reviewed:
        scored = work(file)
        assert scored.redundant == 0
        assert scored.calls == len(file.ledger.entries)
