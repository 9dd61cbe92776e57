"""Variants of the rows themselves: their order, keys, currency and time, and rows that are beside the point."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from agent.case import Case
from evals.robustness.variant import Changed, Copy, tables_with, variant
from tools.catalogue import load_catalogue

PEOPLE = ("customer_id", "buyer_id", "seller_id", "lost_by")
THINGS = ("device_id", "chain_address")
BYSTANDERS = 60
ELSEWHERE = "ISL"
"""Where the bystanders live: a country no customer of the simulation comes from, so that they are nobody's peers."""
LATER = timedelta(days=203, hours=5)
IDLE = timedelta(days=45)
"""Before what any query but that of shared devices looks at."""
CENTS_OF = "round(round({usd} / {rate}, 8) * {rate}, 2)"


@variant("same")
def reordered(copy: Copy) -> Changed:
    """Every table holds its rows in another order."""
    for table in load_catalogue().tables:
        copy.rewrite(table.name, {}, order=f"md5(CAST(t AS VARCHAR) || '{copy.rng.integers(1 << 30)}')")
    return copy.cases


@variant("same")
def renumbered(copy: Copy) -> Changed:
    """Customers, cases, devices, addresses and all rows have other ids, in another order."""
    salt = str(copy.rng.integers(1 << 30))
    for table in load_catalogue().tables:
        keys = {column.name for column in table.columns if column.key}
        renamed = [c.name for c in table.columns if c.name in {*keys, *PEOPLE, *THINGS}]
        copy.rewrite(
            table.name, {name: f"left(t.{name}, 1) || left(md5('{salt}' || t.{name}), 12)" for name in renamed}
        )
    return [
        case.model_copy(update={"case_id": _id(salt, case.case_id), "customer_id": _id(salt, case.customer_id)})
        for case in copy.cases
    ]


@variant("same")
def currency(copy: Copy) -> Changed:
    """Every amount was held in another currency of the same value in US dollars."""
    rates = {"EUR": 1.0837, "NGN": 0.00065, "JPY": 0.00671, "BTC": 61_843.25}
    chosen = "list_extract({names}, 1 + CAST(hash(t.asset, t.customer_id) % {n} AS BIGINT))"
    name = chosen.format(names=list(rates), n=len(rates))
    rate = chosen.format(names=list(rates.values()), n=len(rates))
    for table in ("deposits", "withdrawals"):
        copy.rewrite(table, {"asset": name, "amount_usd": CENTS_OF.format(usd="t.amount_usd", rate=rate)})
    return copy.cases


@variant("same")
def later(copy: Copy) -> Changed:
    """Everything happened as many days and hours later, the flag with it."""
    seconds = int(LATER.total_seconds())
    for table in load_catalogue().tables:
        times = [column.name for column in table.columns if column.type == "TIMESTAMP"]
        copy.rewrite(table.name, {name: f"t.{_quoted(name)} + INTERVAL {seconds} SECOND" for name in times})
    return [_later(case) for case in copy.cases]


@variant("same")
def bystanders(copy: Copy) -> Changed:
    """Other customers joined who have nothing to do with anybody, and strangers were listed."""
    subjects = [case.customer_id for case in copy.cases]
    copy.connection.execute(
        "CREATE TEMP TABLE joined AS SELECT customer_id FROM customers WHERE NOT list_contains($1, customer_id)"
        f" ORDER BY md5(customer_id) LIMIT {BYSTANDERS}",
        [subjects],
    )
    for name in tables_with("customer_id"):
        table = load_catalogue().table(name)
        keys = [column.name for column in table.columns if column.key] if table else []
        fresh = {column: f"'N' || {column}" for column in {*keys, "customer_id"}}
        own = {column.name for column in table.columns} if table else set()
        fresh |= {column: f"'N' || {column}" for column in THINGS if column in own}
        fresh |= {"residence_country": f"'{ELSEWHERE}'"} if "residence_country" in own else {}
        fresh |= {"document_number": "'N' || document_number"} if "document_number" in own else {}
        fresh |= {column: f"hash({column})" for column in ("image_hash", "portrait_hash") if column in own}
        fresh |= {"embedding": "list_reverse(embedding)::FLOAT[128]"} if "embedding" in own else {}
        cells = ", ".join(f"{expression} AS {column}" for column, expression in fresh.items())
        copy.connection.execute(
            f"INSERT INTO {name} SELECT * REPLACE ({cells}) FROM {name} WHERE customer_id IN (FROM joined)"
        )
    copy.connection.execute(
        "INSERT INTO watchlist SELECT * REPLACE ('N' || entry_id AS entry_id, reverse(full_name) AS full_name)"
        " FROM watchlist WHERE aliases = '' ORDER BY entry_id LIMIT 50"
    )
    return copy.cases


@variant("same")
def idle_rows(copy: Copy) -> Changed:
    """The account has further rows that no question is about: answers of support, new limits, cancelled withdrawals."""
    for place, case in enumerate(copy.cases):
        at = _moment(case.flagged_at)
        told: dict[str, object] = {"customer_id": case.customer_id, "at": at - timedelta(hours=3)}
        said = {"direction": "agent", "body": "We received your message and will answer."}
        copy.insert("support_messages", told | said | {"message_id": f"N{place}"})
        copy.insert("account_events", told | {"event_id": f"N{place}", "kind": "limit_change"})
        paid = {"asset": "USDT", "amount_usd": 250.0, "method": "bank", "status": "cancelled"}
        copy.insert("withdrawals", told | paid | {"withdrawal_id": f"N{place}"})
        copy.connection.execute(
            'INSERT INTO logins SELECT * REPLACE (\'N\' || login_id AS login_id, "at" + INTERVAL 1 MINUTE AS "at")'
            ' FROM logins WHERE customer_id = $1 AND success AND "at" < $2 ORDER BY "at", login_id LIMIT 1',
            [case.customer_id, at - IDLE],
        )
    return copy.cases


@variant("same", asks_all=True)
def unasked(copy: Copy) -> Changed:
    """Every query of the playbook was asked, whether anything hung on it or not."""
    return copy.cases


def _later(case: Case) -> Case:
    moved = [flag.model_copy(update={"raised_at": _shifted(flag.raised_at)}) for flag in case.flags]
    times = {"flagged_at": _shifted(case.flagged_at), "due_at": _shifted(case.due_at), "flags": tuple(moved)}
    return case.model_copy(update=times)


def _shifted(at: str) -> str:
    return (datetime.fromisoformat(at) + LATER).isoformat()


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at).replace(tzinfo=None)


def _id(salt: str, name: str) -> str:
    return name[0] + hashlib.md5((salt + name).encode(), usedforsecurity=False).hexdigest()[:12]


def _quoted(name: str) -> str:
    return f'"{name}"'
