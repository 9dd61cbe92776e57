"""Where a set of cases that lie elsewhere is written: cases and labels alone, with their files and warehouse left where
they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from agent.case import Case
from agent.errors import AgentError, because
from evals.world.build import write_lines
from evals.world.label import Label


def check_place(out: Path, kind: str, what: str) -> None:
    """Refuse a place that holds anything but an earlier set of this kind: it may be the source of some of the cases.

    Raises AgentError, in which such a set goes by `what`.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    try:
        told = json.loads((out / "source.json").read_bytes())
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or told.get("kind") != kind:
        raise AgentError(f"{str(out)!r} holds something other than {what}", "choose another --out")


def write_set(out: Path, kind: str, note: str, kept: Sequence[tuple[Case, Label]]) -> None:
    """Write the set to the folder `out`. Raises AgentError where it cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "source.json").write_text(json.dumps({"kind": kind, "note": note}, indent=2) + "\n", "utf-8")
        write_lines(out / "cases.jsonl", [case for case, _ in kept])
        write_lines(out / "labels.jsonl", [label for _, label in kept])
    except OSError as error:
        raise AgentError(f"folder {str(out)!r}: {because(error)}", "choose another --out") from error
