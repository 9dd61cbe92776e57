"""What runs models calls nobody: onnxruntime leaves a session id in TMPDIR where its telemetry is on."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "tools", "vision", "evals", "prompts")
RUNTIMES = ("onnxruntime", "rapidocr")
QUIETED = {"vision/runtime.py", "vision/face/recogniser.py", "vision/bench/whole_page.py"}
"""Where one of them is imported while something runs, after `vision.runtime`."""


def left_behind(tmp_path: Path, code: str) -> list[str]:
    """What a fresh process that runs some code leaves in its own TMPDIR. No command of ours has set it up, and none of
    the variables by which onnxruntime knows that it runs in CI (CI, GITHUB_ACTIONS, ...), where it keeps to itself."""
    home = tmp_path / "tmp"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    command = [sys.executable, "-c", code]
    subprocess.run(command, env=kept | {"TMPDIR": str(home)}, cwd=ROOT, check=True, timeout=120)
    return sorted(path.name for path in home.iterdir())


def test_a_model_that_is_loaded_outside_any_command_leaves_nothing_behind(tmp_path: Path) -> None:
    assert left_behind(tmp_path, "from vision.document.ocr import TextReader; TextReader()") == []


def test_the_runtime_as_it_comes_would_leave_a_session_behind(tmp_path: Path) -> None:
    """Else the test above shows nothing, and `vision.runtime` may go."""
    assert left_behind(tmp_path, "import onnxruntime") == [".ses"]


def imports(tree: ast.AST, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """What a module imports while it runs, and whether only inside a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from ((name.split(".")[0], inside) for name in names)
        yield from imports(node, inside or isinstance(node, ast.FunctionDef))


def test_nobody_loads_a_runtime_past_the_one_place() -> None:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    read = {str(path.relative_to(ROOT)): path.read_text() for path in paths}
    found = {name: [each for each in imports(ast.parse(text)) if each[0] in RUNTIMES] for name, text in read.items()}
    assert {name for name, runtimes in found.items() if runtimes} == QUIETED
    assert all(inside for runtimes in found.values() for _, inside in runtimes)
    assert all("onnxruntime()" in read[name] for name in QUIETED)
