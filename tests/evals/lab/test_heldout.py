"""Phrases are runs of eight words, whatever their case and stops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.llm.qualify import load_questions
from evals.lab.heldout import LENGTH, SHORTEST, HeldOut, held_out, phrases, words
from evals.world.label import Label
from evals.world.people import populate
from prompts import FOLDER

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


def of_the_world() -> Label:
    """The label of a customer as the simulated exchange makes them."""
    (person,) = populate(np.random.default_rng(7), 1)
    return Label(
        case_id="V-1001",
        customer_id=person.customer_id,
        story="bank_limit",
        is_fraud=False,
        ideal="approve",
        proof=(),
        intolerable=False,
        doubt=0.2,
        reviewers=("approve",) * 3,
        what_happened="They waited.",
    )


@pytest.fixture
def built(tmp_path: Path) -> tuple[HeldOut, Label]:
    """What is held out where val has the case of a customer, and its label."""
    label, labels = of_the_world(), tmp_path / "cases" / "val" / "labels.jsonl"
    labels.parent.mkdir(parents=True)
    labels.write_text(f"{label.model_dump_json()}\n", "utf-8")
    return held_out(tmp_path), label


@pytest.mark.parametrize("form", ["as for customer {}.", "_{}_", "{}'s", "id={},", "(**{}**)", "{}-like", "x\t{}"])
def test_a_held_out_id_is_found_at_its_line_in_capitals_or_not(built: tuple[HeldOut, Label], form: str) -> None:
    held, label = built
    for known in (label.case_id, label.customer_id):
        for told in (known, known.lower()):
            assert list(held.leaks(f"no\n{form.format(told)}\nno")) == [(2, f"{known!r} belongs to the val set")]


@given(before=st.sampled_from(["", "A", "7", "é"]), after=st.sampled_from(["", "2", "b", "ß"]))
def test_a_longer_word_or_number_is_no_id(before: str, after: str) -> None:
    held = HeldOut({"V-1001": "val", of_the_world().customer_id: "val"}, {})
    for known in held.ids:
        assert len(list(held.leaks(f"see {before}{known}{after}."))) == (not before and not after)


def test_words_and_the_shipped_prompts_with_their_examples_hold_no_id(built: tuple[HeldOut, Label]) -> None:
    held, _ = built
    english = "US U2 V-neck T-shirt T-1000's V-shaped Covid-19 KYC-02 D-1003 C-1003 2024-1001 UTF-8 T-bill USD 319223"
    assert not list(held.leaks(english))
    for path in sorted(FOLDER.glob("*.prompt.md")):
        assert not list(held.leaks(path.read_text("utf-8"))), path.name


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
