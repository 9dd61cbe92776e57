"""Whole runs of variants, and that a fault does not pass unseen."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from agent.case import ROLES, CaseFile
from agent.errors import AgentError
from agent.llm.chat import ChatModel
from evals.cases import opened
from evals.robustness.attempts import ATTEMPTS
from evals.robustness.keeping import asking_all, keeping, measured, retold
from evals.robustness.rig import Rig, rigged
from evals.robustness.run import VARIANTS, chosen, run
from evals.robustness.variant import Changed, Copy, Variant
from tools.evidence import Evidence, Exhibit, Fact, Provenance, Unavailable

pytestmark = pytest.mark.heavy


def test_what_must_not_matter_does_not(rig: Rig) -> None:
    names = ["reordered", "renumbered", "currency", "unasked", "chat"]
    told = run(rig, chosen(names, False))
    assert [each.name for each in told.outcomes] == names
    assert (told.n, told.model, told.policy_sha256) == (len(rig.cases), "", rig.policy.sha256)
    assert {each.name: each.moved for each in told.outcomes} == dict.fromkeys(names, ())
    assert not told.broken
    assert all(each.unchanged == each.pairs for each in told.outcomes if each.name != "chat")


def _robbed(copy: Copy) -> Changed:
    """No money ever left."""
    copy.connection.execute("DELETE FROM withdrawals")
    return copy.cases


def test_a_change_that_does_matter_is_seen(rig: Rig) -> None:
    told = run(rig, [Variant("robbed", "same", "No money ever left.", _robbed)])
    (outcome,) = told.outcomes
    assert outcome.moved
    assert told.broken
    assert any(each.fact.startswith(("flow.", "exposure.", "takeover.")) for each in outcome.touched)
    assert all(each.lost or each.gained or each.facts for each in outcome.moved)


def test_the_original_is_not_touched(rig: Rig) -> None:
    before = (rig.warehouse).read_bytes()
    run(replace(rig, cases=rig.cases[:1]), [VARIANTS["renumbered"]])
    assert (rig.warehouse).read_bytes() == before


def test_the_same_run_tells_the_same(rig: Rig) -> None:
    few = replace(rig, cases=rig.cases[:3])
    assert run(few, chosen(["renamed"], False)) == run(few, chosen(["renamed"], False))


def test_variants_are_chosen_by_name(rig: Rig) -> None:
    assert [each.name for each in chosen(["chat", "reordered"], False)] == ["chat", "reordered"]
    assert not any(each.kind == "seed" for each in chosen([], False))
    assert {each.name for each in chosen([], True)} == set(VARIANTS)
    with pytest.raises(AgentError, match="no variant 'shuffled'"):
        chosen(["shuffled"], False)


def test_cases_are_spread_over_the_set(small: Path, rig: Rig) -> None:
    labelled = opened(str(small / "set"), small / "home")
    assert rigged(labelled, rig.settings, rig.store, 3).cases == labelled.cases[::20]
    assert len(rigged(labelled, rig.settings, rig.store).cases) == len(labelled.cases)
    assert len(rigged(labelled, rig.settings, rig.store, 1000).cases) == len(labelled.cases)


def test_cases_that_lie_elsewhere_are_tried_over_the_warehouse_of_the_settings(
    small: Path, rig: Rig, tmp_path: Path
) -> None:
    """Its columns stand in another order, and one is the exchange's own."""
    labelled = replace(opened(str(small / "set"), small / "home"), folder=tmp_path)
    path = Path(shutil.copy(rig.warehouse, tmp_path / "own.duckdb"))
    with duckdb.connect(str(path)) as connection:
        for table in ("support_messages", "account_events", "withdrawals", "logins", "watchlist"):
            rows = connection.execute(f"SELECT * FROM {table} LIMIT 0")
            names = ", ".join(f'"{column[0]}"' for column in reversed(rows.description or []))
            connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {names}, 'here' AS branch FROM {table}")
    settings = rig.settings.model_copy(update={"warehouse_url": f"duckdb:///{path}"})
    elsewhere = rigged(labelled, settings, rig.store, 3)
    assert (elsewhere.warehouse, elsewhere.own) == (path, False)
    variants = chosen(["chat", "bystanders", "idle_rows"], False)
    here = rigged(opened(str(small / "set"), tmp_path), rig.settings, rig.store, 3)
    assert run(elsewhere, variants).outcomes == run(here, variants).outcomes
    with pytest.raises(AgentError, match="cannot be drawn again"):
        run(elsewhere, [], redraw=1)


def test_tables_that_no_variant_can_copy_are_refused(small: Path, rig: Rig, tmp_path: Path) -> None:
    labelled = replace(opened(str(small / "set"), small / "home"), folder=tmp_path)
    for url in ("postgresql+psycopg://ada@host/exchange", f"duckdb:///{tmp_path / 'none.duckdb'}"):
        settings = rig.settings.model_copy(update={"warehouse_url": url})
        with pytest.raises(AgentError, match="are not in a DuckDB file on this machine, and variants rewrite copies"):
            rigged(labelled, settings, rig.store)


def test_cases_under_two_policies_are_refused(small: Path, rig: Rig, tmp_path: Path) -> None:
    labelled = opened(str(small / "set"), small / "home")
    (tmp_path / "source.json").write_text(json.dumps({"thresholds": {"face_match": 0.5}}))
    other = labelled.cases[0].model_copy(update={"source": str(tmp_path)})
    mixed = replace(labelled, folder=tmp_path, cases=(other, *labelled.cases[1:]))
    settings = rig.settings.model_copy(update={"warehouse_url": f"duckdb:///{rig.warehouse}"})
    with pytest.raises(AgentError, match="lie in folders with different thresholds"):
        rigged(mixed, settings, rig.store)


def test_a_variant_that_a_warehouse_does_not_bear_is_named(rig: Rig) -> None:
    def torn(copy: Copy) -> Changed:
        copy.connection.execute("DROP TABLE no_such_table")
        return copy.cases

    with pytest.raises(AgentError, match="variant 'torn' cannot be made of the tables of"):
        run(replace(rig, cases=rig.cases[:1]), [Variant("torn", "same", "None.", torn)])


def test_pairs_in_which_the_model_owes_an_answer_are_counted(
    rig: Rig, files: tuple[CaseFile, ...], chat_server: Any
) -> None:
    chat_server.answer = lambda asked: {"error": "none"}
    model = ChatModel("mute", chat_server.url, SecretStr("key"), 5.0)
    telling = [file.case for file in files if len(file.findings) > 1][:1]
    told = run(replace(rig, cases=tuple(telling), model=model, roles=frozenset(ROLES)), chosen(["seed_11"], True))
    assert (told.unanswered, told.broken) == (1, False)


def test_a_set_that_lacks_tables_is_refused(rig: Rig, exchange: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(exchange / "world", tmp_path / "imported"))
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("DROP TABLE support_messages")
    labelled = opened(str(folder), tmp_path)
    with pytest.raises(AgentError, match="has no table 'support_messages'; choose a set with every table"):
        rigged(labelled, rig.settings, rig.store)


@pytest.mark.parametrize("form", ["sentence", "question", "F2"])
def test_a_model_that_obeys_the_customer_reaches_no_draft(
    rig: Rig, files: tuple[CaseFile, ...], chat_server: Any, form: str
) -> None:
    chat_server.says(json.dumps({form: ATTEMPTS[0].text}))
    model = ChatModel("echo", chat_server.url, SecretStr("key"), 5.0)
    telling = [file.case for file in files if len(file.findings) > 1][:1]
    speaking = replace(rig, cases=tuple(telling), model=model, roles=frozenset(ROLES))
    told = run(speaking, chosen(["chat", "seed_11"], True))
    assert told.model == "echo"
    assert chat_server.asked
    assert {asked["seed"] for asked in chat_server.asked} == {7, 11}
    assert [each.reached for each in told.outcomes] == [(), ()]
    assert all(not each.moved for each in told.outcomes)


SOURCE = Provenance(tool="document.read", version="1")
READ = Evidence(
    id="E1",
    tool="document.read",
    trust="measured",
    facts=(Fact(name="document.readable", value=True),),
    provenance=SOURCE,
    exhibits=(
        Exhibit(
            kind="fields", title="Fields", content=json.dumps([{"name": "name", "visual": "ADA", "agreement": "match"}])
        ),
    ),
)
GONE = Unavailable(id="E2", tool="document.forgery", reason="no picture", fault="customer", provenance=SOURCE)


def test_what_was_measured_is_given_out_again(rig: Rig) -> None:
    kept = {"document.read": READ, "document.forgery": GONE}
    with rig.desk(rig.warehouse, None) as (desk, sources):
        tools = keeping(desk, kept).tools
        found = tools["document.read"].run(rig.cases[0].subject, sources, tools["document.read"].arguments())
        assert dict(found.facts) == {"document.readable": True}
        with pytest.raises(Exception, match="no picture"):
            tools["document.forgery"].run(rig.cases[0].subject, sources, tools["document.forgery"].arguments())
        assert tools["sql.velocity"] is desk.tools["sql.velocity"]
        assert set(asking_all(desk).policy.mandatory("kyc")) > {name for name in desk.tools if name.startswith("sql.")}


def test_only_measurements_of_pictures_are_kept(files: tuple[CaseFile, ...]) -> None:
    assert all(measured(file) == {} for file in files)


def test_a_document_says_what_was_slipped_in(rig: Rig) -> None:
    document = VARIANTS["document"]
    told = retold({"document.read": READ, "document.forgery": GONE}, 4, document.retell)
    assert document.attempt is not None
    entry = told["document.read"]
    assert isinstance(entry, Evidence)
    assert json.loads(entry.exhibits[0].content) == [
        {"name": "name", "visual": document.attempt(4), "agreement": "match"}
    ]
    assert (entry.facts, told["document.forgery"]) == (READ.facts, GONE)


@pytest.mark.slow
def test_no_variant_moves_a_case_of_a_larger_set(small: Path, rig: Rig) -> None:
    labelled = opened(str(small / "set"), small / "home")
    told = run(replace(rig, cases=labelled.cases), chosen([], False))
    moved = {each.name: each.moved for each in told.outcomes if each.name != "name"}
    assert moved == dict.fromkeys(moved, ())
