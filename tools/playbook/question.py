"""A query of the playbook as a tool function: asks the warehouse, and reads the answer as facts and exhibits."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from tools.countries import listed_states
from tools.errors import ToolError, WarehouseError
from tools.evidence import Exhibit, FactSpec, Value
from tools.playbook.columns import columns_read
from tools.playbook.here import answered
from tools.playbook.subject import require
from tools.survey import mistyped
from tools.tool import Found, Sources, Subject
from tools.untrusted import neutralise
from tools.warehouse import FAILED, Parameter, Rows

ALWAYS_BOUND = frozenset({"customer_id", "as_of", "countries"})
NUMBERS = frozenset({"count", "number"})
TEXT_LIMIT = 500


@dataclass(frozen=True)
class Section:
    """A query of a playbook file. `kind` is empty for the one that yields the facts."""

    sql: str
    tables: frozenset[str]
    kind: str = ""
    title: str = ""


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
        """Raises WarehouseError where a table is missing or empty, a column of another type than the query can do with,
        or the query would read rows of the subject that the catalogue does not allow; ToolError where the subject is
        not in it."""
        empty = sources.warehouse.require(*sorted(self.main.tables))
        bound: dict[str, Parameter] = {
            "customer_id": subject.customer_id,
            "as_of": subject.moment,
            "countries": listed_states(),
            **arguments.model_dump(),
        }
        mistaken = list(self._mistaken(sources))
        facts = self._facts(sources, bound, mistaken)
        exhibits, notes = self._draw(sources, bound)
        unknown = (self._note(spec, facts) for spec in self.facts if spec.name not in facts)
        named = ", ".join(sorted(self.main.tables.difference(empty))) or "nothing"
        return Found(
            facts=facts,
            exhibits=exhibits,
            notes=(*unknown, *notes, *mistaken),
            source=f"warehouse: {named}" + (f"; rightly empty: {', '.join(empty)}" if empty else ""),
        )

    def _facts(self, sources: Sources, bound: Mapping[str, Parameter], mistaken: Iterable[str]) -> dict[str, Value]:
        """What the query tells. Where it fails on columns of a wrong type, those are to blame."""
        blame = next((WarehouseError(each, "convert it in a view") for each in mistaken), None)
        try:
            require(sources, self.main.sql, self.strange, {name: bound[name] for name in ALWAYS_BOUND})
            rows = self._asked(sources, self.main.sql, bound)
        except WarehouseError as error:
            if blame and FAILED in error.what:
                raise blame from error
            raise
        if len(rows) != 1 or set(rows.columns) != {spec.name for spec in self.facts}:
            raise ToolError("a playbook query did not return one row with its declared facts", "correct the .sql file")
        cells = {spec.name: _value(spec, rows[0][spec.name]) for spec in self.facts}
        facts = {name: value for name, value in cells.items() if value is not None}
        if blame and any(isinstance(facts.get(each.name), str) for each in self.facts if each.kind in NUMBERS):
            raise blame
        return facts

    def _mistaken(self, sources: Sources) -> Iterator[str]:
        """The columns that the query reads and that are not of the type it was written for."""
        read = columns_read(self.main.sql, sources.warehouse.catalogue)
        for table in sources.warehouse.catalogue.tables:
            for column, what in mistyped(sources.warehouse, table, read.get(table.name, ())):
                hours = "; hours are lost, and what is told by the hour is not" if what.startswith("is DATE") else ""
                yield f"column {column.name!r} of table {table.name!r} {what}{hours}"

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
