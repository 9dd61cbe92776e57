"""A Thrift server of Spark of the test run's own, and a warehouse of DuckDB carried over to it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tools.catalogue import Column, load_catalogue
from tools.spark import SESSION

PATIENCE_S, LONG_S = 900, 600
"""How long a server may take to start, and a query: minutes where the machine is busy with other things."""
SERVER = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
# Set to what would change answers, as nothing here may rest on the settings of a server.
ODD = {
    "spark.sql.session.timeZone": "Asia/Tokyo",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.caseSensitive": "true",
}
SMALL = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1", "spark.driver.host": "127.0.0.1"}
HOME = Path(sys.executable).parents[1] / "spark"
"""Where `make test-spark` puts pyspark: an environment of its own, as the server is no part of casework."""


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a server that stops with the tests."""
    submit = next(HOME.glob("lib/python*/site-packages/pyspark/bin/spark-submit"), None)
    if submit is None or shutil.which("java") is None:
        pytest.skip("needs Java 17 or newer and `make test-spark`, which installs Spark")
    folder = tmp_path_factory.mktemp("spark")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    set_here = ODD | SMALL | {"spark.sql.warehouse.dir": str(folder / "warehouse")}
    options = [part for name, value in set_here.items() for part in ("--conf", f"{name}={value}")]
    hive = {
        "hive.server2.thrift.port": str(port),
        "hive.server2.thrift.bind.host": "127.0.0.1",
        "javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
    }
    command = [str(submit), "--class", SERVER, "--master", "local[1]", "--driver-memory", "1g"]
    command += [*options, "spark-internal"]
    command += [part for name, value in hive.items() for part in ("--hiveconf", f"{name}={value}")]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        _await(server, port, folder / "log")
        with pytest.MonkeyPatch.context() as patched:
            # A machine that is busy with other things answers all the same.
            patched.setattr("tools.warehouse.SPARK_LIMIT_S", LONG_S)
            patched.setitem(SESSION, "spark.sql.thriftServer.queryTimeout", str(LONG_S))
            yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def _await(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends and server.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    pytest.fail(f"Spark did not start in {PATIENCE_S} s: {log.read_text()[-2000:]}")


def carried_over(warehouse: Path, server: str, name: str, folder: Path, clock: str = "TIMESTAMP") -> str:
    """Make every table of the catalogue one of a new database of the server, times in columns of the kind `clock`: of
    Parquet, as DuckDB writes it. The SQLAlchemy URL of that database."""
    from pyhive import hive

    shutil.copy(warehouse, folder / "source.duckdb")
    host, port = server.split(":")
    with (
        closing(hive.connect(host, int(port), username="tests")) as connection,
        closing(connection.cursor()) as target,
        duckdb.connect(str(folder / "source.duckdb"), read_only=True) as source,
    ):
        target.execute(f"CREATE DATABASE {name}")
        source.execute("SET TimeZone = 'UTC'")
        for table in load_catalogue().tables:
            (at := folder / table.name).mkdir()
            cells = ", ".join(_cell(column, clock) for column in table.columns)
            source.execute(f"""COPY (SELECT {cells} FROM "{table.name}") TO '{at}/rows.parquet' (FORMAT parquet)""")
            target.execute(f"CREATE TABLE {name}.{table.name} USING parquet LOCATION '{at}'")
    return f"hive://tests@{server}/{name}"


def _cell(column: Column, clock: str) -> str:
    """A column as Spark has it: no unsigned numbers, but the same 64 bits read with a sign; times of either kind."""
    named = f'"{column.name}"'
    match column.type:
        case "UBIGINT":
            whole, half = 1 << 64, 1 << 63
            return f"CAST({named}::HUGEINT - CASE WHEN {named} >= {half} THEN {whole} ELSE 0 END AS BIGINT) AS {named}"
        case "TIMESTAMP":
            return f"CAST({named} AS {clock}) AS {named}"
        case "FLOAT[128]":
            return f"CAST({named} AS FLOAT[]) AS {named}"
    return named
