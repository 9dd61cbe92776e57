"""Recorded answers answer the recorded questions and no others."""

from __future__ import annotations

import pytest
from greeting import HELLO, recorded

from agent.errors import ReplayDiverged
from agent.llm.tape import Tape


def test_a_tape_plays_back_in_order_and_is_used_up() -> None:
    tape = Tape([recorded("one"), recorded("two")])
    assert tape.name == "recorded"
    assert [tape.ask("merge", HELLO, None, 50).answer for _ in range(2)] == ["one", "two"]
    tape.check_finished()
    with pytest.raises(ReplayDiverged, match="asks the model 3 times"):
        tape.ask("merge", HELLO, None, 50)


def test_a_tape_refuses_another_question() -> None:
    with pytest.raises(ReplayDiverged, match="model call 1"):
        Tape([recorded("one")]).ask("merge", HELLO, None, 51)
    with pytest.raises(ReplayDiverged, match="'merge'"):
        Tape([recorded("one")]).ask("word", HELLO, None, 50)


def test_a_tape_that_was_not_played_to_its_end_is_a_divergence() -> None:
    with pytest.raises(ReplayDiverged, match="0 times, the record holds 1"):
        Tape([recorded("one")]).check_finished()
    Tape([]).check_finished()
