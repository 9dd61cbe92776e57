"""The playbook: every `.sql` file in this folder is a tool that asks the warehouse one question.

A file begins with comments that declare it, one a line:

    -- meaning: what the query tells, in one line
    -- trust: recorded | stated                                  (recorded unless said)
    -- parameter: NAME KIND DEFAULT : meaning                    (an argument of the tool, bound as :NAME)
    -- fact: NAME KIND [UNIT] [LOW..HIGH] [noise X] : meaning    (a column of that name in the one row returned)
    -- unknown: NAME : why the column can be NULL; the fact is then unknown
    -- none: NAME where COUNT : what there is none of; where the fact COUNT is 0, NULL is not unknown but none
    -- part: NAME at least|most LIMIT                         (from that number or parameter on, what is known is told)
    -- strange: TABLE.COLUMN : what the query makes of a word of that column that the catalogue does not name
    -- here: why DuckDB answers it whatever the engine, over the rows of the subject and tables that nobody owns
    -- exhibit: timeline | graph | quotes TITLE                  (begins a further query, drawn for the reviewer)

Bounds are 0 and none unless given; `..` means unbounded. `:customer_id` and `:as_of` are always bound, and nothing that
happened after `:as_of` may change an answer. Other comments are for the reader.

Missing is not clean. A query answers NULL where a cell that it lacks could change the answer; what is blank is lacking.
It does not answer where a row of the subject lacks a cell that it reads and the catalogue calls `needed`, or holds in a
column that it reads a word beside those that the catalogue names, unless it declares what it makes of such.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import sqlglot
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from sqlglot import exp

from tools.errors import ToolError, WarehouseError
from tools.evidence import Exhibit, FactSpec, Trust, Value
from tools.playbook.here import answered
from tools.playbook.subject import require
from tools.registry import AnyTool, Found, NoArguments, Sources, Subject, Tool
from tools.untrusted import neutralise
from tools.warehouse import Parameter, Rows

FOLDER = Path(__file__).parent
COST = 0.05
HEADER = re.compile(r"^--\s*(meaning|trust|parameter|fact|unknown|none|part|strange|here|exhibit)\s*:\s*(.*)$")
PARAMETER = re.compile(r"(?P<name>[a-z_]+) (?P<kind>number|count|text) (?P<default>\S+)\s*:\s*(?P<meaning>\S.*)")
FACT = re.compile(
    r"(?P<name>\S+) (?P<kind>[a-z]+)(?: (?P<unit>(?!noise )[A-Za-z/%]+))?(?: (?P<low>-?[\d.]*?)\.\.(?P<high>[\d.]*))?"
    r"(?: noise (?P<noise>[\d.]+))?\s+:\s*(?P<meaning>\S.*)"
)
PART = re.compile(r"(?P<name>\S+) at (?P<side>least|most) (?P<limit>\S+)")
NONE = re.compile(r"(?P<name>\S+) where (?P<count>\S+)\s+:\s*(?P<meaning>\S.*)")
STRANGE = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
PYTHON: Mapping[str, type[int] | type[float] | type[str]] = {"number": float, "count": int, "text": str}
ALWAYS_BOUND = frozenset({"customer_id", "as_of"})
TEXT_LIMIT = 500


class PlaybookArguments(BaseModel):
    """The base of the argument models made from `parameter` lines."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Section:
    """A query of a playbook file. `kind` is empty for the one that yields the facts."""

    sql: str
    tables: frozenset[str]
    kind: str = ""
    title: str = ""


@dataclass
class Header:
    """The declarations of a file while it is being read. `none` has the count and the meaning by fact, `strange` names
    columns as `table.column`."""

    meaning: str = ""
    trust: Trust = "recorded"
    parameters: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    facts: list[FactSpec] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    none: dict[str, tuple[str, str]] = field(default_factory=dict)
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    strange: set[str] = field(default_factory=set)
    here: bool = False


@dataclass(frozen=True)
class Question:
    """A playbook file as a tool function: asks the warehouse and reads the answer as facts and exhibits. Of the columns
    in `strange` the query itself tells strange words apart. With `here` it reads nothing of other subjects, and wants
    functions that other engines lack."""

    facts: tuple[FactSpec, ...]
    unknown: Mapping[str, str]
    none: Mapping[str, tuple[str, str]]
    strange: frozenset[str]
    here: bool
    main: Section
    drawings: tuple[Section, ...]

    def __call__(self, subject: Subject, sources: Sources, arguments: BaseModel) -> Found:
        """Raises WarehouseError where a table is missing or empty, or the query would read a needed cell that is not
        there or a strange word, ToolError where the subject is not in it."""
        sources.warehouse.require(*sorted(self.main.tables))
        bound: dict[str, Parameter] = {
            "customer_id": subject.customer_id,
            "as_of": moment(subject.as_of),
            **arguments.model_dump(),
        }
        require(sources, self.main.sql, self.strange, {name: bound[name] for name in ALWAYS_BOUND})
        rows = self._asked(sources, self.main.sql, bound)
        if len(rows) != 1 or set(rows.columns) != {spec.name for spec in self.facts}:
            raise ToolError("a playbook query did not return one row with its declared facts", "correct the .sql file")
        cells = {spec.name: _value(spec, rows[0][spec.name]) for spec in self.facts}
        facts = {name: value for name, value in cells.items() if value is not None}
        exhibits, notes = self._draw(sources, bound)
        return Found(
            facts=facts,
            exhibits=exhibits,
            notes=(*(self._note(spec, facts) for spec in self.facts if spec.name not in facts), *notes),
            source="warehouse: " + ", ".join(sorted(self.main.tables)),
        )

    def _asked(self, sources: Sources, sql: str, bound: Mapping[str, Parameter]) -> Rows:
        return answered(sources.warehouse, sql, bound) if self.here else sources.warehouse.query(sql, bound)

    def _note(self, spec: FactSpec, facts: Mapping[str, Value]) -> str:
        """Why a fact is left out: there is none of it, or it is unknown."""
        if facts.get(spec.none_where) == 0:
            return f"{spec.name}: {self.none[spec.name][1]}"
        return f"{spec.name}: {self.unknown.get(spec.name, 'could not be told')}"

    def _draw(self, sources: Sources, bound: Mapping[str, Parameter]) -> tuple[tuple[Exhibit, ...], tuple[str, ...]]:
        """The exhibits that are not empty. One that cannot be drawn leaves a note: the facts stand without it."""
        exhibits: list[Exhibit] = []
        notes: list[str] = []
        for section in self.drawings:
            try:
                rows = self._asked(sources, section.sql, bound)
            except WarehouseError as error:
                notes.append(f"{section.title} is not shown: {error.what}")
                continue
            if rows:
                content = json.dumps(SHAPES[section.kind](rows), ensure_ascii=False)
                exhibits.append(Exhibit(kind=section.kind, title=section.title, content=content))
        return tuple(exhibits), tuple(notes)


@cache
def load_playbook(folder: Path = FOLDER) -> tuple[AnyTool, ...]:
    """Every query of a folder as a tool named `sql.` and the file's stem, in order of name.

    Raises:
        ToolError: naming file and line, where a declaration or the SQL does not parse or the two disagree.
    """
    return tuple(_load(path) for path in sorted(folder.glob("*.sql")))


def moment(as_of: str) -> datetime:
    """A subject's `as_of` as the warehouse keeps time: UTC, without a zone.

    Raises:
        ToolError: the text is no ISO 8601 time.
    """
    try:
        parsed = datetime.fromisoformat(as_of)
    except ValueError as error:
        raise ToolError(f"the case's time {as_of!r} is not ISO 8601", "correct the case") from error
    return parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed


def _load(path: Path) -> AnyTool:
    text = path.read_text(encoding="utf-8")
    header = Header()
    queries: list[tuple[int, str, list[str]]] = [(1, "", [])]
    for number, line in enumerate(text.splitlines(), 1):
        declared = HEADER.match(line)
        if declared and declared[1] == "exhibit":
            queries.append((number, declared[2], []))
        elif declared:
            _declare(header, declared[1], declared[2], f"{path.name}:{number}")
        queries[-1][2].append("" if line.startswith("--") else line)
    sections = [_section(path, header, *query) for query in queries]
    _agree(path, header, sections[0])
    facts = tuple(_completed(spec, header) for spec in header.facts)
    question = Question(
        facts, header.unknown, header.none, frozenset(header.strange), header.here, sections[0], tuple(sections[1:])
    )
    return Tool(
        name=f"sql.{path.stem}",
        meaning=header.meaning,
        run=question,
        arguments=_argument_model(path.stem, header),
        facts=question.facts,
        trust=header.trust,
        cost=COST,
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
    )


def _declare(header: Header, word: str, rest: str, where: str) -> None:
    name, _, meaning = rest.partition(" : ")
    match word:
        case "meaning":
            header.meaning = rest
        case "trust" if rest in ("recorded", "stated"):
            header.trust = "stated" if rest == "stated" else "recorded"
        case "unknown" if meaning:
            header.unknown[name.strip()] = meaning.strip()
        case "strange" if meaning and STRANGE.fullmatch(name.strip()):
            header.strange.add(name.strip())
        case "none" if parsed := NONE.fullmatch(rest):
            header.none[parsed["name"]] = (parsed["count"], parsed["meaning"])
        case "here" if rest:
            header.here = True
        case "part" if parsed := PART.fullmatch(rest):
            header.parts.setdefault(parsed["name"], {})[parsed["side"]] = _limit(parsed["limit"], header, where)
        case "parameter" if parsed := PARAMETER.fullmatch(rest):
            header.parameters[parsed["name"]] = _parameter(parsed, where)
        case "fact" if parsed := FACT.fullmatch(rest):
            header.facts.append(_fact(parsed, where))
        case _:
            raise _fault(where, f"the {word} line does not parse")


def _limit(text: str, header: Header, where: str) -> float:
    """A number as written, or the default of a parameter declared above."""
    try:
        return float(header.parameters[text][1].default if text in header.parameters else text)
    except ValueError as error:
        raise _fault(where, f"{text!r} is neither a number nor a parameter declared above") from error


def _completed(spec: FactSpec, header: Header) -> FactSpec:
    none_where = header.none[spec.name][0] if spec.name in header.none else ""
    return spec.model_copy(update={"none_where": none_where, **header.parts.get(spec.name, {})})


def _parameter(parsed: re.Match[str], where: str) -> tuple[Any, Any]:
    kind = PYTHON[parsed["kind"]]
    try:
        return kind, Field(kind(parsed["default"]), description=parsed["meaning"])
    except ValueError as error:
        raise _fault(where, f"the default is no {parsed['kind']}") from error


def _fact(parsed: re.Match[str], where: str) -> FactSpec:
    kind: Any = parsed["kind"]
    numeric = kind in {"count", "number"}
    try:
        return FactSpec(
            name=parsed["name"],
            kind=kind,
            meaning=parsed["meaning"].strip(),
            unit=parsed["unit"] or "",
            low=_bound(parsed["low"], 0.0 if numeric else None),
            high=_bound(parsed["high"], None),
            noise=float(parsed["noise"] or 0),
        )
    except (ValidationError, ValueError) as error:
        raise _fault(where, "the fact's name, kind or bounds are not allowed") from error


def _bound(text: str | None, otherwise: float | None) -> float | None:
    if text is None:
        return otherwise
    return float(text) if text else None


def _section(path: Path, header: Header, number: int, title: str, lines: list[str]) -> Section:
    """One query, parsed so that faults are found when the playbook loads. `number` is the line it begins on."""
    kind, _, words = title.partition(" ")
    if title and (kind not in SHAPES or not words):
        raise _fault(f"{path.name}:{number}", f"an exhibit is one of {sorted(SHAPES)} and a title")
    sql = "\n".join(lines)
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    except sqlglot.errors.ParseError as error:
        line = number - 1 + int(error.errors[0].get("line") or 1) if error.errors else number
        raise _fault(f"{path.name}:{line}", "the SQL does not parse") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise _fault(f"{path.name}:{number}", "a section holds exactly one SELECT")
    marks = {mark.name for mark in trees[0].find_all(exp.Placeholder)}
    if unknown := marks - ALWAYS_BOUND - set(header.parameters):
        raise _fault(f"{path.name}:{number}", f"parameter {sorted(unknown)[0]!r} is not declared")
    if "customer_id" not in marks:
        raise _fault(f"{path.name}:{number}", "the query is not about :customer_id")
    ours = {cte.alias for cte in trees[0].find_all(exp.CTE)}
    tables = frozenset(table.name for table in trees[0].find_all(exp.Table)) - ours
    return Section(sql.strip().rstrip(";"), tables, kind, words)


def _agree(path: Path, header: Header, main: Section) -> None:
    """Hold that the columns of the query are the declared facts, and that what tells `none` is a count."""
    selected = set(sqlglot.parse_one(main.sql, read="duckdb", into=exp.Select).named_selects)
    declared = {spec.name for spec in header.facts}
    if not header.meaning:
        raise _fault(f"{path.name}:1", "there is no meaning line")
    counts = {spec.name for spec in header.facts if spec.kind == "count"}
    named = {*header.unknown, *header.none, *header.parts} - declared | {
        count for count, _ in header.none.values()
    } - counts
    if odd := selected.symmetric_difference(declared) | named:
        raise _fault(f"{path.name}:1", f"{sorted(odd)[0]!r} is not both declared and selected, or is no count")


def _argument_model(stem: str, header: Header) -> type[BaseModel]:
    if not header.parameters:
        return NoArguments
    fields: dict[str, Any] = dict(header.parameters)
    return create_model(f"{stem.title().replace('_', '')}Arguments", __base__=PlaybookArguments, **fields)


def _fault(where: str, what: str) -> ToolError:
    return ToolError(f"playbook {where}: {what}", "see the form at the top of tools/playbook/__init__.py")


def _value(spec: FactSpec, cell: object) -> Value | None:
    """A cell as the kind of value its fact declares. NULL and NaN are unknown."""
    if cell is None or (isinstance(cell, float | Decimal) and not math.isfinite(cell)):
        return None
    if spec.kind == "flag":
        return bool(cell)
    if isinstance(cell, int | float | Decimal):
        return int(cell) if spec.kind == "count" else float(cell)
    return _plain(cell)


def _plain(cell: object) -> str:
    """Text that a page can show: times in ISO 8601, whatever a customer wrote without its tricks."""
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds") + "Z"
    return cell.isoformat() if isinstance(cell, date) else neutralise(str(cell), TEXT_LIMIT)


def _entries(rows: Rows) -> list[dict[str, str | float]]:
    """timeline and quotes: one object a row, without what is NULL."""
    return [
        {
            name: cell if isinstance(cell, int | float) else _plain(cell)
            for name, cell in row.items()
            if cell is not None
        }
        for row in rows
    ]


def _graph(rows: Rows) -> dict[str, list[Any]]:
    """graph: the ends of each edge become nodes, named once."""
    ends: Iterable[tuple[str, str]] = (
        (str(row[f"{end}_kind"]), _plain(row[end])) for row in rows for end in ("source", "target")
    )
    nodes = [{"id": f"{kind}:{name}", "kind": kind, "label": name} for kind, name in dict.fromkeys(ends)]
    edges = [
        [f"{row['source_kind']}:{_plain(row['source'])}", f"{row['target_kind']}:{_plain(row['target'])}", row["why"]]
        for row in rows
    ]
    return {"nodes": nodes, "edges": edges}


SHAPES: Mapping[str, Callable[[Rows], Any]] = {"timeline": _entries, "quotes": _entries, "graph": _graph}
