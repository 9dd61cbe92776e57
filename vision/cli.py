"""`casework vision`: compare faces, inspect documents, measure on one's own pairs.

These commands print measurements and judge nothing: a forged document is a finding of `inspect`, not a failure of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vision.client import LocalVision
from vision.errors import BadImage, VisionError
from vision.types import DocumentReading, FaceMatch, ForgeryReport, Frozen

app = typer.Typer(no_args_is_help=True, help="Measure pictures: faces, documents, forgery.")
bench = typer.Typer(no_args_is_help=True, help="Measure how well a model does on your own labelled pictures.")
app.add_typer(bench, name="bench")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
MatchThreshold = Annotated[
    float,
    typer.Option("--match", envvar="FACE_MATCH_THRESHOLD", min=-1, max=1, help="Similarity from which faces match."),
]
MismatchThreshold = Annotated[
    float,
    typer.Option(
        "--mismatch", envvar="FACE_MISMATCH_THRESHOLD", min=-1, max=1, help="Similarity below which two faces differ."
    ),
]


@app.command()
def match(
    left: Annotated[Path, typer.Argument(help="A picture with one face.")],
    right: Annotated[Path, typer.Argument(help="The picture to compare it with.")],
    face_match: MatchThreshold = 0.43,
    face_mismatch: MismatchThreshold = 0.28,
    as_json: Json = False,
) -> None:
    """Compare the face in two pictures."""
    _check_thresholds(face_match, face_mismatch)
    pictures = [_picture(path) for path in (left, right)]
    compared = LocalVision(face_match, face_mismatch).match(*pictures)
    if as_json:
        typer.echo(compared.model_dump_json())
    else:
        Console().print(_match_table(left, right, compared, face_mismatch))


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(help="Pictures of documents.")],
    as_json: Json = False,
) -> None:
    """Look for tampering in documents and read them. With --json one line a file; a file that is no picture does not
    stop the others, and the command ends with 2."""
    vision = LocalVision(0.0, 0.0)
    console = Console()
    refused = False
    for path in files:
        try:
            data = _picture(path)
            report, reading = vision.forgery(data), vision.read(data)
        except BadImage as error:
            refused = True
            _print_refusal(path, error, as_json, console)
            continue
        if as_json:
            typer.echo(_inspection_json(path, report, reading))
        else:
            console.print(_inspection_table(path, report, reading))
    if refused:
        raise typer.Exit(2)


@bench.command("face")
def bench_face(
    pairs: Annotated[Path, typer.Option(help="CSV with the columns left, right and same (0 or 1).")],
    root: Annotated[Path | None, typer.Option(help="Folder of the pictures; by default that of the CSV.")] = None,
    face_match: MatchThreshold = 0.43,
    face_mismatch: MismatchThreshold = 0.28,
    as_json: Json = False,
) -> None:
    """Measure face matching on your own labelled pairs: error rates at the thresholds, with 95 % intervals."""
    # The models of a command are imported when it runs: `casework` itself should start at once.
    from vision.bench_face import bench as measure
    from vision.face import FaceModel

    _check_thresholds(face_match, face_mismatch)
    figures = measure(pairs, root or pairs.parent, FaceModel(face_match, face_mismatch))
    if as_json:
        typer.echo(figures.model_dump_json())
    else:
        Console().print(_figures_table(figures))


def _check_thresholds(face_match: float, face_mismatch: float) -> None:
    if face_mismatch > face_match:
        raise VisionError(
            f"the mismatch threshold {face_mismatch} lies above the match threshold {face_match}",
            "give --mismatch a value at or below --match",
        )


def _picture(path: Path) -> bytes:
    """The bytes of a picture that decodes. Raises `BadImage` naming the file."""
    from vision import image

    try:
        with path.open("rb") as file:
            data = file.read(image.MAX_BYTES + 1)
    except OSError as error:
        raise BadImage(f"{str(path)!r} cannot be read ({type(error).__name__})", "check the path") from None
    try:
        image.load(data)
    except BadImage as error:
        raise BadImage(f"{str(path)!r}: {error.what}", error.remedy) from None
    return data


def _inspection_json(path: Path, report: ForgeryReport, reading: DocumentReading) -> str:
    measured = report.model_dump(mode="json", exclude={"heatmap_png"})
    return json.dumps({"file": str(path), **measured, "reading": reading.model_dump(mode="json")}, ensure_ascii=False)


def _print_refusal(path: Path, error: BadImage, as_json: bool, console: Console) -> None:
    if as_json:
        typer.echo(json.dumps({"file": str(path), "error": error.what, "remedy": error.remedy}, ensure_ascii=False))
    else:
        console.print(_plain(str(error), "red"))


def _match_table(left: Path, right: Path, compared: FaceMatch, face_mismatch: float) -> Table:
    rows = [("band", compared.band or "none"), ("similarity", _number(compared.similarity))]
    rows.append(("thresholds", f"match from {compared.threshold}, mismatch below {face_mismatch}"))
    for side, path, faces in (("left", left, compared.faces.left), ("right", right, compared.faces.right)):
        turn = f", turned by {faces.rotation} degrees" if faces.rotation else ""
        quality = f", quality {getattr(compared.quality, side).score:.2f}" if compared.quality else ""
        rows.append((side, f"{path.name}: {faces.count} face{'' if faces.count == 1 else 's'}{quality}{turn}"))
    rows += [("reason", compared.reason)] if compared.reason else []
    rows.append(("model", f"{compared.model.name} {compared.model.sha256[:12]}"))
    return _table(f"{left.name} and {right.name}", rows)


def _inspection_table(path: Path, report: ForgeryReport, reading: DocumentReading) -> Table:
    rows = [("verdict", report.verdict), ("score", _number(report.score)), ("reason", report.reason)]
    rows.append(("recapture", _number(report.recapture)))
    rows.append(("quality", f"{report.quality.score:.2f} {report.quality.note}"))
    rows += [(f"{signal.severity} {signal.code}", signal.meaning) for signal in report.signals]
    rows.append(("document", f"{reading.type} {reading.country}"))
    rows += [(f"{field.name} ({field.source})", field.text) for field in reading.fields]
    if reading.mrz:
        failed = f"check digits disagree: {', '.join(reading.mrz.failed_checks)}"
        rows.append(("machine readable zone", "all check digits agree" if reading.mrz.valid else failed))
        agreements = ("name", "birth_date", "number", "expiry")
        rows += [(f"{name}, both zones", getattr(reading, f"{name}_mrz_visual")) for name in agreements]
    rows += [("not readable", reading.reason)] if not reading.readable else []
    rows.append(("models", f"{report.model.name} {report.model.sha256[:12]}, {reading.model.name}"))
    return _table(str(path), [row for row in rows if row[1].strip()])


def _figures_table(figures: Frozen) -> Table:
    rows = []
    for name, value in figures.model_dump(mode="json").items():
        parts = value.items() if isinstance(value, dict) and "value" not in value else [("", value)]
        rows += [(f"{name} {part}".strip(), _figure(figure)) for part, figure in parts]
    return _table("face matching", rows)


def _figure(figure: object) -> str:
    """A figure with its interval where it has one."""
    if isinstance(figure, dict):
        return f"{figure['value']:.4f}  ({figure['low']:.4f} to {figure['high']:.4f})"
    return str(figure)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table(title=_plain(title), show_header=False, title_justify="left")
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, value in rows:
        table.add_row(_plain(name), _plain(value))
    return table


def _plain(text: str, style: str = "") -> Text:
    """Text of a document or file name for a terminal: no markup, no control characters."""
    return Text("".join(character if character.isprintable() else " " for character in text), style=style)
