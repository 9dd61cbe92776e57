"""Prompts tried on a small exchange: an open lab, and a server that answers as a prompt asks."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chatting import completion
from typer.testing import CliRunner, Result

from agent.case import CaseFile, ModelCall
from agent.settings import Settings
from evals import runs
from evals.lab.cases import Lab, open_lab
from evals.runs import RunInfo
from evals.world.label import Label
from prompts import FOLDER


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the packaged prompts that a test may edit; the settings name it."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "prompts", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    monkeypatch.setenv("PROMPTS_DIR", str(copy))
    return copy


@pytest.fixture
def lab(home: Path) -> Iterator[Lab]:
    with open_lab(Settings(casework_home=home)) as opened:
        yield opened


@pytest.fixture(scope="session")
def files(exchange: Path) -> list[CaseFile]:
    """What a review of each case of the exchange comes to."""
    with open_lab(Settings(casework_home=exchange / "home")) as opened:
        return [opened.file(row.case_id) for row in opened.store.queue()]


@pytest.fixture
def make(home: Path, exchange: Path, files: list[CaseFile]) -> Callable[..., RunInfo]:
    """A finished run in the home, over the small exchange as if it were dev: a case with a letter put a prompt of this
    hash so often, and got words of that letter. Whatever else stands in its description may be given."""
    lines = (exchange / "world" / "labels.jsonl").read_text("utf-8").splitlines()
    labels = {label.case_id: label for label in map(Label.model_validate_json, lines)}
    about: dict[str, Any] = {"cases": "dev", "n": 200, "answers": "review", "model": "scripted", "roles": ("question",)}
    about |= {"cases_sha256": "c", "policy_sha256": "p", "settings_sha256": "s", "code_sha256": "c"}
    about |= {"commit": "", "started_at": "2026", "seconds": 1.0}

    def made(name: str, sha256: str, *, at: str = "2026", calls: int = 5, **changes: Any) -> RunInfo:
        told = about | {"name": name, "prompts": {"question": sha256}, "started_at": at} | changes
        info = RunInfo.model_validate(told)
        file = next(file for file in files if file.draft.customer_message)
        answer = json.dumps({"question": file.draft.customer_message[:20]})
        call = ModelCall(role="question", prompt_sha256=sha256, request_sha256="r", answer=answer, model="scripted")
        asked = (call,) * calls if info.answers == "review" else ()
        kept = [each.model_copy(update={"calls": asked if each is file else ()}) for each in files]
        runs.write(home / runs.FOLDER / name, info, [labels[each.case.case_id] for each in files], kept)
        return info

    return made


@pytest.fixture
def prompt(home: Path) -> Callable[..., Result]:
    """`casework prompt` in this process."""
    from evals.lab.cli import app

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return run


def worded_well(asked: dict[str, Any]) -> dict[str, Any]:
    """What a model would say that does as it is told in every role."""
    system, user = (message["content"] for message in asked["messages"])
    if "connective" in system:
        markers = re.findall(r"^(F\d):", user, re.M)[1:]
        said: dict[str, Any] = {each: "and" if int(each[1:]) % 2 == 0 else "in addition" for each in markers}
    elif "polite question" in system:
        said = {"question": "Could you please " + user.removeprefix("Please ").rstrip(".") + "?"}
    elif "reword" in system:
        said = {"sentence": re.sub(r"\bThe\b|\bthe\b", "this", user, count=1).replace("this", "This", 1)}
    else:
        said = {"tool": re.findall(r"^- (\S+): tells \S", user, re.M)[0]}
    return dict(completion(json.dumps(said)))


@pytest.fixture
def well(chat_server: Any) -> Any:
    """A server that answers every role well."""
    chat_server.answer = worded_well
    return chat_server
