"""A variant ships by a passed gate of a run that was made with it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.errors import AgentError, PromptError
from evals import runs
from evals.gate import Check
from evals.lab.heldout import held_out
from evals.lab.lint import Linted, Linter
from evals.lab.lock import Gate, Locked, read_lock, write_lock
from evals.lab.promote import Gated, gated, promote
from evals.runs import RunInfo
from evals.runs.disk import hold
from evals.runs.record import FOLDER as RECORDED
from prompts import Prompts

Make = Callable[..., RunInfo]


@pytest.fixture
def kind(folder: Path) -> str:
    """A variant of `question`, and its hash."""
    shipped = (folder / "question.prompt.md").read_text("utf-8")
    (folder / "question.kind.prompt.md").write_text(shipped.replace("polite", "kind"), "utf-8")
    return Prompts.load(folder, {"question": "kind"})["question"].sha256


@pytest.fixture
def template(make: Make) -> str:
    """The name of a run without a model over the same cases."""
    return make("template", "", answers="template", model="", roles=(), prompts={}).name


@pytest.mark.usefixtures("template")
def test_the_latest_run_made_with_the_variant_is_held_against_the_gate(
    folder: Path, kind: str, home: Path, make: Make
) -> None:
    for name, sha256, at in (("older", kind, "2026-01"), ("newer", kind, "2026-02"), ("other", "0" * 64, "2026-03")):
        make(name, sha256, at=at)
    by = gated(home, folder, "question", "kind")
    assert (by.info.name, by.baseline) == ("newer", "template")
    assert {"dangling", "intolerable misses"} <= {each.name for each in by.checks}
    assert gated(home, folder, "question", "kind", "older").info.name == "older"
    with pytest.raises(PromptError, match="run 'other' has not asked a model with 'question'"):
        gated(home, folder, "question", "kind", "other")
    with pytest.raises(AgentError, match="no run 'newr'; choose one of newer"):
        gated(home, folder, "question", "kind", "newr")


@pytest.mark.parametrize("changes", [{"n": 99}, {"roles": ("merge",)}, {"answers": "template", "roles": ()}])
def test_a_run_that_hardly_used_the_prompt_does_not_count(
    folder: Path, kind: str, home: Path, make: Make, changes: dict[str, Any]
) -> None:
    info = make("made", kind)
    runs.write_info(home / runs.FOLDER / "made", info.model_copy(update=changes))
    with pytest.raises(PromptError, match="no finished run has asked"):
        gated(home, folder, "question", "kind")


def test_a_run_that_never_put_the_prompt_promotes_nothing(folder: Path, kind: str, home: Path, make: Make) -> None:
    for calls in (0, 4):
        make("made", kind, calls=calls)
        with pytest.raises(PromptError, match=f"asked a model with 'question' {calls} times; 5 are needed"):
            gated(home, folder, "question", "kind")


def dearer(home: Path, name: str) -> None:
    """Have the run escalate every case that it approved."""
    run = runs.read(home / runs.FOLDER / name)
    drafts = ((file, file.draft.model_copy(update={"disposition": "escalate"})) for file in run.files)
    escalated = [
        file.model_copy(update={"draft": draft}) if file.draft.disposition == "approve" else file
        for file, draft in drafts
    ]
    assert escalated != list(run.files)
    runs.write(run.folder, run.info, run.labels, escalated)


def dear(gated: Gated) -> bool:
    return "cost against the baseline" in {each.name for each in gated.checks if each.blocks}


def test_a_variant_that_makes_cases_dearer_does_not_pass(folder: Path, kind: str, home: Path, make: Make) -> None:
    make("kind", kind)
    with pytest.raises(PromptError, match=r"it is unknown whether cases become more expensive.*--baseline RUN"):
        gated(home, folder, "question", "kind")
    make("shipped", Prompts.load(folder)["question"].sha256)
    assert not dear(gated(home, folder, "question", "kind"))
    dearer(home, "kind")
    by = gated(home, folder, "question", "kind")
    assert (by.baseline, by.passed, dear(by)) == ("shipped", False, True)
    make("as dear", "0" * 64)
    dearer(home, "as dear")
    assert not dear(gated(home, folder, "question", "kind", baseline="as dear"))


def test_a_variant_that_is_not_there_names_those_that_are(folder: Path, kind: str, home: Path) -> None:
    with pytest.raises(PromptError, match=r"no variant 'nope' of 'question' .*choose one of .*question\.kind"):
        gated(home, folder, "question", "nope")


def test_an_edit_after_the_run_needs_another_run(folder: Path, kind: str, home: Path, make: Make) -> None:
    make("made", kind)
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
    return linter.lint(folder / (f"question.{variant}.prompt.md" if variant else "question.prompt.md"))


def by(passed: bool, info: RunInfo) -> Gated:
    check = Check.of(passed, "dangling", "1", "at most 0", "mend it")
    return Gated(info, "template", (check,))


def test_a_passed_gate_swaps_the_files_and_is_locked(folder: Path, kind: str, home: Path, make: Make) -> None:
    before = Prompts.load(folder)["question"].sha256
    made = by(True, make("made", kind))
    locked = promote(folder, "question", "kind", made, linted(folder, "kind"))
    prompts = Prompts.load(folder)
    assert prompts["question"].sha256 == locked.sha256 == kind
    assert Prompts.load(folder, {"question": "previous"})["question"].sha256 == before
    assert not (folder / "question.kind.prompt.md").exists()
    lock = read_lock(folder)
    assert lock["question"] == locked
    gate = locked.gate
    assert gate is not None
    assert (locked.model, gate.run, gate.baseline, gate.passed) == ("scripted", "made", "template", True)
    assert lock["merge"].sha256 == prompts["merge"].sha256
    again = by(True, make("back", before))
    promote(folder, "question", "previous", again, linted(folder, "previous"))
    assert Prompts.load(folder)["question"].sha256 == before
    assert Prompts.load(folder, {"question": "previous"})["question"].sha256 == kind


@pytest.mark.usefixtures("template")
def test_the_gate_of_the_shipped_text_is_recorded_and_no_file_swapped(folder: Path, home: Path, make: Make) -> None:
    shipped = Prompts.load(folder)["question"].sha256
    before = {path.name: path.read_bytes() for path in folder.glob("*.md")}
    with pytest.raises(PromptError, match=r"with 'question' as it stands now .*casework eval run --model local"):
        gated(home, folder, "question", "")
    make("made", shipped)
    found = gated(home, folder, "question", "")
    assert (found.info.name, found.baseline) == ("made", "template")
    locked = promote(folder, "question", "", by(True, found.info), linted(folder, ""))
    assert (locked.sha256, locked.gate and locked.gate.run) == (shipped, "made")
    assert read_lock(folder)["question"] == locked
    assert {path.name: path.read_bytes() for path in folder.glob("*.md")} == before


def test_what_lint_refuses_is_not_shipped_and_told_in_its_words(
    folder: Path, kind: str, home: Path, make: Make
) -> None:
    path = folder / "question.kind.prompt.md"
    path.write_text(path.read_text("utf-8").replace("# user", "Case V-1083 is like this.\n\n# user", 1), "utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = by(True, make("made", kind))
    with pytest.raises(PromptError, match=r"kind\.prompt\.md:\d+: leak: 'V-1083' belongs to the val set"):
        promote(folder, "question", "kind", made, linted(folder, "kind"))
    clean = linted(folder, "kind").model_copy(update={"faults": (), "sha256": kind})
    with pytest.raises(PromptError, match="it changed since"):
        promote(folder, "question", "kind", made, clean)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_promotion_that_was_cut_off_and_given_again_keeps_the_text_shipped_before(
    folder: Path, kind: str, home: Path, make: Make
) -> None:
    shipped, variant = folder / "question.prompt.md", folder / "question.kind.prompt.md"
    before = shipped.read_text("utf-8")
    (folder / "question.previous.prompt.md").write_text(before, "utf-8")
    shipped.write_text(variant.read_text("utf-8"), "utf-8")
    made = by(True, make("made", kind))
    assert promote(folder, "question", "kind", made, linted(folder, "kind")).sha256 == kind
    assert (folder / "question.previous.prompt.md").read_text("utf-8") == before


def test_one_promotes_at_a_time(folder: Path, kind: str, home: Path, make: Make) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = by(True, make("made", kind))
    with hold(folder, "it"), pytest.raises(AgentError, match=r"prompts '.*' is being written by"):
        promote(folder, "question", "kind", made, linted(folder, "kind"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert promote(folder, "question", "kind", made, linted(folder, "kind")).sha256 == kind


def test_a_failed_gate_changes_nothing(folder: Path, kind: str, home: Path, make: Make) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = by(False, make("made", kind))
    with pytest.raises(PromptError, match="did not pass the gate beside 'template': dangling"):
        promote(folder, "question", "kind", made, linted(folder, "kind"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_lock_reads_back_and_says_where_it_does_not(tmp_path: Path) -> None:
    lock = {"word": Locked(sha256="a" * 64, model="m", gate=Gate(run="r", baseline="b", at="2026", passed=True))}
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


def test_every_prompt_that_the_recorded_run_put_to_a_model_has_a_passed_gate() -> None:
    """A prompt in use ships by a gate; one without has a role that no model at hand has earned."""
    from prompts import FOLDER

    used = {call.prompt for file in runs.read(RECORDED).files for call in file.calls}
    gates = {name: locked.gate for name, locked in read_lock(FOLDER).items()}
    assert used == {name for name, gate in gates.items() if gate}
    assert all(gate.passed for gate in gates.values() if gate)
