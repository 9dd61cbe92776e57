"""A sentence says what its findings say, whoever worded it; a false, bare or foreign one is seen."""

from __future__ import annotations

import re

import pytest

from agent.case import CaseFile, Statement
from agent.draft.ground import CONNECTIVES, GLUE
from evals.runs import read
from evals.runs.record import FOLDER
from evals.scorers.said import SMALL, planned, said
from evals.world.label import Label

LIE = "The customer confessed to money laundering and the passport is a proven forgery."
TURNED = {"below": "above", "no": "yes", "not ": ""}


def wrong(file: CaseFile, told: Statement) -> bool:
    return not said(told, file, planned(file))


def test_the_policys_words_and_titles_pass(reviewed: list[tuple[CaseFile, Label]]) -> None:
    for file, _ in reviewed:
        assert [told.text for told in file.draft.statements if wrong(file, told)] == []
        for finding in file.findings:
            titled = Statement(
                text=finding.title, references=finding.references, source="template", rules=(finding.rule,)
            )
            assert not wrong(file, titled)


def test_summaries_that_a_model_joined_pass() -> None:
    joined = [(file, told) for file in read(FOLDER).files for told in file.draft.statements if told.source == "model"]
    assert len(joined) > 6
    assert not [told.text for file, told in joined if wrong(file, told)]


def test_a_lie_in_place_of_a_summary_is_seen(reviewed: list[tuple[CaseFile, Label]]) -> None:
    for file, _ in reviewed:
        assert wrong(file, file.draft.statements[0].model_copy(update={"text": LIE}))


def test_a_turned_sense_is_seen(reviewed: list[tuple[CaseFile, Label]]) -> None:
    def turn(text: str) -> str:
        return re.sub("|".join(rf"\b{word}" for word in TURNED), lambda match: TURNED[match[0]], text)

    every = [(file, told, turn(told.text)) for file, _ in reviewed for told in file.draft.statements]
    turned = [(file, told.model_copy(update={"text": text})) for file, told, text in every if text != told.text]
    assert len(turned) > 10
    assert all(wrong(file, told) for file, told in turned)


BLANKS = {"double": (" ", "  "), "before a stop": (".", " ."), "after": (r"\Z", " "), "glued": (r"(?<=\d) (?=\w)", "")}
CAPITALS = {"shouted": r"[a-z]+", "initials": r"(?<= )[a-z]", "small": r"\A[A-Z](?=[a-z])"}


@pytest.mark.parametrize("form", BLANKS)
def test_blanks_too_many_or_too_few_are_seen(reviewed: list[tuple[CaseFile, Label]], form: str) -> None:
    pattern, to = BLANKS[form]
    pattern = re.escape(pattern) if pattern in (" ", ".") else pattern
    spaced = [(file, told, re.sub(pattern, to, told.text)) for file, told in ruled(reviewed)]
    other = [(file, told.model_copy(update={"text": text})) for file, told, text in spaced if text != told.text]
    assert other
    assert all(wrong(file, told) for file, told in other)


@pytest.mark.parametrize("form", CAPITALS)
def test_capitals_that_the_policy_does_not_have_are_seen(reviewed: list[tuple[CaseFile, Label]], form: str) -> None:
    turned = [(f, told, re.sub(CAPITALS[form], lambda m: m[0].swapcase(), told.text)) for f, told in ruled(reviewed)]
    other = [(file, told.model_copy(update={"text": text})) for file, told, text in turned if text != told.text]
    assert other
    assert all(wrong(file, told) for file, told in other)


def test_stops_that_the_policy_does_not_have_are_seen(reviewed: list[tuple[CaseFile, Label]]) -> None:
    for file, told in ruled(reviewed):
        assert wrong(file, told.model_copy(update={"text": told.text.replace(" ", ", ", 1)}))


def ruled(reviewed: list[tuple[CaseFile, Label]]) -> list[tuple[CaseFile, Statement]]:
    return [(file, told) for file, _ in reviewed for told in file.draft.statements if told.rules]


@pytest.mark.parametrize("without", [{"references": ()}, {"rules": ()}, {"rules": ("NONE-01",)}])
def test_a_sentence_without_its_references_or_rules_is_seen(
    reviewed: list[tuple[CaseFile, Label]], without: dict[str, tuple[str, ...]]
) -> None:
    assert ruled(reviewed)
    assert all(wrong(file, told.model_copy(update=without)) for file, told in ruled(reviewed))


def test_more_or_less_than_the_findings_is_seen(reviewed: list[tuple[CaseFile, Label]]) -> None:
    for file, told in ruled(reviewed):
        assert wrong(file, told.model_copy(update={"text": f"{told.text} {LIE}"}))
        assert wrong(file, told.model_copy(update={"text": told.text.rpartition(" ")[0]}))


def test_findings_stand_in_any_order_between_connectives(reviewed: list[tuple[CaseFile, Label]]) -> None:
    several = [(file, told) for file, told in ruled(reviewed) if told.part == "summary" and len(told.rules) == 2]
    assert several
    for file, told in several:
        texts = {finding.rule: finding.text.removesuffix(".") for finding in file.findings}
        first, second = (texts[rule] for rule in told.rules)
        first = first[0].lower() + first[1:] if re.match(r"[A-Z][a-z]* ", first) else first
        for connective in CONNECTIVES.values():
            assert not wrong(file, told.model_copy(update={"text": f"{second}{connective}{first}."}))
        assert wrong(file, told.model_copy(update={"text": f"{second} because {first}."}))


def test_no_word_is_smaller_here_than_to_the_verifier() -> None:
    assert SMALL <= GLUE
