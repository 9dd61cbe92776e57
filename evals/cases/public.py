"""Public data that a user has on disk, turned into labelled cases: card payments, and transfers between accounts.

    cards    one CSV or Parquet file with a row a payment, as the Fraud Detection Handbook simulates them
    amlsim   a folder with accounts (or nodes), transactions and perhaps alerts, CSV or Parquet, as IBM's AMLSim writes

The label is the data's own. Only what the data tells goes into the warehouse; a table that it says nothing of is not
made, so that a review finds its facts unknown and never clean. Both simulations begin with all accounts open, so
`created_at` is the first moment of the data: an account is at least that old. A label knows nobody's opinion: all
three reviewers are said to agree with it, so that no ceiling can be read off such a set. An account of AMLSim is
flagged on the day of its alert, or what comes nearest to one, an honest one on any day on which it moved money; at
stake is what it moved on that day.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import ValidationError

from agent.case import Case, CaseType, Flag
from agent.errors import AgentError, CaseworkError, because
from evals.world.build import DUE, check_replaceable, write_lines
from evals.world.clock import iso
from evals.world.label import Label
from evals.world.tables import definition
from tools.catalogue import load_catalogue
from tools.evidence import Frozen

Kind = Literal["cards", "amlsim"]
Names = Mapping[str, tuple[str, ...]]
ENDINGS = (".parquet", ".csv", ".csv.gz", ".csv.zst")
FIRST_CASE = 1001
BEGINNING = datetime(2024, 1, 1)  # noqa: DTZ001  the warehouse keeps UTC without a zone
"""Day 0 of AMLSim, whose time is a number of days."""

PAYMENT: Names = {
    "payment": ("transaction_id",),
    "moment": ("tx_datetime", "datetime"),
    "customer": ("customer_id",),
    "terminal": ("terminal_id",),
    "amount": ("tx_amount", "amount"),
    "fraud": ("tx_fraud", "is_fraud"),
}
ACCOUNT: Names = {"account": ("account_id", "nodeid", "acct_id"), "fraud": ("is_fraud", "isfraud")}
TRANSFER: Names = {
    "source": ("sender_account_id", "sourcenodeid", "orig_acct"),
    "target": ("receiver_account_id", "targetnodeid", "bene_acct"),
    "amount": ("tx_amount", "value", "base_amt"),
    "day": ("timestamp", "time", "step"),
}
ALERT: Names = {name: TRANSFER[name] for name in ("source", "target", "day")}
"""What a column is called here, and what it may be called in the data, in small letters."""

CARDS = """
INSERT INTO customers BY NAME SELECT DISTINCT 'K' || customer AS customer_id,
  (SELECT min(moment) FROM payments) AS created_at FROM payments;
INSERT INTO withdrawals BY NAME SELECT 'W' || payment AS withdrawal_id, 'K' || customer AS customer_id, moment AS "at",
  amount AS amount_usd, 'card' AS method, 'terminal ' || terminal AS device_id, 'completed' AS status
  FROM payments ORDER BY customer_id, "at";
CREATE TEMP TABLE suspects AS SELECT 'K' || customer AS customer_id, moment AS flagged, fraud, amount AS usd,
  true AS foremost, 'card_' || CASE WHEN fraud THEN 'fraud' ELSE 'honest' END AS story,
  md5(payment || ':' || $seed) AS lot FROM payments;
"""
TRANSFERS = """
INSERT INTO customers BY NAME SELECT 'A' || account AS customer_id,
  (SELECT min(moment) FROM transfers) AS created_at FROM accounts;
INSERT INTO deposits BY NAME SELECT 'D' || number AS deposit_id, 'A' || target AS customer_id, moment AS "at",
  amount AS amount_usd, 'chain' AS method, 'A' || source AS chain_address FROM transfers ORDER BY customer_id, "at";
INSERT INTO withdrawals BY NAME SELECT 'W' || number AS withdrawal_id, 'A' || source AS customer_id, moment AS "at",
  amount AS amount_usd, 'chain' AS method, 'A' || target AS chain_address, 'completed' AS status
  FROM transfers ORDER BY customer_id, "at";
INSERT INTO chain_addresses BY NAME SELECT DISTINCT chain_address FROM (
  SELECT chain_address FROM deposits UNION ALL SELECT chain_address FROM withdrawals) ORDER BY 1;
CREATE TEMP TABLE suspects AS SELECT customer_id, m."at" + INTERVAL 11 HOUR AS flagged, fraud, usd,
  fraud AND coalesce(alerted = m."at", false) AS foremost,
  'transfers_' || CASE WHEN fraud THEN 'fraud' ELSE 'honest' END AS story,
  md5(customer_id || ':' || m."at" || ':' || $seed) AS lot
  FROM accounts JOIN (
    SELECT customer_id, "at", sum(amount_usd) AS usd FROM (
      FROM deposits SELECT customer_id, "at", amount_usd UNION ALL
      FROM withdrawals SELECT customer_id, "at", amount_usd) GROUP BY ALL) m
    ON customer_id = 'A' || account LEFT JOIN alerts USING (account);
"""
ALERTS = """
CREATE TEMP TABLE alerts AS
WITH own AS (SELECT * FROM ends WHERE day >= 0), guessed AS (
  SELECT account, day, 2 AS sure FROM own
  UNION ALL
  SELECT target, moves.day, 1 FROM own JOIN moves ON source = account AND moves.day = own.day
  UNION ALL
  SELECT unnest([source, target]), day, 0 FROM moves
  WHERE source IN (SELECT account FROM accounts WHERE fraud) AND target IN (SELECT account FROM accounts WHERE fraud)
)
SELECT account, TIMESTAMP '$beginning' + to_days(CAST(day AS INTEGER)) AS alerted FROM guessed
QUALIFY row_number() OVER (PARTITION BY account ORDER BY sure DESC, day DESC) = 1
"""
"""A fraud that has no day of its own is flagged with the one that paid it on its day, or else on the last day on which
money passed between it and another fraud."""
CHOSEN = """
SELECT customer_id, flagged, fraud, usd, story FROM (
  SELECT *, row_number() OVER (PARTITION BY fraud ORDER BY md5(customer_id || ':' || $seed)) AS turn FROM (
    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY fraud DESC, foremost DESC, lot) AS own
    FROM suspects) WHERE own = 1)
WHERE turn <= CASE WHEN fraud THEN $fraud ELSE $honest END ORDER BY flagged, customer_id
"""
TABLES: Mapping[Kind, tuple[str, ...]] = {
    "cards": ("customers", "withdrawals"),
    "amlsim": ("customers", "deposits", "withdrawals", "chain_addresses"),
}


class Imported(Frozen):
    """What an import made."""

    out: str
    cases: int
    fraud: int
    customers: int
    rows: int


@dataclass(frozen=True)
class Form:
    """How the cases of one kind of data are called."""

    letter: str
    type: CaseType
    flag: str
    what: str


FORMS: Mapping[Kind, Form] = {
    "cards": Form("K", "transactions", "card_payment", "payment"),
    "amlsim": Form("A", "ring", "transfer_pattern", "account"),
}


def imported(kind: Kind, source: Path, out: Path, *, n: int, seed: int = 7) -> Imported:
    """Make the folder `out` of `n` cases at most, half of them fraud, one a customer, drawn by `seed`.

    Raises:
        AgentError: a file or a column is missing, does not read, or there is no fraud or nothing else.
        CaseworkError: `out` holds something that no import made.
    """
    out = out.resolve()
    check_replaceable(out)
    making = out.with_name(f"{out.name}.building")
    shutil.rmtree(making, ignore_errors=True)
    try:
        (making / "files").mkdir(parents=True)
        done = _filled(kind, source, making, out, n, seed)
        shutil.rmtree(out, ignore_errors=True)
        making.rename(out)
    except OSError as error:
        raise CaseworkError(f"folder {str(out)!r}: {because(error)}", "choose another --out") from error
    except duckdb.Error as error:
        first = str(error).partition("\n")[0]
        raise AgentError(f"{str(source)!r} does not read as {kind}: {first}", "see evals/cases/public.py") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return done


def _filled(kind: Kind, source: Path, folder: Path, out: Path, n: int, seed: int) -> Imported:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("SET threads = 2")
        for table in load_catalogue().tables:
            if table.name in TABLES[kind]:
                connection.execute(definition(table))
        if kind == "cards":
            _read(connection, "payments", source, PAYMENT)
            _run(connection, CARDS, seed)
        else:
            _read_transfers(connection, source)
            _run(connection, TRANSFERS, seed)
        chosen = connection.execute(CHOSEN, {"fraud": n // 2, "honest": n - n // 2, "seed": seed}).fetchall()
        rows = [_counted(connection, name) for name in TABLES[kind]]
    cases, labels = _cases(FORMS[kind], chosen)
    fraud = sum(label.is_fraud for label in labels)
    if fraud in (0, len(labels)):
        raise AgentError(f"{str(source)!r} labels no fraud, or nothing else", "take data with cases of both kinds")
    write_lines(folder / "cases.jsonl", cases)
    write_lines(folder / "labels.jsonl", labels)
    told = {"kind": kind, "seed": seed, "note": "Imported from public data; the labels are the data's own."}
    (folder / "source.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    return Imported(out=str(out), cases=len(cases), fraud=fraud, customers=rows[0], rows=sum(rows))


def _read_transfers(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The tables accounts, transfers and alerts: on which day each account was alerted, as alerts or accounts say."""
    nodes = _needed(folder, "accounts", "nodes")
    _read(connection, "accounts", nodes, ACCOUNT)
    _read(connection, "moves", _needed(folder, "transactions"), TRANSFER)
    noon = str(BEGINNING + timedelta(hours=12))
    moment = f"TIMESTAMP '{noon}' + to_days(CAST(day AS INTEGER)) AS moment"
    connection.execute(f"CREATE TEMP TABLE transfers AS SELECT *, row_number() OVER () AS number, {moment} FROM moves")
    alerts = _found(folder, "alerts")
    if alerts:
        _read(connection, "raised", alerts, ALERT)
        connection.execute("CREATE TEMP TABLE ends AS SELECT unnest([source, target]) AS account, day FROM raised")
    elif "fraudstep" in _columns(connection, nodes):
        _read(connection, "ends", nodes, {"account": ACCOUNT["account"], "day": ("fraudstep",)})
    else:
        connection.execute("CREATE TEMP TABLE ends (account VARCHAR, day BIGINT)")
    connection.execute(ALERTS.replace("$beginning", noon))


def _found(folder: Path, *stems: str) -> Path | None:
    """The first file of one of these names, in any form that is read."""
    paths = (folder / f"{stem}{ending}" for stem in stems for ending in ENDINGS)
    return next((path for path in paths if path.is_file()), None)


def _needed(folder: Path, *stems: str) -> Path:
    path = _found(folder, *stems)
    if path is None:
        wanted = " or ".join(f"{stem}.csv" for stem in stems)
        raise AgentError(f"folder {str(folder)!r} holds no {wanted}", f"endings that are read: {', '.join(ENDINGS)}")
    return path


def _scan(path: Path) -> str:
    """The table function that reads a file; anything that is not Parquet is taken for CSV."""
    if not path.is_file():
        raise AgentError(f"there is no file {str(path)!r}", "name one with --from")
    quoted = str(path).replace("'", "''")
    return f"read_parquet('{quoted}')" if path.suffix == ".parquet" else f"read_csv('{quoted}')"


def _columns(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """The file's own column names by their small letters."""
    return {str(row[0]).lower(): str(row[0]) for row in connection.execute(f"DESCRIBE FROM {_scan(path)}").fetchall()}


def _read(connection: duckdb.DuckDBPyConnection, name: str, path: Path, wanted: Names) -> None:
    """A temporary table of a file's wanted columns under our names."""
    there = _columns(connection, path)
    chosen = {ours: next((there[each] for each in theirs if each in there), None) for ours, theirs in wanted.items()}
    if lacking := [ours for ours, own in chosen.items() if own is None]:
        also = ", ".join(wanted[lacking[0]])
        raise AgentError(f"{str(path)!r} has no column for {lacking[0]!r}", f"it is read from one called {also}")
    cells = ", ".join(f"{_cast(ours, str(own))} AS {ours}" for ours, own in chosen.items())
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {cells} FROM {_scan(path)}")


def _cast(ours: str, own: str) -> str:
    kinds = {"moment": "TIMESTAMP", "amount": "DOUBLE", "fraud": "BOOLEAN", "day": "BIGINT"}
    cast = f'CAST("{own}" AS {kinds.get(ours, "VARCHAR")})'
    return f"round({cast}, 2)" if ours == "amount" else cast


def _run(connection: duckdb.DuckDBPyConnection, script: str, seed: int) -> None:
    for statement in script.strip().rstrip(";").split(";\n"):
        connection.execute(statement.replace("$seed", str(seed)))


def _counted(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _cases(form: Form, chosen: Iterable[Sequence[object]]) -> tuple[list[Case], list[Label]]:
    cases, labels = [], []
    for number, (customer, flagged, fraud, usd, story) in enumerate(chosen, FIRST_CASE):
        if not isinstance(flagged, datetime):
            raise AgentError(f"customer {customer!r} has no time of the {form.what}", "correct the data")
        fields = {"case_id": f"{form.letter}-{number}", "customer_id": customer}
        ideal = "escalate" if fraud else "approve"
        try:
            raised = iso(flagged.replace(microsecond=0) + timedelta(seconds=1))
            cases.append(Case.model_validate({
                **fields, "type": form.type, "flagged_at": raised, "due_at": iso(flagged + DUE[form.type]),
                "flags": [Flag(code=form.flag, raised_at=raised)], "exposure_usd": usd, "source": ".",
            }))  # fmt: skip
            labels.append(Label.model_validate({
                **fields, "story": story, "is_fraud": fraud, "ideal": ideal, "proof": (), "intolerable": fraud,
                "doubt": 0.0, "reviewers": (ideal,) * 3,
                "what_happened": f"The data labels this {form.what} as {'fraud' if fraud else 'honest'}.",
            }))  # fmt: skip
        except (ValidationError, OverflowError) as error:
            what = f"the {form.what} of customer {customer!r} has no amount, time or label that a case can have"
            raise AgentError(what, "correct the data, or leave that row out") from error
    return cases, labels
