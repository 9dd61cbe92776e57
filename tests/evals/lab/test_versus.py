"""Two prompts over the same labelled cases, answered by a real server in worker processes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from agent.case import ModelCall
from agent.errors import PromptError
from evals import runs
from evals.cli.compare import tell_compared
from evals.runs.record import FOLDER


@pytest.mark.slow
def test_compare_makes_a_run_of_each_and_holds_them_against_each_other(
    prompt: Callable[..., Result], folder: Path, exchange: Path, home: Path, well: Any, tmp_path: Path
) -> None:
    """The second prompt leads the model astray in every case, so that none of its words stands."""
    shipped, page = (folder / "merge.prompt.md").read_text("utf-8"), tmp_path / "page.html"
    (folder / "merge.astray.prompt.md").write_text(shipped.replace("connective", "polite question"), "utf-8")
    asked = ("compare", "merge", "merge.astray", "--split", str(exchange / "world"), "--model", well.url)
    told = json.loads(prompt(*asked, "--html", str(page), "--json").stdout)
    left, right = (runs.read(home / runs.FOLDER / told[name]) for name in ("first", "second"))
    assert (left.info.variants, right.info.variants) == ({}, {"merge": "astray"})
    assert left.info.roles == right.info.roles == ("merge",)
    kept = next(test for test in told["tests"] if "kept" in test["name"])
    assert kept["broken"] > 0 == kept["fixed"]
    assert "<title>merge against merge.astray</title>" in page.read_text("utf-8")


def test_a_prompt_is_not_compared_with_itself(prompt: Callable[..., Result], exchange: Path, well: Any) -> None:
    out = prompt("compare", "merge", "merge", "--split", str(exchange / "world"), "--model", well.url)
    assert "'merge' is named twice; compare it with another wording" in str(out.exception)
    assert not any("messages" in each for each in well.asked)


@pytest.mark.slow
def test_an_outage_is_told_fails_and_is_not_remembered(
    prompt: Callable[..., Result], folder: Path, exchange: Path, home: Path, well: Any, tmp_path: Path
) -> None:
    shipped, page = (folder / "merge.prompt.md").read_text("utf-8"), tmp_path / "page.html"
    (folder / "merge.kind.prompt.md").write_text(shipped.replace("You join", "You kindly join"), "utf-8")
    asked = ("compare", "merge", "merge.kind", "--split", str(exchange / "world"), "-n", "3", "--model", well.url)
    answer, well.answer = well.answer, lambda asked: {"error": "none"}
    out = prompt(*asked, "--html", str(page))
    assert (out.exit_code or out.return_value) == 1
    assert re.match(r"model calls without an answer: (\d+) of \1 of first, (\d+) of \2 of second; ", out.stdout)
    assert re.search(r"Model calls without an answer: \d+ of \d+ of first", page.read_text("utf-8"))
    well.answer = answer
    told = prompt(*asked, "--html", str(page), "--json")
    assert not told.exit_code
    assert not told.return_value
    assert re.match(r"asked again: [2-6] cases that the model had failed to answer\n$", told.stderr)
    found, calls = json.loads(told.stdout), len(well.asked)
    assert [each["unanswered"] for each in found["unanswered"].values()] == [0, 0]
    assert next(test for test in found["tests"] if "kept" in test["name"])["first"] == 1
    assert "without an answer" not in page.read_text("utf-8")
    prompt(*asked, "--again")
    assert len(well.asked) > calls


def test_runs_go_by_the_names_of_their_prompts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, page = runs.read(FOLDER), tmp_path / "page.html"
    tell_compared(run, run, page, as_json=False, prompts=("question", "question.same"))
    out, drawn, gate = (
        capsys.readouterr().out,
        page.read_text("utf-8"),
        "casework eval gate recorded --baseline recorded",
    )
    assert out.startswith("question against question.same on 12 cases")
    assert out.endswith(f"question: run recorded\nquestion.same: run recorded\nnext: {gate}\n")
    assert "<title>question against question.same</title>" in drawn
    assert f"Runs: <code>recorded</code> and <code>recorded</code>. Next: <code>{gate}</code>" in drawn
    tell_compared(run, run, None, as_json=True, prompts=("question", "question.same"))
    told = json.loads(capsys.readouterr().out)
    assert (told["prompts"]["second"], told["second"], told["next"]) == ("question.same", "recorded", gate)


def test_after_an_outage_the_gate_is_not_next(capsys: pytest.CaptureFixture[str]) -> None:
    run = runs.read(FOLDER)
    gone = ModelCall(role="question", request_sha256="r", error="no answer within 30 s", model="m")
    mute = replace(run, files=(run.files[0].model_copy(update={"calls": (gone,)}), *run.files[1:]))
    tell_compared(run, mute, None, as_json=False, prompts=("question", "question.same"))
    out = capsys.readouterr().out
    assert out.endswith("question.same: run recorded\n")


def test_prompts_of_different_roles_are_not_compared(
    prompt: Callable[..., Result], exchange: Path, chat_server: Any
) -> None:
    asked = prompt("compare", "merge", "word", "--split", str(exchange / "world"), "--model", chat_server.url)
    with pytest.raises(PromptError, match="'merge' and 'word' have different roles"):
        raise asked.exception or AssertionError
