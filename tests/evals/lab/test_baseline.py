"""A prompt is held against the one that it would replace, over the same cases and with all else alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.case import CaseFile, ModelCall
from agent.errors import PromptError
from evals import runs
from evals.lab.baseline import beside
from prompts import Prompt, Prompts

Make = Callable[..., runs.RunInfo]


@pytest.fixture
def shipped(folder: Path) -> Prompt:
    return Prompts.load(folder)["question"]


@pytest.fixture
def kind(folder: Path, shipped: Prompt) -> Prompt:
    """A variant of `question`."""
    (folder / "question.kind.prompt.md").write_text(shipped.text.replace("polite", "kind"), "utf-8")
    return Prompts.load(folder, {"question": "kind"})["question"]


def read(home: Path, name: str) -> runs.Run:
    return runs.read(home / runs.FOLDER / name)


def test_the_latest_run_of_the_shipped_prompt_comes_before_one_without_a_model(
    home: Path, folder: Path, make: Make, shipped: Prompt, kind: Prompt
) -> None:
    make("tried", kind.sha256, at="2026-05")
    with pytest.raises(PromptError, match=r"casework prompt compare question question\.kind"):
        beside(home, folder, read(home, "tried"), kind)
    make("template", shipped.sha256, answers="template", model="", roles=(), at="2026-04")
    assert beside(home, folder, read(home, "tried"), kind).info.name == "template"
    for name, at in (("older", "2026-01"), ("newer", "2026-02")):
        make(name, shipped.sha256, at=at)
    assert beside(home, folder, read(home, "tried"), kind).info.name == "newer"


@pytest.mark.parametrize(
    "changes",
    [
        {"cases_sha256": "x"},
        {"policy_sha256": "x"},
        {"settings_sha256": "x"},
        {"code_sha256": "x"},
        {"model": "another"},
        {"roles": ("merge",)},
        {"sha256": "0" * 64},
        {"prompts": {"merge": "x"}},
    ],
)
def test_a_run_that_differs_in_more_than_the_prompt_is_no_baseline(
    home: Path, folder: Path, make: Make, shipped: Prompt, kind: Prompt, changes: dict[str, Any]
) -> None:
    make("tried", kind.sha256)
    make("other", **{"sha256": shipped.sha256, **changes})
    with pytest.raises(PromptError, match="it is unknown whether cases become more expensive"):
        beside(home, folder, read(home, "tried"), kind)


def test_a_run_in_which_the_model_owes_an_answer_is_no_baseline(
    home: Path, folder: Path, make: Make, files: list[CaseFile], shipped: Prompt, kind: Prompt
) -> None:
    make("tried", kind.sha256)
    make("silent", shipped.sha256)
    silent = ModelCall(role="question", prompt_sha256=shipped.sha256, request_sha256="r", error="gone", model="m")
    run = read(home, "silent")
    owing = [run.files[0].model_copy(update={"calls": (silent,)}), *run.files[1:]]
    runs.write(run.folder, run.info, run.labels, owing)
    with pytest.raises(PromptError, match=r"--baseline RUN"):
        beside(home, folder, read(home, "tried"), kind)


def test_a_shipped_text_is_held_against_no_model_and_never_against_itself(
    home: Path, folder: Path, make: Make, shipped: Prompt
) -> None:
    for name, at in (("once", "2026-01"), ("twice", "2026-02")):
        make(name, shipped.sha256, at=at)
    with pytest.raises(PromptError, match="casework eval run --model none"):
        beside(home, folder, read(home, "twice"), shipped)
    make("template", shipped.sha256, answers="template", model="", roles=())
    assert beside(home, folder, read(home, "twice"), shipped).info.name == "template"
