"""What the shipped prompts render to stands in the repository, so that a change of them shows as a diff."""

from __future__ import annotations

from pathlib import Path

from evals.lab.cli.look import GOLDEN
from evals.lab.snapshot import differing, snapshots
from prompts import Prompts

ROOT = Path(__file__).parents[3]


def test_the_golden_files_are_what_the_shipped_prompts_render_to() -> None:
    found = differing(ROOT / GOLDEN, snapshots(Prompts.load()))
    assert not found, "run `casework prompt snapshot` and look at the diff:\n" + "".join(found.values())


def test_a_change_shows_as_a_diff(tmp_path: Path, folder: Path) -> None:
    path = folder / "question.prompt.md"
    path.write_text(path.read_text("utf-8").replace("Could you please", "Would you kindly"), "utf-8")
    for name, text in snapshots(Prompts.load()).items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "gone.txt").write_text("old\n", "utf-8")
    found = differing(tmp_path, snapshots(Prompts.load(folder)))
    assert set(found) == {"question.txt", "gone.txt"}
    assert '-Write "Could you please" in the place' in found["question.txt"]
    assert '+Write "Would you kindly" in the place' in found["question.txt"]
