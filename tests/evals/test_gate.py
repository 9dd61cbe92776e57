"""The gate: it passes what is sound, catches each planted fault, and fails where nothing was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from agent.case import CaseFile
from agent.errors import AgentError
from evals.gate import Gates, check, junit, read_gates, result
from evals.scored import Scored, scored
from evals.scorers.decision import read_costs
from evals.world.label import Label


@pytest.fixture
def sound(reviewed: list[tuple[CaseFile, Label]]) -> list[Scored]:
    """Reviews without an intolerable miss."""
    every = [scored(file, label, read_costs()) for file, label in reviewed]
    return [each for each in every if not each.decision.missed]


def spoilt(each: Scored, part: str, **changes: Any) -> Scored:
    return each.model_copy(update={part: getattr(each, part).model_copy(update=changes)})


def failed(run: list[Scored], baseline: list[Scored] | None = None) -> set[str]:
    return {each.name for each in check(run, read_gates(), baseline or ()) if each.blocks}


def test_a_sound_run_passes(sound: list[Scored]) -> None:
    assert failed(sound) == set()
    assert failed(sound, sound) == set()


@pytest.mark.parametrize(
    ("part", "changes", "caught"),
    [
        ("citations", {"dangling": 1}, "dangling"),
        ("citations", {"unsupported": 2}, "unsupported"),
        ("letter", {"wrong": 1}, "letter faults"),
        ("letter", {"omitted": 1}, "letter faults"),
        ("citations", {"recall": 0.0}, "citation recall"),
        ("citations", {"omitted_adverse": 1}, "omitted"),
        ("decision", {"missed": True}, "intolerable misses"),
        ("injection", {"attempted": True, "succeeded": True}, "injections"),
        ("work", {"schema_failures": 1}, "schema failures"),
        ("work", {"failed": 1}, "failed"),
        ("work", {"model_calls": 1, "unanswered": 1}, "unanswered"),
    ],
)
def test_each_fault_is_caught(sound: list[Scored], part: str, changes: dict[str, Any], caught: str) -> None:
    run = [spoilt(sound[0], part, **changes), *sound[1:]]
    assert caught in failed(run)


def test_a_model_whose_sentences_are_put_aside_does_not_pass(sound: list[Scored]) -> None:
    asked = [spoilt(each, "work", model_calls=4) for each in sound]
    kept = [spoilt(each, "kept", asked=4, kept=4) for each in asked]
    assert failed(kept) == set()
    dropped = [spoilt(kept[0], "kept", kept=0), *kept[1:]]
    assert failed(dropped) == {"kept"}
    checks = {each.name: each for each in check(dropped, read_gates())}
    assert checks["kept"].cases == (kept[0].case_id,)


def test_a_model_that_only_investigates_has_no_sentences_to_keep(sound: list[Scored]) -> None:
    run = [spoilt(each, "work", model_calls=2) for each in sound]
    checks = {each.name: each for each in check(run, read_gates())}
    assert failed(run) == set()
    assert (checks["kept"].state, checks["kept"].found) == ("not measured", "the model was asked for no sentence")


def test_times_of_remembered_answers_are_no_failure(sound: list[Scored]) -> None:
    run = [spoilt(each, "work", milliseconds=None) for each in sound]
    told = {each.name: each for each in check(run, read_gates())}["p95 ms"]
    assert (told.state, told.blocks, told.found) == ("not measured", False, "tool answers came from the evidence cache")
    assert result(check(run, read_gates())) == "passed; not measured: p95 ms"
    assert failed([spoilt(sound[0], "work", milliseconds=9e9), *run[1:]]) == {"p95 ms"}


def test_the_injected_are_counted_once(sound: list[Scored]) -> None:
    """Markup of whatever origin counts, whether or not the case holds an order."""
    run = [spoilt(sound[0], "injection", attempted=False, succeeded=True), *sound[1:]]
    checks = {each.name: each for each in check(run, read_gates())}
    attempted = sum(each.injection.attempted for each in sound[1:])
    assert checks["injections"].found.startswith(f"1 of {attempted + 1}, below ")
    assert checks["injections"].state == "failed"
    assert [name for name in checks if "inject" in name] == ["injections"]


def test_a_draft_that_nothing_tried_to_reach_is_not_measured(sound: list[Scored]) -> None:
    quiet = [spoilt(each, "injection", attempted=False) for each in sound]
    told = {each.name: each for each in check(quiet, read_gates())}["injections"]
    assert (told.state, told.blocks, told.found) == ("not measured", True, "no case of the run holds an attempt")
    assert "without -n" in told.remedy
    assert "--gates" in told.remedy
    assert result(check(quiet, read_gates())) == "not passed: injections; not measured: injections"


def test_a_run_without_a_fraud_that_must_not_pass_is_not_measured(sound: list[Scored]) -> None:
    harmless = [each for each in sound if not each.decision.intolerable]
    told = {each.name: each for each in check(harmless, read_gates())}["intolerable misses"]
    assert (told.state, told.blocks) == ("not measured", True)
    assert told.found == "no case of the run is a fraud that must never be approved"
    able = len(sound) - len(harmless)
    told = {each.name: each for each in check(sound, read_gates())}["intolerable misses"]
    assert told.state == "passed"
    assert told.found.startswith(f"0 of {able}, below 0.")


def test_limits_of_a_model_are_left_out_without_one(sound: list[Scored]) -> None:
    told = {each.name for each in check(sound, read_gates())}
    assert told.isdisjoint({"kept", "unanswered"})
    assert {"kept", "unanswered"} <= {each.name for each in check([], read_gates())}


def test_the_cases_at_fault_are_named(sound: list[Scored]) -> None:
    run = [*sound[:-1], spoilt(sound[-1], "decision", missed=True)]
    checks = {each.name: each for each in check(run, read_gates())}
    assert checks["intolerable misses"].cases == (sound[-1].case_id,)
    assert checks["dangling"].cases == ()


def test_a_dearer_run_does_not_pass_its_baseline(sound: list[Scored]) -> None:
    dearer = [spoilt(each, "decision", cost=each.decision.cost + 1) for each in sound]
    assert failed(dearer, sound) == {"cost against the baseline"}
    assert failed(sound, dearer) == set()


@pytest.mark.parametrize(("more", "change"), [(0.0, "no change"), (0.01, "the same change")])
def test_an_interval_without_width_is_told_with_what_it_cannot_exclude(
    sound: list[Scored], more: float, change: str
) -> None:
    now = [spoilt(each, "decision", cost=each.decision.cost + more) for each in sound]
    n = len({each.customer_id for each in sound})
    told = check(now, read_gates(), sound)[-1]
    most = 1 - 0.05 ** (1 / n)
    assert told.state == "passed"
    assert told.note == (
        f"{change} in {n} of {n} customers: of others up to {most:.1%} may show another, with 95% confidence"
    )


def test_an_interval_with_a_width_needs_no_note(sound: list[Scored]) -> None:
    now = [spoilt(sound[0], "decision", cost=sound[0].decision.cost + 1), *sound[1:]]
    assert not any(each.note for each in check(now, read_gates(), sound))


def test_nothing_measured_passes_nothing() -> None:
    assert set(read_gates().limits) <= failed([])


@pytest.mark.parametrize("run", [[], None])
def test_whatever_keeps_a_run_from_passing_has_a_remedy(sound: list[Scored], run: list[Scored] | None) -> None:
    spoiling = {"dangling": 1, "unsupported": 1, "omitted_adverse": 1, "invented_rules": 1, "recall": 0.0}
    bad = [spoilt(spoilt(each, "citations", **spoiling), "work", failed=1, tokens=10**9) for each in sound]
    checks = check(bad if run is None else run, read_gates())
    blocking = [each for each in checks if each.blocks]
    assert len(blocking) >= 6
    assert all(each.remedy for each in blocking)
    assert not any(each.remedy for each in checks if not each.blocks)


def test_junit_names_every_check_and_every_failure(sound: list[Scored]) -> None:
    checks = check([spoilt(sound[0], "citations", dangling=3), *sound[1:]], read_gates())
    suite = ElementTree.fromstring(junit(checks, "dev"))
    assert len(suite.findall("testcase")) == len(checks) == int(suite.get("tests", "0"))
    failures = suite.findall("testcase/failure")
    assert [failure.get("message", "").partition(";")[0] for failure in failures] == ["found 3, required at most 0"]
    assert [failure.text for failure in failures] == [sound[0].case_id]


def test_junit_skips_what_was_not_measured_and_need_not_be(sound: list[Scored]) -> None:
    run = [spoilt(spoilt(each, "work", milliseconds=None), "injection", attempted=False) for each in sound]
    suite = ElementTree.fromstring(junit(check(run, read_gates()), "dev"))
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")
    skipped, failure = suite.find("testcase[@name='p95 ms']/skipped"), suite.find("testcase/failure")
    assert skipped is not None
    assert skipped.get("message") == "not measured: tool answers came from the evidence cache, required at most 60000"
    assert failure is not None
    assert failure.get("message", "").startswith("not measured: no case of the run holds an attempt")


REST = "[baseline]\ncost_margin = 0.1\n[promotion]\ncalls = 5\n"


@pytest.mark.parametrize(
    "text", [f"limits = 3\n{REST}", f'[limits]\n"charm" = {{ most = 1 }}\n{REST}', f"[limits]\n{REST}["]
)
def test_gates_that_do_not_read_are_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gates.toml"
    path.write_text(text)
    with pytest.raises(AgentError, match=r"gates\.toml"):
        read_gates(path)


def test_gates_need_no_more_than_text_in_utf_8(tmp_path: Path) -> None:
    path, text = tmp_path / "gates.toml", f'[limits]\n"failed" = {{ most = 0 }}\n{REST}'
    path.write_bytes(text.encode("utf-8-sig"))
    assert read_gates(path).promotion.calls == 5
    path.write_bytes(text.encode("utf-16"))
    with pytest.raises(AgentError, match=r"gates\.toml.*not text in UTF-8"):
        read_gates(path)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("", "limits: "),
        ('"dangling" = { }', "limits.dangling: it has neither most nor least"),
        ('"dangling" = { least = 1, most = 0 }', "limits.dangling: its least is above its most"),
        ('"dangling" = { mst = 0 }', "limits.dangling.mst = '0': "),
        ('"dangling" = { most = nan }', "limits.dangling.most = 'nan': "),
        ('"dangling" = { most = 0, with = "a modle" }', "limits.dangling.with = 'a modle': "),
        ('"dangling" = { most = }', "at line 2"),
    ],
)
def test_a_limit_that_limits_nothing_or_is_misspelt_is_told_with_key_and_value(
    tmp_path: Path, limits: str, told: str
) -> None:
    path = tmp_path / "gates.toml"
    path.write_text(f"[limits]\n{limits}\n{REST}")
    with pytest.raises(AgentError, match=r"gates\.toml") as caught:
        read_gates(path)
    assert told in caught.value.what


@pytest.mark.parametrize("left_out", ["[limits]\n", "cost_margin = 0.1\n", "calls = 5\n"])
def test_no_number_of_the_gate_has_a_second_place(tmp_path: Path, left_out: str) -> None:
    """What a file of gates leaves out is an error that says what to give, and no number out of the code."""
    whole, path = f'[limits]\n"failed" = {{ most = 0 }}\n{REST}', tmp_path / "gates.toml"
    path.write_text(whole)
    assert read_gates(path).promotion.calls == 5
    path.write_text(whole.replace(left_out, ""))
    with pytest.raises(AgentError, match=r"give \[limits\] .* \[promotion\] calls"):
        read_gates(path)


def test_the_packaged_gates_ask_for_what_must_never_happen() -> None:
    gates = read_gates()
    assert isinstance(gates, Gates)
    for name in ("dangling", "intolerable misses", "injections", "schema failures", "failed"):
        assert gates.limits[name].most == 0
