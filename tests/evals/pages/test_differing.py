"""Two drafts side by side: what both say is plain, what one alone says is marked, down to the word."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.case import CaseFile, Statement
from evals.pages.differing import side_by_side

Told = Callable[..., CaseFile]


@pytest.fixture
def told(make_file: Callable[..., CaseFile]) -> Told:
    def make(*texts: str, letter: str = "") -> CaseFile:
        file = make_file()
        statements = tuple(Statement(text=text, references=(), source="template") for text in texts)
        draft = file.draft.model_copy(update={"statements": statements, "customer_message": letter})
        return file.model_copy(update={"draft": draft})

    return make


def test_equal_drafts_have_nothing_marked(told: Told) -> None:
    left, right = side_by_side(told("One.", "Two."), told("One.", "Two."))
    assert [sentence.text for sentence in left] == ["One.", "Two."]
    assert all(sentence.alike and piece.alike for sentence in (*left, *right) for piece in sentence.pieces)


def test_words_that_one_draft_alone_has_are_marked(told: Told) -> None:
    first = told("Same.", "The money left after three days, and it was all of it.")
    second = told("Same.", "The money left after two days, and it was most of it.")
    left, right = side_by_side(first, second)
    assert [sentence.alike for sentence in left] == [True, False]
    assert [piece.text for piece in left[1].pieces if not piece.alike] == ["three", "all"]
    assert [piece.text for piece in right[1].pieces if not piece.alike] == ["two", "most"]


def test_a_sentence_that_lost_words_differs_though_all_its_words_are_shared(told: Told) -> None:
    left, right = side_by_side(told("It is odd and it is late."), told("It is odd and it is very late."))
    assert (left[0].alike, right[0].alike) == (False, False)
    assert all(piece.alike for piece in left[0].pieces)
    assert [piece.text for piece in right[0].pieces if not piece.alike] == ["very "]


def test_sentences_with_hardly_a_word_in_common_are_marked_whole(told: Told) -> None:
    left, right = side_by_side(told("Alpha beta gamma."), told("Nothing of the kind was ever said here."))
    assert [len(left[0].pieces), len(right[0].pieces)] == [1, 1]
    assert not left[0].pieces[0].alike


def test_sentences_of_one_draft_alone_and_letters_are_marked(told: Told) -> None:
    left, right = side_by_side(told("One."), told("One.", "Two.", letter="Dear customer,\nPlease write."))
    assert [sentence.text for sentence in left] == ["One."]
    assert [(sentence.part, sentence.alike) for sentence in right[1:]] == [
        ("Finding", False),
        ("Letter", False),
        ("Letter", False),
    ]


texts = st.lists(st.text("ab .", min_size=1, max_size=12), max_size=4)


@given(texts, texts)
def test_no_word_is_lost_or_changed(first: list[str], second: list[str]) -> None:
    from agent.case import Draft

    def file(told: list[str]) -> CaseFile:
        statements = tuple(Statement(text=text, references=(), source="template") for text in told)
        draft = Draft(case_id="C-1", disposition="approve", confidence=1, reason_codes=(), statements=statements)
        return CaseFile.model_construct(draft=draft)

    left, right = side_by_side(file(first), file(second))
    assert [sentence.text for sentence in left] == first
    assert [sentence.text for sentence in right] == second
