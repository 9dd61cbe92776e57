"""`casework warehouse rings` over the simulated exchange: refused unless permitted, and no name of anybody."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from agent.cli.rings import COLUMNS

Casework = Callable[..., tuple[int, str, str]]


@pytest.fixture
def permitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RING_SEARCH_ALLOWED", "true")


def test_nobody_is_searched_for_unless_the_settings_permit_it(casework: Casework) -> None:
    code, out, err = casework("warehouse", "rings")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "not permitted here; set RING_SEARCH_ALLOWED if" in err


@pytest.mark.usefixtures("permitted")
def test_rings_are_told_by_ids_alone(casework: Casework, exchange: Path, tmp_path: Path) -> None:
    path = tmp_path / "rings.csv"
    code, out, err = casework("warehouse", "rings", "--min-size", "2", "--csv", str(path))
    assert (code, err) == (0, "")
    assert "device: " in out
    told = json.loads(casework("warehouse", "rings", "--min-size", "2", "--json")[1])
    assert f"{len(told['rings'])} rings as of" in out
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    members = [each for ring in told["rings"] for each in ring["members"]]
    assert [row["customer_id"] for row in rows] == [each["customer_id"] for each in members]
    with duckdb.connect(str(exchange / "world" / "warehouse.duckdb"), read_only=True) as connection:
        secrets = connection.execute(
            "SELECT full_name, residence_address, email, phone FROM customers WHERE full_name IS NOT NULL"
        ).fetchall()
        devices = connection.execute("SELECT DISTINCT device_id FROM logins WHERE device_id IS NOT NULL").fetchall()
    printed = out + json.dumps(told) + path.read_text("utf-8")
    assert not [word for row in (*secrets, *devices) for word in row if word and word in printed]


@pytest.mark.usefixtures("permitted")
def test_larger_rings_earlier_days_and_fewer_kinds_are_fewer(casework: Casework) -> None:
    def many(*asked: str) -> int:
        return len(json.loads(casework("warehouse", "rings", "--json", *asked)[1])["rings"])

    every = many("--min-size", "2")
    assert every > 0
    assert many("--min-size", "1000") == many("--as-of", "2001-01-01", "--min-size", "2") == 0
    assert many("--min-size", "2", "--by", "device") <= every


@pytest.mark.usefixtures("permitted")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--by", "horoscope"), "there is no kind of link 'horoscope'; choose one of device, address"),
        (("--csv", "/dev/null/all.csv"), "'/dev/null/all.csv' cannot be written: not a directory"),
        (("--as-of", "yesterday"), "'yesterday' does not match the format"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(casework: Casework, given: tuple[str, ...], said: str) -> None:
    code, out, err = casework("warehouse", "rings", *given)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
