"""`casework vision`: compare faces, inspect documents, serve and measure the models.

These commands print measurements and judge nothing: a forged document is a finding of `inspect`, not a failure of it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from vision.cli import bench as cli_bench
from vision.cli.fingerprint import fingerprint
from vision.cli.terminal import (
    DeviceChoice,
    Json,
    MatchThreshold,
    MismatchThreshold,
    chosen,
    configured,
    content,
    kinds,
    named,
    number,
    refuse,
    table,
)
from vision.client import open_vision
from vision.consistency.files import inspect as inspect_file
from vision.consistency.report import ConsistencyReport, FileReport, check_rows
from vision.errors import BadImage
from vision.protocol import KINDS
from vision.types import Challenge, DocumentReading, FaceMatch, ForgeryReport, Liveness

SAME_PHOTOGRAPH = 0.94
"""Shared detail from which two faces are called one photograph here; what a review makes of it stands in its policy."""

app = typer.Typer(no_args_is_help=True, help="Measure pictures: faces, documents, forgery.")
app.command()(fingerprint)
app.add_typer(cli_bench.app, name="bench")


@app.command()
def match(
    context: typer.Context,
    left: Annotated[Path, typer.Argument(help="A picture with one face.")],
    right: Annotated[Path, typer.Argument(help="The picture to compare it with.")],
    face_match: MatchThreshold = None,
    face_mismatch: MismatchThreshold = None,
    as_json: Json = False,
) -> None:
    """Compare the faces in two pictures, on the VISION_URL server if one is set."""
    config = configured(context, face_match, face_mismatch)
    compared = open_vision(config).match(*(_picture(path, _bytes(path)) for path in (left, right)))
    if as_json:
        typer.echo(compared.model_dump_json())
    else:
        Console().print(_match_table(left, right, compared, config.face_mismatch))


@app.command()
def inspect(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Pictures of documents, or PDF files.")],
    as_json: Json = False,
) -> None:
    """Look for tampering in documents and read them, on the VISION_URL server if one is set.

    The metadata of files is always inspected in this process; of a PDF, nothing else is. A file that is neither a
    picture nor a PDF does not stop the others: it is reported on stderr, with --json on a line of its own like every
    file, and the command exits with 2.
    """
    vision = open_vision(configured(context))
    today = date.today()  # noqa: DTZ011 - a document's dates have no time zone
    console = Console()
    refused = False
    for path in files:
        try:
            data = _bytes(path)
            own = inspect_file(data, today)
            if own.format == "PDF":
                _print_file(path, own, as_json, console)
                continue
            report, reading = vision.forgery(_picture(path, data)), vision.read(data)
            held = vision.consistency(data, reading, today)
        except BadImage as error:
            refused = True
            refuse(path, error, as_json)
            continue
        if as_json:
            typer.echo(_inspection_json(path, report, reading, held, own))
        else:
            console.print(_inspection_table(path, report, reading, [*check_rows(held), *check_rows(own)]))
    if refused:
        raise typer.Exit(2)


@app.command()
def liveness(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A selfie: a picture or a clip.")],
    challenge: Annotated[Challenge | None, typer.Option(help="Movement that the person was asked for.")] = None,
    as_json: Json = False,
) -> None:
    """Check whether a selfie shows a live person, on the VISION_URL server if one is set."""
    from vision.video import MAX_BYTES

    data = content(file, MAX_BYTES)
    try:
        found = open_vision(configured(context)).liveness(data, challenge)
    except BadImage as error:
        raise BadImage(f"{str(file)!r}: {error.what}", error.remedy) from None
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        Console().print(_liveness_table(file, found))


def _liveness_table(file: Path, found: Liveness) -> Table:
    rows = [("verdict", found.verdict.replace("_", " ")), ("score", number(found.score)), ("reason", found.reason)]
    rows.append(("one face throughout", f"{_told(found.identity_constant)}, likeness {number(found.identity)}"))
    if found.challenge is not None:
        rows.append((found.challenge.asked.replace("_", " "), _told(found.challenge.answered)))
    traces = ("usable", "repeated", "screen", "converted")
    rows += [(name, _told(getattr(found, name))) for name in traces]
    rows += [(f"{signal.severity} {signal.code}", signal.meaning) for signal in found.signals]
    if found.quality is not None:
        rows.append(("quality", f"{found.quality.score:.2f} {found.quality.note}"))
    rows.append(("model", f"{found.model.name} {found.model.sha256[:12]}" if found.model else "none"))
    return table(str(file), [row for row in rows if row[1].strip()])


def _told(value: bool | None) -> str:
    return "not assessed" if value is None else "yes" if value else "no"


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen at; one that others can reach needs VISION_API_KEY.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 takes a free one.")] = 8100,
    device: DeviceChoice = "auto",
    models: Annotated[str, typer.Option(help="Models to serve, separated by commas.")] = ",".join(KINDS),
    max_batch: Annotated[int, typer.Option(min=1, max=1024, help="Maximum number of items in a batch.")] = 16,
    max_wait_ms: Annotated[
        float, typer.Option(min=0, max=1000, help="Longest wait, in ms, for a batch to fill.")
    ] = 2.0,
    queue: Annotated[int, typer.Option(min=1, help="Maximum number of requests at a time; more are refused.")] = 64,
) -> None:
    """Run a server that measures pictures for other machines, in batches; they set VISION_URL to its address."""
    from vision.serving.server import Serving, serve

    config = configured(context)
    # A server never passes work on to another one.
    config = replace(config, server_url="", device=chosen(device))
    serving = Serving(kinds(models), max_batch, max_wait_ms / 1000, queue, config.server_key)
    serve(config, serving, host, port, lambda url: typer.echo(f"serving at {url}"))


def _bytes(path: Path) -> bytes:
    """The bytes of a file, one more than a picture may have at the most. Raises `BadImage` naming the file."""
    from vision import image

    return content(path, image.MAX_BYTES)


def _picture(path: Path, data: bytes) -> bytes:
    """The same bytes, known to decode. Raises `BadImage` naming the file."""
    from vision import decode

    try:
        decode.still(data)
    except BadImage as error:
        raise BadImage(f"{str(path)!r}: {error.what}", error.remedy) from None
    return data


def _inspection_json(
    path: Path, report: ForgeryReport, reading: DocumentReading, held: ConsistencyReport, own: FileReport
) -> str:
    measured = report.model_dump(mode="json", exclude={"heatmap_png"})
    parts = {"reading": reading, "consistency": held, "metadata": own}
    told = {name: part.model_dump(mode="json") for name, part in parts.items()}
    return json.dumps({"file": named(path), **measured, **told}, ensure_ascii=False)


def _print_file(path: Path, own: FileReport, as_json: bool, console: Console) -> None:
    if as_json:
        typer.echo(json.dumps({"file": named(path), "metadata": own.model_dump(mode="json")}, ensure_ascii=False))
    else:
        console.print(table(str(path), [*check_rows(own), ("pages", "not inspected: a PDF is not a picture")]))


def _match_table(left: Path, right: Path, compared: FaceMatch, face_mismatch: float) -> Table:
    rows = [("band", compared.band or "none"), ("similarity", number(compared.similarity))]
    rows.append(("thresholds", f"match from {compared.threshold}, mismatch below {face_mismatch}"))
    rows += [("shared detail", told)] if (told := _shared_detail(compared)) else []
    for side, path, faces in (("left", left, compared.faces.left), ("right", right, compared.faces.right)):
        turn = f", turned by {faces.rotation} degrees" if faces.rotation else ""
        quality = f", quality {getattr(compared.quality, side).score:.2f}" if compared.quality else ""
        rows.append((side, f"{path.name}: {faces.count} face{'' if faces.count == 1 else 's'}{quality}{turn}"))
        rows += [("", short)] if (short := getattr(compared.shortcomings, side)) else []
    rows.append(("model", f"{compared.model.name} {compared.model.sha256[:12]}"))
    return table(f"{left.name} and {right.name}", rows)


def _shared_detail(compared: FaceMatch) -> str:
    if compared.shared_detail is None:
        return ""
    both = ": both are one photograph" if compared.shared_detail >= SAME_PHOTOGRAPH else ""
    return f"{compared.shared_detail:.2f}{both}"


def _inspection_table(
    path: Path, report: ForgeryReport, reading: DocumentReading, checks: list[tuple[str, str]]
) -> Table:
    rows = [("verdict", report.verdict), ("score", number(report.score)), ("reason", report.reason)]
    rows += [("kind of edit", _guess(report))]
    rows.append(("recapture", number(report.recapture)))
    rows.append(("quality", f"{report.quality.score:.2f} {report.quality.note}"))
    rows += [(f"{signal.severity} {signal.code}", signal.meaning) for signal in report.signals]
    rows.append(("document", f"{reading.type} {reading.country}"))
    rows += [(f"{field.name} ({field.source})", field.text) for field in reading.fields]
    rows.append(("machine readable zone", _zone(reading)))
    agreements = ("name", "birth_date", "number", "expiry")
    rows += [(f"{name}, both zones", getattr(reading, f"{name}_mrz_visual")) for name in agreements]
    rows += [("not readable", reading.reason)] if not reading.readable else []
    rows += checks
    rows.append(("models", f"{report.model.name} {report.model.sha256[:12]}, {reading.model.name}"))
    return table(str(path), [row for row in rows if row[1].strip()])


def _guess(report: ForgeryReport) -> str:
    return f"a guess: {report.operator.replace('_', ' ')}, {number(report.operator_score)}" if report.operator else ""


def _zone(reading: DocumentReading) -> str:
    if reading.mrz is None:
        return (
            "missing: none was read, and a passport always has one" if reading.type == "passport" else "none was read"
        )
    said = {"disagree": reading.mrz.failed_checks, "not read, at the end of the picture": reading.mrz.unread_checks}
    told = [f"check digits {how}: {', '.join(names)}" for how, names in said.items() if names]
    return "; ".join(told) or "all check digits agree"
