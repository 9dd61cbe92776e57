"""The catalogue: the tables and columns the project knows of, their types, keys, owners and secrets."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from tools.countries import known
from tools.errors import WarehouseError
from tools.evidence import Frozen

PACKAGED = Path(__file__).with_name("catalogue.yaml")

Word = Annotated[str, Field(pattern=r"^[\w.-]+( [\w.-]+)*$", max_length=40)]
"""A word of a coded column, such as `completed`."""
NUMBERS = ("DOUBLE", "INTEGER")


class Column(Frozen):
    """One column. `type` is a DuckDB type name; a `key` tells the rows of a table apart; a `pii` column never leaves
    through a free-form query; without a `needed` cell, no query that reads it can tell anything of a customer.

    `words` are all that a coded column may hold, or it is of the codes named by `code`, in either case; where it has
    neither, any text may stand. Numbers lie within `low` and `high`.
    """

    name: str
    type: str
    key: bool = False
    pii: bool = False
    needed: bool = False
    words: tuple[Word, ...] = ()
    code: Literal["", "country"] = ""
    low: float | None = None
    high: float | None = None
    meaning: str = ""

    @model_validator(mode="after")
    def _codes_are_nobodys(self) -> Column:
        if self.coded and (self.pii or self.type != "VARCHAR"):
            raise ValueError(f"column {self.name!r} has words, and is personal or not text")
        if self.bounded and self.type not in NUMBERS:
            raise ValueError(f"column {self.name!r} has bounds, and is not a number")
        return self

    @property
    def coded(self) -> bool:
        return bool(self.words or self.code)

    @property
    def bounded(self) -> bool:
        return self.low is not None or self.high is not None

    @property
    def codes(self) -> tuple[str, ...]:
        """All that a coded column may hold; of a column with `code`, in capitals."""
        return known() if self.code == "country" else self.words

    @property
    def holds(self) -> str:
        """What a column that is held to something may hold, for a message."""
        if self.bounded:
            bounds = {"from": self.low, "to": self.high}
            return " ".join(("a number", *(f"{side} {bound:g}" for side, bound in bounds.items() if bound is not None)))
        return "a code of ISO 3166-1" if self.code == "country" else f"one of {', '.join(self.words)}"


class Table(Frozen):
    """One table. `subject` names the column that ties a row to a customer, `partner` the one that ties it to a second;
    both see the whole row but for what is personal data. Without a subject it is shared reference data."""

    name: str
    meaning: str = ""
    subject: str | None = None
    partner: str | None = None
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _subject_is_a_column(self) -> Table:
        for owner in self.owners:
            if self.column(owner) is None:
                raise ValueError(f"subject column {owner!r} of table {self.name!r} is not among its columns")
        if self.partner is not None and self.subject is None:
            raise ValueError(f"table {self.name!r} has a partner and no subject")
        return self

    @property
    def owners(self) -> tuple[str, ...]:
        """The columns that tie a row to a customer."""
        return tuple(name for name in (self.subject, self.partner) if name is not None)

    @property
    def coded(self) -> tuple[Column, ...]:
        """The columns that hold words of a closed list."""
        return tuple(column for column in self.columns if column.coded)

    @property
    def held(self) -> tuple[Column, ...]:
        """The columns that are held to something: words, codes or a range."""
        return tuple(column for column in self.columns if column.coded or column.bounded)

    @property
    def key(self) -> str | None:
        """The column that tells its rows apart, None where there is none."""
        return next((column.name for column in self.columns if column.key), None)

    @property
    def open_columns(self) -> tuple[str, ...]:
        """The columns a free-form query may read."""
        return tuple(column.name for column in self.columns if not column.pii)

    @property
    def clock(self) -> str | None:
        """The first timestamp column, by which the age of the table's newest row is told; None where there is none."""
        return next((column.name for column in self.columns if column.type == "TIMESTAMP"), None)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


class Catalogue(Frozen):
    """All tables, in the order of the file. A table that is not in it does not exist for the project."""

    tables: tuple[Table, ...]

    def table(self, name: str) -> Table | None:
        return next((table for table in self.tables if table.name == name), None)


@cache
def load_catalogue(path: Path = PACKAGED) -> Catalogue:
    """Read a catalogue file (YAML, as `catalogue.yaml` beside this module).

    Raises:
        WarehouseError: the file is missing or does not hold a catalogue.
    """
    try:
        tables = yaml.safe_load(path.read_text(encoding="utf-8"))["tables"]
        return Catalogue(tables=tuple(_table(name, entry) for name, entry in tables.items()))
    except (OSError, yaml.YAMLError, ValidationError, KeyError, TypeError, AttributeError) as error:
        raise WarehouseError(f"catalogue {str(path)!r} does not load: {error}", "correct the file") from error


def _table(name: str, entry: dict[str, object]) -> Table:
    columns = entry["columns"]
    if not isinstance(columns, dict):
        raise TypeError(f"the columns of table {name!r} are not a mapping")
    return Table.model_validate({**entry, "name": name, "columns": [{**c, "name": n} for n, c in columns.items()]})
