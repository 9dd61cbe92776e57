"""Spark SQL as a warehouse: a Thrift server of Spark 4, through SQLAlchemy and pyhive.

pyhive writes parameters into the statement and waits for an answer as long as it takes. Here they are written as
literals that no text can end, every call has a time limit, and a query that takes too long is cancelled.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from tools.errors import NARROWER, WarehouseError

SPARK = "hive"
"""What SQLAlchemy calls the engine, after the protocol that it speaks."""
CALL_LIMIT_S = 20.0
"""Seconds that one call of the server may take. None waits for a query, and the first ones of a server are slow."""
SPARK_LIMIT_S = 60.0
"""Seconds that one query may take: planning it alone takes Spark longer than DuckDB the whole answer."""
VERSION = "4."
SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.thriftServer.queryTimeout": "60",
}
"""What holds for each session whatever the server is set to: times are UTC, as `as_of` is; what overflows or cannot be
cast is an error; a backslash in a text is one where it stands twice; nothing runs on for ever."""
PAUSE_S = (0.005, 0.1)
"""How often a query is looked after: at first, and at last."""
RUNNING, FINISHED, STOPPED = (0, 1, 7), 2, (3, 4, 8)
"""States of a query, after TCLIService.thrift: stopped are those that were cancelled, closed or out of time."""
CONDITION = re.compile(r"\[([A-Z][A-Z0-9_.]+)\]")


class SparkFailure(Exception):
    """A query that failed on the server: its `condition`, as `DIVIDE_BY_ZERO`. Its text may quote a customer's data."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        named = CONDITION.search(message)
        self.condition = named[1] if named else "an unknown condition"


def spark_engine(url: URL) -> Engine:
    """An engine whose connections are held to all of this.

    Raises:
        ValueError, TypeError: the URL says what is not known here, as another way to log in.
    """
    if url.get_driver_name() != "thrift" or dict(url.query) not in ({}, {"auth": "NOSASL"}):
        raise ValueError("hive://USER@HOST:PORT/DATABASE, and auth=NOSASL at most")
    # A name with a point, as facts have, would be cut at it.
    engine = create_engine(url, execution_options={"hive_raw_colnames": True})
    event.listen(engine, "do_connect", lambda *_: _connected(url))
    event.listen(engine, "do_execute", _executed)
    event.listen(engine, "handle_error", _on_error)
    event.listen(engine, "checkout", lambda connection, *_: _alive(connection))
    return engine


def columns(engine: Engine) -> list[dict[str, str]]:
    """Name of the table, place and kind of every column of the database; Spark has no information schema."""
    from pyhive import hive
    from TCLIService import ttypes

    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        database = engine.url.database or "default"
        request = ttypes.TGetColumnsReq(driver.sessionHandle, schemaName=database)
        cursor = driver.cursor()
        with _answering():
            answer = driver.client.GetColumns(request)
            hive._check_status(answer)
            cursor._operationHandle, cursor._state = answer.operationHandle, cursor._STATE_RUNNING
            rows = cursor.fetchall()
            cursor.close()
    return [{"name": r[2], "place": r[3], "kind": r[5]} for r in rows if r[1].lower() == database.lower()]


def literal(value: Any) -> str:  # noqa: ANN401 - whatever may be bound
    """A value as Spark reads it back. A text stands as its bytes: no sign in it, and no setting of the server, can end
    it or change it. A number is of 64 bits, as it is in DuckDB, and never a decimal, which Spark rounds."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() if -(1 << 63) < value < 1 << 63:
            return f"CAST({value} AS BIGINT)"
        case float() if math.isfinite(value):
            return f"CAST({value!r} AS DOUBLE)"
        case datetime():
            moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return f"TIMESTAMP_NTZ '{moment.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return f"CAST(X'{value.encode().hex()}' AS STRING)"
    raise WarehouseError(f"a {type(value).__name__} cannot be asked for", "ask for a number, a text or a time")


def _connected(url: URL) -> Any:  # noqa: ANN401 - pyhive has no types
    from pyhive import hive

    # One logs each statement, and with it whom it is about; the other says once more what is raised.
    logging.getLogger("pyhive").setLevel(logging.WARNING)
    logging.getLogger("thrift").setLevel(logging.CRITICAL)
    with _answering():
        connection = hive.Connection(
            thrift_transport=_transport(url),
            username=url.username,
            database=url.database or "default",
            configuration={f"set:hiveconf:{name}": value for name, value in SESSION.items()},
        )
        engine, version = _info(connection, "CLI_DBMS_NAME"), _info(connection, "CLI_DBMS_VER")
    if engine != "Spark SQL" or not version.startswith(VERSION):
        connection.close()
        what = f"the server of the warehouse is {engine} {version}, and may answer differently"
        raise WarehouseError(what, f"use Spark SQL {VERSION}x, DuckDB or PostgreSQL")
    return connection


def _transport(url: URL) -> Any:  # noqa: ANN401 - thrift has no types
    """A connection that waits no longer than it may: pyhive's own has no limit."""
    import thrift_sasl
    from pyhive.sasl_compat import PureSASLClient
    from thrift.transport.TSocket import TSocket
    from thrift.transport.TTransport import TBufferedTransport

    socket = TSocket(url.host, url.port or 10000)
    socket.setTimeout(1000 * CALL_LIMIT_S)
    if url.query.get("auth") == "NOSASL":
        return TBufferedTransport(socket)
    login = {"username": url.username or "casework", "password": url.password or "none"}
    return thrift_sasl.TSaslClientTransport(lambda: PureSASLClient(url.host, **login), "PLAIN", socket)


def _info(connection: Any, name: str) -> str:  # noqa: ANN401 - pyhive has no types
    from TCLIService import ttypes

    request = ttypes.TGetInfoReq(connection.sessionHandle, getattr(ttypes.TGetInfoType, name))
    return str(connection.client.GetInfo(request).infoValue.stringValue)


def _alive(connection: Any) -> None:  # noqa: ANN401 - pyhive has no types
    """Have the pool connect again where the server has dropped a connection; a query as a test would take long."""
    try:
        with _answering():
            _info(connection, "CLI_DBMS_NAME")
    except WarehouseError as error:
        raise DisconnectionError from error


def _executed(cursor: Any, statement: str, parameters: Mapping[str, Any], context: Any) -> bool:  # noqa: ANN401
    """Run a statement with its parameters as literals, for as long as it may take."""
    limit_s = float(context.execution_options["limit_s"])
    given = {name: literal(value) for name, value in parameters.items()}
    ends, pause = time.monotonic() + limit_s, PAUSE_S[0]
    with _answering():
        cursor.execute(statement % given if given else statement, async_=True)
        while (found := cursor.poll(False)).operationState in RUNNING:
            if time.monotonic() > ends:
                cursor.cancel()
                raise _late(limit_s)
            time.sleep(pause)
            pause = min(2 * pause, PAUSE_S[1])
    if found.operationState in STOPPED:
        raise _late(limit_s)
    if found.operationState != FINISHED:
        raise SparkFailure(found.errorMessage or "")
    return True


def _late(limit_s: float) -> WarehouseError:
    return WarehouseError(f"the query took longer than {limit_s:g} s", NARROWER)


@contextmanager
def _answering() -> Iterator[None]:
    """Turn what a broken connection raises, each layer its own, into one error."""
    from pyhive.exc import Error
    from thrift.Thrift import TException

    try:
        yield
    except (Error, TException, OSError, EOFError, AssertionError, ValueError) as error:
        raise _silent() from error


def _silent() -> WarehouseError:
    remedy = "check that it runs and accepts your login, and correct WAREHOUSE_URL; the driver's message is withheld"
    return WarehouseError("the warehouse does not answer, or refuses the login", remedy)


def _on_error(context: Any) -> None:  # noqa: ANN401 - an ExceptionContext
    """What is raised while rows are fetched, and a connection that is of no use any more."""
    error = context.original_exception
    known = isinstance(error, WarehouseError | SparkFailure)
    context.is_disconnect = not known or str(error) == str(_silent())
    if not known:
        raise _silent() from error
