"""The README's session for prompt engineers prints what it shows: what asks no model always, the rest against a
scripted server for its form, and against the embedded model for its words."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from chatting import ChatServer, completion
from sessions import quoted, run_line, session_with, typed

from agent.case import CaseFile, ModelCall
from agent.cli import QUIET
from agent.llm.weights import chosen
from agent.policy.model import load_policy
from evals import runs
from evals.runs.record import FOLDER as RECORDED
from evals.world.build import build
from evals.world.stratum import Stratum
from prompts import FOLDER, Prompts

ROOT = Path(__file__).parents[2]
HERE = ROOT / ".casework"
"""Where a checkout keeps its weights and sets."""
SESSION = session_with((ROOT / "README.md").read_text("utf-8"), "prompt show")
SHOW, TRY, COMPARE, GATE, PROMOTE = typed(SESSION)
CASE = "D-1003"
REQUEST = "Please take a picture of the document itself, not of a screen, copy or print."
"""What the review of that case asks its customer."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the prompts and their variant as the session writes it, and a home."""
    shutil.copytree(FOLDER, tmp_path / "prompts", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.chdir(tmp_path)
    told = {**QUIET, "CASEWORK_HOME": ".casework", "PROMPTS_DIR": "prompts", "COLUMNS": "130"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    (edit,) = re.findall(r"^\$ (sed .+\\\n.+)$", SESSION, re.M)
    subprocess.run(edit, shell=True, check=True)
    return tmp_path


@pytest.fixture
def server(chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> ChatServer:
    """An endpoint that words a question as its prompt asks."""
    chat_server.answer = asks_politely
    monkeypatch.setenv("LLM_BASE_URL", chat_server.url)
    return chat_server


def asks_politely(asked: dict[str, Any]) -> dict[str, Any]:
    request = asked["messages"][-1]["content"]
    polite = "Could you please " + request.removeprefix("Please ").rstrip(".") + "?"
    return dict(completion(json.dumps({"question": polite})))


def after(command: str) -> list[str]:
    """What the session shows after one of its commands, up to the next."""
    _, _, rest = SESSION.partition(f"$ {command}")
    return quoted("$" + re.split(r"^\$", rest, maxsplit=1, flags=re.M)[0])


def masked(text: str) -> str:
    """The words of what is printed: figures and hashes differ from model to model and from commit to commit."""
    hashes = re.sub(r"(?<=-review-)\w{8}\b|\b(?=\w*\d)[0-9a-f]{12}\b", "HASH", " ".join(text.split()))
    return re.sub(r"[+-]?\d[\d.]*", "0", hashes)


def of_the_session(home: Path) -> None:
    """A run whose one case asks what the case of the session does, of a rule of the packaged policy."""
    rule = next(rule for rule in load_policy().rules if rule.customer_text == REQUEST)
    run = runs.read(RECORDED)
    file = next(each for each in run.files if each.recommendation.disposition == "request_resubmission")
    label = next(each for each in run.labels if each.case_id == file.case.case_id)
    finding = file.findings[0].model_copy(update={"rule": rule.id, "customer_text": REQUEST})
    case = file.case.model_copy(update={"case_id": CASE, "source": str(RECORDED)})
    kept = file.model_copy(update={"case": case, "findings": (finding,), "calls": ()})
    info = run.info.model_copy(update={"name": "seen", "cases": "dev", "n": 1})
    runs.write(home / runs.FOLDER / "seen", info, [label.model_copy(update={"case_id": CASE})], [kept])


def compared(home: Path) -> None:
    """The recorded run twice, as if it were of enough cases: with the shipped prompt, and with the variant."""
    run, variant = runs.read(RECORDED), Prompts.load(Path("prompts"), {"question": "brief"})["question"]
    names = re.findall(r"dev-review-\w+", GATE)
    for name, sha256 in zip(names, (variant.sha256, run.info.prompts["question"]), strict=True):
        prompts = {**run.info.prompts, "question": sha256}
        info = run.info.model_copy(update={"name": name, "cases": "dev", "n": 100, "prompts": prompts})
        files = (file.model_copy(update={"calls": asked(file, sha256)}) for file in run.files)
        runs.write(home / runs.FOLDER / name, info, run.labels, files)


def asked(file: CaseFile, sha256: str) -> tuple[ModelCall, ...]:
    """The calls of a review with another text in the role of questions."""
    questions = (call.role == "question" for call in file.calls)
    renamed = ({"prompt_sha256": sha256} if question else {} for question in questions)
    return tuple(call.model_copy(update=changes) for call, changes in zip(file.calls, renamed, strict=True))


def test_what_is_shown_and_tried_is_printed(
    desk: Path, server: ChatServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of_the_session(desk / ".casework")
    for line, shown in ((SHOW.removesuffix(" --watch"), after(SHOW)), (TRY, after(TRY))):
        assert run_line(monkeypatch, line) == 0
        printed = " ".join(capsys.readouterr().out.split())
        assert shown
        assert [part for part in shown if part not in printed] == []


def test_gate_and_promotion_have_the_form_that_is_shown(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(desk / ".casework")
    assert unshown(monkeypatch, capsys, GATE, PROMOTE) == []


@pytest.mark.slow
def test_comparing_gate_and_promotion_have_the_form_that_is_shown(
    desk: Path, server: ChatServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(desk / ".casework/cases/dev", seed=3, customers=150, cases=110, images=False, stratum=Stratum(0, 3, "D"))
    assert unshown(monkeypatch, capsys, COMPARE, GATE, PROMOTE) == []


@pytest.mark.slow
def test_the_embedded_model_prints_the_words_that_are_shown(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not chosen(HERE) or not (HERE / "cases/dev/cases.jsonl").is_file():
        pytest.skip("`casework llm fetch` and `casework eval cases build dev` make what this needs")
    (HERE / "evidence").mkdir(exist_ok=True)
    (desk / ".casework").mkdir()
    for name in ("models", "cases", "evidence"):
        (desk / ".casework" / name).symlink_to(HERE / name)
    # A busy machine is slow, not mute.
    monkeypatch.setenv("LLM_TIMEOUT_S", "300")
    assert unshown(monkeypatch, capsys, COMPARE, GATE, SHOW.removesuffix(" --watch"), TRY, PROMOTE) == []


def unshown(patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *lines: str) -> list[str]:
    """Type commands that succeed, a gate as the command before it said; what the session shows that they did not
    print."""
    said, missing = "", list[str]()
    for line in lines:
        told = re.findall(r"^next: (.+)$", said, re.M)
        now = told[0] if told and line == GATE else line
        assert run_line(patch, now) == 0
        said = capsys.readouterr().out
        shown = after(line) or after(f"{line} --watch")
        assert shown
        missing += [part for part in shown if masked(part) not in masked(said)]
    return missing
