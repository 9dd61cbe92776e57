"""Builds the folder of a simulated exchange: warehouse, files, cases, labels.

Equal arguments give equal labels, rows and pictures. Everything is
made in a folder beside the wanted one, which takes its place when it is complete.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from pydantic import BaseModel

from agent.case import Case, Flag
from agent.errors import CaseworkError, because
from agent.intake.entry import DUE
from evals.world.clock import iso
from evals.world.label import Label, opinions
from evals.world.papers import Recording
from evals.world.pictures import Shot, Sitting, draw_all, face_search, thresholds
from evals.world.register import register, sharing
from evals.world.stage import Played, World, play
from evals.world.stratum import WHOLE, Stratum
from tools.tool import Attachment

BALANCES = """
SELECT customer_id, sum(usd) FROM (
  SELECT customer_id, amount_usd AS usd, "at" FROM deposits
  UNION ALL SELECT customer_id, -amount_usd, "at" FROM withdrawals WHERE status <> 'cancelled')
WHERE customer_id = $1 AND "at" <= $2 GROUP BY 1
"""
NOTE = "Simulated: no person, document or transaction is real. Faces are rendered heads with thresholds of their own."

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Built:
    """A finished exchange."""

    out: Path
    customers: int
    cases: tuple[Case, ...]
    labels: tuple[Label, ...]


def build(
    out: Path,
    *,
    seed: int,
    customers: int,
    cases: int,
    images: bool = True,
    stratum: Stratum = WHOLE,
    kept: Path | None = None,
    progress: Progress = lambda *_: None,
) -> Built:
    """Make the folder `out`, replacing one that an earlier build made. Finished pictures are left in the folder `kept`,
    if it is given, and taken from there by the next build.

    Raises:
        CaseworkError: `out` holds something else, or cannot be written.
    """
    out = out.resolve()
    check_replaceable(out)
    progress("stories", 0, 1)
    world = play(seed, customers, cases, stratum)
    shots = _draw(world, kept, progress) if images else {}
    register(world, shots, seed)
    making = out.with_name(f"{out.name}.building")
    try:
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        progress("warehouse", 0, 1)
        world.tables.write(making / "warehouse.duckdb")
        built = _files(world, shots, making, out, seed)
        shutil.rmtree(out, ignore_errors=True)
        making.rename(out)
    except (OSError, duckdb.IOException, duckdb.TransactionException) as error:
        raise CaseworkError(
            f"folder {str(out)!r}: {because(error)}", "choose another --out or free some space"
        ) from error
    progress("done", 1, 1)
    return built


def check_replaceable(out: Path) -> None:
    """Raises CaseworkError where `out` is neither empty nor what an earlier build made."""
    if out.exists() and not (out / "source.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        raise CaseworkError(
            f"folder {str(out)!r} holds something other than an earlier build", "choose another --out or empty it"
        )


def _draw(world: World, kept: Path | None, progress: Progress) -> dict[str, Shot]:
    sittings = [
        Sitting(p.case_id, p.papers, p.person.face, p.flagged.date(), sharing(world.people, p.person))
        for p in world.cases
        if p.papers.attached
    ]
    shots = {}
    for shot in draw_all(sittings, kept):
        shots[shot.case_id] = shot
        progress("pictures", len(shots), len(sittings))
    return shots


def _files(world: World, shots: Mapping[str, Shot], folder: Path, out: Path, seed: int) -> Built:
    """Pictures, labels and the source's description; the cases name `out`, where all of it will stand."""
    (folder / "files").mkdir()
    clips = {played.case_id: played.papers.clip for played in world.cases}
    attached = {case_id: _attach(shot, clips[case_id], folder) for case_id, shot in shots.items()}
    exposures = _exposures(world, folder / "warehouse.duckdb")
    cases = tuple(_case(p, attached.get(p.case_id, ()), exposures[p.case_id], out) for p in world.cases)
    rng = np.random.default_rng([seed, 9])
    labels = tuple(_label(played, rng) for played in world.cases)
    write_lines(folder / "labels.jsonl", labels)
    write_lines(folder / "cases.jsonl", [case.model_copy(update={"source": "."}) for case in cases])
    faces = {"thresholds": thresholds(), "face_search": face_search(), "face_search_allowed": True}
    source = {"kind": "simulated", "seed": seed, **faces, "note": NOTE}
    (folder / "source.json").write_text(json.dumps(source, indent=2) + "\n", "utf-8")
    return Built(out, len(world.people), cases, labels)


def write_lines(path: Path, entries: Iterable[BaseModel]) -> None:
    """One JSON object a line."""
    path.write_text("".join(f"{entry.model_dump_json()}\n" for entry in entries), "utf-8")


def _attach(shot: Shot, clip: Recording | None, folder: Path) -> tuple[Attachment, ...]:
    home = folder / "files" / shot.case_id
    home.mkdir()
    files: list[tuple[str, str, bytes, str | None]] = [
        ("document", "jpg", shot.document, None),
        ("selfie", "jpg", shot.selfie, None),
    ]
    if shot.clip is not None and clip is not None:
        files.append(("clip", "mp4", shot.clip, clip.asked))
    kept = []
    for role, ending, content, asked in files:
        (home / f"{role}.{ending}").write_bytes(content)
        kept.append(
            Attachment.model_validate(
                {
                    "role": role,
                    "path": f"files/{shot.case_id}/{role}.{ending}",
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "asked": asked,
                }
            )
        )
    return tuple(kept)


def _exposures(world: World, warehouse: Path) -> dict[str, float]:
    """What each account held when it was flagged, in US dollars."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = {
            p.case_id: connection.execute(BALANCES, [p.person.customer_id, p.flagged]).fetchone() for p in world.cases
        }
    return {case_id: round(max(row[1], 0.0), 2) if row else 0.0 for case_id, row in rows.items()}


def _case(played: Played, attachments: tuple[Attachment, ...], exposure: float, out: Path) -> Case:
    raised = iso(played.flagged)
    return Case(
        case_id=played.case_id,
        type=played.story.type,
        customer_id=played.person.customer_id,
        flagged_at=raised,
        due_at=iso(played.flagged + DUE[played.story.type]),
        flags=tuple(Flag(code=code, raised_at=raised) for code in played.story.flags),
        attachments=attachments,
        exposure_usd=exposure,
        source=str(out),
    )


def _label(played: Played, rng: np.random.Generator) -> Label:
    story = played.story
    return Label(
        case_id=played.case_id,
        customer_id=played.person.customer_id,
        story=story.name,
        is_fraud=story.fraud,
        ideal=story.ideal,
        proof=story.proof,
        intolerable=story.intolerable,
        doubt=story.doubt,
        reviewers=opinions(story.ideal, story.doubt, rng),
        what_happened=played.what_happened,
    )
