"""`casework rules mine` over a store in which people decided, and over one in which too few did."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.case import CaseFile, Outcome, Review
from agent.policy.files import PACKAGED
from agent.store import Store
from tools.evidence import Evidence, Fact, Ledger, Provenance

Casework = Callable[..., tuple[int, str, str]]
CASES = 80


def told(file: CaseFile, size: int) -> Ledger:
    """What a draft rests on, with one fact more, which no rule reads."""
    facts = (Fact(name="peers.size", value=size),)
    provenance = Provenance(tool="sql.peer_group", version="1")
    ledger = file.ledger
    return ledger.append(
        Evidence(id=ledger.next_id, tool="sql.peer_group", trust="recorded", facts=facts, provenance=provenance)
    )


def copies(file: CaseFile) -> Iterator[tuple[CaseFile, Outcome]]:
    """Drafts of as many customers that were all approved; those with many peers turned out to be frauds."""
    draw = random.Random(7)
    for number in range(CASES):
        size = draw.randint(0, 99)
        case = file.case.model_copy(update={"case_id": f"M-{number}", "customer_id": f"U-{number}"})
        outcome: Outcome = "confirmed_fraud" if size >= 60 else "false_positive" if number % 9 else "inconclusive"
        draft = file.draft.model_copy(update={"case_id": case.case_id})
        yield file.model_copy(update={"case": case, "ledger": told(file, size), "draft": draft}), outcome


@pytest.fixture
def planted(reviewed: Path, home: Path, make_review: Callable[..., Review]) -> Path:
    """A home with decided cases in which one fact tells frauds that the policy approves."""
    with closing(Store(reviewed)) as store, closing(Store(home)) as own:
        files = (store.latest_file(row.case_id) for row in store.queue())
        file = next(each for each in files if each and each.draft.disposition == "approve")
        own.save_policy(file.policy_sha256, store.policy(file.policy_sha256))
        made = list(copies(file))
        own.add_cases(each.case for each, _ in made)
        for each, outcome in made:
            own.save_file(each)
            own.add_review(make_review(each, outcome=outcome, disposition="escalate"), "closed", "1:record:1")
    return home


def test_what_people_know_and_no_rule_says_is_proposed(
    casework: Casework, planted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mined.yaml"
    code, out, err = casework("rules", "mine", "--only", "missed", "-o", str(path))
    assert (code, err) == (0, "")
    assert "Frauds that the policy lets pass" in out
    assert "peers.size >= 60" in out
    assert "8 not settled" in out
    assert "inconclusive" in out
    assert "U-" not in out + path.read_text("utf-8")
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    folder = Path(shutil.copytree(PACKAGED, tmp_path / "policy", ignore=ignored))
    (folder / "mined.yaml").write_text(path.read_text("utf-8").replace("'9999-12-31'", "2020-01-01"), "utf-8")
    monkeypatch.setenv("POLICY_DIR", str(folder))
    backtested = json.loads(casework("rules", "backtest", "--json")[1])
    frauds = sum(outcome == "confirmed_fraud" for outcome in outcomes(planted))
    assert {each["rule"]: each["fires"] for each in backtested["rules"]} == {"MINED-01": frauds}
    (again,) = json.loads(casework("rules", "mine", "--only", "missed", "--json")[1])["aims"][0]["proposals"]
    assert (again["new"], again["nearest"], again["overlap"]) == (0, "MINED-01", 1.0)


def outcomes(home: Path) -> list[str]:
    with closing(Store(home)) as store:
        return [review.outcome for row in store.queue() for review in store.reviews(row.case_id)]


def test_programs_are_told_the_same(casework: Casework, planted: Path) -> None:
    code, out, _ = casework("rules", "mine", "--json")
    answer = json.loads(out)
    missed, held = answer["aims"]
    assert (code, missed["enough"], held["enough"]) == (0, True, False)
    (proposal,) = missed["proposals"]
    assert (proposal["when"], proposal["measured"]["others"]) == ("peers.size >= 60", 0)
    assert answer["cases"] == sum(missed["wanted"]) + sum(missed["others"])
    assert answer["cases"] + sum(answer["left_out"].values()) == CASES + 8


def test_where_too_few_are_decided_it_says_how_many_it_takes(casework: Casework, tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    code, out, err = casework("rules", "mine", "-o", str(path))
    assert (code, err) == (0, "")
    assert out.startswith("0 decided cases")
    assert out.count("Too few cases: each half needs 5 of each; ") == 2
    assert not path.exists()


def test_a_file_that_is_there_is_never_written_over(casework: Casework, planted: Path, tmp_path: Path) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text("mine")
    code, out, err = casework("rules", "mine", "-o", str(path))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "cannot be written: file exists; name another file with -o" in err
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("given", "said"),
    [(("--only", "all"), "there is no aim 'all'"), (("--type", "nonsense"), "there is no type 'nonsense'")],
)
def test_bad_input_is_one_line_and_exit_code_two(casework: Casework, given: tuple[str, ...], said: str) -> None:
    code, out, err = casework("rules", "mine", *given)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
