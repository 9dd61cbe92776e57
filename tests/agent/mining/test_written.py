"""What is written is a part of the policy that lint and its examples pass, and that is not in force."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.mining.examples import Example
from agent.mining.propose import HELD, MISSED, Mined, mine
from agent.mining.written import NEVER, free_ids, written
from agent.policy.files import PACKAGED
from agent.policy.lint import lint
from agent.policy.lint.examples import failed_examples
from agent.policy.model import Policy, load_policy
from tools.registry import all_tools, fact_specs

TODAY = "2026-11-29"


@pytest.fixture
def mined(make_examples: Callable[..., list[Example]]) -> list[Mined]:
    """One proposal of each aim: over real facts, with a number, a flag and a word."""
    missed = make_examples(
        400, lambda told, _: bool(told.get("device.emulator") and told.get("forgery.score", 0) >= 0.5)
    )
    held = make_examples(400, lambda told, _: told.get("document.type") != "id_card", seed=8)
    held = [replace(each, disposition="escalate") for each in held]
    return [mine(missed, MISSED, fact_specs()), mine(held, HELD, fact_specs())]


@pytest.fixture
def folder(mined: list[Mined], tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(PACKAGED, tmp_path / "policy", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    (folder / "mined.yaml").write_text(written(mined, load_policy()), "utf-8")
    return folder


def test_lint_finds_nothing_wrong_with_it(folder: Path) -> None:
    assert lint(folder, all_tools(), TODAY).problems == ()


def test_its_examples_come_out_and_none_is_in_force(folder: Path, mined: list[Mined]) -> None:
    policy = load_policy(folder)
    ours = [rule for rule in policy.rules if rule.id.startswith("MINED-")]
    assert [rule.when for rule in ours] == ["device.emulator and forgery.score >= 0.5", 'document.type == "id_card"']
    assert [rule.when for rule in ours] == [one.when for each in mined for one in each.proposals]
    assert {(rule.standing(TODAY), rule.effective) for rule in ours} == {("not yet in force", NEVER)}
    assert [(rule.severity, rule.group) for rule in ours] == [("suspicious", "document"), ("mitigating", "capture")]
    assert failed_examples(policy, fact_specs()) == ()
    assert {example.expect for rule in ours for example in rule.examples} == {"true", "false", "unknown"}


def test_put_in_force_it_is_still_in_order(folder: Path) -> None:
    path = folder / "mined.yaml"
    path.write_text(path.read_text("utf-8").replace(f"effective: '{NEVER}'", "effective: 2020-01-01"), "utf-8")
    assert lint(folder, all_tools(), TODAY).problems == ()
    assert sum(rule.standing(TODAY) == "in force" for rule in load_policy(folder).rules if "MINED" in rule.id) == 2


def test_ids_go_on_from_those_that_the_policy_has() -> None:
    policy = load_policy()
    taken = policy.rules[0].model_copy(update={"id": "MINED-01"})
    ids = free_ids(Policy(**{name: getattr(policy, name) for name in Policy.model_fields} | {"rules": (taken,)}))
    assert (next(ids), next(ids)) == ("MINED-02", "MINED-03")
