"""Documents and selfies of the simulated customers. The only module here that draws."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

from evals.world.papers import Papers

Vector = tuple[float, ...]
CANDIDATES = 24
"""Heads that are looked at to find one of the right sex and about the right age."""
WORKERS = 2


@dataclass(frozen=True)
class Sitting:
    """What is to be drawn for one case. `companions` are other accounts whose selfies show the customer's face."""

    case_id: str
    papers: Papers
    face: int
    today: date
    companions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shot:
    """The pictures of one case (JPEG), its clip (MP4) if the story has one, the hashes of the document's, `framed`
    where the first is told by its frame, and the face vectors of the selfies, by customer; a vector or the hash of the
    portrait is missing where no usable face is found.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    case_id: str
    document: bytes
    selfie: bytes
    image_hash: int
    framed: bool
    portrait_hash: int | None
    vector: Vector | None
    companions: tuple[tuple[str, Vector | None], ...]
    clip: bytes | None = None


def thresholds() -> dict[str, float]:
    """The cosines that separate rendered heads: they resemble one another more than people do."""
    from vision.synth import heads

    return {"face_match": heads.MATCH_THRESHOLD, "face_mismatch": heads.MISMATCH_THRESHOLD}


def face_search() -> float:
    """The cosine from which a rendered selfie found on another account shows the same head."""
    from vision.synth import heads

    return heads.SEARCH_THRESHOLD


def draw_all(sittings: Sequence[Sitting], kept: Path | None = None) -> Iterator[Shot]:
    """Every shot, in order; more than a few are drawn by two processes at a time. With a folder `kept`, each is put
    there when it is finished, and one that is there already is not drawn again."""
    work = draw if kept is None else partial(draw_once, kept)
    if len(sittings) < 2 * WORKERS:
        yield from map(work, sittings)
        return
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), initializer=_drawing) as pool:
        yield from pool.map(work, sittings)


def draw_once(kept: Path, sitting: Sitting) -> Shot:
    """The shot of an equal sitting from the folder `kept`, else drawn and put there."""
    path, shots = kept / f"{sha256(repr(sitting).encode()).hexdigest()}.json", TypeAdapter(Shot)
    if path.is_file():
        return shots.validate_json(path.read_bytes())
    shot = draw(sitting)
    making = path.with_suffix(".making")
    making.write_bytes(shots.dump_json(shot))
    making.replace(path)
    return shot


def draw(sitting: Sitting) -> Shot:
    """Draw one case's document and selfie. Equal sittings give equal bytes."""
    from vision import decode
    from vision.consistency.likeness import fingerprints
    from vision.synth import heads

    papers = sitting.papers
    known: dict[int, int] = {}
    document = _document(sitting, known)
    shown = _head(papers.selfie_face, sitting, known)
    lit = heads.selfie(shown, papers.seed % 1000, years=papers.selfie_years) * papers.selfie_light
    selfie = _jpeg(lit)
    others = [
        (customer, _vector(_jpeg(heads.selfie(_head(sitting.face, sitting, known), 1000 + turn))))
        for turn, customer in enumerate(sitting.companions)
    ]
    found = fingerprints(decode.still(document).rgb)
    return Shot(
        sitting.case_id,
        document,
        selfie,
        found.background,
        found.told_by == "frame",
        found.portrait,
        _vector(selfie),
        tuple(others),
        _clip(sitting, known),
    )


def _document(sitting: Sitting, known: dict[int, int]) -> bytes:
    from vision.synth import capture, documents, forge, heads

    papers = sitting.papers
    holder = documents.Holder(papers.surname, papers.given, papers.birth, papers.sex, papers.nationality, papers.number)
    issue = documents.Issue(papers.kind, papers.template, papers.issued, papers.expires)
    portrait = heads.portrait(_head(papers.portrait_face, sitting, known))
    page = documents.render(holder, issue, portrait, papers.seed)
    if papers.forgery == "none":
        data = capture.capture(page.rgb, papers.capture, papers.seed)
    else:
        pasted = heads.portrait(_head(papers.pasted_face, sitting, known), 1) if papers.pasted_face else None
        edits = {field: value if isinstance(value, str) else value.isoformat() for field, value in papers.edits.items()}
        operator: Literal["portrait", "text", "mrz"] = papers.forgery
        data, _ = forge.forged_capture(page, operator, papers.capture, papers.seed, text=edits, portrait=pasted)
    for turn in range(papers.resaves):
        data = capture.messenger(data, papers.seed + turn)
    return data


def _clip(sitting: Sitting, known: dict[int, int]) -> bytes | None:
    """The selfie clip of the person on the selfie, if the story has one: about four CPU seconds."""
    from vision.synth import clips

    papers = sitting.papers
    if papers.clip is None:
        return None
    other = _head(papers.clip.other_face, sitting, known) if papers.clip.other_face else 0
    person = _head(papers.selfie_face, sitting, known)
    return clips.clip(clips.Script(person, papers.seed % 1000, papers.clip.asked, papers.clip.kind, other))


def _head(face: int, sitting: Sitting, known: dict[int, int]) -> int:
    """The number of a head for a face: of the document's sex, and as near in age as a few candidates allow."""
    from vision.synth.heads.person import person

    if face not in known:
        age = (sitting.today - sitting.papers.birth).days / 365.25
        numbers = [number for number in range(face, face + CANDIDATES) if person(number).sex == sitting.papers.sex]
        known[face] = min(numbers, key=lambda number: abs(person(number).age - age))
    return known[face]


def _jpeg(rgb: object) -> bytes:
    """A selfie as the app sends it."""
    import cv2
    import numpy as np

    encoded = cv2.imencode(
        ".jpg", np.ascontiguousarray(np.asarray(rgb, np.uint8)[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 93]
    )[1]
    return encoded.tobytes()


def _vector(picture: bytes) -> Vector | None:
    from vision.face import FaceModel

    limits = thresholds()
    found = FaceModel(limits["face_match"], limits["face_mismatch"]).embed(picture).vector
    return None if found is None else tuple(round(float(number), 6) for number in found)


def _drawing() -> None:
    """One thread a worker: two workers share two cores, and sums come out the same everywhere. It ends with its parent,
    which may have been killed."""
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    Thread(target=_last, daemon=True).start()


def _last() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
