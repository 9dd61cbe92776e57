"""Words: length, reading ease and the five questions."""

from __future__ import annotations

import pytest

from agent.case import CaseFile
from evals.scorers.wording import reading_ease, wording
from evals.world.label import Label


def test_the_policys_own_drafts_answer_the_questions(reviewed: list[tuple[CaseFile, Label]]) -> None:
    scored = [wording(file) for file, _ in reviewed]
    assert all(each.answered >= 3 for each in scored)
    assert all(each.words > 20 and each.by_model == 0 for each in scored)


def test_reading_ease_known() -> None:
    # 6 words, 6 syllables, one sentence: Flesch's own arithmetic.
    assert reading_ease("The cat sat on the mat.") == pytest.approx(206.835 - 1.015 * 6 - 84.6)
    assert reading_ease("") is None


def test_long_words_are_harder() -> None:
    easy, hard = (
        reading_ease("We saw two of them."),
        reading_ease("Documentation irregularities necessitate escalation."),
    )
    assert easy is not None
    assert hard is not None
    assert easy > 80 > 0 > hard
