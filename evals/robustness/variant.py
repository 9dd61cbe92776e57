"""What a variant is: a name, what it must leave alone, and how it rewrites a copy of an exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import numpy as np

from agent.case import Case, CaseFile
from tools.catalogue import load_catalogue
from tools.evidence import Evidence

Kind = Literal["same", "counterfactual", "injection", "seed", "drawn"]
"""same: nothing that matters differs; counterfactual: a protected attribute of the customer differs; injection: a text
of the customer speaks to the reader; seed: the language model draws otherwise; drawn: pictures were drawn once more,
and their noise may move a case by itself."""


@dataclass(frozen=True)
class Copy:
    """A copy of a labelled set that a variant may rewrite. `files` are the reviews before, in the order of `cases`."""

    connection: duckdb.DuckDBPyConnection
    cases: tuple[Case, ...]
    files: tuple[CaseFile, ...]
    rng: np.random.Generator

    def rewrite(self, table: str, columns: Mapping[str, str], joined: str = "", order: str = "") -> None:
        """Give columns of a table other values, each by an SQL expression over its rows, which are called `t`."""
        cells = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
        replaced = f"REPLACE ({cells})" if cells else ""
        ordered = f"ORDER BY {order}" if order else ""
        source = f"SELECT t.* {replaced} FROM {table} AS t {joined} {ordered}"
        self.connection.execute(f"CREATE OR REPLACE TABLE {table} AS {source}")

    def insert(self, table: str, cells: Mapping[str, object]) -> None:
        """Give a table one row more, by the names of its columns: an exchange has them in an order of its own."""
        names, marks = ", ".join(f'"{name}"' for name in cells), ", ".join(f"${n}" for n in range(1, len(cells) + 1))
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*cells.values()])


Changed = Sequence[Case | None]
"""The cases as they are called afterwards, in their order; None where the variant makes no sense for one."""


@dataclass(frozen=True)
class Variant:
    """One way to tell cases otherwise. `retell` rewrites what was measured on the pictures of the case of that place,
    `attempt` is what its customer slips in. `by_policy` names facts that the written policy lets the change reach. With
    `asks_all` every query of the playbook is asked, wanted or not. `seed` is the language model's."""

    name: str
    kind: Kind
    meaning: str
    change: Callable[[Copy], Changed]
    retell: Callable[[Evidence, int], Evidence] | None = None
    attempt: Callable[[int], str] | None = None
    by_policy: frozenset[str] = frozenset()
    asks_all: bool = False
    seed: int | None = None


def variant(
    kind: Kind,
    *,
    retell: Callable[[Evidence, int], Evidence] | None = None,
    attempt: Callable[[int], str] | None = None,
    by_policy: frozenset[str] = frozenset(),
    asks_all: bool = False,
    seed: int | None = None,
) -> Callable[[Callable[[Copy], Changed]], Variant]:
    """Make a variant of the function below, under its own name; its docstring's first line is its meaning."""

    def wrap(change: Callable[[Copy], Changed]) -> Variant:
        meaning = (change.__doc__ or "").partition("\n")[0]
        return Variant(change.__name__, kind, meaning, change, retell, attempt, by_policy, asks_all, seed)

    return wrap


def tables_with(column: str) -> tuple[str, ...]:
    """The tables of the catalogue that have a column of that name."""
    return tuple(table.name for table in load_catalogue().tables if table.column(column) is not None)


def read_document(file: CaseFile) -> bool:
    """Whether a review rests on what a document says, so that its person cannot change without a new picture."""
    return any(isinstance(entry, Evidence) and entry.tool == "document.read" for entry in file.ledger.entries)
