"""What the README tells a user to type exists: every command, every option, every file it names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from agent.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TYPED = [line.split("#")[0].strip() for line in re.findall(r"^\$ (?:\.venv/bin/)?(casework .+)$", README, re.M)]
MADE = re.findall(r"^\$ make (\w[\w-]*)", README, re.M)


@pytest.mark.parametrize("line", TYPED)
def test_every_command_and_option_exists(line: str) -> None:
    words = shlex.split(line)[1:]
    command = typer.main.get_command(app)
    while hasattr(command, "get_command") and words:
        name = words.pop(0)
        with typer.Context(command) as context:
            found = command.get_command(context, name)
        assert found is not None, f"{name!r} of {line!r}"
        command = found
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known


@pytest.mark.parametrize("target", MADE)
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


def test_the_main_commands_are_shown() -> None:
    shown = {line.split()[1] for line in TYPED}
    assert {"queue", "work", "review", "report", "decide", "audit", "world", "eval", "llm", "rules"} <= shown
    assert set(MADE) >= {"demo", "test"}


def test_the_session_stands_near_the_top_and_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "casework review" in "\n".join(README.splitlines()[:20])
    monkeypatch.chdir(tmp_path)
    session = re.findall(r"```console\n(.+?)```", README, re.S)[0]
    commands = [line.removeprefix("$ casework ") for line in session.splitlines() if line.startswith("$")]
    for command in commands:
        assert typer.main.get_command(app).main(shlex.split(command), standalone_mode=False) in (None, 0)
    printed = " ".join(capsys.readouterr().out.split())
    quoted = " ".join(" ".join(line for line in session.splitlines() if not line.startswith("$")).split())
    for part in re.split(r"\.\.\.|Findings", quoted):
        assert part.strip() in printed


@pytest.mark.parametrize("name", ["README.md", "AGENTS.md", "THREATS.md"])
def test_every_named_file_exists(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = set(re.findall(r"`((?:agent|tools|vision|evals|prompts|tests)/[\w./-]*)`", text))
    assert named
    assert not {path for path in named if "NAME" not in path and not (ROOT / path).exists()}
