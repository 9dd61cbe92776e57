"""Citations: honest drafts pass, and each way of going wrong is seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.case import CaseFile, Flag, Statement
from evals.scorers.citations import citations, supported
from evals.world.label import Label


def test_the_policys_own_drafts_are_clean(reviewed: list[tuple[CaseFile, Label]]) -> None:
    for file, _ in reviewed:
        scored = citations(file)
        assert (scored.dangling, scored.omitted_adverse, scored.unstated_rules, scored.invented_rules) == (0, 0, 0, 0)
        assert [told.text for told in file.draft.statements if not supported(told, file)] == []
        assert scored.precision in (None, 1.0)
        assert scored.recall in (None, 1.0)


def with_statement(make_file: Callable[..., CaseFile], text: str, **changes: object) -> CaseFile:
    file = make_file()
    fields = {"text": text, "references": ("E1.face.similarity",), "source": "model", "rules": ("FACE-02",)}
    told = Statement.model_validate(fields | changes)
    return file.model_copy(update={"draft": file.draft.model_copy(update={"statements": (told,)})})


def figures_hold(file: CaseFile) -> bool:
    return all(supported(told, file) for told in file.draft.statements)


@pytest.mark.parametrize(
    "text",
    [
        "The faces differ: 0.21.",
        "The faces differ: 0.2.",
        "The faces differ: 21%.",
        "Case C-1042 rests on E1: the faces differ.",
        "The faces differ.",
    ],
)
def test_figures_of_the_cited_evidence_are_supported(make_file: Callable[..., CaseFile], text: str) -> None:
    assert figures_hold(with_statement(make_file, text))


@pytest.mark.parametrize(
    "text",
    [
        "The faces differ: 0.12.",
        "The faces differ: 12%.",
        "Similarity 0.21 on 3 accounts.",
        "Similarity -0.21.",
        "Deposits of 12,500 USD.",
    ],
)
def test_other_figures_are_not(make_file: Callable[..., CaseFile], text: str) -> None:
    assert not figures_hold(with_statement(make_file, text))


def test_a_figure_of_another_fact_must_be_cited(make_file: Callable[..., CaseFile]) -> None:
    text = "There were 3 deposits and a similarity of 0.21."
    both = ("E1.face.similarity", "E2.activity.deposits_24h")
    assert not figures_hold(with_statement(make_file, text))
    told = with_statement(make_file, text, references=both)
    assert figures_hold(told)
    assert citations(told).precision == 0.5


@pytest.mark.parametrize(
    ("changes", "unsupported"),
    [({}, 0), ({"text": "The faces are the same."}, 1), ({"references": ()}, 1), ({"text": "Similarity 0.97."}, 1)],
)
def test_a_statement_is_unsupported_by_its_words_as_by_its_figures(
    make_file: Callable[..., CaseFile], changes: dict[str, object], unsupported: int
) -> None:
    (finding,) = make_file().findings
    told = with_statement(make_file, **{"text": finding.text, "references": finding.references} | changes)  # type: ignore[arg-type]
    assert citations(told).unsupported == unsupported


def test_dangling_and_invented(make_file: Callable[..., CaseFile]) -> None:
    file = with_statement(make_file, "It differs.", references=("E9.face.similarity",), rules=("FACE-99",))
    scored = citations(file)
    assert (scored.dangling, scored.invented_rules, scored.unstated_rules, scored.omitted_adverse) == (1, 1, 1, 1)
    assert (scored.precision, scored.recall) == (0.0, 0.0)


def test_a_draft_that_only_repeats_its_flag_parrots(make_file: Callable[..., CaseFile]) -> None:
    def flagged(code: str) -> CaseFile:
        file = make_file()
        flag = Flag(code=code, raised_at=file.case.flagged_at)
        return file.model_copy(update={"case": file.case.model_copy(update={"flags": (flag,)})})

    assert citations(flagged("face_mismatch")).parrots
    assert not citations(flagged("shared_device")).parrots
    assert not citations(flagged("something_new")).parrots
