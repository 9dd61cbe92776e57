"""One self-contained HTML page for a reviewed case: opens without a server, needs no script, escapes everything.

Pictures are decoded and encoded again before they are embedded, so no byte a customer sent reaches a browser as it was.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import TypeAdapter

from agent.case import CaseFile, Leaf, Review, Statement, Status
from agent.errors import CaseworkError
from agent.render import format_comparison, format_value
from agent.report.plots import Event, Graph, Legend, Loose, account_graph, legend, timeline
from tools.attachments import read
from tools.evidence import AttachmentRole, Evidence, Exhibit, FactSpec, Unavailable, Value
from tools.registry import fact_specs
from tools.untrusted import neutralise
from vision.preview import contact_sheet, preview

PREVIEW_SIDE = 1100

Content = TypeVar("Content")


class BoxMark(Loose):
    """A labelled rectangle on a picture, in its pixels: x, y, width, height."""

    box: tuple[float, float, float, float]
    label: str
    severity: str = "info"


class FieldRow(Loose):
    """One field of a document by source."""

    name: str
    application: str | None = None
    visual: str | None = None
    mrz: str | None = None
    barcode: str | None = None
    agreement: str = ""
    pairs: str = ""


class CheckRow(Loose):
    """One check of a document or its file, with its number and limit where it has one."""

    name: str
    result: str
    meaning: str
    value: float | None = None
    limit: float | None = None


class Quote(Loose):
    """Text a customer wrote."""

    at: str
    text: str = "not recorded"


class HeatMap(Loose):
    """A grey PNG in base64."""

    png: str


@dataclass(frozen=True)
class PictureOnPage:
    """A picture with what was marked on it. `scale` turns marks in original pixels into preview pixels."""

    role: AttachmentRole
    uri: str
    width: int
    height: int
    scale: float
    marks: tuple[BoxMark, ...]
    heatmap: str

    @property
    def shows(self) -> str:
        """What is seen: a clip does not play here, its frames stand side by side."""
        return "clip: six frames from first to last, row by row" if self.role == "clip" else self.role

    @property
    def numbered(self) -> tuple[tuple[int, BoxMark], ...]:
        """The marks that ask for a look, with the number they bear on the picture."""
        return tuple(enumerate((mark for mark in self.marks if mark.severity != "info"), start=1))

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """What the numbers stand for: numbers and label, each label once."""
        labels = dict.fromkeys(mark.label for _, mark in self.numbered)
        return tuple((", ".join(str(n) for n, mark in self.numbered if mark.label == label), label) for label in labels)


@dataclass(frozen=True)
class Exhibits:
    """All exhibits of a ledger, read into what the page draws."""

    graphs: tuple[tuple[str, Markup, Legend], ...]
    timelines: tuple[tuple[str, Markup, tuple[Event, ...]], ...]
    fields: tuple[FieldRow, ...]
    checks: Mapping[str, Sequence[CheckRow]]
    quotes: tuple[Quote, ...]


def page(file: CaseFile, folder: Path, reviews: Sequence[Review] = (), status: Status | None = None) -> str:
    """The page of one case file, with what people have decided and where that left the case. `folder` holds the
    attachments; one that cannot be read is named, not shown."""
    pictures, unreadable = _pictures(file, folder)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            file=file,
            evidence=[entry for entry in file.ledger.entries if isinstance(entry, Evidence)],
            unavailable=[entry for entry in file.ledger.entries if isinstance(entry, Unavailable)],
            exhibits=_exhibits(file),
            pictures=pictures,
            unreadable=unreadable,
            cited=_cited,
            reviews=reviews,
            status=status,
        )
    )


@cache
def _environment() -> Environment:
    loader = PackageLoader("agent.report", "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"figure": _figure, "found": _found, "meaning": _meaning, "shown": neutralise}
    return made


def _figure(value: Value | tuple[Value, ...] | None, fact: str = "", unit: str = "") -> str:
    """A value by the kind and unit of its fact, several with commas between; None is empty."""
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    return ", ".join(format_value(each, _spec(fact, unit)) for each in values)


def _found(leaf: Leaf) -> str:
    """What a comparison found, in words."""
    return format_comparison(leaf, _spec(leaf.fact))


def _meaning(fact: str) -> str:
    """What a fact tells, in the words of the tool that declares it."""
    return _spec(fact).meaning


def _spec(fact: str, unit: str = "") -> FactSpec:
    """What is declared of a fact; what no tool declares reads as a plain value in `unit`."""
    return fact_specs().get(fact) or FactSpec(name="not.declared", kind="text", meaning="", unit=unit)


def _cited(statement: Statement) -> list[str]:
    """The evidence a statement rests on, each once, in order."""
    return list(dict.fromkeys(reference.split(".")[0] for reference in statement.references))


def _pictures(file: CaseFile, folder: Path) -> tuple[list[PictureOnPage], dict[str, str]]:
    shown: list[PictureOnPage] = []
    unreadable: dict[str, str] = {}
    for attachment in file.case.attachments:
        try:
            look = contact_sheet if attachment.role == "clip" else preview
            small = look(read(attachment, folder), PREVIEW_SIDE)
        except CaseworkError as error:
            unreadable[attachment.role] = str(error)
            continue
        uri = "data:image/jpeg;base64," + base64.b64encode(small.jpeg).decode()
        marks = tuple(mark for exhibit in _of(file, "boxes", attachment.role) for mark in _read(exhibit, list[BoxMark]))
        heat = next((_read(exhibit, HeatMap).png for exhibit in _of(file, "heatmap", attachment.role)), "")
        shown.append(PictureOnPage(attachment.role, uri, small.width, small.height, small.scale, marks, heat))
    return shown, unreadable


def _exhibits(file: CaseFile) -> Exhibits:
    graphs = [(exhibit.title, _read(exhibit, Graph)) for exhibit in _of(file, "graph")]
    subject = file.case.customer_id
    lines = [(exhibit.title, tuple(_read(exhibit, list[Event]))) for exhibit in _of(file, "timeline")]
    return Exhibits(
        graphs=tuple((title, account_graph(graph, subject), legend(graph, subject)) for title, graph in graphs),
        timelines=tuple((title, timeline(events), events[-60:]) for title, events in lines),
        fields=tuple(row for exhibit in _of(file, "fields") for row in _read(exhibit, list[FieldRow])),
        checks=_checks(file),
        quotes=tuple(quote for exhibit in _of(file, "quotes") for quote in _read(exhibit, list[Quote])),
    )


def _checks(file: CaseFile) -> Mapping[str, Sequence[CheckRow]]:
    """The rows by title: several tools may have made checks of one."""
    found: dict[str, list[CheckRow]] = {}
    for exhibit in _of(file, "checks"):
        found.setdefault(exhibit.title, []).extend(_read(exhibit, list[CheckRow]))
    return found


def _of(file: CaseFile, kind: str, role: str | None = None) -> Iterator[Exhibit]:
    for entry in file.ledger.entries:
        if isinstance(entry, Evidence):
            yield from (e for e in entry.exhibits if e.kind == kind and (role is None or e.of == role))


def _read(exhibit: Exhibit, shape: type[Content]) -> Content:
    return TypeAdapter(shape).validate_json(exhibit.content)
