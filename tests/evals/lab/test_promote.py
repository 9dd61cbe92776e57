"""A variant ships by a passed gate of a run that was made with it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.case import CaseFile, ModelCall
from agent.errors import AgentError, PromptError
from evals import runs
from evals.gate import Check
from evals.lab.heldout import held_out
from evals.lab.lint import Linted, Linter
from evals.lab.lock import Gate, Locked, read_lock, write_lock
from evals.lab.promote import Gated, gated, promote
from evals.runs import RunInfo
from evals.runs.disk import hold
from evals.world.label import Label
from prompts import Prompts


@pytest.fixture
def kind(folder: Path) -> str:
    """A variant of `question`, and its hash."""
    shipped = (folder / "question.prompt.md").read_text("utf-8")
    (folder / "question.kind.prompt.md").write_text(shipped.replace("polite", "kind"), "utf-8")
    return Prompts.load(folder, {"question": "kind"})["question"].sha256


def run_with(
    home: Path, sha256: str, name: str, exchange: Path, files: list[CaseFile], at: str = "2026", calls: int = 5
) -> RunInfo:
    """A run whose first case put a prompt of this hash so often."""
    lines = (exchange / "world" / "labels.jsonl").read_text("utf-8").splitlines()
    labels = {label.case_id: label for label in map(Label.model_validate_json, lines)}
    info = RunInfo(
        cases="dev",
        cases_sha256="c",
        n=200,
        answers="review",
        model="scripted",
        roles=("question",),
        variants={"question": "kind"},
        prompts={"question": sha256},
        policy_sha256="p",
        settings_sha256="s",
        code_sha256="c",
        name=name,
        commit="",
        started_at=at,
        seconds=1.0,
    )
    call = ModelCall(role="question", prompt_sha256=sha256, request_sha256="r", answer="{}", model="scripted")
    kept = [files[0].model_copy(update={"calls": (call,) * calls}), *files[1:]]
    runs.write(home / runs.FOLDER / name, info, [labels[file.case.case_id] for file in files], kept)
    return info


def test_the_latest_run_made_with_the_variant_is_held_against_the_gate(
    folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    for name, sha256, at in (("older", kind, "2026-01"), ("newer", kind, "2026-02"), ("other", "0" * 64, "2026-03")):
        run_with(home, sha256, name, exchange, files, at)
    by = gated(home, folder, "question", "kind")
    assert by.info.name == "newer"
    assert {"dangling", "intolerable misses"} <= {each.name for each in by.checks}
    assert gated(home, folder, "question", "kind", "older").info.name == "older"
    with pytest.raises(PromptError, match="run 'other' has not put 'question'"):
        gated(home, folder, "question", "kind", "other")


@pytest.mark.parametrize("changes", [{"n": 99}, {"roles": ("merge",)}, {"answers": "template", "roles": ()}])
def test_a_run_that_hardly_used_the_prompt_does_not_count(
    folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile], changes: dict[str, Any]
) -> None:
    info = run_with(home, kind, "made", exchange, files)
    runs.write_info(home / runs.FOLDER / "made", info.model_copy(update=changes))
    with pytest.raises(PromptError, match="no finished run has put"):
        gated(home, folder, "question", "kind")


def test_a_run_that_never_put_the_prompt_promotes_nothing(
    folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    for calls in (0, 4):
        run_with(home, kind, "made", exchange, files, calls=calls)
        with pytest.raises(PromptError, match=f"put 'question' to a model {calls} times, 5 are needed"):
            gated(home, folder, "question", "kind")


def test_a_variant_that_is_not_there_names_those_that_are(folder: Path, kind: str, home: Path) -> None:
    with pytest.raises(PromptError, match=r"no variant 'nope' of 'question' .*there are: .*question\.kind"):
        gated(home, folder, "question", "nope")


def test_an_edit_after_the_run_needs_another_run(
    folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    run_with(home, kind, "made", exchange, files)
    path = folder / "question.kind.prompt.md"
    path.write_text(path.read_text("utf-8") + "\nBe brief.\n", "utf-8")
    with pytest.raises(PromptError, match="casework eval run --prompt question=kind"):
        gated(home, folder, "question", "kind")


@pytest.mark.parametrize(("name", "variant"), [("question", "none"), ("../question", "kind"), ("question", "../kind")])
def test_what_is_no_variant_is_told(folder: Path, kind: str, home: Path, name: str, variant: str) -> None:
    (folder / "question").mkdir()
    with pytest.raises(PromptError):
        gated(home, folder, name, variant)


def linted(folder: Path, variant: str) -> Linted:
    """What lint says of a variant of `question` where no set was built."""
    linter = Linter(lambda role: (), held_out(folder), read_lock(folder))
    return linter.lint(folder / f"question.{variant}.prompt.md")


def by(passed: bool, make: Callable[[], RunInfo]) -> Gated:
    check = Check.of(passed, "dangling", "1", "at most 0", "mend it")
    return Gated(make(), (check,))


def test_a_passed_gate_swaps_the_files_and_is_locked(
    folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    before = Prompts.load(folder)["question"].sha256
    made = by(True, lambda: run_with(home, kind, "made", exchange, files))
    locked = promote(folder, "question", "kind", made, linted(folder, "kind"))
    prompts = Prompts.load(folder)
    assert prompts["question"].sha256 == locked.sha256 == kind
    assert Prompts.load(folder, {"question": "previous"})["question"].sha256 == before
    assert not (folder / "question.kind.prompt.md").exists()
    lock = read_lock(folder)
    assert lock["question"] == locked
    assert (locked.model, locked.gate and (locked.gate.run, locked.gate.passed)) == ("scripted", ("made", True))
    assert lock["merge"].sha256 == prompts["merge"].sha256
    again = by(True, lambda: run_with(home, before, "back", exchange, files))
    promote(folder, "question", "previous", again, linted(folder, "previous"))
    assert Prompts.load(folder)["question"].sha256 == before
    assert Prompts.load(folder, {"question": "previous"})["question"].sha256 == kind


def test_what_lint_refuses_is_not_shipped_and_told_in_its_words(
    folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    path = folder / "question.kind.prompt.md"
    path.write_text(path.read_text("utf-8").replace("# user", "Case V-1083 is like this.\n\n# user", 1), "utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = by(True, lambda: run_with(home, kind, "made", exchange, files))
    with pytest.raises(PromptError, match=r"kind\.prompt\.md:\d+: leak: 'V-1083' is of the val set"):
        promote(folder, "question", "kind", made, linted(folder, "kind"))
    clean = linted(folder, "kind").model_copy(update={"faults": (), "sha256": kind})
    with pytest.raises(PromptError, match="it changed since"):
        promote(folder, "question", "kind", made, clean)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_promotion_that_was_cut_off_and_given_again_keeps_the_text_shipped_before(
    folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    shipped, variant = folder / "question.prompt.md", folder / "question.kind.prompt.md"
    before = shipped.read_text("utf-8")
    (folder / "question.previous.prompt.md").write_text(before, "utf-8")
    shipped.write_text(variant.read_text("utf-8"), "utf-8")
    made = by(True, lambda: run_with(home, kind, "made", exchange, files))
    assert promote(folder, "question", "kind", made, linted(folder, "kind")).sha256 == kind
    assert (folder / "question.previous.prompt.md").read_text("utf-8") == before


def test_one_promotes_at_a_time(folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile]) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = by(True, lambda: run_with(home, kind, "made", exchange, files))
    with hold(folder, "it"), pytest.raises(AgentError, match=r"prompts '.*' is being written by"):
        promote(folder, "question", "kind", made, linted(folder, "kind"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert promote(folder, "question", "kind", made, linted(folder, "kind")).sha256 == kind


def test_a_failed_gate_changes_nothing(
    folder: Path, kind: str, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = by(False, lambda: run_with(home, kind, "made", exchange, files))
    with pytest.raises(PromptError, match="did not pass the gate: dangling"):
        promote(folder, "question", "kind", made, linted(folder, "kind"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_lock_reads_back_and_says_where_it_does_not(tmp_path: Path) -> None:
    lock = {"word": Locked(sha256="a" * 64, model="m", gate=Gate(run="r", at="2026", passed=True))}
    write_lock(tmp_path, lock)
    assert read_lock(tmp_path) == lock
    (tmp_path / "lock.json").write_text('{"word": {"sha": 1}}', "utf-8")
    with pytest.raises(PromptError, match=r"lock\.json:1: cannot be read: ValidationError"):
        read_lock(tmp_path)
    (tmp_path / "lock.json").unlink()
    assert read_lock(tmp_path) == {}


def test_the_packaged_lock_is_of_the_packaged_prompts() -> None:
    from prompts import FOLDER

    assert {name: locked.sha256 for name, locked in read_lock(FOLDER).items()} == Prompts.load().sha256s
