"""Answers without words or without work, each as a case file, so that every scorer applies to them."""

from __future__ import annotations

from collections.abc import Sequence

from agent.case import DISPOSITIONS, CaseFile, Disposition, Statement
from evals.scorers.decision import Costs
from evals.stats import majority
from evals.world.label import Label
from tools.evidence import Ledger


def bare(file: CaseFile) -> CaseFile:
    """What a rules engine hands over: the same disposition, and the title of each rule that fired."""
    titles = tuple(
        Statement(text=each.title, references=each.references, source="template", rules=(each.rule,))
        for each in file.findings
    )
    return file.model_copy(
        update={"draft": file.draft.model_copy(update={"statements": titles, "customer_message": "", "notes": ()})}
    )


def always(disposition: Disposition, file: CaseFile, confidence: float) -> CaseFile:
    """One and the same disposition, without looking and without a word."""
    draft = file.draft.model_copy(
        update={
            "disposition": disposition,
            "confidence": confidence,
            "reason_codes": (),
            "statements": (),
            "customer_message": "",
            "notes": (),
        }
    )
    blind = {"ledger": Ledger(), "findings": (), "calls": (), "draft": draft, "timings_ms": {}}
    return file.model_copy(update=blind)


def most_frequent(files: Sequence[CaseFile], labels: Sequence[Label]) -> tuple[CaseFile, ...]:
    """The disposition that is right most often, for every case, and as sure as it is often right."""
    ideal = [label.ideal for label in labels]
    answers = majority(ideal)
    return tuple(
        always(answer, file, ideal.count(answer) / len(ideal)) for answer, file in zip(answers, files, strict=True)
    )


def cheapest(files: Sequence[CaseFile], labels: Sequence[Label], costs: Costs) -> tuple[CaseFile, ...]:
    """The disposition that costs least when every case gets it, and as sure as it is often right."""
    totals = {each: sum(costs.of(each, label) for label in labels) for each in DISPOSITIONS}
    answer = min(DISPOSITIONS, key=totals.__getitem__)
    confidence = sum(label.ideal == answer for label in labels) / len(labels)
    return tuple(always(answer, file, confidence) for file in files)


def drawn(files: Sequence[CaseFile]) -> tuple[tuple[CaseFile, ...], ...]:
    """Every disposition for every case: the mean over these sets is what an answer drawn by lot is expected to get."""
    chance = 1 / len(DISPOSITIONS)
    return tuple(tuple(always(each, file, chance) for file in files) for each in DISPOSITIONS)
