"""The folder a build makes: labels, cases, source, and that the same arguments make the same."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime

import duckdb
import pytest

from agent.case import Case
from agent.errors import CaseworkError
from evals.world.build import build
from evals.world.label import Label
from tools.catalogue import load_catalogue


def rows(folder):
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return {t.name: connection.execute(f"SELECT * FROM {t.name}").fetchall() for t in load_catalogue().tables}


def small(out, seed=5, cases=12):
    return build(out, seed=seed, customers=60, cases=cases, images=False)


def test_equal_seeds_make_equal_labels_cases_and_rows(tmp_path):
    first, second = small(tmp_path / "one"), small(tmp_path / "two")
    assert (tmp_path / "one/labels.jsonl").read_bytes() == (tmp_path / "two/labels.jsonl").read_bytes()
    assert (tmp_path / "one/source.json").read_bytes() == (tmp_path / "two/source.json").read_bytes()
    assert rows(tmp_path / "one") == rows(tmp_path / "two")
    assert [c.model_copy(update={"source": ""}) for c in first.cases] == [
        c.model_copy(update={"source": ""}) for c in second.cases
    ]


def test_other_seeds_make_another_world(tmp_path):
    first, second = small(tmp_path / "one"), small(tmp_path / "two", seed=6)
    assert [label.customer_id for label in first.labels] != [label.customer_id for label in second.labels]


def test_a_rerun_replaces_the_folder_cleanly(tmp_path):
    small(tmp_path / "out", cases=12)
    (tmp_path / "out/files/leftover.txt").write_text("old")
    built = small(tmp_path / "out", seed=9, cases=4)
    assert len(built.cases) == 4
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "cases.jsonl", "files", "labels.jsonl", "source.json", "warehouse.duckdb",
    ]  # fmt: skip
    assert list((tmp_path / "out/files").iterdir()) == []
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".building")] == []


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(CaseworkError, match="something other than an earlier build"):
        small(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CaseworkError, match="file/out"):
        small(tmp_path / "file" / "out")


def test_labels_are_complete_and_read_back(exchange, source):
    lines = (source / "labels.jsonl").read_text().splitlines()
    labels = tuple(Label.model_validate_json(line) for line in lines)
    assert labels == exchange.built.labels
    assert [label.case_id for label in labels] == [case.case_id for case in exchange.built.cases]
    assert [label.customer_id for label in labels] == [case.customer_id for case in exchange.built.cases]
    assert all(label.what_happened.endswith(".") for label in labels)


def test_the_cases_stand_beside_their_labels_and_point_at_their_own_folder(exchange, source):
    written = [Case.model_validate_json(line) for line in (source / "cases.jsonl").read_text().splitlines()]
    assert {case.source for case in written} == {"."}
    assert [case.model_copy(update={"source": str(source)}) for case in written] == list(exchange.built.cases)


def test_half_of_the_labels_are_honest(exchange):
    fraud = sum(label.is_fraud for label in exchange.built.labels)
    assert fraud * 2 == len(exchange.built.labels)


def test_reviewers_mostly_agree_and_sometimes_differ(exchange):
    opinions = [(label.ideal, opinion) for label in exchange.built.labels for opinion in label.reviewers]
    agreeing = sum(ideal == opinion for ideal, opinion in opinions) / len(opinions)
    assert 0.7 < agreeing < 0.95


def test_cases_are_in_order_due_later_and_point_at_the_folder(exchange, source):
    cases = exchange.built.cases
    assert [case.flagged_at for case in cases] == sorted(case.flagged_at for case in cases)
    assert len({case.case_id for case in cases}) == len(cases)
    for case in cases:
        assert case.source == str(source)
        assert datetime.fromisoformat(case.due_at) > datetime.fromisoformat(case.flagged_at)
        assert all(flag.raised_at == case.flagged_at for flag in case.flags)
        assert case.attachments == ()


def test_ids_do_not_tell_the_story(exchange):
    """Fraud and honest customers are spread over the same ids, cases and dates."""
    frauds = [place for place, label in enumerate(exchange.built.labels) if label.is_fraud]
    middle = sum(frauds) / len(frauds) / len(exchange.built.labels)
    assert 0.4 < middle < 0.6


def test_exposure_is_what_the_account_held(exchange):
    for told in exchange.of("salary_and_rent", "bank_limit"):
        balance = exchange.value(
            told,
            'SELECT (SELECT sum(amount_usd) FROM deposits WHERE customer_id = $c AND "at" <= $t)'
            ' - coalesce((SELECT sum(amount_usd) FROM withdrawals WHERE customer_id = $c AND "at" <= $t), 0)',
        )
        assert told.case.exposure_usd == pytest.approx(balance, abs=0.01)


def test_the_source_says_what_it_is(source):
    told = json.loads((source / "source.json").read_text())
    assert told["kind"] == "simulated"
    assert told["seed"] == 11
    assert 0 < told["thresholds"]["face_mismatch"] < told["thresholds"]["face_match"] < 1
    assert "Simulated" in told["note"]


def test_a_world_of_many_cases_and_few_customers_gets_the_people_it_needs(tmp_path):
    built = build(tmp_path / "out", seed=1, customers=0, cases=30, images=False)
    assert built.customers >= 120
    assert len({case.customer_id for case in built.cases}) == 30


FULL = """
import resource, sys
from pathlib import Path
from agent.errors import CaseworkError
from evals.world.build import build
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    build(Path(sys.argv[1]), seed=5, customers=60, cases=2, images=False)
except CaseworkError as error:
    print(error)
"""
"""A build where no file may grow beyond what a full disk would leave it."""


def test_a_warehouse_that_finds_no_room_is_told_with_its_folder(tmp_path):
    out = tmp_path / "world"
    told = subprocess.run([sys.executable, "-c", FULL, str(out)], capture_output=True, text=True, check=False)
    assert f"folder {str(out)!r}: " in told.stdout, told.stderr
    assert "free some space" in told.stdout
    assert not out.exists()
