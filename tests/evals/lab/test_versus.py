"""Two prompts over the same labelled cases, answered by a real server in worker processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

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


def test_runs_go_by_the_names_of_their_prompts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, page = runs.read(FOLDER), tmp_path / "page.html"
    tell_compared(run, run, page, as_json=False, names=("question", "question.same"))
    assert capsys.readouterr().out.startswith("question against question.same on 12 cases")
    assert "<title>question against question.same</title>" in page.read_text("utf-8")


def test_prompts_of_different_roles_are_not_compared(
    prompt: Callable[..., Result], exchange: Path, chat_server: Any
) -> None:
    asked = prompt("compare", "merge", "word", "--split", str(exchange / "world"), "--model", chat_server.url)
    with pytest.raises(PromptError, match="'merge' and 'word' have different roles"):
        raise asked.exception or AssertionError
