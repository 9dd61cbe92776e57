"""`casework rules backtest` over the drafts of a store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from agent.case import CaseFile, CaseType
from agent.policy.files import PACKAGED
from agent.store import Store

Casework = Callable[..., tuple[int, str, str]]


@pytest.fixture
def drafted(reviewed: Path, home: Path) -> CaseFile:
    """The one draft of the store: a case in which a rule that is no mitigating one fired."""
    with closing(Store(reviewed)) as store, closing(Store(home)) as own:
        for row in store.queue():
            file = store.latest_file(row.case_id)
            if file is not None and any(each.severity == "adverse" for each in file.findings):
                own.save_policy(file.policy_sha256, store.policy(file.policy_sha256))
                own.save_file(file)
                return file
    pytest.fail("no case of the exchange has an adverse finding")


@pytest.fixture
def without(drafted: CaseFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A rule that fired in the draft and that the policy of the settings does not have any more."""
    rule = next(each.rule for each in drafted.findings if each.severity == "adverse")
    folder = Path(shutil.copytree(PACKAGED, tmp_path / "policy"))
    for path in folder.glob("*.yaml"):
        entries = path.read_text().split("\n- ")
        path.write_text("\n- ".join(each for each in entries if f"id: {rule}\n" not in each))
    monkeypatch.setenv("POLICY_DIR", str(folder))
    return rule


def test_the_policy_that_drafts_were_made_with_moves_none(casework: Casework, drafted: CaseFile) -> None:
    code, out, err = casework("rules", "backtest")
    assert (code, err) == (0, "")
    assert out.endswith("the recommendation would change in 0.\n")
    assert len(out.splitlines()) == 1


def test_a_rule_that_is_gone_is_told_with_what_it_moves(casework: Casework, drafted: CaseFile, without: str) -> None:
    code, out, _ = casework("rules", "backtest", "--json")
    told = json.loads(out)
    assert (code, told["rules"][0]["rule"]) == (0, without)
    moved = {each["case_id"]: each for each in told["moved"]}
    assert without in moved[drafted.case.case_id]["silent"]
    flow = {(each["before"], each["after"]): each["drafts"] for each in told["flow"]}
    assert sum(flow.values()) == told["drafts"] - len(told["unsure"])
    assert sum(count for (before, after), count in flow.items() if before != after) == len(moved)
    assert moved[drafted.case.case_id]["before"] == drafted.draft.disposition

    code, out, _ = casework("rules", "backtest", "--show", "1")
    assert code == 0
    summary, header, *rows = out.split("\n\n")[0].splitlines()
    columns = [name.strip() for name in header.split("now ")[1:]]
    counts = {(row.split()[0], to): int(n) for row in rows for to, n in zip(columns, row.split()[1:], strict=True)}
    assert summary == f"{told['drafts']} draft; the recommendation would change in {len(moved)}."
    assert {ends: count for ends, count in counts.items() if count} == flow
    assert f"-{without}" in out
    assert f"{without} would fire in 0 more" in out


def test_a_draft_that_another_version_made_keeps_nobody_from_the_others(
    casework: Casework, reviewed: Path, home: Path, drafted: CaseFile
) -> None:
    with closing(Store(reviewed)) as store, closing(Store(home)) as own:
        row = next(each for each in store.queue() if each.case_id != drafted.case.case_id)
        file = store.latest_file(row.case_id)
        assert file is not None
        own.save_policy("f" * 64, json.dumps(json.loads(store.policy(file.policy_sha256)) | {"absences": []}))
        own.save_file(file.model_copy(update={"policy_sha256": "f" * 64}))
    code, out, err = casework("rules", "backtest", "--json")
    told = json.loads(out)
    assert (code, err, told["drafts"]) == (0, "", 1)
    (left_out,) = told["left_out"]
    assert left_out["case_id"] == row.case_id
    assert "has another format: saved policy: unknown key 'absences'; " in left_out["why"]
    lines = casework("rules", "backtest")[1].splitlines()
    assert lines[1] == "Left out, as this version of casework cannot read them: 1"
    assert lines[2].startswith(f"  {row.case_id}: the policy of attempt 1")

    for command in (("rules", "explain"), ("replay",)):
        code, out, err = casework(*command, row.case_id)
        assert code == (1 if command == ("replay",) else 2)
        assert "draft the case again" in out + err


def test_a_draft_of_another_type_is_left_out(casework: Casework, drafted: CaseFile) -> None:
    other = "p2p" if drafted.case.type != "p2p" else "kyc"
    counted = json.loads(casework("rules", "backtest", "--type", other, "--json")[1])["drafts"]
    everything = json.loads(casework("rules", "backtest", "--json")[1])["drafts"]
    assert counted < everything


def test_drafts_whose_mandatory_evidence_is_gone_are_told_as_open(
    casework: Casework, drafted: CaseFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(PACKAGED, tmp_path / "policy"))
    path = folder / "evidence.yaml"
    entries = [each for each in path.read_text().split("\n- ") if "mandatory:" not in each]
    every = "".join(f"- {{case: {each}, mandatory: []}}\n" for each in get_args(CaseType))
    path.write_text("\n- ".join(entries).rstrip() + "\n" + every)
    monkeypatch.setenv("POLICY_DIR", str(folder))
    told = json.loads(casework("rules", "backtest", "--json")[1])
    (unsure,) = told["unsure"]
    assert (told["moved"], told["flow"]) == ([], [])
    assert unsure["drops"]
    assert unsure["waits_for"]
    out = casework("rules", "backtest")[1].splitlines()
    assert out[0] == "1 draft; the recommendation would change in 0."
    assert out[1].startswith("Open until reviewed again, for facts that were never gathered: 1")
    assert f"{drafted.case.case_id}: depends on " in out[2]
    assert "no longer mandatory" in "".join(out)
