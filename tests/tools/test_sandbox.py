import time

import duckdb
import pytest

from tools import sandbox
from tools.catalogue import Catalogue, Column, Table
from tools.errors import Exhausted, GuardRefused, WarehouseError
from tools.sandbox import Child, Question, ask

CATALOGUE = Catalogue(
    tables=(
        Table(
            name="moves",
            subject="owner",
            columns=(
                Column(name="owner", type="VARCHAR"),
                Column(name="usd", type="DOUBLE"),
                Column(name="secret", type="VARCHAR", pii=True),
            ),
        ),
    )
)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    path = tmp_path_factory.mktemp("sandbox") / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE moves (owner VARCHAR, usd DOUBLE, secret VARCHAR)")
        connection.execute("INSERT INTO moves SELECT 'C' || (i % 2), i, 'Quillfeather' FROM range(40000) t(i)")
    return f"duckdb:///{path}"


@pytest.fixture
def child():
    each = Child()
    yield each
    each.process.close()


def _question(url, sql):
    return Question(url=url, catalogue=CATALOGUE, subjects=("C1",), sql=sql)


def test_a_question_is_answered_from_the_subjects_rows(url):
    found = ask(url, CATALOGUE, ["C1"], "SELECT owner, COUNT(*) AS n, MIN(usd) AS least FROM moves GROUP BY owner")
    assert (found.columns, found.rows) == (("owner", "n", "least"), (("C1", 20_000, 1.0),))
    assert '"main"."moves"' in found.asked


def test_the_process_stays_warm(url):
    ask(url, CATALOGUE, ["C1"], "SELECT 1 AS x")
    started = time.monotonic()
    for _ in range(10):
        ask(url, CATALOGUE, ["C1"], "SELECT COUNT(*) AS n FROM moves")
    assert time.monotonic() - started < 3


def test_refusals_and_failures_cross_the_pipe(url):
    with pytest.raises(GuardRefused, match="a column that is not open"):
        ask(url, CATALOGUE, ["C1"], "SELECT secret FROM moves")
    with pytest.raises(WarehouseError, match="more than 10,000 rows"):
        ask(url, CATALOGUE, ["C1"], "SELECT * FROM moves")
    with pytest.raises(WarehouseError, match="there is no warehouse at"):
        ask("duckdb:////nowhere.duckdb", CATALOGUE, ["C1"], "SELECT 1 AS x")
    with pytest.raises(WarehouseError, match="only be asked of a DuckDB warehouse"):
        ask("postgresql://host/db", CATALOGUE, ["C1"], "SELECT 1 AS x")


def test_columns_that_do_not_fit_are_explained_without_data(url):
    with pytest.raises(WarehouseError) as caught:
        ask(url, CATALOGUE, ["C1"], "SELECT SUM(owner) AS s FROM moves")
    assert "or mixes types" in str(caught.value)


def test_a_question_that_eats_memory_ends_its_process_and_the_next_one_is_answered(url, child):
    grown = "SELECT 'xxxxxxxxxxxxxxxx' AS t FROM moves WHERE usd = 1"
    parts = [f"a0 AS ({grown})"] + [
        f"a{n} AS (SELECT {' || '.join(['t'] * 12)} AS t FROM a{n - 1})" for n in range(1, 9)
    ]
    child.ask(_question(url, "SELECT 1 AS x"))
    first = child.process._process
    with pytest.raises(Exhausted, match="more memory than it may have"):
        child.ask(_question(url, f"WITH {', '.join(parts)} SELECT LENGTH(t) AS n FROM a8"))
    assert first.poll() is not None
    assert child.ask(_question(url, "SELECT 2 AS x")).rows == ((2,),)


def test_a_hanging_process_is_killed_and_replaced(url, child):
    slow = "SELECT SUM(a.usd * b.usd) AS s FROM moves a JOIN moves b ON a.usd < b.usd + 1 JOIN moves c ON b.usd > c.usd"
    child.ask(_question(url, "SELECT 1 AS x"))
    first, child.hard_limit_s = child.process._process, 0.3
    with pytest.raises(WarehouseError, match="its process was ended"):
        child.ask(_question(url, slow))
    assert first.poll() is not None
    child.hard_limit_s = 7.0
    assert child.ask(_question(url, "SELECT 2 AS x")).rows == ((2,),)


def test_a_killed_process_is_replaced(url, child):
    child.ask(_question(url, "SELECT 1 AS x"))
    child.process._process.kill()
    child.process._process.wait()
    assert child.ask(_question(url, "SELECT 2 AS x")).rows == ((2,),)


def test_the_process_sees_no_environment_and_writes_no_file(url, child, monkeypatch):
    monkeypatch.setenv("CASEWORK_TEST_SECRET", "Quillfeather")
    child.ask(_question(url, "SELECT 1 AS x"))
    folder = f"/proc/{child.process._process.pid}"
    with open(f"{folder}/environ") as stream:
        assert "Quillfeather" not in stream.read()
    with open(f"{folder}/limits") as stream:
        limits = {line[:26].strip(): line[26:].split()[0] for line in stream}
    assert limits["Max file size"] == "0"
    assert int(limits["Max address space"]) < 16 * 1024**3


def test_the_child_answers_what_it_is_asked(url):
    assert sandbox._reply(_question(url, "SELECT 1 AS x").model_dump_json().encode())["rows"] == [[1]]
    assert sandbox._reply(b"no question")["error"][1] == "the question failed with ValidationError"
    assert sandbox._reply(_question(url, "DROP TABLE moves").model_dump_json().encode())["error"][0] == "GuardRefused"


def test_a_process_that_does_not_start_is_told(url, child, monkeypatch):
    monkeypatch.setattr(child.process, "_module", "no_module_of_this_name")
    with pytest.raises(WarehouseError, match="does not start; run `casework doctor`"):
        child.ask(_question(url, "SELECT 1 AS x"))
