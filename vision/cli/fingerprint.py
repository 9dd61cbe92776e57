"""`casework vision fingerprint`: what the warehouse keeps of a picture, to find it or its face on other accounts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from vision import weights
from vision.cli.terminal import Json, configured, content, named, number, refuse, table
from vision.client import open_vision
from vision.consistency.report import Fingerprints
from vision.errors import BadImage
from vision.protocol import Vision
from vision.types import FaceEmbedding, Frozen, ModelVersion

SAID = {
    "frame": "what lies around the page: found again with other data in it",
    "pixels": "the pixels alone: nothing around the page tells this picture from others with other data",
}


class Kept(Frozen):
    """What is kept of one picture. `face` is None where no vector was asked for."""

    hashes: Fingerprints
    face: FaceEmbedding | None
    models: tuple[ModelVersion, ...]


def fingerprint(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Pictures of documents, or selfies.")],
    embedding: Annotated[
        bool,
        typer.Option(
            "--embedding", help="Also compute the vector of the face, on the VISION_URL server if one is set."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Compute what the warehouse keeps of pictures: hashes of documents, and with --embedding vectors of selfies.

    image_hash and portrait_hash are computed in this process. A file that is not a picture does not stop the others: it
    is reported on stderr, with --json on a line of its own like every file, and the command exits with 2.
    """
    vision = open_vision(configured(context)) if embedding else None
    refused = False
    for path in files:
        try:
            kept = _kept(path, vision)
        except BadImage as error:
            refused = True
            refuse(path, error, as_json)
            continue
        if as_json:
            typer.echo(_line(path, kept))
        else:
            Console().print(table(str(path), _rows(kept)))
    if refused:
        raise typer.Exit(2)


def _kept(path: Path, vision: Vision | None) -> Kept:
    from vision import decode, image
    from vision.consistency.likeness import fingerprints

    data = content(path, image.MAX_BYTES)
    try:
        hashes = fingerprints(decode.still(data).rgb)
        face = vision.embed(data) if vision else None
    except BadImage as error:
        raise BadImage(f"{str(path)!r}: {error.what}", error.remedy) from None
    found = ModelVersion(name="yunet", sha256=weights.PINNED["yunet"].sha256)
    return Kept(hashes=hashes, face=face, models=(found, face.model) if face else (found,))


def _line(path: Path, kept: Kept) -> str:
    told = {
        "file": named(path),
        "image_hash": kept.hashes.background,
        "image_hash_told_by": kept.hashes.told_by,
        "portrait_hash": kept.hashes.portrait,
    }
    if kept.face:
        told |= {"embedding": kept.face.vector, "embedding_reason": kept.face.reason}
    return json.dumps(told | {"models": [each.model_dump() for each in kept.models]}, ensure_ascii=False)


def _rows(kept: Kept) -> list[tuple[str, str]]:
    none = "none: no face was found"
    rows = [("image_hash", str(kept.hashes.background)), ("told by", SAID[kept.hashes.told_by])]
    rows.append(("portrait_hash", none if kept.hashes.portrait is None else str(kept.hashes.portrait)))
    if kept.face:
        vector = kept.face.vector
        rows.append(("embedding", kept.face.reason if vector is None else f"{len(vector)} numbers, with --json"))
        rows += [("quality", number(kept.face.quality.score))] if kept.face.quality else []
    rows.append(("models", ", ".join(f"{each.name} {each.sha256[:12]}" for each in kept.models)))
    return rows
