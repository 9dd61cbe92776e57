"""The columns of somebody else's CSV or Parquet files, found by their usual names and held to what they must be: a
label is yes or no, a time means one moment, which without a zone of its own is taken for UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from agent.errors import AgentError

Names = Mapping[str, tuple[str, ...]]
"""What a column is called here, and what it may be called in the data, in small letters."""
ENDINGS = (".parquet", ".csv", ".csv.gz", ".csv.zst")
KINDS = {"moment": "TIMESTAMP", "amount": "DOUBLE", "day": "BIGINT"}
LONGEST = 20
"""Characters of a wrong value that a message repeats."""
LABEL = """CASE WHEN {text} IN ('true', 't', 'yes', 'y') OR TRY_CAST({text} AS DOUBLE) = 1 THEN true
  WHEN {text} IN ('false', 'f', 'no', 'n') OR TRY_CAST({text} AS DOUBLE) = 0 THEN false END"""
NUMBERED = r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}\b"
"""A date whose first two numbers could each be the month."""


def connected(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a database at `path` to which times mean the same on every machine."""
    connection = duckdb.connect(str(path))
    connection.execute("SET threads = 2")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def found(folder: Path, *stems: str) -> Path | None:
    """The first file of one of these names, in any form that is read."""
    paths = (folder / f"{stem}{ending}" for stem in stems for ending in ENDINGS)
    return next((path for path in paths if path.is_file()), None)


def needed(folder: Path, *stems: str) -> Path:
    """The same. Raises AgentError where there is none."""
    path = found(folder, *stems)
    if path is None:
        wanted = " or ".join(f"{stem}.csv" for stem in stems)
        raise AgentError(f"folder {str(folder)!r} holds no {wanted}", f"supported endings: {', '.join(ENDINGS)}")
    return path


def column_names(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """The file's own column names by their small letters."""
    return {str(row[0]).lower(): str(row[0]) for row in connection.execute(f"DESCRIBE FROM {_scan(path)}").fetchall()}


def read(connection: duckdb.DuckDBPyConnection, name: str, path: Path, wanted: Names) -> None:
    """A temporary table of a file's wanted columns under our names. Raises AgentError for a column that is missing, a
    label that is neither yes nor no, and dates of which nothing tells day from month."""
    there = column_names(connection, path)
    chosen = {ours: next((there[each] for each in theirs if each in there), None) for ours, theirs in wanted.items()}
    if lacking := [ours for ours, own in chosen.items() if own is None]:
        also = ", ".join(wanted[lacking[0]])
        raise AgentError(f"{str(path)!r} has no column for {lacking[0]!r}", f"name that column one of {also}")
    columns = {ours: str(own) for ours, own in chosen.items()}
    if "fraud" in columns:
        _check_labels(connection, path, columns["fraud"])
    if "moment" in columns and path.suffix != ".parquet":
        _check_dates(connection, path, columns["moment"])
    cells = ", ".join(f"{_cast(ours, own)} AS {ours}" for ours, own in columns.items())
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {cells} FROM {_scan(path)}")


def _check_labels(connection: duckdb.DuckDBPyConnection, path: Path, own: str) -> None:
    text = _text(own)
    strange = f"FROM {_scan(path)} WHERE {text} IS NOT NULL AND {LABEL.format(text=text)} IS NULL"
    example, count = connection.execute(f"SELECT min({text}), count(*) {strange}").fetchall()[0]
    if count:
        held = repr(str(example)[:LONGEST])
        what = f"column {own!r} of {str(path)!r} holds no label in {count} rows: {held} is neither yes nor no"
        raise AgentError(what, "write 1 for fraud and 0 for honest, and leave out rows that nobody labelled")


def _check_dates(connection: duckdb.DuckDBPyConnection, path: Path, own: str) -> None:
    """Refuse dates like 03/01/2024 where in every one either number could be the month, and which of them differs."""
    first, second = (f"TRY_CAST(regexp_extract({_quoted(own)}, '{NUMBERED}', {place}) AS INTEGER)" for place in (1, 2))
    told = connection.execute(
        f"SELECT max({first}), max({second}), bool_or({first} <> {second}) FROM {_scan(path, as_text=True)}"
    ).fetchone()
    if told and told[2] and max(told[0], told[1]) <= 12:
        what = f"column {own!r} of {str(path)!r} has dates in which day and month cannot be told apart"
        raise AgentError(what, "write them as 2024-03-01")


def _scan(path: Path, *, as_text: bool = False) -> str:
    """The table function that reads a file; anything that is not Parquet is taken for CSV, every cell as it is written
    where it is wanted `as_text`."""
    if not path.is_file():
        raise AgentError(f"there is no file {str(path)!r}", "name one with --from")
    quoted = str(path).replace("'", "''")
    if path.suffix == ".parquet":
        return f"read_parquet('{quoted}')"
    return f"read_csv('{quoted}'{', all_varchar = true' if as_text else ''})"


def _cast(ours: str, own: str) -> str:
    if ours == "fraud":
        return LABEL.format(text=_text(own))
    cast = f"CAST({_quoted(own)} AS {KINDS.get(ours, 'VARCHAR')})"
    return f"round({cast}, 2)" if ours == "amount" else cast


def _text(own: str) -> str:
    return f"lower(trim(CAST({_quoted(own)} AS VARCHAR)))"


def _quoted(own: str) -> str:
    return '"' + own.replace('"', '""') + '"'
