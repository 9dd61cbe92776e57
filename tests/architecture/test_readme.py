"""What the README tells a user to type exists: every command, every option, every file it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from agent.cli import BAD_INPUT, INTERRUPTED, QUIET, UNREAD, app, run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TYPED = [line.split("#")[0].strip() for line in re.findall(r"^\$ (?:\.venv/bin/)?(casework .+)$", README, re.M)]
MADE = re.findall(r"^\$ make (\w[\w-]*)", README, re.M)


def commands(group: Any, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every command as it is typed, with its options."""
    with typer.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if hasattr(command, "list_commands"):
                yield from commands(command, f"{path}{name} ")
            else:
                yield f"{path}{name}", {word for each in command.params for word in (*each.opts, *each.secondary_opts)}


@cache
def known() -> dict[str, set[str]]:
    return dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("line", TYPED)
def test_every_command_and_option_exists(line: str) -> None:
    words = shlex.split(line)
    (options,) = (options for name, options in known().items() if f"{line} ".startswith(f"casework {name} "))
    assert {word for word in words if word.startswith("-")} <= options


@pytest.mark.parametrize("target", MADE)
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


def test_what_is_said_of_all_commands_holds() -> None:
    assert {name for name, options in known().items() if "--json" not in options} == {"work", "vision serve"}
    said = " ".join(README.split())
    assert "Every command but `work` and `vision serve` has `--json`; exit codes are" in said
    assert f"{BAD_INPUT} bad input, {INTERRUPTED} interrupted, {UNREAD} nobody read the output" in said


def test_the_main_commands_are_shown() -> None:
    shown = {line.split()[1] for line in TYPED}
    assert {"queue", "work", "review", "report", "decide", "audit", "world", "eval", "llm", "rules"} <= shown
    assert set(MADE) >= {"demo", "test"}


def test_the_session_stands_near_the_top_and_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "casework review" in "\n".join(README.splitlines()[:20])
    monkeypatch.chdir(tmp_path)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    session = re.findall(r"```console\n(.+?)```", README, re.S)[0]
    commands = [line.removeprefix("$ casework ") for line in session.splitlines() if line.startswith("$")]
    for command in commands:
        monkeypatch.setattr("sys.argv", ["casework", *shlex.split(command)])
        assert run() == 0
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
