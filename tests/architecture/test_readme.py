"""What the documents tell a user to type exists, every command, option and file; what they quote is what is printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from langgraph.checkpoint.memory import InMemorySaver
from sessions import quoted, run_line, session_with, typed

from agent.cli import BAD_INPUT, INTERRUPTED, QUIET, UNREAD, app
from agent.graph import build

ROOT = Path(__file__).parents[2]
DOCUMENTS = {path.name: path.read_text("utf-8") for path in sorted(ROOT.glob("*.md"))}
README, RESULTS, ARCHITECTURE = (DOCUMENTS[f"{name}.md"] for name in ("README", "RESULTS", "ARCHITECTURE"))
SHOWING = ("README.md", "GUIDE.md")
"""The documents that show commands at a prompt."""
PACKAGES = ("vision", "tools", "agent", "evals")


TYPED = list(dict.fromkeys(line for name in SHOWING for line in typed(DOCUMENTS[name])))
MADE = re.findall(r"^\$ make (\w[\w-]*)", "\n".join(DOCUMENTS[name] for name in SHOWING), re.M)


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
    assert {word for word in words if word.startswith("-") and word != "-"} <= options


@pytest.mark.parametrize("target", dict.fromkeys(MADE))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


def test_what_is_said_of_all_commands_holds() -> None:
    assert {name for name, options in known().items() if "--json" not in options} == {"work", "vision serve"}
    assert "Every command but `work` and `vision serve` has `--json`." in README
    assert f"| exit code 0 | 1 | {BAD_INPUT} | {INTERRUPTED} | {UNREAD} |" in README


def test_the_main_commands_are_shown() -> None:
    shown = {line.split()[1] for line in typed(README)}
    assert {"queue", "work", "review", "report", "decide", "audit", "world", "eval", "prompt", "rules"} <= shown
    assert set(MADE) >= {"demo", "test"}


def test_the_readme_stays_short() -> None:
    assert "casework review" in "\n".join(README.splitlines()[:20])
    assert len(README.splitlines()) <= 240
    assert len(README.split()) < 2500


def test_the_sessions_are_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**QUIET, "CASEWORK_HOME": ".casework", "COLUMNS": "130"}.items():
        monkeypatch.setenv(name, value)
    top, reviewers, analysts = (session_with(README, each) for each in ("world build", "decide", "rules backtest"))
    explain, lint, examples, backtest = typed(analysts)

    decided = [line for line in typed(reviewers) if line.split()[1] in ("decide", "replay")]
    lines = [*typed(top), "casework review C-1003 --no-model", *decided, explain]
    assert [run_line(monkeypatch, line) for line in lines] == [0] * len(lines)
    monkeypatch.setenv("POLICY_DIR", str(edited_policy(tmp_path / "trial")))
    assert [run_line(monkeypatch, line) for line in (lint, examples, backtest)] == [0, 1, 0]

    printed = " ".join(capsys.readouterr().out.split())
    assert [part for each in (top, reviewers, analysts) for part in quoted(each) if part not in printed] == []


def edited_policy(folder: Path) -> Path:
    """A copy of the policy with the threshold that the README changes."""
    folder.mkdir()
    for path in (ROOT / "agent/policy").glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    thresholds = folder / "thresholds.yaml"
    before = "- name: near_limit_share\n  value: 0.50\n"
    text = thresholds.read_text("utf-8")
    assert before in text
    thresholds.write_text(text.replace(before, before.replace("0.50", "0.95")), "utf-8")
    return folder


def test_every_headline_figure_is_one_of_the_results() -> None:
    rows = re.findall(r"^\| .+? \| (.+?) \| (`\w+`) \| .+ \|$", README, re.M)
    assert len(rows) >= 8
    results = RESULTS.splitlines()
    for figure, commit in rows:
        assert [line for line in results if commit in line and numbers(figure) <= numbers(line)], figure


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def test_the_drawing_of_the_graph_is_the_graph() -> None:
    drawn = set(re.findall(r"^    (\w+) -->(?:\|.*?\|)? (\w+)$", ARCHITECTURE, re.M))
    edges = build(InMemorySaver()).get_graph().edges
    assert drawn == {(each.source.strip("_"), each.target.strip("_")) for each in edges}


def test_every_package_is_on_the_page_of_the_architecture() -> None:
    modules = (path for each in PACKAGES for path in ROOT.glob(f"{each}/*/*.py"))
    found = {f"{path.parent.parent.name}/{path.parent.name}" for path in modules}
    assert {each for each in found if each != "vision/cli" and f"`{each}`" not in ARCHITECTURE} == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_named_file_and_link_exists(name: str) -> None:
    text = DOCUMENTS[name]
    named = set(re.findall(r"`((?:agent|tools|vision|evals|prompts|tests)/[\w./-]*)`", text))
    assert not {path for path in named if "NAME" not in path and not (ROOT / path).exists()}
    for path, part in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", text):
        assert not path or (ROOT / path).is_file()
        assert not part or part in headings(DOCUMENTS[path or name])


def headings(text: str) -> set[str]:
    """The anchors of a document's headings."""
    found = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in found}
