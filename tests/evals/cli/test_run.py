"""`casework eval run` as it is typed: the tables, the JSON, and what is refused."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chatting import completion

from agent.cli.screen import counted
from evals.metrics import METRICS
from evals.runs import Run
from prompts import FOLDER

Command = Callable[..., tuple[int, str, str]]
BASELINES = {"rules only", "majority", "cheapest constant", "random"}


@pytest.fixture
def evaluate(
    casework: Command, ran: Run, ran_home: Path, exchange: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """The command over the exchange, in the home where the run is made already."""
    monkeypatch.setenv("CASEWORK_HOME", str(ran_home))
    return lambda *arguments: casework("eval", "run", "--split", str(exchange / "world"), *arguments)


def test_json_holds_every_metric_beside_the_baselines(evaluate: Command, ran: Run) -> None:
    code, out, _ = evaluate("--json")
    assert code == 0
    told: dict[str, Any] = json.loads(out)
    assert told["run"]["name"] == ran.info.name
    assert Path(told["log"]).is_file()
    first, *others = told["columns"]
    assert first["name"] == "template only"
    assert {each["name"] for each in others} == BASELINES
    assert [row["name"] for row in first["rows"]] == [*(metric.name for metric in METRICS), "trajectory"]
    costs = [each["cost"] for each in told["worst"]]
    assert costs == sorted(costs, reverse=True)


def test_the_tables_name_the_baselines_the_log_and_the_cache(evaluate: Command, ran: Run) -> None:
    code, out, err = evaluate("--risk", "0.2")
    assert (code, err) == (0, "")
    for heading in (*BASELINES, "template only", "95% interval", "at most 20% of them wrong"):
        assert heading in " ".join(out.split())
    assert f"0 of {ran.info.asked} tool answers came from the evidence cache" in out
    assert "a type needs 14 most-confident cases without an error" in out
    assert f"log: {ran.log}" in out.splitlines()


def test_what_the_metrics_mean_is_told_when_asked_for(evaluate: Command) -> None:
    assert "--explain says what each metric means" in evaluate()[1]
    assert "share of drafts that only repeat the flag" in evaluate("--explain")[1]


def test_the_rules_alone_say_titles_and_decide_alike(evaluate: Command) -> None:
    code, out, _ = evaluate("--answers", "rules", "--processes", "1", "--json")
    assert code == 0
    own, template, *_ = ({row["name"]: row["value"] for row in each["rows"]} for each in json.loads(out)["columns"])
    assert (own["accuracy"], own["cost"], own["trajectory"]) == (template["accuracy"], template["cost"], 1.0)
    assert own["words"] < template["words"]
    assert json.loads(out)["run"]["remembered"] == json.loads(out)["run"]["asked"] > 0


def test_a_model_that_an_endpoint_serves_answers_beside_the_template(evaluate: Command, chat_server: Any) -> None:
    chat_server.answer = lambda asked: completion("no sentence")
    asked = ("--model", chat_server.url, "--roles", "word", "--processes", "1", "--json")
    code, out, err = evaluate(*asked)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["run"]["model"], told["run"]["roles"]) == ("scripted", ["word"])
    assert chat_server.asked


@pytest.mark.slow
def test_cases_in_which_the_model_owes_an_answer_are_told_fail_and_are_asked_again(
    evaluate: Command, casework: Command, chat_server: Any
) -> None:
    asked = ("-n", "3", "--model", chat_server.url, "--roles", "merge", "--processes", "1", "--name", "outage")
    chat_server.answer = lambda asked: {"error": "none"}
    code, out, err = evaluate(*asked)
    assert code == 1
    told = re.match(r"model calls without an answer: (\d+) of \1, in (\d) of 3 cases; these cases do not measure", out)
    assert told is not None
    assert err.startswith("running the command again asks only the cases that the model failed to answer")
    put = len(chat_server.asked)
    assert casework("eval", "gate", "outage", "--json")[0] == 1
    assert len(chat_server.asked) == put

    chat_server.answer = lambda asked: completion("{}")
    code, out, err = evaluate(*asked, "--json")
    assert (code, err) == (0, f"asked again: {counted(int(told[2]), 'case')} that the model had failed to answer\n")
    counts = json.loads(out)["unanswered"]
    assert (counts["unanswered"], counts["cases"], counts["asked_again"]) == (0, 0, int(told[2]))


def test_what_breaks_a_run_off_is_told_in_one_line(casework: Command, exchange: Path, tmp_path: Path) -> None:
    world = shutil.copytree(exchange / "world", tmp_path / "world")
    (world / "warehouse.duckdb").unlink()
    code, out, err = casework("eval", "run", "--split", str(world), "-n", "1", "--processes", "1")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("casework: there is no warehouse at ")


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variant of the prompt `word`, in a folder that the settings name."""
    for path in FOLDER.glob("*.prompt.md"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "word.short.prompt.md").write_bytes((FOLDER / "word.prompt.md").read_bytes())
    monkeypatch.setenv("PROMPTS_DIR", str(tmp_path))


@pytest.mark.usefixtures("short")
def test_a_variant_that_the_model_has_no_role_for_is_refused(evaluate: Command, chat_server: Any) -> None:
    code, out, err = evaluate("--prompt", "word=short", "--model", chat_server.url, "--roles", "question", "-n", "1")
    assert (code, out) == (2, "")
    assert "--prompt word=short would have no effect" in err
    assert "--roles word" in err


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--answers", "agent"), "needs a language model"),
        (("--prompt", "word"), "names no variant"),
        (("--prompt", "word=nowhere"), "no variant 'nowhere'"),
        (
            ("--prompt", "word=short"),
            "would have no effect: no model has role 'word' in this run",
        ),
        (("--model", "local"), "there is no language model here"),
        (("--model", "http://127.0.0.1:9/v1"), "no model at"),
        (("--name", "x", "--answers", "nobody"), "nobody"),
        (("--name", "../evil"), "is not a valid name for a run"),
        (("--roles", "word"), "roles are for a review with a language model"),
        (("--roles", "word", "--answers", "agent", "--model", "local"), "roles are for a review with a language model"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(evaluate: Command, arguments: tuple[str, ...], complaint: str) -> None:
    code, out, err = evaluate(*arguments)
    assert (code, out) == (2, "")
    assert complaint in err
    assert len(err.splitlines()) == 1


def test_a_set_that_is_not_there_is_named(casework: Command) -> None:
    code, _, err = casework("eval", "run", "--split", "nowhere")
    assert code == 2
    assert "no labelled cases 'nowhere'" in err
