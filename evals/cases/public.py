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
from agent.intake.entry import DUE
from evals.cases import reading
from evals.cases.reading import Names
from evals.world.build import check_replaceable, write_lines
from evals.world.clock import iso
from evals.world.label import Label
from evals.world.tables import definition
from tools.catalogue import load_catalogue
from tools.evidence import Frozen

Kind = Literal["cards", "amlsim"]
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
OWN = """
CREATE TEMP TABLE own AS SELECT *, md5(customer_id || ':' || $seed) AS turn,
  bool_or(fraud IS TRUE) OVER one AS defrauded, bool_and(fraud IS TRUE) OVER one AS wholly FROM suspects
WINDOW one AS (PARTITION BY customer_id)
QUALIFY row_number() OVER (PARTITION BY customer_id, fraud IS TRUE ORDER BY fraud, foremost DESC, lot) = 1
"""
"""Of each customer the one fraud that may become a case, and the one honest suspect."""
SIDES = """
SELECT count(*) FILTER (wholly), count(*) FILTER (defrauded AND NOT wholly AND fraud), count(*) FILTER (NOT defrauded)
FROM own
"""
CHOSEN = """
WITH frauds AS (FROM own WHERE fraud IS TRUE ORDER BY $scarce AND NOT wholly, turn LIMIT $fraud),
honest AS (FROM own WHERE fraud IS NOT TRUE AND customer_id NOT IN (SELECT customer_id FROM frauds)
  ORDER BY defrauded, turn LIMIT $honest)
SELECT customer_id, flagged, fraud, usd, story FROM (FROM frauds UNION ALL FROM honest) ORDER BY flagged, customer_id
"""
"""Honest suspects of customers who were defrauded besides are taken where there are too few others."""
TABLES: Mapping[Kind, tuple[str, ...]] = {
    "cards": ("customers", "withdrawals"),
    "amlsim": ("customers", "deposits", "withdrawals", "chain_addresses"),
}


class Imported(Frozen):
    """What an import made. `first` and `last` are the days (ISO 8601, UTC) between which money moved in the data."""

    out: str
    cases: int
    fraud: int
    customers: int
    rows: int
    first: str
    last: str


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
        raise AgentError(
            f"{str(source)!r} cannot be read as {kind}: {first}",
            "give --from a CSV or Parquet file of card payments, or AMLSim's folder",
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return done


def _filled(kind: Kind, source: Path, folder: Path, out: Path, n: int, seed: int) -> Imported:
    with reading.connected(folder / "warehouse.duckdb") as connection:
        for table in load_catalogue().tables:
            if table.name in TABLES[kind]:
                connection.execute(definition(table))
        if kind == "cards":
            reading.read(connection, "payments", source, PAYMENT)
            _run(connection, CARDS, seed)
        else:
            _read_transfers(connection, source)
            _run(connection, TRANSFERS, seed)
        chosen = _chosen(connection, source, n, seed)
        rows = [_counted(connection, name) for name in TABLES[kind]]
        first, last = connection.execute('SELECT min("at"), max("at") FROM withdrawals').fetchall()[0]
    cases, labels = _cases(FORMS[kind], chosen)
    fraud = sum(label.is_fraud is True for label in labels)
    write_lines(folder / "cases.jsonl", cases)
    write_lines(folder / "labels.jsonl", labels)
    told = {"kind": kind, "seed": seed, "note": "Imported from public data; the labels are the data's own."}
    (folder / "source.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    made = {"out": str(out), "cases": len(cases), "fraud": fraud, "customers": rows[0], "rows": sum(rows)}
    return Imported.model_validate({**made, "first": str(first)[:10], "last": str(last)[:10]})


def _chosen(connection: duckdb.DuckDBPyConnection, source: Path, n: int, seed: int) -> list[tuple[object, ...]]:
    """What becomes a case, one a customer: half of it fraud, or of all customers where they are too few for that."""
    _run(connection, OWN, seed)
    only, both, never = connection.execute(SIDES).fetchall()[0]
    if not only + both:
        raise AgentError(f"{str(source)!r} contains no fraud", "choose data with cases of both kinds")
    if not both + never:
        raise AgentError(f"{str(source)!r} contains only fraud", "choose data with cases of both kinds")
    if only + both + never == 1:
        raise AgentError(
            f"{str(source)!r} has only one customer", "choose data of several: each gives at most one case"
        )
    fraud = min(n // 2, max(only, (only + both + never + 1) // 2))
    asked = {"fraud": fraud, "honest": n - n // 2, "scarce": never < n - n // 2}
    return connection.execute(CHOSEN, asked).fetchall()


def _read_transfers(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The tables accounts, transfers and alerts: on which day each account was alerted, as alerts or accounts say."""
    nodes = reading.needed(folder, "accounts", "nodes")
    reading.read(connection, "accounts", nodes, ACCOUNT)
    reading.read(connection, "moves", reading.needed(folder, "transactions"), TRANSFER)
    noon = str(BEGINNING + timedelta(hours=12))
    moment = f"TIMESTAMP '{noon}' + to_days(CAST(day AS INTEGER)) AS moment"
    connection.execute(f"CREATE TEMP TABLE transfers AS SELECT *, row_number() OVER () AS number, {moment} FROM moves")
    alerts = reading.found(folder, "alerts")
    if alerts:
        reading.read(connection, "raised", alerts, ALERT)
        connection.execute("CREATE TEMP TABLE ends AS SELECT unnest([source, target]) AS account, day FROM raised")
    elif "fraudstep" in reading.column_names(connection, nodes):
        reading.read(connection, "ends", nodes, {"account": ACCOUNT["account"], "day": ("fraudstep",)})
    else:
        connection.execute("CREATE TEMP TABLE ends (account VARCHAR, day BIGINT)")
    connection.execute(ALERTS.replace("$beginning", noon))


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
            raise AgentError(f"customer {customer!r} has no time for the {form.what}", "correct the data")
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
