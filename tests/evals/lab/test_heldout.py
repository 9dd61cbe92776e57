"""Phrases are runs of eight words, whatever their case and stops."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.llm.qualify import load_questions
from evals.lab.heldout import LENGTH, SHORTEST, HeldOut, held_out, phrases, words

WORDS = st.lists(st.sampled_from(["gold", "Silver", "o'clock", "7", "café", "x"]), max_size=14)


@given(WORDS)
def test_a_text_has_a_phrase_for_each_place_of_eight_words(told: list[str]) -> None:
    text = ", ".join(told)
    assert words(text) == told
    whole = SHORTEST <= len(told) < LENGTH
    assert len(list(phrases(text))) == whole + max(0, len(told) - LENGTH + 1)


@given(WORDS, WORDS, st.lists(st.sampled_from(["a", "b", "c"]), min_size=LENGTH, max_size=LENGTH + 4))
def test_a_copy_is_found_once_wherever_it_stands(before: list[str], after: list[str], copied: list[str]) -> None:
    held = HeldOut({}, dict.fromkeys(phrases(" ".join(copied)), "here"))
    text = "\n".join([" ".join(before), " ".join(copied).upper(), " ".join(after)])
    leaks = list(held.leaks(text))
    assert leaks
    assert leaks[0][0] == 2
    assert len(leaks) == 1


def test_an_id_is_found_at_its_line() -> None:
    held = HeldOut({"V-1001": "val", "U-77": "test"}, {})
    told = [(2, "'V-1001' is of the val set"), (3, "'U-77' is of the test set")]
    assert list(held.leaks("no\nsee V-1001, V-10012\nU-77")) == told


@pytest.mark.parametrize(("told", "leaks"), [("V-1003", 1), ("V-1200", 1), ("T-1600", 1), ("D-1003", 0), ("T-1601", 0)])
def test_case_ids_of_held_out_sets_are_known_where_nothing_was_built(tmp_path: Path, told: str, leaks: int) -> None:
    held = held_out(tmp_path)
    assert held.unbuilt == ("val", "test")
    assert len(list(held.leaks(f"As in {told}."))) == leaks


def test_every_qualification_text_is_found_as_it_is_sent(tmp_path: Path) -> None:
    held, questions = held_out(tmp_path), load_questions()
    sentences = [each.says.replace("{}", "{E4.flow.share}") for each in questions.findings]
    for text in (*questions.requests, *sentences, *(each.says for each in questions.findings)):
        assert list(held.leaks(f'Answer well.\nAs in: "{text}"\n')), text
    assert not list(held.leaks("Please confirm the date of your birth."))


def test_a_value_of_a_case_is_no_phrase() -> None:
    assert not list(phrases("United States of"))
