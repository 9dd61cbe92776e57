"""Answers without work: bare rules, one disposition for all, every disposition for all."""

from __future__ import annotations

from agent.case import DISPOSITIONS, CaseFile
from evals.baselines.plain import always, bare, drawn, most_frequent
from evals.world.label import Label

Reviewed = list[tuple[CaseFile, Label]]


def test_bare_rules_say_their_titles(reviewed: Reviewed) -> None:
    for file, _ in reviewed:
        said = bare(file)
        assert [told.text for told in said.draft.statements] == [finding.title for finding in file.findings]
        assert (said.draft.disposition, said.recommendation) == (file.draft.disposition, file.recommendation)
        assert said.draft.customer_message == ""


def test_one_answer_for_all_looks_at_nothing(reviewed: Reviewed) -> None:
    file = always("reject", reviewed[0][0], 0.5)
    assert (file.draft.disposition, file.draft.confidence, file.draft.statements) == ("reject", 0.5, ())
    assert (file.ledger.entries, file.findings, file.timings_ms) == ((), (), {})


def test_the_most_frequent_is_as_sure_as_it_is_frequent(reviewed: Reviewed) -> None:
    files, labels = [file for file, _ in reviewed], [label for _, label in reviewed]
    said = most_frequent(files, labels)
    assert {file.draft.confidence for file in said} == {
        max(sum(label.ideal == each for label in labels) for each in DISPOSITIONS) / len(labels)
    }


def test_every_disposition_is_drawn_once_for_every_case(reviewed: Reviewed) -> None:
    sets = drawn([file for file, _ in reviewed])
    assert [{file.draft.disposition for file in files} for files in sets] == [{each} for each in DISPOSITIONS]
