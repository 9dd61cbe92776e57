"""Public data in, labelled cases out: columns by their usual names, unknown tables left out, the data's own labels."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import duckdb
import pytest

from agent.desk import Source, open_sources, policy_for, read_source
from agent.errors import AgentError, CaseworkError
from agent.settings import Settings
from evals.cases import opened
from evals.cases.public import imported
from tools.call import call_tool
from tools.evidence import Evidence, Unavailable
from tools.registry import all_tools

MONDAY = datetime(2025, 3, 3, 9, 0)  # noqa: DTZ001
ACCOUNTS, TRANSFERS = "ACCOUNT_ID,IS_FRAUD", "SENDER_ACCOUNT_ID,RECEIVER_ACCOUNT_ID,TX_AMOUNT,TIMESTAMP"
HEAD = "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD\n"


def payments(path):
    """Ten customers with four payments each; the last one of every odd customer is fraud."""
    rows = [
        f"{4 * customer + turn},{MONDAY + timedelta(days=turn, minutes=customer)},{customer},{turn},"
        f"{10 + customer}.{turn}5,{int(customer % 2 == 1 and turn == 3)}"
        for customer in range(10)
        for turn in range(4)
    ]
    path.write_text(HEAD + "\n".join(rows) + "\n")
    return path


def amlsim(folder, accounts=ACCOUNTS, transfers=TRANSFERS):
    """Eight accounts; every odd one is fraud and passes on to its neighbour what came the day before."""
    folder.mkdir()
    (folder / "accounts.csv").write_text("\n".join([accounts, *(f"{n},{n % 2}" for n in range(8))]) + "\n")
    rows = [f"{n},{(n + step) % 8},{100 * step + n}.5,{n + 3 * step - 3}" for step in (1, 2) for n in range(8)]
    (folder / "transactions.csv").write_text("\n".join([transfers, *rows]) + "\n")
    return folder


def asked(case, tool):
    settings = Settings()
    sources = open_sources(case.source, settings, policy_for(case.source, settings))
    return call_tool(all_tools()[tool], "E1", case.subject, sources)


@pytest.fixture
def cards(tmp_path):
    done = imported("cards", payments(tmp_path / "payments.csv"), tmp_path / "cards", n=6)
    return done, opened(str(tmp_path / "cards"), tmp_path)


def test_card_payments_become_cases_of_distinct_customers_half_of_them_fraud(cards):
    done, found = cards
    assert (done.cases, done.fraud, done.customers, done.rows) == (6, 3, 10, 50)
    assert len({case.customer_id for case in found.cases}) == 6
    for case, label in zip(found.cases, found.labels, strict=True):
        assert label.is_fraud == bool(int(case.customer_id[1:]) % 2)
        assert label.ideal == ("escalate" if label.is_fraud else "approve")
        assert set(label.reviewers) == {label.ideal}
        assert (case.type, case.flags[0].code) == ("transactions", "card_payment")
        assert case.exposure_usd > 10


def test_a_fraudulent_payment_is_the_one_that_is_flagged(cards):
    _, found = cards
    for case, label in zip(found.cases, found.labels, strict=True):
        if label.is_fraud:
            flagged = datetime.fromisoformat(case.flagged_at).replace(tzinfo=None)
            assert flagged == MONDAY + timedelta(days=3, minutes=int(case.customer_id[1:]), seconds=1)


def test_what_the_data_does_not_tell_is_unknown_to_a_review(cards):
    _, found = cards
    unknown = asked(found.cases[0], "sql.shared_devices")
    assert isinstance(unknown, Unavailable)
    age = asked(found.cases[0], "sql.account_age")
    assert isinstance(age, Evidence)
    assert {fact.name for fact in age.facts} == {"account.age_days"}


def test_the_source_says_where_it_comes_from(cards):
    _, found = cards
    assert read_source(found.cases[0].source) == Source(
        kind="cards", seed=7, note="Imported from public data; the labels are the data's own."
    )


def test_parquet_gives_what_csv_gives(cards, tmp_path):
    csv, parquet = tmp_path / "payments.csv", tmp_path / "payments.parquet"
    duckdb.execute(f"COPY (FROM '{csv}') TO '{parquet}'")
    imported("cards", parquet, tmp_path / "other", n=6)
    for name in ("cases.jsonl", "labels.jsonl"):
        assert (tmp_path / "other" / name).read_text() == (tmp_path / "cards" / name).read_text()


def test_equal_seeds_take_equal_cases_and_others_do_not(cards, tmp_path):
    texts = []
    for seed in (7, 8):
        imported("cards", tmp_path / "payments.csv", tmp_path / "again", n=6, seed=seed)
        texts.append((tmp_path / "again/labels.jsonl").read_text())
    assert texts[0] == (tmp_path / "cards/labels.jsonl").read_text()
    assert texts[1] != texts[0]


@pytest.mark.parametrize(
    ("accounts", "transfers"),
    [(ACCOUNTS, TRANSFERS), ("nodeid,isFraud", "sourceNodeId,targetNodeId,value,time")],
)
def test_transfers_become_rings_that_the_playbook_can_be_asked_about(tmp_path, accounts, transfers):
    done = imported("amlsim", amlsim(tmp_path / "aml", accounts, transfers), tmp_path / "out", n=8)
    assert (done.cases, done.fraud, done.customers) == (8, 4, 8)
    found = opened(str(tmp_path / "out"), tmp_path)
    assert {case.type for case in found.cases} == {"ring"}
    case = found.cases[-1]
    passed = asked(case, "sql.in_out_latency")
    assert isinstance(passed, Evidence)
    risk = asked(case, "sql.counterparty_risk")
    assert "counterparty.max_risk" not in {fact.name for fact in risk.facts}
    assert isinstance(asked(case, "sql.shared_addresses"), Unavailable)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_times_with_a_zone_are_the_same_moments_on_every_machine(tmp_path, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    path = payments(tmp_path / "payments.csv")
    path.write_text(path.read_text().replace("2025-03-06 09:01:00", "2025-03-06T09:01:00Z").replace(":00,", ":00Z,"))
    imported("cards", path, tmp_path / "out", n=6)
    moments = {case.customer_id: case.flagged_at for case in opened(str(tmp_path / "out"), tmp_path).cases}
    fraud = [(name, at) for name, at in moments.items() if int(name[1:]) % 2]
    assert fraud == [(name, f"2025-03-06T09:{int(name[1:]):02d}:01+00:00") for name, _ in fraud]


@pytest.mark.parametrize("label", ["-1", "0.2", "2", "maybe"])
def test_a_label_that_is_neither_yes_nor_no_is_refused(tmp_path, label):
    path = payments(tmp_path / "payments.csv")
    path.write_text(path.read_text().replace(",1\n", f",{label}\n"))
    with pytest.raises(AgentError, match=f"column 'TX_FRAUD' of .* holds no label in 5 rows: '{label}' is neither"):
        imported("cards", path, tmp_path / "out", n=6)


@pytest.mark.parametrize(("yes", "no"), [("1.0", "0.0"), ("true", "false"), ("Yes", "No"), ("T", "F"), ("y", "n")])
def test_labels_may_be_written_in_the_usual_ways(cards, tmp_path, yes, no):
    path = tmp_path / "payments.csv"
    path.write_text(path.read_text().replace(",1\n", f",{yes}\n").replace(",0\n", f",{no}\n"))
    imported("cards", path, tmp_path / "other", n=6)
    assert (tmp_path / "other/labels.jsonl").read_text() == (tmp_path / "cards/labels.jsonl").read_text()


def test_dates_that_may_be_read_two_ways_are_refused_and_others_tell_the_period(tmp_path):
    path = payments(tmp_path / "payments.csv")
    text = path.read_text()
    path.write_text(re.sub(r"2025-(\d\d)-(\d\d)", r"\1/\2/2025", text))
    with pytest.raises(AgentError, match="day and month cannot be told apart; write them as 2024-03-01"):
        imported("cards", path, tmp_path / "out", n=6)
    path.write_text(re.sub(r"2025-03-0(\d)", r"2\1/03/2025", text))
    done = imported("cards", path, tmp_path / "out", n=6)
    assert (done.first, done.last) == ("2025-03-23", "2025-03-26")


def test_an_honest_payment_of_a_defrauded_customer_may_become_a_case(tmp_path):
    """Where every customer was defrauded once, some of them stand for an honest payment, none for two."""
    path = payments(tmp_path / "payments.csv")
    rows = path.read_text().splitlines()
    path.write_text("\n".join(f"{row[:-1]}1" if row.split(",")[3] == "3" else row for row in rows) + "\n")
    done = imported("cards", path, tmp_path / "out", n=20)
    assert (done.cases, done.fraud) == (10, 5)
    found = opened(str(tmp_path / "out"), tmp_path)
    assert len({case.customer_id for case in found.cases}) == 10


def test_one_customer_is_no_set(tmp_path):
    path = payments(tmp_path / "payments.csv")
    rows = path.read_text().splitlines()
    path.write_text("\n".join([rows[0], *(row for row in rows if row.split(",")[2] == "1")]) + "\n")
    with pytest.raises(AgentError, match="has only one customer; choose data of several"):
        imported("cards", path, tmp_path / "out", n=4)


def test_an_alerted_account_is_flagged_on_the_day_of_its_alert(tmp_path):
    folder = amlsim(tmp_path / "aml")
    rows = [f"{n},{(n + 1) % 8},{n}" for n in (1, 3, 5)]
    (folder / "alerts.csv").write_text("\n".join(["SENDER_ACCOUNT_ID,RECEIVER_ACCOUNT_ID,TIMESTAMP", *rows]) + "\n")
    imported("amlsim", folder, tmp_path / "out", n=8)
    flagged = {case.customer_id: case.flagged_at[:10] for case in opened(str(tmp_path / "out"), tmp_path).cases}
    assert {name: flagged[name] for name in ("A1", "A3", "A5")} == {
        "A1": "2024-01-02", "A3": "2024-01-04", "A5": "2024-01-06",
    }  # fmt: skip


def test_a_fraud_without_a_day_of_its_own_is_flagged_with_those_it_belongs_to(tmp_path):
    """A1 was alerted on day 3, when it paid A3; A5 and A7 are known by what passed between them last."""
    folder = amlsim(tmp_path / "aml")
    alerted = "nodeid,isFraud,fraudStep\n" + "\n".join(f"{n},{n % 2},{4 if n == 1 else -1}" for n in range(8)) + "\n"
    (folder / "accounts.csv").write_text(alerted)
    imported("amlsim", folder, tmp_path / "out", n=8)
    cases = {case.customer_id: case for case in opened(str(tmp_path / "out"), tmp_path).cases}
    assert {name: cases[name].flagged_at[:10] for name in ("A1", "A3", "A5", "A7")} == {
        "A1": "2024-01-05", "A3": "2024-01-05", "A5": "2024-01-09", "A7": "2024-01-11",
    }  # fmt: skip
    assert cases["A7"].exposure_usd == pytest.approx(207.5)


def test_a_column_that_is_missing_is_named_with_the_names_it_may_have(tmp_path):
    path = payments(tmp_path / "payments.csv")
    path.write_text(path.read_text().replace("TX_FRAUD", "VERDICT"))
    with pytest.raises(AgentError, match="'fraud'") as caught:
        imported("cards", path, tmp_path / "out", n=6)
    assert "tx_fraud" in caught.value.remedy
    assert sorted(p.name for p in tmp_path.iterdir()) == ["payments.csv"]


def test_files_that_are_missing_or_not_tables_are_named(tmp_path):
    with pytest.raises(AgentError, match=r"nothing\.csv"):
        imported("cards", tmp_path / "nothing.csv", tmp_path / "out", n=6)
    (tmp_path / "aml").mkdir()
    with pytest.raises(AgentError, match=r"accounts\.csv or nodes\.csv"):
        imported("amlsim", tmp_path / "aml", tmp_path / "out", n=6)
    (tmp_path / "broken.parquet").write_text("no parquet")
    with pytest.raises(AgentError, match="cannot be read as cards"):
        imported("cards", tmp_path / "broken.parquet", tmp_path / "out", n=6)


def test_a_customer_without_a_label_is_named(tmp_path):
    path = payments(tmp_path / "payments.csv")
    rows = path.read_text().splitlines()
    unlabelled = [row.rpartition(",")[0] + "," if row.split(",")[2] == "4" else row for row in rows]
    path.write_text("\n".join(unlabelled) + "\n")
    with pytest.raises(AgentError, match="customer 'K4' has no amount, time or label that a case can have"):
        imported("cards", path, tmp_path / "out", n=20)


@pytest.mark.parametrize(("old", "new"), [("11.35", "inf"), ("11.35", "nan"), ("2025-03-06", "9999-12-31")])
def test_an_amount_or_a_time_that_no_case_can_have_is_named(tmp_path, old, new):
    path = payments(tmp_path / "payments.csv")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(AgentError, match="amount, time or label that a case can have; correct the data"):
        imported("cards", path, tmp_path / "out", n=10)


def test_data_of_one_kind_alone_is_refused(tmp_path):
    path = payments(tmp_path / "payments.csv")
    text = path.read_text()
    path.write_text(text.replace(",1\n", ",0\n"))
    with pytest.raises(AgentError, match="contains no fraud"):
        imported("cards", path, tmp_path / "out", n=6)
    path.write_text(text.replace(",0\n", ",1\n"))
    with pytest.raises(AgentError, match="contains only fraud"):
        imported("cards", path, tmp_path / "out", n=6)


def test_a_folder_of_somebody_else_is_left_alone_and_an_earlier_import_replaced(tmp_path):
    path = payments(tmp_path / "payments.csv")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").write_text("precious")
    with pytest.raises(CaseworkError, match="something other than an earlier build"):
        imported("cards", path, tmp_path / "out", n=6)
    (tmp_path / "out/thesis.txt").unlink()
    imported("cards", path, tmp_path / "out", n=4)
    assert imported("cards", path, tmp_path / "out", n=6).cases == 6
    assert json.loads((tmp_path / "out/source.json").read_text())["kind"] == "cards"
