"""The commands as a prompt engineer types them, against a real server and real evidence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from agent.case import CaseFile
from agent.errors import ModelError, PromptError, UnknownCase
from evals import runs
from evals.lab.cases import Lab
from evals.lab.trials import of_case
from evals.world.label import Label
from prompts import Prompts

Prompting = Callable[..., Result]
Make = Callable[..., runs.RunInfo]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def merging(lab: Lab, files: list[CaseFile]) -> str:
    """A case whose summary joins several findings."""
    return next(file.case.case_id for file in files if of_case(file, "merge", lab.desk(file)))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_lint_finds_nothing_in_the_packaged_prompts(prompt: Prompting) -> None:
    clean = prompt("lint")
    assert clean.exit_code == 0
    names = ("investigate", "merge", "question", "word")
    lines = [line.split() for line in clean.stdout.splitlines()[1:]]
    assert [line[:2] for line in lines[:4]] == [[name, "0"] for name in names]
    assert max(map(len, clean.stdout.splitlines())) <= 60
    assert [line[:4] for line in lines[4:]] == [[f"{name}:", "the", "longest", "of"] for name in names]


def test_lint_tells_file_and_line_and_fails(prompt: Prompting, folder: Path) -> None:
    edit(folder / "merge.prompt.md", "finding.title", "finding.titel")
    told = prompt("lint", "merge")
    assert told.exit_code == 1
    assert "merge.prompt.md:18: path: 'finding' has no field 'titel'; it has marker, title" in told.stdout
    found = json.loads(prompt("lint", "--json").stdout)
    assert {fault["check"] for each in found["prompts"] for fault in each["faults"]} == {"path", "lock"}


def test_lint_of_a_folder_without_prompts_names_it(
    prompt: Prompting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTS_DIR", str(tmp_path / "nowhere"))
    told = str(prompt("lint").exception)
    assert told == f"{str(tmp_path / 'nowhere')!r} holds no *.prompt.md; name a folder of prompts, or unset PROMPTS_DIR"


def test_lint_of_a_prompt_that_is_not_there_names_those_that_are(prompt: Prompting) -> None:
    with pytest.raises(PromptError, match="no prompt 'mrege'"):
        raise prompt("lint", "mrege").exception or AssertionError


def test_show_renders_what_would_be_sent(prompt: Prompting, merging: str) -> None:
    told = prompt("show", "merge", "--case", merging).stdout
    assert f"{merging} summary" in told
    assert "system  about 110 tokens" in told
    assert "F1: " in told
    assert "of 400 tokens; answer: Joints, at most 120 tokens" in told
    (sent,) = json.loads(prompt("show", "merge", "--case", merging, "--json").stdout)
    assert [part["role"] for part in sent["messages"]] == ["system", "user"]
    assert sent["messages"][1]["content"].startswith("F1: ")
    assert sent["tokens"] == sum(part["tokens"] for part in sent["messages"])
    assert set(sent["schema"]["properties"]) >= {"F2"}


def test_show_writes_out_what_would_steer_the_screen(prompt: Prompting, folder: Path, merging: str) -> None:
    edit(folder / "merge.prompt.md", "You join", "You\x1b[2J\u202e join")
    told = prompt("show", "merge", "--case", merging).stdout
    assert "You\\x1b[2J\\u202e join" in told
    assert not {"\x1b", "\u202e"} & {*told}


def test_show_makes_the_fence_visible(prompt: Prompting, folder: Path, merging: str) -> None:
    edit(folder / "merge.prompt.md", "answer:", "untrusted: [findings.title]\nanswer:")
    told = prompt("show", "merge", "--case", merging).stdout
    assert "<<untrusted " in told
    assert "<<end " in told


def test_show_of_a_variant(prompt: Prompting, folder: Path, merging: str) -> None:
    text = (folder / "merge.prompt.md").read_text("utf-8").replace("You join", "You kindly join")
    (folder / "merge.kind.prompt.md").write_text(text, "utf-8")
    assert "You kindly join" in prompt("show", "merge.kind", "--case", merging).stdout
    assert "You kindly join" not in prompt("show", "merge", "--case", merging).stdout
    with pytest.raises(PromptError, match="there are: merge=kind"):
        raise prompt("show", "merge.cruel", "--case", merging).exception or AssertionError


def test_a_case_that_gives_no_occasion_is_told(prompt: Prompting, lab: Lab, files: list[CaseFile]) -> None:
    silent = next(file.case.case_id for file in files if not of_case(file, "investigate", lab.desk(file)))
    with pytest.raises(PromptError, match=f"case {silent!r} asks a model nothing in role 'investigate'"):
        raise prompt("show", "investigate", "--case", silent).exception or AssertionError
    with pytest.raises(UnknownCase, match="no case 'C-9999'"):
        raise prompt("show", "merge", "--case", "C-9999").exception or AssertionError


def test_try_shows_answer_verdict_and_what_would_ship(prompt: Prompting, merging: str, well: Any) -> None:
    told = prompt("try", "merge", "--case", merging, "--model", well.url).stdout
    assert 'answer    {"F2": "and"' in told
    assert "verdict   passed: it holds" in told
    assert "would ship (model)" in told
    assert "scripted; 30 tokens in, 12 out" in told
    (found,) = json.loads(prompt("try", "merge", "--case", merging, "--model", well.url, "--json").stdout)
    assert (found["outcome"], found["source"], found["call"]["prompt"]) == ("passed", "model", "merge")


def test_a_model_that_talks_nonsense_ships_the_policy(prompt: Prompting, merging: str, chat_server: Any) -> None:
    chat_server.says('{"F2": "because"}')
    told = prompt("try", "merge", "--case", merging, "--model", chat_server.url).stdout
    assert "verdict   unanswered: not the JSON asked for" in told
    assert "remedy" not in told, "the endpoint is well: the prompt is what to mend"
    assert "would ship (template)" in told


def test_an_endpoint_that_gives_no_answer_is_told_with_a_remedy(
    prompt: Prompting, merging: str, chat_server: Any
) -> None:
    chat_server.answer = lambda asked: {"error": "none"}
    ran = prompt("try", "merge", "--case", merging, "--model", chat_server.url)
    told = ran.stdout
    assert (ran.exit_code or ran.return_value) == 1
    assert "verdict   unanswered: " in told
    assert "remedy    `casework llm status` shows" in told
    (found,) = json.loads(prompt("try", "merge", "--case", merging, "--model", chat_server.url, "--json").stdout)
    assert (found["outcome"], "casework llm status" in found["remedy"]) == ("unanswered", True)


def test_try_without_a_model_says_how_to_get_one(prompt: Prompting, merging: str) -> None:
    with pytest.raises(ModelError, match="casework llm fetch"):
        raise prompt("try", "merge", "--case", merging).exception or AssertionError


def test_a_trial_leaves_no_trace_in_the_queue(prompt: Prompting, merging: str, lab: Lab, well: Any) -> None:
    prompt("try", "merge", "--case", merging, "--model", well.url)
    assert lab.store.latest_file(merging) is None
    assert lab.store.status(merging) == "open"


def test_snapshot_writes_and_checks(prompt: Prompting, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "golden"
    assert prompt("snapshot", "--out", str(out)).exit_code == 0
    (out / "gone.txt").write_text("old\n", "utf-8")
    assert prompt("snapshot", "--out", str(out)).exit_code == 0
    assert {path.stem for path in out.iterdir()} == {"investigate", "merge", "question", "word"}
    assert prompt("snapshot", "--out", str(out), "--check").exit_code == 0
    edit(folder / "word.prompt.md", "reads well", "reads better")
    told = prompt("snapshot", "--out", str(out), "--check")
    assert told.exit_code == 1
    assert "+You reword one sentence of a case review so that it reads better." in told.stdout
    assert json.loads(prompt("snapshot", "--out", str(out), "--json").stdout)["differing"] == ["word.txt"]
    assert prompt("snapshot", "--out", str(out), "--check").exit_code == 0


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_watch_renders_again_when_the_file_is_saved_and_ends_quietly(folder: Path, home: Path, merging: str) -> None:
    command = [sys.executable, "-m", "agent", "prompt", "show", "merge", "--case", merging, "--watch"]
    environment = {**os.environ, "CASEWORK_HOME": str(home), "PROMPTS_DIR": str(folder)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        seen = _until(watching, "of 400 tokens")
        assert "You join the findings" in seen
        edit(folder / "merge.prompt.md", "You join the findings", "You {{ link the findings")
        assert "merge.prompt.md:" in _until(watching, "correct the template")
        edit(folder / "merge.prompt.md", "You {{ link the findings", "You link the findings")
        assert "You link the findings" in _until(watching, "of 400 tokens")
        watching.send_signal(signal.SIGINT)
        _, error = watching.communicate(timeout=60)
    assert (watching.returncode, error) == (0, "")


def _until(watching: subprocess.Popen[str], wanted: str) -> str:
    """What is printed up to a line that holds `wanted`."""
    assert watching.stdout is not None
    deadline, seen = time.monotonic() + 120, ""
    while wanted not in seen and time.monotonic() < deadline:
        seen += watching.stdout.readline()
    assert wanted in seen
    return seen


def test_optimise_never_overwrites_and_needs_a_set(prompt: Prompting, folder: Path, well: Any) -> None:
    with pytest.raises(PromptError, match="0 different questions for 'merge'"):
        raise prompt("optimise", "merge", "--budget", "20", "--model", well.url).exception or AssertionError
    (folder / "merge.candidate.prompt.md").write_text("mine", "utf-8")
    with pytest.raises(PromptError, match="already exists"):
        raise prompt("optimise", "merge", "--budget", "20", "--model", well.url).exception or AssertionError
    assert (folder / "merge.candidate.prompt.md").read_text("utf-8") == "mine"


def test_promote_without_a_run_says_what_to_type(prompt: Prompting, folder: Path) -> None:
    (folder / "merge.kind.prompt.md").write_text((folder / "merge.prompt.md").read_text("utf-8") + "\nx", "utf-8")
    with pytest.raises(PromptError, match="casework eval run --prompt merge=kind"):
        raise prompt("promote", "merge", "kind").exception or AssertionError


def test_promote_says_beside_what_and_what_to_do_next(prompt: Prompting, folder: Path, make: Make) -> None:
    text = (folder / "question.prompt.md").read_text("utf-8")
    (folder / "question.kind.prompt.md").write_text(text.replace("polite", "kind"), "utf-8")
    make("tried", Prompts.load(folder, {"question": "kind"})["question"].sha256)
    with pytest.raises(PromptError, match="it is unknown whether cases become more expensive"):
        raise prompt("promote", "question", "kind").exception or AssertionError
    make("before", Prompts.load(folder)["question"].sha256)
    told = prompt("promote", "question", "kind")
    assert (told.exit_code, told.stdout.splitlines()[0].split(", ")[1]) == (0, "by run tried beside before")
    steps = ("casework llm qualify --role question", "casework prompt snapshot", "make record")
    places = [told.stdout.index(step) for step in steps]
    assert places == sorted(places), "a recording holds the roles that are granted"


def test_promote_without_a_variant_records_the_gate_of_the_shipped_text(
    prompt: Prompting, folder: Path, make: Make
) -> None:
    shipped = Prompts.load(folder)["question"].sha256
    make("made", shipped)
    make("bare", "", answers="template", model="", roles=(), prompts={})
    told = prompt("promote", "question")
    assert (told.exit_code, told.stdout) == (0, f"question stays {shipped[:12]}, by run made beside bare\n")
    lock = json.loads((folder / "lock.json").read_text("utf-8"))
    assert (lock["question"]["gate"]["run"], lock["question"]["gate"]["baseline"]) == ("made", "bare")
    found = json.loads(prompt("promote", "question", "--json").stdout)
    assert (found["name"], found["sha256"], found["gate"]["passed"]) == ("question", shipped, True)


def test_promote_tells_beside_what_a_gate_was_not_passed(
    prompt: Prompting, folder: Path, home: Path, make: Make
) -> None:
    make("made", Prompts.load(folder)["question"].sha256)
    run = runs.read(home / runs.FOLDER / "made")
    drafts = (file.draft.model_copy(update={"disposition": "escalate"}) for file in run.files)
    dear = [file.model_copy(update={"draft": draft}) for file, draft in zip(run.files, drafts, strict=True)]
    runs.write(run.folder, run.info, run.labels, dear)
    make("bare", "", answers="template", model="", roles=(), prompts={})
    told = prompt("promote", "question")
    assert told.exit_code == 1
    assert told.stdout.startswith("cost against the baseline: found ")
    assert told.stdout.endswith("run made beside bare did not pass the gate; question stays as it is\n")
    found = json.loads(prompt("promote", "question", "--json").stdout)
    assert (found["passed"], found["run"], found["baseline"]) == (False, "made", "bare")


def test_lint_tells_what_it_could_not_check(prompt: Prompting, folder: Path) -> None:
    edit(folder / "merge.prompt.md", "You join", "As in V-1003, you join")
    told = prompt("lint", "merge")
    assert "leak: 'V-1003' belongs to the val set" in told.stdout
    notes = ["texts of val: not built here", "texts of test: not built here"]
    assert told.stderr.splitlines() == [f"note: not checked: {note}" for note in notes]
    found = prompt("lint", "merge", "--json")
    assert (json.loads(found.stdout)["unchecked"], found.stderr) == (notes, "")


def ran(home: Path, name: str, files: list[CaseFile], exchange: Path, at: str) -> None:
    """A finished run over dev of so many cases."""
    lines = (exchange / "world" / "labels.jsonl").read_text("utf-8").splitlines()
    labels = {label.case_id: label for label in map(Label.model_validate_json, lines)}
    hashes = {"cases_sha256": "c", "policy_sha256": "p", "settings_sha256": "s", "code_sha256": "c"}
    about = {"cases": "dev", "n": len(files), "answers": "template", "commit": "", "seconds": 1.0}
    info = runs.RunInfo.model_validate({**hashes, **about, "name": name, "started_at": at})
    runs.write(home / runs.FOLDER / name, info, [labels[file.case.case_id] for file in files], files)


def test_prompts_are_tried_on_the_latest_of_the_largest_runs(
    lab: Lab, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    ran(home, "whole", files, exchange, "2026-01")
    ran(home, "few", files[:2], exchange, "2026-02")
    assert len(lab.of_set("dev")) == len(files)
    again = [file.model_copy(update={"attempt": 7}) for file in files]
    ran(home, "again", again, exchange, "2026-03")
    assert {file.attempt for file in lab.of_set("dev")} == {7}


def test_a_misnamed_file_is_a_fault_of_its_own(
    prompt: Prompting, folder: Path, home: Path, exchange: Path, files: list[CaseFile]
) -> None:
    ran(home, "whole", files, exchange, "2026-01")
    (folder / "Quest!on.prompt.md").write_text((folder / "question.prompt.md").read_text("utf-8"), "utf-8")
    told = prompt("lint")
    assert told.exit_code == 1
    assert "Quest!on.prompt.md:1: load: this is not the name of a prompt file" in told.stdout
    assert [line.split()[1] for line in told.stdout.splitlines()[-8:-4]] == ["0"] * 4
