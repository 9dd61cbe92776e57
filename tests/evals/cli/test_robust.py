"""`casework eval robust` as it is typed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from agent.errors import AgentError
from evals.cli.robust import _moved_line, app, show, verdict
from evals.robustness.moves import Moved, Outcome, Shift
from evals.robustness.run import VARIANTS, Report
from evals.world.build import build


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("robust") / "set"
    build(out, seed=3, customers=60, cases=4, images=False)
    return out


def robust(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def test_a_table_a_verdict_and_a_clean_exit(world: Path) -> None:
    told = robust("--split", str(world), "--only", "reordered", "--only", "document")
    assert told.exit_code == 0, told.output
    assert "4 cases of" in told.stdout
    row = next(line for line in told.stdout.splitlines() if "reordered" in line)
    assert row.split()[:4] == ["reordered", "same", "4", "4"]
    assert told.stdout.strip().endswith("No variant changed a recommendation (4 pairs).")


def test_one_json_object(world: Path) -> None:
    told = robust("--split", str(world), "-n", "2", "--only", "currency", "--json")
    report = Report.model_validate_json(told.stdout)
    assert (report.n, [each.name for each in report.outcomes]) == (2, ["currency"])
    assert json.loads(told.stdout)["outcomes"][0]["kept"] == 2


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--only", "shuffled"), "there is no variant 'shuffled'"),
        (("--only", "seed_11"), "variant 'seed_11' is for a language model"),
        (("--all-roles",), "--all-roles is for a language model"),
        (("--split", "nowhere"), "no labelled cases 'nowhere'"),
    ],
)
def test_an_error_names_the_thing(world: Path, arguments: tuple[str, ...], what: str) -> None:
    told = robust(*(arguments if "--split" in arguments else ("--split", str(world), *arguments)))
    assert isinstance(told.exception, AgentError)
    assert what in str(told.exception)


def test_what_no_case_gives_occasion_for_was_not_tried(world: Path) -> None:
    told = robust("--split", str(world), "-n", "1", "--only", "document", "--only", "document")
    assert told.exit_code == 1
    assert told.stdout.count("injection") == 1
    assert told.stdout.strip().endswith("No case gave occasion for any of these variants: nothing was tried.")


MOVED = Moved(
    case_id="C-7",
    type="kyc",
    before="approve",
    after="escalate",
    lost=("A-01",),
    gained=("B-02",),
    facts=(Shift(fact="a.share", before=0.51234, after=None), Shift(fact="b.flag", before=True, after=False)),
    by_policy=False,
)


def outcome(*moved: Moved, **changes: object) -> Outcome:
    fields = {"name": "other", "kind": "same", "meaning": "m", "pairs": 3, "left_out": 0, "kept": 2, "low": 0.2}
    fields |= {"high": 0.9, "unchanged": 1, "touched": (), "moved": moved, "reached": ()}
    fields |= {"harsher": 0.1, "harsher_low": 0.0, "harsher_high": 0.3, "p_value": 1.0}
    return Outcome.model_validate(fields | changes)


def test_a_case_that_moved_is_told_in_one_line() -> None:
    line = "C-7 kyc approve > escalate  -A-01 +B-02  a.share 0.512 > unknown; b.flag true > false"
    assert _moved_line(MOVED) == line
    assert " by policy " in _moved_line(MOVED.model_copy(update={"by_policy": True}))


@pytest.mark.parametrize("width", [60, 80])
def test_no_name_or_number_is_cut_on_a_narrow_screen(width: int) -> None:
    others = [outcome(name=name, kind=each.kind, harsher=0.0) for name, each in VARIANTS.items()]
    report = Report(cases="dev", n=3, model="", policy_sha256="p", outcomes=(outcome(), *others))
    out = Console(width=width, file=io.StringIO())
    show(report, out)
    assert isinstance(out.file, io.StringIO)
    lines = [line.split() for line in out.file.getvalue().splitlines()]
    for each in report.outcomes:
        kind = [each.kind] if width == 80 else []
        assert [each.name, *kind, "3", "2", "0.200", "to", "0.900", "1"] in lines
    text = " ".join(out.file.getvalue().split())
    assert text.count("escalated or rejected more often") == 1
    assert "other: escalated or rejected more often by +0.100 [+0.000, +0.300] of the pairs, p 1.00" in text


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (outcome(MOVED), "A variant that must not matter changed a recommendation: other."),
        (outcome(MOVED.model_copy(update={"by_policy": True})), "No variant changed a recommendation (3 pairs)."),
        (outcome(reached=("C-1",)), "A variant that must not matter changed a recommendation: other."),
        (outcome(unanswered=2), "The model failed to answer in 2 pairs; these do not measure it. `casework llm"),
    ],
)
def test_the_verdict_is_what_the_exit_code_says(found: Outcome, says: str) -> None:
    report = Report(cases="dev", n=3, model="", policy_sha256="p", outcomes=(found,))
    assert verdict(report).startswith(says)
    assert report.broken is says.startswith("A variant that")
