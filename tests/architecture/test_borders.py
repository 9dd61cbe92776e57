"""Rules of the house that no linter knows: who reads the environment, where errors end, what the error tree says."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pictures import png

from agent import errors
from agent.errors import CaseworkError
from tools.registry import all_tools
from vision.consistency.likeness import SAME, SAME_PORTRAIT

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "tools", "vision", "evals", "prompts")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
BORDERS = {"agent/cli/__init__.py", "agent/nodes.py", "vision/serving/server.py"}
CARRIERS = {"tools/call.py", "vision/serving/batching.py"}
"""Not borders: they carry an exception from the thread that works to the one that waits for it, and handle none."""
SETTINGS = "agent/settings.py"
ERRORS = [name for name in errors.__all__ if isinstance(vars(errors)[name], type)]
MIGRATING = "agent.store.migrations.env"
"""Alembic runs this file; it is no module to import."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        yield name_of(path), ast.parse(path.read_text())


def broad(tree: ast.Module) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(
                each is None or (isinstance(each, ast.Name) and each.id in ("Exception", "BaseException"))
                for each in caught
            ):
                yield node


def rethrows(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) and node.exc is None for node in handler.body)


def test_broad_except_stands_at_the_borders_alone() -> None:
    found = {name for name, tree in trees() for handler in broad(tree) if not rethrows(handler)}
    assert found <= BORDERS | CARRIERS
    assert found >= BORDERS


def test_only_the_settings_read_the_environment() -> None:
    """Writing it, as for a library that reads nothing else, is not reading it."""
    readers = set()
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "getlogin", "expandvars"):
                parent = next(each for each in ast.walk(tree) if node in ast.iter_child_nodes(each))
                if not (isinstance(parent, ast.Attribute) and parent.attr == "update"):
                    readers.add(name)
            if isinstance(node, ast.ClassDef) and any("BaseSettings" in ast.unparse(base) for base in node.bases):
                readers.add(name)
    assert readers == {SETTINGS}


def test_the_error_tree_is_drawn_as_it_is() -> None:
    drawn, above = {}, [""]
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^([│├└─ ]*)(\w+)", line)
        if found and found[2] in ERRORS:
            depth = len(found[1]) // 4
            above[depth + 1 :] = [found[2]]
            drawn[found[2]] = above[depth]
    real = {name: vars(errors)[name].__bases__[0].__name__ for name in ERRORS}
    assert drawn == {**real, "CaseworkError": ""}


def test_the_error_tree_holds_every_error() -> None:
    raised = {
        node.name
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    }
    # `prompts` imports nothing of ours; the agent turns it into PromptError. What Spark says, the warehouse scrubs.
    foreign = {"BadPrompt", "SparkFailure"}
    assert raised - foreign <= set(ERRORS)


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_says_what_and_what_to_do(name: str) -> None:
    error = vars(errors)[name]("case 'C-1' is closed", "reopen it")
    assert isinstance(error, CaseworkError)
    assert str(error) == "case 'C-1' is closed; reopen it"


def alone(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process that has imported nothing yet."""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)


def test_nothing_happens_at_import(tmp_path: Path) -> None:
    """Importing every module prints nothing, starts no thread, and leaves no file."""
    modules = [name_of(path)[:-3].replace("/", ".").removesuffix(".__init__") for path in SOURCES]
    modules.remove(MIGRATING)
    done = alone(f"""
import importlib, os, sys, threading
sys.path.insert(0, {str(ROOT)!r})
os.chdir({str(tmp_path)!r})
for name in {modules!r}:
    importlib.import_module(name)
    assert threading.active_count() == 1, name
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_review_that_looks_at_documents_does_without_what_only_publishing_needs(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (800, 1100, 3), np.uint8)
    (tmp_path / "noise.png").write_bytes(png(noise))
    done = alone(f"""
import sys
from pathlib import Path
from vision.client import LocalVision
from vision.protocol import VisionConfig
vision = LocalVision(VisionConfig())
assert vision.config.forgery_detector == "joint" and not vision.load()
assert vision.forgery(Path({str(tmp_path / "noise.png")!r}).read_bytes()).model.name == "forgery-joint"
assert "torch" in sys.modules and "transformers" not in sys.modules
""")
    assert done.returncode == 0, done.stderr


def test_queries_find_pictures_at_the_distances_that_were_measured() -> None:
    for query, distance in (("sql.shared_documents", SAME), ("sql.shared_portraits", SAME_PORTRAIT)):
        assert all_tools()[query].arguments().distance == distance


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
