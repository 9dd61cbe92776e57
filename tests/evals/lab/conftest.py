"""The lab over the small exchange: a bench, and a server that answers as a prompt asks."""

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

from agent.case import CaseFile
from agent.settings import Settings
from evals.lab.cases import Bench, bench
from prompts import FOLDER


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the packaged prompts that a test may edit; the settings name it."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "prompts", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    monkeypatch.setenv("PROMPTS_DIR", str(copy))
    return copy


@pytest.fixture
def here(home: Path) -> Iterator[Bench]:
    with bench(Settings(casework_home=home)) as opened:
        yield opened


@pytest.fixture(scope="session")
def files(exchange: Path) -> list[CaseFile]:
    """What a review of each case of the exchange comes to."""
    with bench(Settings(casework_home=exchange / "home")) as opened:
        return [opened.file(row.case_id) for row in opened.store.queue()]


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
