"""Scores against hand-made labels, and the command on a small exchange."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.case import DISPOSITIONS, Disposition
from agent.errors import AgentError
from evals.cli import app, read_labels
from evals.score import score
from evals.world.build import build
from evals.world.label import Label


def label(case_id: str, ideal: Disposition, story: str = "mule", intolerable: bool = False) -> Label:
    return Label(
        case_id=case_id,
        customer_id=f"U-{case_id}",
        story=story,
        is_fraud=ideal != "approve",
        ideal=ideal,
        proof=(),
        intolerable=intolerable,
        doubt=0.0,
        reviewers=(ideal, ideal, "escalate"),
        what_happened="A test.",
    )


LABELS = [
    label("C-1", "approve", "traveller"),
    label("C-2", "approve", "traveller"),
    label("C-3", "escalate", intolerable=True),
    label("C-4", "reject", intolerable=True),
]


def test_accuracy_counts_answers_as_labelled_and_approved_frauds_are_named() -> None:
    scores = score(["approve", "escalate", "approve", "reject"], LABELS)
    rules = scores.lines[0]
    assert (rules.name, rules.accuracy, rules.missed, rules.intolerable) == ("rules only", 0.5, 1, 2)
    assert rules.low is not None
    assert rules.low < 0.5


def test_the_baselines_stand_beside_it() -> None:
    lines = {line.name: line for line in score(["approve"] * 4, LABELS).lines}
    assert lines["majority"].accuracy == 0.5
    assert lines["majority"].missed == 2
    assert (lines["random"].accuracy, lines["random"].missed) == (0.2, 0.4)
    assert lines["simulated reviewer 1"].accuracy == 1.0
    assert lines["simulated reviewer 3"].accuracy == 0.25


def test_stories_and_confusion_add_up() -> None:
    scores = score(["approve", "escalate", "approve", "reject"], LABELS)
    assert {each.story: (each.n, each.correct) for each in scores.stories} == {"mule": (2, 1), "traveller": (2, 1)}
    assert sum(sum(row.values()) for row in scores.confusion.values()) == 4
    assert scores.confusion["approve"]["escalate"] == 1


def test_one_answer_a_label_is_asked_for() -> None:
    with pytest.raises(ValueError, match="zip"):
        score(["approve"], LABELS)


def test_the_command_reviews_and_scores_a_small_exchange(tmp_path: Path) -> None:
    from agent.settings import read_settings
    from agent.store import Store

    built = build(tmp_path / "world", seed=5, customers=60, cases=4, images=False)
    store = Store(read_settings().casework_home)
    store.add_cases(built.cases)
    store.close()
    done = CliRunner().invoke(app, ["score", "--world", str(tmp_path / "world"), "--json"])
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)
    assert scores["n"] == 4
    assert sum(sum(row.values()) for row in scores["confusion"].values()) == 4
    assert set(scores["confusion"]) == set(DISPOSITIONS)
    shown = CliRunner().invoke(app, ["score", "--world", str(tmp_path / "world")])
    assert "rules only" in shown.stdout
    assert "by story" in shown.stdout


@pytest.mark.parametrize("content", [None, "", "{}\n", "no json\n"])
def test_labels_that_cannot_be_read_are_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "labels.jsonl").write_text(content)
    with pytest.raises(AgentError, match=r"labels.*labels\.jsonl"):
        read_labels(tmp_path)
