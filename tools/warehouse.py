"""The warehouse: any engine SQLAlchemy can reach, asked read-only and within limits.

DuckDB is the default and opens hardened: read-only, without files, network, extensions, temporary space, or a way to
change settings. Queries are written in DuckDB's dialect; `tools.dialects` rewrites them for other engines: PostgreSQL
and Spark SQL (`tools.spark`), on which tests hold them to DuckDB's answers. No other engine is asked anything. Spark
has no session that cannot write: there the login must itself be read-only.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import URL, Connection, CursorResult, Engine, bindparam, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from tools.catalogue import Catalogue, Table, load_catalogue
from tools.dialects import DUCKDB, LETTERS, dialect_of, translated
from tools.errors import NARROWER, Exhausted, WarehouseError
from tools.evidence import Value
from tools.spark import SPARK, SPARK_LIMIT_S, SparkFailure, columns, spark_engine

TIME_LIMIT_S = 5.0
POSTGRES = "postgresql"
FAILED = "the query failed with"
CANCELLED = "QueryCanceled"
"""What PostgreSQL's drivers call a query that was interrupted, by us or by its own limit."""
WITH = "WITH "
OWNERS = "customers"
"""The table of those that all others are about."""
ROW_LIMIT = 10_000
ROW_BYTES = 100
"""Bytes for each row that may be returned, all of them together."""

HARDENED: Mapping[str, str | int | bool] = {
    "enable_external_access": False,
    "allow_community_extensions": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": "1GB",
    "threads": 2,
    "max_temp_directory_size": "0B",
}
FIXED = ("SET GLOBAL TimeZone = 'UTC'", "SET lock_configuration = true")
"""What can be set only once DuckDB runs: times with a zone are read in UTC, as `as_of` is, and nothing is set after."""
FIXING = threading.Lock()

Parameter = Value | date | datetime | Sequence[Value]
"""A list is bound as the members of an `IN (...)`."""


@dataclass(frozen=True)
class Rows(Sequence[Mapping[str, Any]]):
    """What a query returned: the column names, and one mapping from name to value a row."""

    columns: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - an index gives a row, a slice gives rows
        if isinstance(index, slice):
            return Rows(self.columns, self.values[index])
        return dict(zip(self.columns, self.values[index], strict=True))

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Warehouse:
    """A read-only door to the exchange's tables. Safe to ask from several threads at once. Tables `without` are those
    that this exchange rightly has none of, or none filled: where one is not there, it answers as empty."""

    engine: Engine
    catalogue: Catalogue
    url: str
    without: frozenset[str] = frozenset()
    passed: set[tuple[str, str, str]] = field(default_factory=set, repr=False, compare=False)
    """What need not be asked again: whose rows, as of when, and the check that they passed."""
    _filled: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, url: str, catalogue: Catalogue | None = None, *, without: frozenset[str] = frozenset()) -> Warehouse:
        """Open `duckdb:///PATH`, or the SQLAlchemy URL of another engine, and prove that it answers.

        Raises:
            WarehouseError: no such file, no warehouse in it, in use by a writer, an engine that is not installed,
                one that would not find a name or a word for its letters, or a table `without` that nobody knows.
        """
        known = catalogue or load_catalogue()
        if odd := sorted(name for name in without if name == OWNERS or known.table(name) is None):
            remedy = f"correct WAREHOUSE_WITHOUT; every exchange has {OWNERS}"
            raise WarehouseError(f"no exchange is without a table {odd[0]!r}", remedy)
        warehouse = cls(_engine(url), known, url, without)
        with ExitStack() as unfit:
            unfit.callback(warehouse.close)
            if not warehouse.query(LETTERS, {})[0]["known"]:
                remedy = "create its database in UTF-8, under another locale than C"
                raise WarehouseError("the warehouse knows only the letters a to z", remedy)
            unfit.pop_all()
        return warehouse

    def close(self) -> None:
        self.engine.dispose()

    def query(
        self, sql: str, parameters: Mapping[str, Parameter], limit_s: float | None = None, most: int = ROW_LIMIT
    ) -> Rows:
        """Run one statement in DuckDB's dialect with `:name` parameters, for as long as its engine may where no limit
        is given.

        Raises:
            Exhausted: it wanted too much memory.
            WarehouseError: it failed, took over `limit_s` seconds, or returned over `most` rows or 100 bytes for each
                of so many. The text names tables and kinds of failure, never a value.
        """
        limit_s = limit_s or (SPARK_LIMIT_S if self.engine.dialect.name == SPARK else TIME_LIMIT_S)
        return self._asked(self._standing_in(sql) if self.without else sql, parameters, limit_s, most)

    def require(self, *tables: str) -> tuple[str, ...]:
        """Hold that tables exist and are not empty: no rows at all is a failed load, not an innocent customer. Those
        that rightly are empty are returned.

        Raises:
            WarehouseError: naming the first table that is missing or empty.
        """
        empty = [name for name in tables if name not in self._filled and not self._has_rows(name)]
        for name in empty:
            if name not in self.without:
                remedy = "load it, or name it in WAREHOUSE_WITHOUT if it is rightly empty"
                raise WarehouseError(f"table {name!r} of the warehouse is empty", remedy)
        return tuple(empty)

    def _has_rows(self, name: str) -> bool:
        rows = self.query(f'SELECT 1 AS filled FROM "{name}" LIMIT 1', {})
        self._filled.update({name} if rows else ())
        return bool(rows)

    @cached_property
    def kinds(self) -> Mapping[str, Mapping[str, str]]:
        """The type of each column by its name, as the engine calls it, of each table of the catalogue that is there."""
        spark = self.engine.dialect.name == SPARK
        rows: Iterable[Mapping[str, str]] = columns(self.engine) if spark else self._columns()
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            if self.catalogue.table(row["name"]):
                found.setdefault(row["name"], {})[row["place"]] = str(row["kind"])
        return found

    def _columns(self) -> Rows:
        return self._asked(
            "SELECT table_name AS name, column_name AS place, data_type AS kind FROM information_schema.columns "
            "WHERE table_name IN :names AND table_schema = CURRENT_SCHEMA()",
            {"names": [table.name for table in self.catalogue.tables]},
            TIME_LIMIT_S,
        )

    def _standing_in(self, sql: str) -> str:
        """A query with an empty table in the place of each that it names and that is rightly not there."""
        absent = (table for table in self.catalogue.tables if table.name in self.without - self.kinds.keys())
        given = ", ".join(_nothing(table) for table in absent if re.search(rf"\b{table.name}\b", sql))
        if not given:
            return sql
        return f"WITH {given}, {sql[len(WITH) :]}" if sql.startswith(WITH) else f"WITH {given} {sql}"

    def _asked(self, sql: str, parameters: Mapping[str, Parameter], limit_s: float, most: int = ROW_LIMIT) -> Rows:
        try:
            with self.engine.connect() as connection, _deadline(connection, limit_s):
                limited = connection.execution_options(limit_s=limit_s)
                return _fetch(_execute(limited, translated(sql, self.engine.dialect.name), parameters), most)
        except (SQLAlchemyError, duckdb.Error, SparkFailure) as error:
            raise _scrubbed(error, limit_s) from None


def _nothing(table: Table) -> str:
    """A table of the catalogue without a row, as it stands in a WITH clause."""
    columns = ", ".join(f'CAST(NULL AS {column.type}) AS "{column.name}"' for column in table.columns)
    return f"{table.name} AS (SELECT {columns} WHERE FALSE)"


def duckdb_engine(url: str, **options: Any) -> Engine:  # noqa: ANN401 - whatever an engine takes
    """An engine of DuckDB whose connections are fixed."""
    engine = create_engine(url, **options)
    event.listen(engine, "connect", lambda connection, _: fix(connection))
    return engine


def fix(connection: Any) -> None:  # noqa: ANN401 - what DuckDB or its engine connects
    """Set what a hardened DuckDB has to be running for. Connections to one file share an instance, so that whoever is
    the first fixes it for all."""
    with FIXING:
        if not connection.execute("SELECT CURRENT_SETTING('lock_configuration')").fetchone()[0]:
            for each in FIXED:
                connection.execute(each)


def _engine(url: str) -> Engine:
    scheme, separator, rest = url.partition("://")
    path = rest.removeprefix("/")
    try:
        if scheme != DUCKDB:
            return _server(make_url(url))
        if not Path(path).is_file():
            remedy = "set WAREHOUSE_URL to yours, or build a simulated one with `casework world build --out DIR`"
            raise WarehouseError(f"there is no warehouse at {path!r}", remedy)
        settings = {"read_only": True, "config": dict(HARDENED)}
        return duckdb_engine(url, connect_args=settings, poolclass=QueuePool, pool_size=8, max_overflow=8)
    except (ArgumentError, NoSuchModuleError, ImportError, TypeError, ValueError):
        # The URL itself may hold a password, so only its scheme is named.
        named = scheme if separator else ""
        remedy = "write a SQLAlchemy URL such as 'duckdb:///PATH', a password in %-escapes, and install its driver"
        raise WarehouseError(f"the warehouse URL of scheme {named!r} cannot be used", remedy) from None


def _server(url: URL) -> Engine:
    dialect_of(url.get_backend_name())
    if url.get_backend_name() == SPARK:
        return spark_engine(url)
    return create_engine(url, pool_pre_ping=True, connect_args=_session(url))


def _session(url: URL) -> dict[str, str | int]:
    """What holds for each connection of an engine, whatever its login may do and its URL says: nothing is written,
    nothing runs on or waits for ever, and times are UTC, as `as_of` is."""
    if not url.drivername.startswith(POSTGRES):
        return {}
    asked = url.query.get("options", "")
    ours = {"default_transaction_read_only": "on", "statement_timeout": int(1000 * TIME_LIMIT_S), "TimeZone": "UTC"}
    # Else a backslash of a pattern would be lost, and a text come as bytes.
    ours |= {"standard_conforming_strings": "on", "client_encoding": "UTF8"}
    set_here = (f"-c {name}={value}" for name, value in ours.items())
    options = " ".join((*((asked,) if isinstance(asked, str) else asked), *set_here)).strip()
    return {"options": options, "connect_timeout": int(TIME_LIMIT_S), "tcp_user_timeout": int(2000 * TIME_LIMIT_S)}


@contextmanager
def _deadline(connection: Connection, limit_s: float) -> Iterator[None]:
    """Interrupt the connection's query after `limit_s`, where its driver can be interrupted."""
    driver = connection.connection.driver_connection
    stop = getattr(driver, "interrupt", None) or getattr(driver, "cancel", None)
    if stop is None:
        yield
        return
    timer = threading.Timer(limit_s, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _execute(connection: Connection, sql: str, parameters: Mapping[str, Parameter]) -> CursorResult[Any]:
    if not parameters:
        # As text it would be searched for `:name`, and a question may hold that in a quotation.
        return connection.exec_driver_sql(sql)
    lists = [name for name, value in parameters.items() if isinstance(value, list | tuple)]
    statement = text(sql).bindparams(*(bindparam(name, expanding=True) for name in lists))
    return connection.execute(statement, dict(parameters))


def _fetch(result: CursorResult[Any], most: int) -> Rows:
    values: list[tuple[Any, ...]] = []
    size, largest = 0, most * ROW_BYTES
    while chunk := result.fetchmany(1000):
        values.extend(tuple(map(_plain, row)) for row in chunk)
        size += sum(len(str(cell)) for row in chunk for cell in row)
        if len(values) > most or size > largest:
            limit = f"{most:,} rows or {largest:,} bytes"
            raise WarehouseError(f"the query returned more than {limit}", NARROWER)
    return Rows(tuple(result.keys()), tuple(values))


def _plain(cell: Any) -> Any:  # noqa: ANN401 - whatever a driver returns
    """A cell as DuckDB would give it: times are UTC without saying so, and numbers with a fraction are floats."""
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        return cell.astimezone(UTC).replace(tzinfo=None)
    return float(cell) if isinstance(cell, Decimal) else cell


def _scrubbed(error: Exception, limit_s: float) -> WarehouseError:
    """Turn a driver's error into one that names kinds and tables only: its own text may quote a customer's data."""
    origin = getattr(error, "orig", None) or error
    kind = origin.condition if isinstance(origin, SparkFailure) else type(origin).__name__
    if isinstance(origin, duckdb.InterruptException) or kind == CANCELLED:
        return WarehouseError(f"the query took longer than {limit_s:g} s", NARROWER)
    if isinstance(origin, duckdb.OutOfMemoryException | duckdb.FatalException | duckdb.InternalException):
        return Exhausted("the query wanted more memory than it may have, or broke the engine", NARROWER)
    table = re.search(r"(?:Table with name |table or view `)(\w+)(?: does not exist|` cannot be found)", str(origin))
    if table:
        remedy = "run `casework warehouse check`"
        return WarehouseError(f"the warehouse has no table {table[1]!r}", remedy)
    if isinstance(origin, duckdb.ConnectionException) or "Could not set lock" in str(origin):
        return WarehouseError("the warehouse is being written to", "wait until the writer has closed it")
    if isinstance(origin, duckdb.IOException | duckdb.SerializationException):
        return WarehouseError(
            "the warehouse file cannot be read", "it is damaged or not a DuckDB file: build or copy it again"
        )
    if isinstance(error, OperationalError) and error.statement is None:
        remedy = (
            "check that it runs and accepts your login, and correct WAREHOUSE_URL; the driver's message is withheld"
        )
        return WarehouseError("the warehouse does not answer, or refuses the login", remedy)
    return WarehouseError(f"{FAILED} {kind}", "run `casework warehouse check`; the driver's message is withheld")
