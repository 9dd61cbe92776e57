"""A survey of the warehouse: how every table of the catalogue was found, before anybody is judged by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache

from sqlglot import exp

from tools.catalogue import Column, Table
from tools.dialects import DUCKDB
from tools.errors import WarehouseError
from tools.evidence import Frozen
from tools.placeholders import PLACEHOLDERS
from tools.spark import SPARK
from tools.vectors import squared, unit
from tools.warehouse import OWNERS, POSTGRES, Rows, Warehouse
from tools.words import blank, listed, strange, strange_words

LIMIT_S = 60.0
"""Seconds that one question over a whole table may take."""
LENGTH = re.compile(r"\[(\d+)\]")
OTHER_TEXT = re.compile(r"^char\b|\bcollate\b", re.IGNORECASE)


class TableReport(Frozen):
    """How one table of the catalogue was found. `problems` is empty where all is well; `rightly_empty` is one that the
    settings say the exchange is without."""

    name: str
    present: bool
    rightly_empty: bool = False
    rows: int = 0
    newest: str = ""
    missing_columns: tuple[str, ...] = ()
    mistyped_columns: tuple[str, ...] = ()
    strange_cells: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    odd_vectors: tuple[str, ...] = ()
    repeated_keys: tuple[str, ...] = ()
    lost_owners: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        if self.rightly_empty and not self.rows:
            return ()
        if not self.present:
            return ("missing",)
        size = () if self.rows else ("empty",)
        size = ("not empty, though WAREHOUSE_WITHOUT names it: take it out there",) if self.rightly_empty else size
        missing = tuple(f"column {name!r} is missing" for name in self.missing_columns)
        cells = (
            *self.mistyped_columns,
            *self.strange_cells,
            *self.placeholders,
            *self.odd_vectors,
            *self.repeated_keys,
            *self.lost_owners,
        )
        return size + missing + tuple(f"column {each}" for each in cells)

    @property
    def note(self) -> str:
        """What is to be said of a table although all is well."""
        return "rightly empty, as WAREHOUSE_WITHOUT says" if self.rightly_empty and not self.rows else ""


def survey(warehouse: Warehouse, *, shipped: bool = False) -> tuple[TableReport, ...]:
    """Compare every table of the catalogue with what the warehouse holds. Vectors may have as many numbers as any
    recogniser makes, unless they are to be those of the `shipped` one."""
    return tuple(_report(warehouse, table, shipped) for table in warehouse.catalogue.tables)


def mistyped(warehouse: Warehouse, table: Table, among: Collection[str]) -> Iterator[tuple[Column, str]]:
    """The columns of a table, of those named, that do not hold what the catalogue asks for, and what they are.

    Raises:
        WarehouseError: Spark holds such a column. It compares what is of two types by its own rules and without an
            error: texts with times by leaving out the zone, decimals by rounding.
    """
    for column, what in _mistyped(warehouse, table, among):
        if warehouse.engine.dialect.name == SPARK:
            remedy = "convert it in a view: Spark would compare it anyway, by its own rules"
            raise WarehouseError(f"column {column.name!r} of table {table.name!r} {what}", remedy)
        yield column, what


def _mistyped(warehouse: Warehouse, table: Table, among: Collection[str]) -> Iterator[tuple[Column, str]]:
    kinds = warehouse.kinds.get(table.name, {})
    for column in table.columns:
        kind = kinds.get(column.name)
        if column.name in among and kind is not None and not _holds(warehouse, kind, column.type):
            yield column, f"is {kind}, not {column.type}"


def _report(warehouse: Warehouse, table: Table, shipped: bool) -> TableReport:
    kinds, rightly_empty = warehouse.kinds.get(table.name), table.name in warehouse.without
    if kinds is None:
        return TableReport(name=table.name, present=False, rightly_empty=rightly_empty)
    newest = f'CAST(MAX("{table.clock}") AS VARCHAR)' if table.clock in kinds else "''"
    size = _asked(warehouse, f'SELECT COUNT(*) AS n, {newest} AS newest FROM "{table.name}"')[0]
    wrong = {column.name: what for column, what in _mistyped(warehouse, table, kinds)}
    sound = [column for column in table.columns if column.name in kinds.keys() - wrong.keys()]
    # Vectors are compared by DuckDB alone, other engines lack the functions.
    vectors = [column for column in sound if LENGTH.search(column.type) and warehouse.engine.dialect.name == DUCKDB]
    held = [column for column in table.held if column.name in kinds and not (column.bounded and column.name in wrong)]

    def each(find: Callable[..., str], *places: object) -> tuple[str, ...]:
        """What was found in columns, or that it could not be looked for: one column takes no other along."""
        return tuple(told for place in places if (told := _remark(find, warehouse, table, place)))

    return TableReport(
        name=table.name,
        present=True,
        rightly_empty=rightly_empty,
        rows=size["n"],
        newest=size["newest"] or "",
        missing_columns=tuple(column.name for column in table.columns if column.name not in kinds),
        mistyped_columns=tuple(f"{name!r} {what}" for name, what in wrong.items()),
        strange_cells=each(_strange, *held),
        placeholders=each(_placeholder, *(column for column in sound if column.name in PLACEHOLDERS)),
        odd_vectors=(*each(_odd, *vectors), *(each(_other_length, *vectors) if shipped else ())),
        repeated_keys=each(_repeated, *({table.key} & kinds.keys())),
        lost_owners=each(_lost, *(name for name in table.owners if name in kinds and table.name != OWNERS)),
    )


def _remark(find: Callable[..., str], warehouse: Warehouse, table: Table, place: object) -> str:
    try:
        return find(warehouse, table, place)
    except WarehouseError as error:
        name = place.name if isinstance(place, Column) else place
        return f"{name!r} could not be looked through: {error.what}"


def _strange(warehouse: Warehouse, table: Table, column: Column) -> str:
    """How many cells of a column are not what it may hold, with the first words of them."""
    found = f'SELECT COUNT(*) AS n FROM "{table.name}" WHERE {strange(column)}'
    count = _asked(warehouse, found)[0]["n"]
    if not count:
        return ""
    coded = column.coded
    words = f"{listed(row['word'] for row in _asked(warehouse, strange_words(table, column)))}, " if coded else ""
    what = f"which is not {column.holds}" if coded else f"what is not {column.holds}"
    return f"{column.name!r} holds {words}{what} ({_rows(count)}): map it in a view"


def _placeholder(warehouse: Warehouse, table: Table, column: Column) -> str:
    """How many cells of a column stand for nothing though they are not blank."""
    nothing = PLACEHOLDERS[column.name].replace("{cell}", f'"{column.name}"')
    found = f'SELECT COUNT(*) AS n FROM "{table.name}" WHERE NOT ({blank(column)}) AND {nothing}'
    count = _asked(warehouse, found)[0]["n"]
    what = "what stands for nothing, as zeros or a word for unknown do"
    return f"{column.name!r} holds {what} ({_rows(count)}): make it NULL in a view" if count else ""


def _odd(warehouse: Warehouse, table: Table, column: Column) -> str:
    """How many vectors of a column cannot be compared, or that it has rows and no vector."""
    cell = f'"{column.name}"'
    odd = f"COUNT(CASE WHEN NOT ({unit(squared(cell))}) THEN 1 END)"
    count = _asked(warehouse, f'SELECT COUNT(*) AS n, COUNT({cell}) AS filled, {odd} AS odd FROM "{table.name}"')[0]
    if count["n"] and not count["filled"]:
        return f"{column.name!r} holds no vector at all: load them"
    what = "zeros, numbers that are not finite, or vectors of another length than 1"
    remedy = "make it NULL in a view where there is no face, and bring the others to length 1"
    return f"{column.name!r} holds {what} ({_rows(count['odd'])}): {remedy}" if count["odd"] else ""


def _other_length(warehouse: Warehouse, table: Table, column: Column) -> str:
    """That vectors have not as many numbers as the shipped recogniser makes, so that no search can be made."""
    found, wanted = (LENGTH.findall(each)[-1] for each in (warehouse.kinds[table.name][column.name], column.type))
    remedy = "build it again, or name the recogniser that made it in FACE_INDEX_MODEL_SHA256"
    what = f"holds vectors of {found} numbers, and the shipped recogniser makes {wanted}"
    return "" if found == wanted else f"{column.name!r} {what}: {remedy}"


def _repeated(warehouse: Warehouse, table: Table, key: str) -> str:
    keys = f'SELECT "{key}" FROM "{table.name}" WHERE "{key}" IS NOT NULL GROUP BY "{key}" HAVING COUNT(*) > 1'
    count = _asked(warehouse, f"SELECT COUNT(*) AS n FROM ({keys}) AS twice")[0]["n"]
    values = "1 value which" if count == 1 else f"{count:,} values each of which"
    return f"{key!r} has {values} comes more than once: keep one row of each in a view" if count else ""


def _lost(warehouse: Warehouse, table: Table, owner: str) -> str:
    """How many of those a table tells of are no customers, and how many would be if their ids were spelled alike."""
    if "customer_id" not in warehouse.kinds.get(OWNERS, {}):
        return ""
    one = "LOWER(TRIM({}))".format
    count = _asked(
        warehouse,
        f"SELECT COUNT(*) AS n, COUNT(CASE WHEN c.id IS NULL THEN 1 END) AS lost, "
        f"COUNT(CASE WHEN c.id IS NULL AND f.id IS NOT NULL THEN 1 END) AS spelled "
        f'FROM (SELECT DISTINCT CAST("{owner}" AS VARCHAR) AS id FROM "{table.name}" WHERE "{owner}" IS NOT NULL) AS o '
        f"LEFT JOIN (SELECT DISTINCT CAST(customer_id AS VARCHAR) AS id FROM customers) AS c ON c.id = o.id "
        f"LEFT JOIN (SELECT DISTINCT {one('CAST(customer_id AS VARCHAR)')} AS id FROM customers) AS f "
        f"ON f.id = {one('o.id')}",
    )[0]
    if not count["lost"]:
        return ""
    spelled = f"; {count['spelled']:,} of them have one but for blanks and letter case: spell ids alike in a view"
    share = f"{count['lost']:,} of {count['n']:,} ids ({count['lost'] / count['n']:.1%})"
    return f"{owner!r} names {share} without a row in {OWNERS!r}{spelled if count['spelled'] else ''}"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _asked(warehouse: Warehouse, sql: str) -> Rows:
    return warehouse.query(sql, {}, LIMIT_S)


def _holds(warehouse: Warehouse, kind: str, wanted: str) -> bool:
    """Whether a column of this kind holds what the catalogue asks for. Times may have a zone, as the session is UTC;
    vectors may have any one length, which is their recogniser's; PostgreSQL tells of a list no more than that it is
    one, and Spark's have no length. A text that Spark fills up with blanks or compares by other rules is no such text.
    """
    if warehouse.engine.dialect.name == SPARK:
        if OTHER_TEXT.search(kind):
            return False
        found, asked = _family(kind, "spark"), _family(LENGTH.sub("[]", wanted), DUCKDB)
    else:
        found, asked = (_family(LENGTH.sub("[1]", each), DUCKDB) for each in (kind, wanted))
    if found == "[]" and warehouse.engine.dialect.name == POSTGRES:
        return "[" in asked
    return found == asked or (found, asked) == ("TIMESTAMPTZ", "TIMESTAMP")


@cache
def _family(type_name: str, dialect: str) -> str:
    """Types that hold the same values: INTEGER and BIGINT, VARCHAR and TEXT."""
    kind = exp.DataType.build(type_name, dialect=dialect)
    if kind.this in exp.DataType.INTEGER_TYPES:
        return "integer"
    if kind.this in exp.DataType.REAL_TYPES:
        return "real"
    if kind.this in exp.DataType.TEXT_TYPES:
        return "text"
    return kind.sql(dialect=DUCKDB)
